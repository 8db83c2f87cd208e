"""The table of what is put aside for a while."""

from __future__ import annotations

import sqlalchemy as sa

from mohar.store.columns import UtcTime, metadata

# Rows come and go with every code that is sent and every call that must not come twice.
expiring = sa.Table(
    "expiring",
    metadata,
    sa.Column("namespace", sa.Text, primary_key=True),
    sa.Column("key_hash", sa.LargeBinary, primary_key=True),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("count", sa.BigInteger, nullable=False),
    sa.Column("expires_at", UtcTime, nullable=False),
    sa.Index(None, "expires_at"),
)
