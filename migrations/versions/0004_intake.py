# ruff: noqa: INP001 -- alembic loads its files by path, they are no package
"""
Pauses, and what is known of items that fail: who sent them, what the matter was, and when.

It works on SQLite and PostgreSQL while a house serves: what an older program writes meanwhile lacks
the new values, and they are not needed for it. Only what waits learns who sent it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_WAITING = sa.text("state = 'waiting'")
_FAILED = sa.text("state = 'failed'")
_ARRIVAL = ["received_at", "submission_id", "position"]


def upgrade() -> None:
    """Add the columns and the table, and index what waits by whether it is held."""
    op.add_column("intake", sa.Column("actor_id", sa.Text))
    op.add_column(
        "intake", sa.Column("held", sa.Boolean, nullable=False, server_default=sa.false())
    )
    op.add_column("intake", sa.Column("trouble", sa.Text))
    op.add_column("intake", sa.Column("settled_at", _MOMENT))
    op.execute(
        "UPDATE intake SET actor_id = (SELECT submission.actor_id FROM submission"
        " WHERE submission.submission_id = intake.submission_id) WHERE state = 'waiting'"
    )
    op.drop_index("ix_intake_waiting", "intake")
    _index("ix_intake_waiting", ["held", *_ARRIVAL], _WAITING)
    _index("ix_intake_failed", _ARRIVAL, _FAILED)
    op.create_table(
        "pause",
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("since", _MOMENT, nullable=False),
        sa.Column("actor_id", sa.Text, nullable=False),
        sa.Column("reason", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("scope", "name", name="pk_pause"),
    )


def downgrade() -> None:
    """Take them away; what was paused goes on."""
    op.drop_table("pause")
    op.drop_index("ix_intake_failed", "intake")
    op.drop_index("ix_intake_waiting", "intake")
    _index("ix_intake_waiting", _ARRIVAL, _WAITING)
    for column in ("settled_at", "trouble", "held", "actor_id"):
        op.drop_column("intake", column)


def _index(name: str, columns: list[str], only: sa.TextClause) -> None:
    op.create_index(name, "intake", columns, sqlite_where=only, postgresql_where=only)
