"""The tables of what is told afterwards: events, deliveries, and the log of who did what."""

from __future__ import annotations

import sqlalchemy as sa

from mohar.domain.values import JsonObject
from mohar.store.columns import COUNTING, JsonText, UtcTime, metadata

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("entry", COUNTING, primary_key=True),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("sequence", sa.BigInteger),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("occurred_at", UtcTime, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("facts", JsonText(JsonObject), nullable=False),
    sa.UniqueConstraint("event_id"),
    sa.UniqueConstraint("sequence"),
)

sa.Index(
    "ix_outbox_unnumbered",
    outbox.c.entry,
    sqlite_where=sa.text("sequence IS NULL"),
    postgresql_where=sa.text("sequence IS NULL"),
)

outbox_counter = sa.Table(
    "outbox_counter",
    metadata,
    sa.Column("counter", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("last", sa.BigInteger, nullable=False),
)

observer = sa.Table(
    "observer",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("cursor", sa.BigInteger, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("next_try_at", UtcTime),
    sa.Column("why", sa.Text, nullable=False),
)

outbox_failure = sa.Table(
    "outbox_failure",
    metadata,
    sa.Column("observer", sa.Text, sa.ForeignKey(observer.c.name), primary_key=True),
    sa.Column("event_id", sa.Text, sa.ForeignKey(outbox.c.event_id), primary_key=True),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("set_aside_at", UtcTime, nullable=False),
)

# Never changed and never removed; `seal` alone is set, once.
audit_entry = sa.Table(
    "audit_entry",
    metadata,
    sa.Column("entry_id", COUNTING, primary_key=True),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("actor_id", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("batch", sa.Text),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Column("facts", JsonText(JsonObject), nullable=False),
    sa.Column("seal", sa.BigInteger),
    sa.UniqueConstraint("batch"),
    sa.Index(None, "subject"),
    # What is not sealed yet is at one end of it.
    sa.Index(None, "seal", "entry_id"),
)

# Never changed and never removed. `tag` is an HMAC of the hash: nobody without the keys makes one.
audit_seal = sa.Table(
    "audit_seal",
    metadata,
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("previous", sa.LargeBinary, nullable=False),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Column("leaves", sa.LargeBinary, nullable=False),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("last_entry", sa.BigInteger, nullable=False),
    sa.Column("sealed_at", UtcTime, nullable=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sa.Column("tag", sa.LargeBinary, nullable=False),
)

# `submission_id` and `credential_id` are no foreign keys: intake is thrown away earlier. What is told
# of a request has its `tracking` instead of a submission.
delivery = sa.Table(
    "delivery",
    metadata,
    sa.Column("delivery_id", sa.Text, primary_key=True),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("occurred_at", UtcTime, nullable=False),
    sa.Column("submission_id", sa.Text, nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("credential_id", sa.Text),
    sa.Column("tracking", sa.Text),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    # When it may be claimed: a retry waits for it, and a lease ends with it.
    sa.Column("due_at", UtcTime, nullable=False),
    sa.Column("leased_by", sa.Text),
    sa.Column("detail", sa.Text),
    sa.Column("settled_at", UtcTime),
    sa.Index(None, "occurred_at"),
    sa.Index(None, "submission_id"),
)

sa.Index(
    "ix_delivery_due",
    delivery.c.channel,
    delivery.c.due_at,
    delivery.c.delivery_id,
    sqlite_where=sa.text("state = 'waiting'"),
    postgresql_where=sa.text("state = 'waiting'"),
)

# Whoever is erased is found by it.
sa.Index(
    "ix_delivery_credential_id",
    delivery.c.credential_id,
    sqlite_where=sa.text("credential_id IS NOT NULL"),
    postgresql_where=sa.text("credential_id IS NOT NULL"),
)

sa.Index(
    "ix_delivery_dead",
    delivery.c.occurred_at,
    delivery.c.delivery_id,
    sqlite_where=sa.text("state = 'dead'"),
    postgresql_where=sa.text("state = 'dead'"),
)

sa.Index(
    "ix_delivery_delivered",
    delivery.c.channel,
    delivery.c.settled_at,
    sqlite_where=sa.text("state = 'delivered'"),
    postgresql_where=sa.text("state = 'delivered'"),
)

# A request is told to a channel once.
sa.Index(
    "ix_delivery_tracking",
    delivery.c.tracking,
    delivery.c.channel,
    unique=True,
    sqlite_where=sa.text("tracking IS NOT NULL"),
    postgresql_where=sa.text("tracking IS NOT NULL"),
)

delivery_attempt = sa.Table(
    "delivery_attempt",
    metadata,
    sa.Column("attempt_id", COUNTING, primary_key=True),
    sa.Column("delivery_id", sa.Text, sa.ForeignKey(delivery.c.delivery_id), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("result", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("receipt", sa.Text, nullable=False, server_default=""),
    sa.Index(None, "delivery_id"),
)
