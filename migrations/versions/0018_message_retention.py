# ruff: noqa: INP001 -- alembic loads its files by path, they are no package
"""
What was sent goes after its days, submission by submission.

It works on SQLite and PostgreSQL. The new column may be empty, so adding it rewrites nothing and a
house may serve meanwhile.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_KEPT = sa.text("forgotten_at IS NULL")


def upgrade() -> None:
    """Add the column, and an index of the submissions whose messages are kept."""
    op.add_column("submission", sa.Column("forgotten_at", sa.DateTime(timezone=True)))
    op.create_index(
        "ix_submission_kept",
        "submission",
        ["kind", "received_at"],
        sqlite_where=_KEPT,
        postgresql_where=_KEPT,
    )


def downgrade() -> None:
    """Take them away; what was forgotten stays so, and an older house can replay none of it."""
    op.drop_index("ix_submission_kept", "submission")
    op.drop_column("submission", "forgotten_at")
