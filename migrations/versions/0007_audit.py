# ruff: noqa: INP001 -- alembic loads its files by path, they are no package
"""
The log of who did what, and the seals that bind its entries.

It works on SQLite and PostgreSQL; what is there already gets its entries from `mohar db upgrade`,
in batches, once the tables are there.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_COUNTING = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the two tables, and what ties a credential to its entry."""
    op.add_column("credential", sa.Column("batch", sa.Text))
    op.create_index("ix_credential_batch", "credential", ["batch"])
    op.create_table(
        "audit_entry",
        sa.Column("entry_id", _COUNTING, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("actor_id", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("batch", sa.Text),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("facts", sa.Text, nullable=False),
        sa.Column("seal", sa.BigInteger),
        sa.PrimaryKeyConstraint("entry_id", name="pk_audit_entry"),
        sa.UniqueConstraint("batch", name="uq_audit_entry_batch"),
    )
    op.create_index("ix_audit_entry_subject", "audit_entry", ["subject"])
    op.create_index("ix_audit_entry_seal_entry_id", "audit_entry", ["seal", "entry_id"])
    op.create_table(
        "audit_seal",
        sa.Column("number", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("previous", sa.LargeBinary, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("leaves", sa.LargeBinary, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("last_entry", sa.BigInteger, nullable=False),
        sa.Column("sealed_at", _MOMENT, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("tag", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_audit_seal"),
    )


def downgrade() -> None:
    """Take them away, and the log with them; credentials and their history stay."""
    op.drop_table("audit_seal")
    op.drop_table("audit_entry")
    op.drop_index("ix_credential_batch", "credential")
    op.drop_column("credential", "batch")
