# ruff: noqa: INP001 -- alembic loads its files by path, they are no package
"""
What becomes of a credential after it is issued: its changes, its corrections, and list versions.

It works on SQLite and PostgreSQL; nothing that is there is touched, so a house may serve meanwhile.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_COUNTING = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_FLAGGED = sa.text("state IN ('superseded', 'revoked', 'suspended')")
_SUSPENDED = sa.text("suspended_until IS NOT NULL")


def upgrade() -> None:
    """Add the columns, the indices and the table of changes."""
    op.add_column(
        "status_list", sa.Column("version", sa.BigInteger, nullable=False, server_default="0")
    )
    op.add_column("credential", sa.Column("cause", sa.Text))
    op.add_column("credential", sa.Column("changed", sa.Text))
    op.add_column("credential", sa.Column("suspended_until", _MOMENT))
    op.add_column("intake", sa.Column("correction", sa.LargeBinary))
    op.create_index(
        "ix_credential_flagged",
        "credential",
        ["status_list_id", "status_index"],
        sqlite_where=_FLAGGED,
        postgresql_where=_FLAGGED,
    )
    op.create_index(
        "ix_credential_suspended_until",
        "credential",
        ["suspended_until"],
        sqlite_where=_SUSPENDED,
        postgresql_where=_SUSPENDED,
    )
    op.create_table(
        "state_change",
        sa.Column("change_id", _COUNTING, nullable=False),
        sa.Column("credential_id", sa.Text, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("before", sa.Text, nullable=False),
        sa.Column("after", sa.Text, nullable=False),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("actor_id", sa.Text, nullable=False),
        sa.Column("why", sa.LargeBinary),
        sa.Column("until", _MOMENT),
        sa.PrimaryKeyConstraint("change_id", name="pk_state_change"),
        sa.ForeignKeyConstraint(
            ["credential_id"],
            ["credential.credential_id"],
            name="fk_state_change_credential_id",
        ),
    )
    op.create_index("ix_state_change_credential_id", "state_change", ["credential_id"])


def downgrade() -> None:
    """Take them away; what was revoked, suspended or superseded stays so."""
    op.drop_table("state_change")
    op.drop_index("ix_credential_suspended_until", "credential")
    op.drop_index("ix_credential_flagged", "credential")
    op.drop_column("intake", "correction")
    op.drop_column("credential", "suspended_until")
    op.drop_column("credential", "changed")
    op.drop_column("credential", "cause")
    op.drop_column("status_list", "version")
