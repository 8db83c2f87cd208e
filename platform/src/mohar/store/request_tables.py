"""The tables of requests, beside those in `tables`; `migrations/` says how they came to be."""

from __future__ import annotations

import sqlalchemy as sa

from mohar.domain.request import Failure
from mohar.store.tables import JsonText, UtcTime, credential, metadata

ENDED = "forgotten_at IS NULL AND state IN ('done', 'declined', 'withdrawn')"

request = sa.Table(
    "request",
    metadata,
    sa.Column("tracking", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("credential_id", sa.Text, sa.ForeignKey(credential.c.credential_id), nullable=False),
    sa.Column("other_id", sa.Text, sa.ForeignKey(credential.c.credential_id)),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("actor_id", sa.Text, nullable=False),
    sa.Column("idempotency_key", sa.LargeBinary),
    sa.Column("opened_at", UtcTime, nullable=False),
    sa.Column("changed_at", UtcTime, nullable=False),
    sa.Column("contents", sa.LargeBinary, nullable=False),
    # When the house has something to do for it, and how often it has tried.
    sa.Column("due_at", UtcTime),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("result_id", sa.Text, sa.ForeignKey(credential.c.credential_id)),
    sa.Column("failure", JsonText(Failure)),
    # When its contents and the reasons of its steps were removed; they are empty since.
    sa.Column("forgotten_at", UtcTime),
    # The version of the notice that it rests on, where its holder was shown one.
    sa.Column("notice", sa.Text, nullable=False, server_default=""),
    sa.UniqueConstraint("actor_id", "idempotency_key"),
    sa.Index(None, "state", "opened_at", "tracking"),
    sa.Index(None, "opened_at", "tracking"),
    sa.Index(None, "credential_id"),
)

sa.Index(
    "ix_request_due_at",
    request.c.due_at,
    sqlite_where=sa.text("due_at IS NOT NULL"),
    postgresql_where=sa.text("due_at IS NOT NULL"),
)

sa.Index(
    "ix_request_other_id",
    request.c.other_id,
    sqlite_where=sa.text("other_id IS NOT NULL"),
    postgresql_where=sa.text("other_id IS NOT NULL"),
)

# What has come to its end and is still to be forgotten.
sa.Index(
    "ix_request_ended",
    request.c.kind,
    request.c.changed_at,
    sqlite_where=sa.text(ENDED),
    postgresql_where=sa.text(ENDED),
)

# Never removed: each step of a request, when and through whom; `why` alone goes in the end.
request_step = sa.Table(
    "request_step",
    metadata,
    sa.Column(
        "step_id",
        sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
        primary_key=True,
    ),
    sa.Column("tracking", sa.Text, sa.ForeignKey(request.c.tracking), nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("actor_id", sa.Text, nullable=False),
    sa.Column("why", sa.LargeBinary),
    sa.Index(None, "tracking"),
)
