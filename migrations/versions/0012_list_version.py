# ruff: noqa: INP001 -- alembic loads its files by path, they are no package
"""
A place of its own for how often a status list changed, apart from how many of its slots are taken.

It works on SQLite and PostgreSQL while a house serves: what an older house counts still counts.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; a list that has no row in it has changed as often as it says itself."""
    op.create_table(
        "list_version",
        sa.Column("list_id", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("list_id", name="pk_list_version"),
        sa.ForeignKeyConstraint(
            ["list_id"], ["status_list.list_id"], name="fk_list_version_list_id"
        ),
    )


def downgrade() -> None:
    """Give the lists back what was counted, and take the table away."""
    op.execute(
        "UPDATE status_list SET version = version + COALESCE((SELECT list_version.version"
        " FROM list_version WHERE list_version.list_id = status_list.list_id), 0)"
    )
    op.drop_table("list_version")
