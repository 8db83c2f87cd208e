# ruff: noqa: INP001 -- alembic loads its files by path, they are no package
"""
Requests are told to channels, once each, and what is personal of them goes after their end.

It works on SQLite and PostgreSQL. The new columns may be empty, so adding them rewrites nothing and
a house may serve meanwhile.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_TOLD = sa.text("tracking IS NOT NULL")
_ENDED = sa.text("forgotten_at IS NULL AND state IN ('done', 'declined', 'withdrawn')")


def upgrade() -> None:
    """Add the columns, and an index for each."""
    op.add_column("delivery", sa.Column("tracking", sa.Text))
    op.create_index(
        "ix_delivery_tracking",
        "delivery",
        ["tracking", "channel"],
        unique=True,
        sqlite_where=_TOLD,
        postgresql_where=_TOLD,
    )
    op.add_column("request", sa.Column("forgotten_at", sa.DateTime(timezone=True)))
    # Those that were forgotten before a step down and up again.
    op.execute("UPDATE request SET forgotten_at = changed_at WHERE length(contents) = 0")
    op.create_index(
        "ix_request_ended",
        "request",
        ["kind", "changed_at"],
        sqlite_where=_ENDED,
        postgresql_where=_ENDED,
    )


def downgrade() -> None:
    """
    Take them away, and what was told of requests: an older house has no word for it.

    A request that was forgotten is still there; only who may decide it cannot look at it so long.
    """
    op.execute(
        "DELETE FROM delivery_attempt WHERE delivery_id IN"
        " (SELECT delivery_id FROM delivery WHERE tracking IS NOT NULL)"
    )
    op.execute("DELETE FROM delivery WHERE tracking IS NOT NULL")
    op.drop_index("ix_request_ended", "request")
    op.drop_column("request", "forgotten_at")
    op.drop_index("ix_delivery_tracking", "delivery")
    op.drop_column("delivery", "tracking")
