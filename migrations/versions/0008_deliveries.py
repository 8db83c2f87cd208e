# ruff: noqa: INP001 -- alembic loads its files by path, they are no package
"""
What channels are to be told of outcomes, and the log of every attempt.

It works on SQLite and PostgreSQL; nothing that is there is touched, so a house may serve meanwhile.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_COUNTING = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the tables, and an index for each way to look into them."""
    op.create_table(
        "delivery",
        sa.Column("delivery_id", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("occurred_at", _MOMENT, nullable=False),
        sa.Column("submission_id", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("credential_id", sa.Text),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due_at", _MOMENT, nullable=False),
        sa.Column("leased_by", sa.Text),
        sa.Column("detail", sa.Text),
        sa.Column("settled_at", _MOMENT),
        sa.PrimaryKeyConstraint("delivery_id", name="pk_delivery"),
    )
    op.create_table(
        "delivery_attempt",
        sa.Column("attempt_id", _COUNTING, nullable=False),
        sa.Column("delivery_id", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("result", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("attempt_id", name="pk_delivery_attempt"),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.delivery_id"], name="fk_delivery_attempt_delivery_id"
        ),
    )
    _index("ix_delivery_due", ["channel", "due_at", "delivery_id"], "state = 'waiting'")
    _index("ix_delivery_dead", ["occurred_at", "delivery_id"], "state = 'dead'")
    _index("ix_delivery_delivered", ["channel", "settled_at"], "state = 'delivered'")
    op.create_index("ix_delivery_occurred_at", "delivery", ["occurred_at"])
    op.create_index("ix_delivery_submission_id", "delivery", ["submission_id"])
    op.create_index("ix_delivery_attempt_delivery_id", "delivery_attempt", ["delivery_id"])


def downgrade() -> None:
    """Take them away; what was not delivered will not be."""
    op.drop_table("delivery_attempt")
    op.drop_table("delivery")


def _index(name: str, columns: list[str], only: str) -> None:
    where = sa.text(only)
    op.create_index(name, "delivery", columns, sqlite_where=where, postgresql_where=where)
