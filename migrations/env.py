# ruff: noqa: INP001 -- alembic loads its files by path, they are no package
"""How alembic runs: on the connection that `mohar.store.schema` hands over, in its transaction."""

from __future__ import annotations

from alembic import context

from mohar.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
