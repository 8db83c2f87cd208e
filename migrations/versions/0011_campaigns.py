# ruff: noqa: INP001 -- alembic loads its files by path, they are no package
"""
Campaigns: one thing done to many credentials, proposed, approved and applied in batches.

It works on SQLite and PostgreSQL. The new column of `state_change` may be empty, so adding it
rewrites nothing and a house may serve meanwhile.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_OPEN = sa.text("state NOT IN ('done', 'undone', 'withdrawn')")
_SUBMITTED = sa.text("state = 'submitted'")


def upgrade() -> None:
    """Add the two tables, and to each change the campaign that made it."""
    op.create_table(
        "campaign",
        sa.Column("campaign_id", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("kind", sa.Text),
        sa.Column("actor_id", sa.Text, nullable=False),
        sa.Column("proposed_at", _MOMENT, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("until", _MOMENT),
        sa.Column("is_listed", sa.Boolean, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("is_paused", sa.Boolean, nullable=False),
        sa.Column("approved_by", sa.Text),
        sa.Column("approved_at", _MOMENT),
        sa.Column("ended_by", sa.Text),
        sa.Column("undo_until", _MOMENT),
        sa.Column("cursor", sa.Text, nullable=False),
        sa.Column("looked_at", sa.BigInteger, nullable=False),
        sa.Column("walked", sa.BigInteger, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("found", sa.BigInteger),
        sa.Column("counts", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("campaign_id", name="pk_campaign"),
    )
    op.create_index(
        "ix_campaign_open",
        "campaign",
        ["proposed_at"],
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
    op.create_table(
        "campaign_item",
        sa.Column("campaign_id", sa.Text, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("credential_id", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("before", sa.Text),
        sa.Column("earlier_until", _MOMENT),
        sa.PrimaryKeyConstraint("campaign_id", "position", name="pk_campaign_item"),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.campaign_id"], name="fk_campaign_item_campaign_id"
        ),
        sa.UniqueConstraint(
            "campaign_id", "credential_id", name="uq_campaign_item_campaign_id_credential_id"
        ),
    )
    op.create_index(
        "ix_campaign_item_submitted",
        "campaign_item",
        ["campaign_id", "position"],
        sqlite_where=_SUBMITTED,
        postgresql_where=_SUBMITTED,
    )
    op.add_column("state_change", sa.Column("campaign_id", sa.Text))


def downgrade() -> None:
    """Take them away; what campaigns did to credentials stays, and suspended stays suspended."""
    op.drop_column("state_change", "campaign_id")
    op.drop_table("campaign_item")
    op.drop_table("campaign")
