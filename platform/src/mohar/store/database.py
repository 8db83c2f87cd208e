"""The way to the database: one engine for SQLite and PostgreSQL, and what their failures mean."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.pool import ConnectionPoolEntry

from mohar.domain.errors import ConfigError, Unavailable

_DRIVERS: Final = {
    "sqlite": "sqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}
_WRITES: Final = "mohar_writes"
_RESTS_SINCE: Final = "mohar_rests_since"
_RESTED_SECONDS: Final = 1.0
# The order matters: switching to WAL is the first statement that may have to wait.
_SQLITE_SETTINGS: Final = (
    "PRAGMA busy_timeout = 20000",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
)
_OUR_OWN_MISTAKES: Final = (
    sa.exc.IntegrityError,
    sa.exc.ProgrammingError,
    sa.exc.DataError,
    sa.exc.NotSupportedError,
)


def open_engine(url: str) -> sa.Engine:
    """
    Return the engine behind a database URL; nothing is connected yet.

    Raises:
        ConfigError: the text is no URL, or of a database this house does not keep its things in.
    """
    parsed = _read_url(url)
    # Parameters never reach the text of an error: they are what people wrote.
    engine = sa.create_engine(parsed, hide_parameters=True)
    sa.event.listen(engine, "checkin", _note_the_time)
    sa.event.listen(engine, "checkout", partial(_ask_whether_it_lives, engine.dialect))
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _set_up_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
    else:
        sa.event.listen(engine, "connect", partial(_set_up_postgresql, engine.dialect))
    return engine


@contextmanager
def transaction(
    engine: sa.Engine, *, writes: bool, steady: bool = False
) -> Iterator[sa.Connection]:
    """
    Open one transaction: committed at the end, rolled back by any exception.

    A `steady` one sees everything as it is at its first statement, however long it lasts.

    Raises:
        Unavailable: the database did not answer, or could not finish what it was asked.
    """
    options: dict[str, Any] = {_WRITES: writes}
    if engine.dialect.name == "postgresql":
        options["postgresql_readonly"] = not writes
        if steady:
            options["isolation_level"] = "REPEATABLE READ"
    try:
        with engine.connect().execution_options(**options) as connection, connection.begin():
            yield connection
    except _OUR_OWN_MISTAKES:
        raise
    except (sa.exc.DBAPIError, sa.exc.TimeoutError) as error:
        raise Unavailable(f"the database did not answer: {_reason(error)}") from error


def _read_url(url: str) -> sa.URL:
    try:
        parsed = make_url(url)
    except sa.exc.ArgumentError as error:
        raise ConfigError(
            "store.url is not a database URL: write sqlite:///path or postgresql://user@host/name"
        ) from error
    driver = _DRIVERS.get(parsed.drivername)
    if driver is None:
        raise ConfigError(
            f"store.url names {parsed.drivername!r}, which is not supported: "
            "write sqlite:///path or postgresql://user@host/name"
        )
    if driver == "sqlite" and parsed.database in {None, "", ":memory:"}:
        raise ConfigError(
            "store.url names a SQLite database in memory, which each thread would have for "
            "itself: name a file, as in sqlite:///path"
        )
    return parsed.set(drivername=driver)


def _note_the_time(_dbapi_connection: object, record: ConnectionPoolEntry) -> None:
    record.info[_RESTS_SINCE] = time.monotonic()


def _ask_whether_it_lives(
    dialect: sa.Dialect, dbapi_connection: Any, record: ConnectionPoolEntry, _proxy: object
) -> None:
    """
    Ask only a connection that has rested: under load, asking each time is one message in five.

    A database that went away and came back meanwhile is then met by a statement, and told as
    `Unavailable`.
    """
    since = record.info.get(_RESTS_SINCE)
    if since is None or time.monotonic() - since < _RESTED_SECONDS:
        return
    try:
        dialect.do_ping(dbapi_connection)
    except dialect.loaded_dbapi.Error as error:
        raise sa.exc.DisconnectionError from error


def _set_up_sqlite(dbapi_connection: Any, _record: object) -> None:
    # The driver must not open transactions by itself: it would open them as readers.
    dbapi_connection.isolation_level = None
    cursor = dbapi_connection.cursor()
    for setting in _SQLITE_SETTINGS:
        cursor.execute(setting)
    cursor.close()


def _set_up_postgresql(dialect: sa.Dialect, dbapi_connection: Any, _record: object) -> None:
    # As text, which the driver would choose, each value of a list is quoted for itself.
    driver: Any = dialect.loaded_dbapi
    adapters = dbapi_connection.adapters
    adapters.register_dumper(list, adapters.get_dumper(list, driver.adapt.PyFormat.BINARY))


def _begin_sqlite(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, True)
    connection.exec_driver_sql(f"PRAGMA query_only = {'OFF' if writes else 'ON'}")
    # A reader that begins to write cannot wait for another writer; IMMEDIATE waits at the start.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _reason(error: sa.exc.SQLAlchemyError) -> str:
    original = getattr(error, "orig", None) or error
    lines = str(original).strip().splitlines()
    return lines[0] if lines else type(original).__name__
