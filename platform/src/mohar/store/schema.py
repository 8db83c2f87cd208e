"""Which schema the database has, and how it comes to the one this program needs."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path
from typing import Final

import msgspec
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from mohar.domain.errors import ConfigError, Unavailable

# Any number will do, as long as every migrator of this house takes the same one.
_MIGRATORS_LOCK: Final = 0x6D6F686172


# PostgreSQL's names (appendix A of its manual) for what ends a step that others hold up.
_LOCK_NOT_AVAILABLE: Final = "55P03"
_QUERY_CANCELED: Final = "57014"
_DEADLOCK: Final = "40P01"


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """
    How long one step of a migration may hold up a house that serves.

    Whoever comes after a step that waits for a lock waits as well, so it must not wait long; it can
    be tried again. On SQLite a writer waits for twenty seconds, as everywhere, and no statement is
    cut short.
    """

    lock_seconds: float = 5.0
    statement_seconds: float = 600.0


def step(connection: sa.Connection, limits: Limits) -> bool:
    """
    Take the next step to the newest schema; return False where there is none.

    Call it in a transaction for each step, so that no lock outlives the step that needs it. An empty
    database serves nobody, and comes to the newest schema in one step.

    Raises:
        Unavailable: it took longer than the limits allow; nothing of this step may be kept.
    """
    _limit(connection, limits)
    with as_file(files("mohar") / "_migrations") as folder:
        revision = _next(connection, folder)
        if revision is None:
            return False
        try:
            command.upgrade(_config(folder, connection), revision)
        except sa.exc.OperationalError as error:
            raise _given_up(revision, error, limits) from error
    return True


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


def _limit(connection: sa.Connection, limits: Limits) -> None:
    """Set the limits for this transaction; another migrator is waited for as long as a statement."""
    if connection.dialect.name != "postgresql":
        return
    _set(connection, "statement_timeout", limits.statement_seconds)
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATORS_LOCK)))
    _set(connection, "lock_timeout", limits.lock_seconds)


def _set(connection: sa.Connection, name: str, seconds: float) -> None:
    value = f"{max(1, round(seconds * 1000))}ms"
    connection.execute(sa.select(sa.func.set_config(name, value, True)))


def _next(connection: sa.Connection, folder: Path) -> str | None:
    now = MigrationContext.configure(connection).get_current_revision()
    scripts = ScriptDirectory(str(folder))
    if now is None:
        return scripts.get_current_head()
    to_come = list(scripts.iterate_revisions("head", now))
    return to_come[-1].revision if to_come else None


def _given_up(revision: str, error: sa.exc.OperationalError, limits: Limits) -> Exception:
    """Return what is to be told; the error itself where it has nothing to do with the limits."""
    whys = {
        _LOCK_NOT_AVAILABLE: f"it waited {limits.lock_seconds:g} s for a table that others hold "
        "(--lock-seconds)",
        _QUERY_CANCELED: f"one statement took {limits.statement_seconds:g} s (--statement-seconds)",
        _DEADLOCK: "it and somebody else waited for each other",
    }
    why = whys.get(getattr(error.orig, "sqlstate", None) or "")
    if why is None:
        return error
    return Unavailable(
        f"step {revision} of the schema was given up, and nothing of it is kept: {why}; "
        "run `mohar db upgrade DIR` again when less is going on, or allow it more"
    )


def _config(folder: Path, connection: sa.Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
