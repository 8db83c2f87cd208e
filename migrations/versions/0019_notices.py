# ruff: noqa: INP001 -- alembic loads its files by path, they are no package
"""
The notices that holders were shown, and with each read and request the one that it rests on.

The new columns have a default, so adding them rewrites nothing and a house may serve meanwhile.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table and the columns; what was there before rests on no notice of ours."""
    op.create_table(
        "notice",
        sa.Column("version", sa.Text, primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("first_shown_at", sa.DateTime(timezone=True), nullable=False),
    )
    for table in ("read_log", "request"):
        column = sa.Column("notice", sa.Text, nullable=False, server_default="")
        op.add_column(table, column)


def downgrade() -> None:
    """Forget which notice anything rested on."""
    for table in ("request", "read_log"):
        op.drop_column(table, "notice")
    op.drop_table("notice")
