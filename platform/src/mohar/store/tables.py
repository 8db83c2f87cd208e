"""The tables. What they look like is said here once; `migrations/` says how they came to be."""

from __future__ import annotations

import sqlalchemy as sa

from mohar.store.columns import COUNTING, JsonText, UtcTime, metadata
from mohar.store.intake_tables import intake, pause, submission, unreadable_row, upload, upload_part
from mohar.store.log_tables import (
    audit_entry,
    audit_seal,
    delivery,
    delivery_attempt,
    observer,
    outbox,
    outbox_counter,
    outbox_failure,
)
from mohar.store.lost_tables import lost_identifier, lost_slot
from mohar.store.read_tables import read_log
from mohar.store.rows import RefusedBody

__all__ = [
    "JsonText",
    "UtcTime",
    "api_key",
    "approval",
    "audit_entry",
    "audit_seal",
    "body",
    "credential",
    "data_key",
    "delivery",
    "delivery_attempt",
    "handle",
    "intake",
    "list_version",
    "listed",
    "lost_identifier",
    "lost_slot",
    "metadata",
    "observer",
    "outbox",
    "outbox_counter",
    "outbox_failure",
    "pause",
    "pepper",
    "read_log",
    "state_change",
    "status_list",
    "submission",
    "unreadable_row",
    "upload",
    "upload_part",
]

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
    # What houses before 0012 counted here; `list_version` goes on from it.
    sa.Column("version", sa.BigInteger, nullable=False, server_default="0"),
    sa.UniqueConstraint("kind", "purpose", "number"),
)

# Counted up by whatever changes a bit, so that a published list knows that it is old. A row of its
# own: who takes slots locks the list before credentials, who changes bits locks this one after them.
list_version = sa.Table(
    "list_version",
    metadata,
    sa.Column("list_id", sa.Text, sa.ForeignKey(status_list.c.list_id), primary_key=True),
    sa.Column("version", sa.BigInteger, nullable=False),
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
    # The entry of the audit log that tells of its issuing, by the name that it has there.
    sa.Column("batch", sa.Text),
    sa.UniqueConstraint("kind", "key_hash", "revision"),
    sa.UniqueConstraint("status_list_id", "status_index"),
    sa.Index(None, "group_hash"),
    sa.Index(None, "batch"),
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
    sa.Column("change_id", COUNTING, primary_key=True),
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

# Credentials whose records are to be compared with those before them; gone when that is done.
comparison_due = sa.Table(
    "comparison_due",
    metadata,
    sa.Column(
        "credential_id", sa.Text, sa.ForeignKey(credential.c.credential_id), primary_key=True
    ),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("noted_at", UtcTime, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("leased_by", sa.Text),
    sa.Column("lease_until", UtcTime),
)

sa.Index("ix_comparison_due_noted_at", comparison_due.c.noted_at)

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

# What somebody has looked at and wants done by another; `marks` tell the single changes of it.
approval = sa.Table(
    "approval",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("actor_id", sa.Text, nullable=False),
    sa.Column("approved_at", UtcTime, nullable=False),
    sa.Column("marks", sa.LargeBinary, nullable=False),
)
