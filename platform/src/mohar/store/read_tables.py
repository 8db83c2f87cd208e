"""The table of who has read which credential."""

from __future__ import annotations

import sqlalchemy as sa

from mohar.store.columns import COUNTING, UtcTime, metadata

# `handle` is a keyed hash of the id that was asked for, empty where none was; `credential` is that
# id, sealed, where there is such a credential: what else people ask for may be of anybody.
read_log = sa.Table(
    "read_log",
    metadata,
    sa.Column("read_id", COUNTING, primary_key=True),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("actor_id", sa.Text, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("handle", sa.LargeBinary, nullable=False),
    sa.Column("pepper_version", sa.Integer, nullable=False),
    sa.Column("credential", sa.LargeBinary),
    # The version of the notice that the read rests on, where holders were shown one.
    sa.Column("notice", sa.Text, nullable=False, server_default=""),
    sa.Index(None, "handle", "read_id"),
    sa.Index(None, "actor_id", "at", "read_id"),
)
