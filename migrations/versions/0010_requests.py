# ruff: noqa: INP001 -- alembic loads its files by path, they are no package
"""
Requests of holders: what is wished, sealed, and each step until it is done.

It works on SQLite and PostgreSQL; nothing that is there is touched, so a house may serve meanwhile.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_DUE = sa.text("due_at IS NOT NULL")


def upgrade() -> None:
    """Add the two tables."""
    op.create_table(
        "request",
        sa.Column("tracking", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("credential_id", sa.Text, nullable=False),
        sa.Column("other_id", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("actor_id", sa.Text, nullable=False),
        sa.Column("idempotency_key", sa.LargeBinary),
        sa.Column("opened_at", _MOMENT, nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.Column("contents", sa.LargeBinary, nullable=False),
        sa.Column("due_at", _MOMENT),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("result_id", sa.Text),
        sa.Column("failure", sa.Text),
        sa.PrimaryKeyConstraint("tracking", name="pk_request"),
        sa.UniqueConstraint(
            "actor_id", "idempotency_key", name="uq_request_actor_id_idempotency_key"
        ),
        *(
            sa.ForeignKeyConstraint([name], ["credential.credential_id"], name=f"fk_request_{name}")
            for name in ("credential_id", "other_id", "result_id")
        ),
    )
    op.create_index(
        "ix_request_state_opened_at_tracking", "request", ["state", "opened_at", "tracking"]
    )
    op.create_index("ix_request_opened_at_tracking", "request", ["opened_at", "tracking"])
    op.create_index("ix_request_credential_id", "request", ["credential_id"])
    op.create_index(
        "ix_request_due_at", "request", ["due_at"], sqlite_where=_DUE, postgresql_where=_DUE
    )
    _create_steps()


def _create_steps() -> None:
    op.create_table(
        "request_step",
        sa.Column(
            "step_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("tracking", sa.Text, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("actor_id", sa.Text, nullable=False),
        sa.Column("why", sa.LargeBinary),
        sa.PrimaryKeyConstraint("step_id", name="pk_request_step"),
        sa.ForeignKeyConstraint(
            ["tracking"], ["request.tracking"], name="fk_request_step_tracking"
        ),
    )
    op.create_index("ix_request_step_tracking", "request_step", ["tracking"])


def downgrade() -> None:
    """Take them away; the corrections that requests led to stay."""
    op.drop_table("request_step")
    op.drop_table("request")
