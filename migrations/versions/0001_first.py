# ruff: noqa: INP001 -- alembic loads its files by path, they are no package
"""
The first schema: what was received, what was issued, who is told, and who may ask.

It works on SQLite and PostgreSQL. A migration is never changed once it was released, so it says
everything itself and imports no table of the house.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make all tables."""
    _secrets()
    _intake()
    _credentials()
    _parts_of_credentials()
    _outbox()
    _observers()
    _api_keys()


def downgrade() -> None:
    """Drop all tables, and everything in them."""
    for table in (
        "api_key",
        "outbox_failure",
        "observer",
        "outbox_counter",
        "outbox",
        "handle",
        "body",
        "credential",
        "status_list",
        "intake",
        "submission",
        "data_key",
        "pepper",
    ):
        op.drop_table(table)


def _secrets() -> None:
    op.create_table(
        "pepper",
        sa.Column("version", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("check_hash", sa.LargeBinary, nullable=False),
        _moment("created_at", nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_pepper"),
    )
    op.create_table(
        "data_key",
        sa.Column("key_id", sa.Integer, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
        _moment("created_at", nullable=False),
        sa.PrimaryKeyConstraint("key_id", name="pk_data_key"),
        sa.UniqueConstraint("purpose", "generation", name="uq_data_key_purpose_generation"),
    )


def _intake() -> None:
    op.create_table(
        "submission",
        sa.Column("submission_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("actor_id", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("idempotency_key", sa.LargeBinary),
        _moment("received_at", nullable=False),
        sa.PrimaryKeyConstraint("submission_id", name="pk_submission"),
        sa.UniqueConstraint(
            "actor_id", "idempotency_key", name="uq_submission_actor_id_idempotency_key"
        ),
    )
    op.create_table(
        "intake",
        sa.Column("intake_id", sa.Text, nullable=False),
        sa.Column("submission_id", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("variant", sa.Text, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        _moment("received_at", nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("leased_by", sa.Text),
        _moment("lease_until"),
        sa.Column("outcome", sa.Text),
        sa.PrimaryKeyConstraint("intake_id", name="pk_intake"),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submission.submission_id"], name="fk_intake_submission_id"
        ),
        sa.UniqueConstraint("submission_id", "position", name="uq_intake_submission_id_position"),
    )
    op.create_index(
        "ix_intake_waiting",
        "intake",
        ["received_at", "submission_id", "position"],
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )


def _credentials() -> None:
    op.create_table(
        "status_list",
        sa.Column("list_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("permutation_key", sa.LargeBinary, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("taken", sa.Integer, nullable=False),
        _moment("opened_at", nullable=False),
        sa.PrimaryKeyConstraint("list_id", name="pk_status_list"),
        sa.UniqueConstraint("kind", "purpose", "number", name="uq_status_list_kind_purpose_number"),
    )
    op.create_table(
        "credential",
        sa.Column("credential_id", sa.Text, nullable=False),
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
        sa.Column("status_list_id", sa.Text),
        sa.Column("status_index", sa.Integer),
        _moment("reserved_at", nullable=False),
        _moment("issued_at"),
        sa.Column("config_digest", sa.Text),
        sa.Column("record", sa.LargeBinary),
        sa.Column("refused", sa.Text),
        sa.Column("supersedes", sa.Text),
        sa.Column("superseded_by", sa.Text),
        sa.PrimaryKeyConstraint("credential_id", name="pk_credential"),
        sa.ForeignKeyConstraint(
            ["status_list_id"], ["status_list.list_id"], name="fk_credential_status_list_id"
        ),
        sa.ForeignKeyConstraint(
            ["supersedes"], ["credential.credential_id"], name="fk_credential_supersedes"
        ),
        sa.ForeignKeyConstraint(
            ["superseded_by"], ["credential.credential_id"], name="fk_credential_superseded_by"
        ),
        sa.UniqueConstraint(
            "kind", "key_hash", "revision", name="uq_credential_kind_key_hash_revision"
        ),
        sa.UniqueConstraint(
            "status_list_id", "status_index", name="uq_credential_status_list_id_status_index"
        ),
    )
    op.create_index("ix_credential_group_hash", "credential", ["group_hash"])


def _parts_of_credentials() -> None:
    op.create_table(
        "body",
        sa.Column("credential_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("profile", sa.Text, nullable=False),
        sa.Column("schema", sa.Text, nullable=False),
        sa.Column("format", sa.Text, nullable=False),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("algorithm", sa.Text, nullable=False),
        _moment("created", nullable=False),
        sa.Column("sha256", sa.LargeBinary, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("credential_id", "name", name="pk_body"),
        _belongs_to_credential("body"),
    )
    op.create_table(
        "handle",
        sa.Column("credential_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("value_hash", sa.LargeBinary, nullable=False),
        sa.Column("pepper_version", sa.Integer, nullable=False),
        sa.Column("masked", sa.Text, nullable=False),
        sa.Column("contact", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("credential_id", "name", name="pk_handle"),
        _belongs_to_credential("handle"),
    )
    op.create_index("ix_handle_value_hash", "handle", ["value_hash"])


def _outbox() -> None:
    op.create_table(
        "outbox",
        # SQLite counts up by itself only in a column that is exactly INTEGER PRIMARY KEY.
        sa.Column("entry", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("sequence", sa.BigInteger),
        sa.Column("type", sa.Text, nullable=False),
        _moment("occurred_at", nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("facts", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("entry", name="pk_outbox"),
        sa.UniqueConstraint("event_id", name="uq_outbox_event_id"),
        sa.UniqueConstraint("sequence", name="uq_outbox_sequence"),
    )
    op.create_index(
        "ix_outbox_unnumbered",
        "outbox",
        ["entry"],
        sqlite_where=sa.text("sequence IS NULL"),
        postgresql_where=sa.text("sequence IS NULL"),
    )
    op.create_table(
        "outbox_counter",
        sa.Column("counter", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("last", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("counter", name="pk_outbox_counter"),
    )


def _observers() -> None:
    op.create_table(
        "observer",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("cursor", sa.BigInteger, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        _moment("next_try_at"),
        sa.Column("why", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_observer"),
    )
    op.create_table(
        "outbox_failure",
        sa.Column("observer", sa.Text, nullable=False),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        _moment("set_aside_at", nullable=False),
        sa.PrimaryKeyConstraint("observer", "event_id", name="pk_outbox_failure"),
        sa.ForeignKeyConstraint(["observer"], ["observer.name"], name="fk_outbox_failure_observer"),
        sa.ForeignKeyConstraint(
            ["event_id"], ["outbox.event_id"], name="fk_outbox_failure_event_id"
        ),
    )


def _api_keys() -> None:
    op.create_table(
        "api_key",
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("secret_tag", sa.LargeBinary, nullable=False),
        sa.Column("scopes", sa.Text, nullable=False),
        _moment("created_at", nullable=False),
        _moment("expires_at"),
        _moment("revoked_at"),
        sa.PrimaryKeyConstraint("key_id", name="pk_api_key"),
    )


def _moment(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _belongs_to_credential(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["credential_id"], ["credential.credential_id"], name=f"fk_{table}_credential_id"
    )
