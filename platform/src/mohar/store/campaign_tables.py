"""The tables of campaigns, beside those of `tables.py`."""

from __future__ import annotations

import sqlalchemy as sa

from mohar.store.tables import JsonText, UtcTime, metadata

# `content` is the reason and what was selected, sealed: either may name somebody.
campaign = sa.Table(
    "campaign",
    metadata,
    sa.Column("campaign_id", sa.Text, primary_key=True),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("kind", sa.Text),
    sa.Column("actor_id", sa.Text, nullable=False),
    sa.Column("proposed_at", UtcTime, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("until", UtcTime),
    sa.Column("is_listed", sa.Boolean, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("is_paused", sa.Boolean, nullable=False),
    sa.Column("approved_by", sa.Text),
    sa.Column("approved_at", UtcTime),
    sa.Column("ended_by", sa.Text),
    sa.Column("undo_until", UtcTime),
    sa.Column("cursor", sa.Text, nullable=False),
    sa.Column("looked_at", sa.BigInteger, nullable=False),
    sa.Column("walked", sa.BigInteger, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("found", sa.BigInteger),
    sa.Column("counts", JsonText(dict[str, int]), nullable=False),
)

# Those that a worker may have to go on with, without a look at those that came to their end.
sa.Index(
    "ix_campaign_open",
    campaign.c.proposed_at,
    sqlite_where=sa.text("state NOT IN ('done', 'undone', 'withdrawn')"),
    postgresql_where=sa.text("state NOT IN ('done', 'undone', 'withdrawn')"),
)

campaign_item = sa.Table(
    "campaign_item",
    metadata,
    sa.Column("campaign_id", sa.Text, sa.ForeignKey(campaign.c.campaign_id), primary_key=True),
    sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("credential_id", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("before", sa.Text),
    sa.Column("earlier_until", UtcTime),
    sa.UniqueConstraint("campaign_id", "credential_id"),
)

# Few at any moment: those that wait in the intake to be issued anew.
sa.Index(
    "ix_campaign_item_submitted",
    campaign_item.c.campaign_id,
    campaign_item.c.position,
    sqlite_where=sa.text("state = 'submitted'"),
    postgresql_where=sa.text("state = 'submitted'"),
)
