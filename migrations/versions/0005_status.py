# ruff: noqa: INP001 -- alembic loads its files by path, they are no package
"""
What bodies bind that name no status list, so that lists can tell of them.

It works on SQLite and PostgreSQL; nothing that is there is touched, so a house may serve meanwhile.
Bodies that were issued before have no identifier here: their state is told by this house alone.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column and the table."""
    op.add_column("body", sa.Column("identifier", sa.Text))
    op.create_table(
        "listed",
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("credential_id", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("identifier", sa.Text, nullable=False),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("changes", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("digest", "credential_id", "body", name="pk_listed"),
        sa.ForeignKeyConstraint(
            ["credential_id"], ["credential.credential_id"], name="fk_listed_credential_id"
        ),
    )
    op.create_index("ix_listed_credential_id", "listed", ["credential_id"])
    op.create_index("ix_listed_key_id", "listed", ["key_id"])


def downgrade() -> None:
    """Take them away; the changes of credentials stay in their history."""
    op.drop_table("listed")
    op.drop_column("body", "identifier")
