# ruff: noqa: INP001 -- alembic loads its files by path, they are no package
"""
What gateways call the texts they took, kept with the attempt.

A new column with a default, so a house may serve meanwhile.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; what was told before has no receipt."""
    receipt = sa.Column("receipt", sa.Text, nullable=False, server_default="")
    op.add_column("delivery_attempt", receipt)


def downgrade() -> None:
    """Forget the receipts."""
    op.drop_column("delivery_attempt", "receipt")
