# ruff: noqa: INP001 -- alembic loads its files by path, they are no package
"""
Which bodies were asked for, what a body added later needs, and how a kept record is found to go.

It works on SQLite and PostgreSQL. Credentials issued before learn the variant of their record from
the message they were made from, as long as that is there.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and the index."""
    op.add_column("submission", sa.Column("bodies", sa.Text))
    op.add_column("intake", sa.Column("bodies", sa.Text))
    op.add_column("body", sa.Column("config_digest", sa.Text))
    op.add_column("credential", sa.Column("variant", sa.Text))
    op.execute(
        "UPDATE credential SET variant = (SELECT intake.variant FROM intake"
        " WHERE intake.intake_id = credential.intake_id) WHERE record IS NOT NULL"
    )
    op.create_index(
        "ix_credential_kept_record",
        "credential",
        ["kind", "issued_at"],
        sqlite_where=sa.text("record IS NOT NULL"),
        postgresql_where=sa.text("record IS NOT NULL"),
    )


def downgrade() -> None:
    """Take them away; what was asked for and not yet issued is then issued in all bodies."""
    op.drop_index("ix_credential_kept_record", "credential")
    op.drop_column("credential", "variant")
    op.drop_column("body", "config_digest")
    op.drop_column("intake", "bodies")
    op.drop_column("submission", "bodies")
