"""The tables of what comes in: submissions, their items, files, and what is paused."""

from __future__ import annotations

import sqlalchemy as sa

from mohar.domain.credential import Outcome
from mohar.domain.findings import Finding
from mohar.store.columns import JsonText, UtcTime, metadata

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
    # Since then nothing of what was sent is kept.
    sa.Column("forgotten_at", UtcTime),
    sa.UniqueConstraint("actor_id", "idempotency_key"),
)

# Those whose time is over are found without a look at those that are forgotten.
sa.Index(
    "ix_submission_kept",
    submission.c.kind,
    submission.c.received_at,
    sqlite_where=sa.text("forgotten_at IS NULL"),
    postgresql_where=sa.text("forgotten_at IS NULL"),
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
