# ruff: noqa: INP001 -- alembic loads its files by path, they are no package
"""
Credentials that are to be compared with those before them, and who approved corrections in bulk.

Nothing that is there is touched, so a house may serve meanwhile.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the two tables."""
    op.create_table(
        "comparison_due",
        sa.Column("credential_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("noted_at", _MOMENT, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("leased_by", sa.Text),
        sa.Column("lease_until", _MOMENT),
        sa.PrimaryKeyConstraint("credential_id", name="pk_comparison_due"),
        sa.ForeignKeyConstraint(
            ["credential_id"], ["credential.credential_id"], name="fk_comparison_due_credential_id"
        ),
    )
    op.create_index("ix_comparison_due_noted_at", "comparison_due", ["noted_at"])
    op.create_table(
        "approval",
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("actor_id", sa.Text, nullable=False),
        sa.Column("approved_at", _MOMENT, nullable=False),
        sa.Column("marks", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_approval"),
    )


def downgrade() -> None:
    """Take them away; what was corrected stays so."""
    op.drop_table("approval")
    op.drop_table("comparison_due")
