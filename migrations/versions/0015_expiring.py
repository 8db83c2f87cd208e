# ruff: noqa: INP001 -- alembic loads its files by path, they are no package
"""
What doors put aside for a while: one-time codes, calls that must not come twice, counts.

A new table, so a house may serve meanwhile.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, and the index by which what is over is found."""
    op.create_table(
        "expiring",
        sa.Column("namespace", sa.Text, nullable=False),
        sa.Column("key_hash", sa.LargeBinary, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("namespace", "key_hash", name="pk_expiring"),
    )
    op.create_index("ix_expiring_expires_at", "expiring", ["expires_at"])


def downgrade() -> None:
    """Forget it all: codes are sent again."""
    op.drop_table("expiring")
