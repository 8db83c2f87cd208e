"""The tables of what a restore lost."""

from __future__ import annotations

import sqlalchemy as sa

from mohar.store.columns import UtcTime, metadata

# `since` is the moment by which it had been told; what was before it, nobody knows any more.
lost_slot = sa.Table(
    "lost_slot",
    metadata,
    sa.Column("status_list_id", sa.Text, sa.ForeignKey("status_list.list_id"), primary_key=True),
    sa.Column("status_index", sa.Integer, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("since", UtcTime, nullable=False),
)

# By digest alone: a snapshot tells no more of a body that names no list.
lost_identifier = sa.Table(
    "lost_identifier",
    metadata,
    sa.Column("digest", sa.LargeBinary, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("since", UtcTime, nullable=False),
)
