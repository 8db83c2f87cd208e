# ruff: noqa: INP001 -- alembic loads its files by path, they are no package
"""
What had been told of credentials that a restore has lost: by slot, and by what their bodies bind.

New tables alone, so it works on SQLite and PostgreSQL while a house serves.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both tables, empty."""
    op.create_table(
        "lost_slot",
        sa.Column("list_id", sa.Text, nullable=False),
        sa.Column("status_index", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("list_id", "status_index", name="pk_lost_slot"),
        sa.ForeignKeyConstraint(["list_id"], ["status_list.list_id"], name="fk_lost_slot_list_id"),
    )
    op.create_table(
        "lost_digest",
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_lost_digest"),
    )


def downgrade() -> None:
    """Take both away: what they told is not told any more."""
    op.drop_table("lost_digest")
    op.drop_table("lost_slot")
