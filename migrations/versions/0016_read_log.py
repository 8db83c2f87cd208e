# ruff: noqa: INP001 -- alembic loads its files by path, they are no package
"""
Every read of a credential is written down.

It works on SQLite and PostgreSQL. The table is new, so a house may serve meanwhile.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

# SQLite counts up by itself only in a column that is exactly INTEGER PRIMARY KEY.
_COUNTING = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table, with an index for each of the two questions asked of it."""
    op.create_table(
        "read_log",
        sa.Column("read_id", _COUNTING, primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("handle", sa.LargeBinary, nullable=False),
        sa.Column("pepper_version", sa.Integer, nullable=False),
        sa.Column("credential", sa.LargeBinary),
    )
    op.create_index("ix_read_log_handle_read_id", "read_log", ["handle", "read_id"])
    op.create_index("ix_read_log_actor_id_at_read_id", "read_log", ["actor_id", "at", "read_id"])


def downgrade() -> None:
    """Take it away, and with it who has read what: export it first."""
    op.drop_table("read_log")
