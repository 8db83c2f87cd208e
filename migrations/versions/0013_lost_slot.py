# ruff: noqa: INP001 -- alembic loads its files by path, they are no package
"""
What a restore lost and verifiers must go on hearing of: slots and identifiers.

It works on SQLite and PostgreSQL; nothing that is there is touched, so a house may serve meanwhile.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "lost_slot",
        sa.Column("status_list_id", sa.Text, nullable=False),
        sa.Column("status_index", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("status_list_id", "status_index", name="pk_lost_slot"),
        sa.ForeignKeyConstraint(
            ["status_list_id"], ["status_list.list_id"], name="fk_lost_slot_status_list_id"
        ),
    )
    op.create_table(
        "lost_identifier",
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_lost_identifier"),
    )


def downgrade() -> None:
    """Take them away; `mohar db restored` learns the same from the same files again."""
    op.drop_table("lost_identifier")
    op.drop_table("lost_slot")
