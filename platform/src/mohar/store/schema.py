"""Which schema the database has, and how it comes to the one this program needs."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from mohar.domain.errors import ConfigError

# Any number will do, as long as every migrator of this house takes the same one.
_MIGRATORS_LOCK: Final = 0x6D6F686172


def upgrade(connection: sa.Connection) -> None:
    """Bring the database to the newest schema. A second migrator waits, and finds it done."""
    migrate(connection, "head")


def migrate(connection: sa.Connection, revision: str) -> None:
    """Bring the database to a named revision; `base` is the empty one."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATORS_LOCK)))
    with as_file(files("mohar") / "_migrations") as folder:
        config = _config(folder, connection)
        is_up = revision == "head"
        command.upgrade(config, revision) if is_up else command.downgrade(config, revision)


def check(connection: sa.Connection) -> None:
    """Raise ConfigError with the mend where the schema is not the one this program needs."""
    now = MigrationContext.configure(connection).get_current_revision()
    with as_file(files("mohar") / "_migrations") as folder:
        needed = ScriptDirectory(str(folder)).get_current_head()
    if now != needed:
        raise ConfigError(
            f"the database has schema {now or 'none'} and this program needs {needed}: "
            "run `mohar db upgrade DIR`"
        )


def _config(folder: Path, connection: sa.Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
