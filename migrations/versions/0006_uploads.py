# ruff: noqa: INP001 -- alembic loads its files by path, they are no package
"""
Files of records: what was sent, how far it was taken, and the rows of it that cannot be read.

It works on SQLite and PostgreSQL; nothing that is there is touched, so a house may serve meanwhile.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_UNREAD = sa.text("NOT is_complete")


def upgrade() -> None:
    """Add the three tables."""
    op.create_table(
        "upload",
        sa.Column("submission_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("actor_id", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("received_at", _MOMENT, nullable=False),
        sa.Column("form", sa.Text, nullable=False),
        sa.Column("variant", sa.Text, nullable=False),
        sa.Column("file_name", sa.LargeBinary, nullable=False),
        sa.Column("file_hash", sa.LargeBinary, nullable=False),
        sa.Column("last_row", sa.Integer, nullable=False),
        sa.Column("is_complete", sa.Boolean, nullable=False),
        sa.Column("leased_by", sa.Text),
        sa.Column("lease_until", _MOMENT),
        sa.PrimaryKeyConstraint("submission_id", name="pk_upload"),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submission.submission_id"], name="fk_upload_submission_id"
        ),
    )
    op.create_index("ix_upload_actor_id_received_at", "upload", ["actor_id", "received_at"])
    op.create_index(
        "ix_upload_unread",
        "upload",
        ["received_at"],
        sqlite_where=_UNREAD,
        postgresql_where=_UNREAD,
    )
    op.create_table(
        "upload_part",
        sa.Column("submission_id", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("submission_id", "number", name="pk_upload_part"),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["upload.submission_id"], name="fk_upload_part_submission_id"
        ),
    )
    op.create_table(
        "unreadable_row",
        sa.Column("submission_id", sa.Text, nullable=False),
        sa.Column("row", sa.Integer, nullable=False),
        sa.Column("finding", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("submission_id", "row", name="pk_unreadable_row"),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["upload.submission_id"], name="fk_unreadable_row_submission_id"
        ),
    )


def downgrade() -> None:
    """Take them away; the records that were read from files stay, as submissions."""
    op.drop_table("unreadable_row")
    op.drop_table("upload_part")
    op.drop_table("upload")
