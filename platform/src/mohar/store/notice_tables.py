"""The table of the notices that holders were shown."""

from __future__ import annotations

import sqlalchemy as sa

from mohar.store.columns import UtcTime, metadata

# Never changed: what a request, a link or a read rests on names its version. Nothing of a person.
notice = sa.Table(
    "notice",
    metadata,
    sa.Column("version", sa.Text, primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("first_shown_at", UtcTime, nullable=False),
)
