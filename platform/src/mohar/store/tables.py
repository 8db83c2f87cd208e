"""The tables. What they look like is said here once; `migrations/` says how they came to be."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from mohar.domain.credential import Outcome
from mohar.domain.findings import Finding
from mohar.domain.values import JsonObject
from mohar.store.rows import RefusedBody


class UtcTime(sa.TypeDecorator[datetime]):
    """An aware moment, kept in UTC whatever the database thinks of time zones."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Return the moment in UTC. Raises ValueError for one without a time zone."""
        del dialect
        if value is not None and value.tzinfo is None:
            raise ValueError("a time without a zone is kept nowhere: make it aware")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Return the moment as aware and in UTC."""
        del dialect
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


class JsonText(sa.TypeDecorator[Any]):
    """A value of one type as JSON text. For what is not personal: everything else is sealed."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, shape: Any) -> None:
        super().__init__()
        self.shape = shape

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> str | None:
        """Return the value as JSON."""
        del dialect
        return None if value is None else msgspec.json.encode(value).decode()

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> Any:
        """Return the JSON as a value of its type."""
        del dialect
        return None if value is None else msgspec.json.decode(value, type=self.shape)


metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

# SQLite counts up by itself only in a column that is exactly INTEGER PRIMARY KEY.
_counting = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

pepper = sa.Table(
    "pepper",
    metadata,
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("check_hash", sa.LargeBinary, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
)

data_key = sa.Table(
    "data_key",
    metadata,
    sa.Column("key_id", sa.Integer, primary_key=True),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("generation", sa.Integer, nullable=False),
    sa.Column("wrapped", sa.LargeBinary, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.UniqueConstraint("purpose", "generation"),
)

submission = sa.Table(
    "submission",
    metadata,
    sa.Column("submission_id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("actor_id", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("idempotency_key", sa.LargeBinary),
    sa.Column("received_at", UtcTime, nullable=False),
    sa.Column("bodies", JsonText(tuple[str, ...])),
    sa.UniqueConstraint("actor_id", "idempotency_key"),
)

intake = sa.Table(
    "intake",
    metadata,
    sa.Column("intake_id", sa.Text, primary_key=True),
    sa.Column("submission_id", sa.Text, sa.ForeignKey(submission.c.submission_id), nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("variant", sa.Text, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("received_at", UtcTime, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("leased_by", sa.Text),
    sa.Column("lease_until", UtcTime),
    sa.Column("outcome", JsonText(Outcome)),
    sa.Column("bodies", JsonText(tuple[str, ...])),
    sa.Column("correction", sa.LargeBinary),
    # Whoever sent it, as its submission says: a pause must not look there. None before 0004.
    sa.Column("actor_id", sa.Text),
    # Set aside by a claim while what it needs is paused, so that no later claim steps over it.
    sa.Column("held", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("trouble", sa.Text),
    sa.Column("settled_at", UtcTime),
    sa.UniqueConstraint("submission_id", "position"),
)

# Only what still waits is in this index, so claiming stays quick however much was settled.
sa.Index(
    "ix_intake_waiting",
    intake.c.held,
    intake.c.received_at,
    intake.c.submission_id,
    intake.c.position,
    sqlite_where=sa.text("state = 'waiting'"),
    postgresql_where=sa.text("state = 'waiting'"),
)

# What was set aside is listed without a look at anything else.
sa.Index(
    "ix_intake_failed",
    intake.c.received_at,
    intake.c.submission_id,
    intake.c.position,
    sqlite_where=sa.text("state = 'failed'"),
    postgresql_where=sa.text("state = 'failed'"),
)

upload = sa.Table(
    "upload",
    metadata,
    sa.Column(
        "submission_id", sa.Text, sa.ForeignKey(submission.c.submission_id), primary_key=True
    ),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("actor_id", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("received_at", UtcTime, nullable=False),
    sa.Column("form", sa.Text, nullable=False),
    sa.Column("variant", sa.Text, nullable=False),
    sa.Column("file_name", sa.LargeBinary, nullable=False),
    sa.Column("file_hash", sa.LargeBinary, nullable=False),
    sa.Column("last_row", sa.Integer, nullable=False),
    sa.Column("is_complete", sa.Boolean, nullable=False),
    sa.Column("leased_by", sa.Text),
    sa.Column("lease_until", UtcTime),
)

sa.Index("ix_upload_actor_id_received_at", upload.c.actor_id, upload.c.received_at)
sa.Index(
    "ix_upload_unread",
    upload.c.received_at,
    sqlite_where=sa.text("NOT is_complete"),
    postgresql_where=sa.text("NOT is_complete"),
)

# A file in pieces, sealed; it stays until its time is over, so that wrong rows can be given back.
upload_part = sa.Table(
    "upload_part",
    metadata,
    sa.Column("submission_id", sa.Text, sa.ForeignKey(upload.c.submission_id), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("content", sa.LargeBinary, nullable=False),
)

unreadable_row = sa.Table(
    "unreadable_row",
    metadata,
    sa.Column("submission_id", sa.Text, sa.ForeignKey(upload.c.submission_id), primary_key=True),
    sa.Column("row", sa.Integer, primary_key=True),
    sa.Column("finding", JsonText(Finding), nullable=False),
)

pause = sa.Table(
    "pause",
    metadata,
    sa.Column("scope", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("since", UtcTime, nullable=False),
    sa.Column("actor_id", sa.Text, nullable=False),
    sa.Column("reason", sa.LargeBinary, nullable=False),
)

status_list = sa.Table(
    "status_list",
    metadata,
    sa.Column("list_id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("permutation_key", sa.LargeBinary, nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("taken", sa.Integer, nullable=False),
    sa.Column("opened_at", UtcTime, nullable=False),
    # Counted up by whatever changes a bit, so that a published list knows that it is old.
    sa.Column("version", sa.BigInteger, nullable=False, server_default="0"),
    sa.UniqueConstraint("kind", "purpose", "number"),
)

# `intake_id` is no foreign key: intake is thrown away earlier than credentials are.
credential = sa.Table(
    "credential",
    metadata,
    sa.Column("credential_id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("key_hash", sa.LargeBinary, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("group_hash", sa.LargeBinary, nullable=False),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Column("pepper_version", sa.Integer, nullable=False),
    sa.Column("identity", sa.LargeBinary, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("intake_id", sa.Text, nullable=False),
    sa.Column("status_list_id", sa.Text, sa.ForeignKey(status_list.c.list_id)),
    sa.Column("status_index", sa.Integer),
    sa.Column("reserved_at", UtcTime, nullable=False),
    sa.Column("issued_at", UtcTime),
    sa.Column("config_digest", sa.Text),
    sa.Column("record", sa.LargeBinary),
    sa.Column("refused", JsonText(tuple[RefusedBody, ...])),
    sa.Column("supersedes", sa.Text, sa.ForeignKey("credential.credential_id")),
    sa.Column("superseded_by", sa.Text, sa.ForeignKey("credential.credential_id")),
    sa.Column("variant", sa.Text),
    # Why this revision came to be; None for the first.
    sa.Column("cause", sa.Text),
    # The paths that a correction changed: names of fields, never values.
    sa.Column("changed", JsonText(tuple[str, ...])),
    sa.Column("suspended_until", UtcTime),
    sa.UniqueConstraint("kind", "key_hash", "revision"),
    sa.UniqueConstraint("status_list_id", "status_index"),
    sa.Index(None, "group_hash"),
)

# A record whose retention is over is found without a look at those that are gone already.
sa.Index(
    "ix_credential_kept_record",
    credential.c.kind,
    credential.c.issued_at,
    sqlite_where=sa.text("record IS NOT NULL"),
    postgresql_where=sa.text("record IS NOT NULL"),
)

# A status list is made anew from these alone: few, whatever the length of the list.
sa.Index(
    "ix_credential_flagged",
    credential.c.status_list_id,
    credential.c.status_index,
    sqlite_where=sa.text("state IN ('superseded', 'revoked', 'suspended')"),
    postgresql_where=sa.text("state IN ('superseded', 'revoked', 'suspended')"),
)

sa.Index(
    "ix_credential_suspended_until",
    credential.c.suspended_until,
    sqlite_where=sa.text("suspended_until IS NOT NULL"),
    postgresql_where=sa.text("suspended_until IS NOT NULL"),
)

# Never changed and never removed: what became of a credential, when, through whom and why.
state_change = sa.Table(
    "state_change",
    metadata,
    sa.Column("change_id", _counting, primary_key=True),
    sa.Column("credential_id", sa.Text, sa.ForeignKey(credential.c.credential_id), nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("before", sa.Text, nullable=False),
    sa.Column("after", sa.Text, nullable=False),
    sa.Column("cause", sa.Text, nullable=False),
    sa.Column("actor_id", sa.Text, nullable=False),
    sa.Column("why", sa.LargeBinary),
    sa.Column("until", UtcTime),
    sa.Column("campaign_id", sa.Text),
    sa.Index(None, "credential_id"),
)

# `config_digest` is there where a body was added later, under another configuration perhaps.
body = sa.Table(
    "body",
    metadata,
    sa.Column(
        "credential_id", sa.Text, sa.ForeignKey(credential.c.credential_id), primary_key=True
    ),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("profile", sa.Text, nullable=False),
    sa.Column("schema", sa.Text, nullable=False),
    sa.Column("format", sa.Text, nullable=False),
    sa.Column("media_type", sa.Text, nullable=False),
    sa.Column("key_id", sa.Text, nullable=False),
    sa.Column("algorithm", sa.Text, nullable=False),
    sa.Column("created", UtcTime, nullable=False),
    sa.Column("sha256", sa.LargeBinary, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("config_digest", sa.Text),
    sa.Column("identifier", sa.Text),
)

# What a body binds that names no status list, written down when its credential first changes.
listed = sa.Table(
    "listed",
    metadata,
    sa.Column("digest", sa.LargeBinary, primary_key=True),
    sa.Column(
        "credential_id", sa.Text, sa.ForeignKey(credential.c.credential_id), primary_key=True
    ),
    sa.Column("body", sa.Text, primary_key=True),
    sa.Column("identifier", sa.Text, nullable=False),
    sa.Column("key_id", sa.Text, nullable=False),
    sa.Column("changes", sa.Integer, nullable=False),
)

sa.Index("ix_listed_credential_id", listed.c.credential_id)
sa.Index("ix_listed_key_id", listed.c.key_id)

handle = sa.Table(
    "handle",
    metadata,
    sa.Column(
        "credential_id", sa.Text, sa.ForeignKey(credential.c.credential_id), primary_key=True
    ),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value_hash", sa.LargeBinary, nullable=False),
    sa.Column("pepper_version", sa.Integer, nullable=False),
    sa.Column("masked", sa.Text, nullable=False),
    sa.Column("contact", sa.LargeBinary, nullable=False),
    sa.Index(None, "value_hash"),
)

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("entry", _counting, primary_key=True),
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

api_key = sa.Table(
    "api_key",
    metadata,
    sa.Column("key_id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("secret_tag", sa.LargeBinary, nullable=False),
    sa.Column("scopes", JsonText(frozenset[str]), nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("expires_at", UtcTime),
    sa.Column("revoked_at", UtcTime),
)
