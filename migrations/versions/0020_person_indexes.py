# ruff: noqa: INP001 -- alembic loads its files by path, they are no package
"""
What was told of a credential, and the requests it is the second one of, are found by its number.

Whoever is erased waits for no look at every delivery there is. While an index is made nothing can be
written to its table.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_INDEXES = (("delivery", "credential_id"), ("request", "other_id"))


def upgrade() -> None:
    """Make an index of each; rows without a number are in none."""
    for table, column in _INDEXES:
        there = sa.text(f"{column} IS NOT NULL")
        op.create_index(
            f"ix_{table}_{column}",
            table,
            [column],
            sqlite_where=there,
            postgresql_where=there,
        )


def downgrade() -> None:
    """Take them away."""
    for table, column in _INDEXES:
        op.drop_index(f"ix_{table}_{column}", table)
