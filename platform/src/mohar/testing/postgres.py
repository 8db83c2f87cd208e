"""A PostgreSQL of one's own: started for the tests, gone with them, reachable by no network."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Final

import sqlalchemy as sa

_SUPERUSER: Final = "postgres"
_TEMPLATE: Final = "mohar_template"
_START_SECONDS: Final = 60
# What alembic knows stays, so the schema is still the newest one.
_EMPTY_ALL: Final = """
DO $$ BEGIN EXECUTE (
  SELECT 'TRUNCATE ' || string_agg(quote_ident(tablename), ', ') || ' RESTART IDENTITY'
  FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'
); END $$
"""
_SETTINGS: Final = ("listen_addresses=", "max_connections=200", "shared_buffers=64MB")
# Nothing has to outlive a test, so nothing waits for the disk.
_FORGETFUL: Final = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class PostgresMissing(RuntimeError):
    """There is no PostgreSQL on this machine: install the package `postgresql`."""


class PostgresServer:
    """
    A running server. Each database is new; its URL is good until the server stops.

    It can be killed and started again, as happens to servers.
    """

    def __init__(self, programs: Path, folder: Path, options: str) -> None:
        self._programs = programs
        self._folder = folder
        self._options = options
        self._numbers = count(1)
        self._is_prepared = False
        self._emptied: str | None = None

    def url(self, name: str) -> str:
        """Return the URL of a database by its name."""
        return f"postgresql+psycopg://{_SUPERUSER}@/{name}?host={self._folder}"

    def database(self) -> str:
        """Make an empty database and return its URL."""
        return self._create("template0")

    def copy(self, prepare: Callable[[str], None]) -> str:
        """
        Return the URL of a new copy of a prepared database (a tenth of a second).

        `prepare` gets a URL and makes the schema there, the first time only; it must close its
        connections.
        """
        if not self._is_prepared:
            self._run(f'CREATE DATABASE "{_TEMPLATE}" TEMPLATE template0')
            prepare(self.url(_TEMPLATE))
            self._is_prepared = True
        return self._create(_TEMPLATE)

    def emptied(self, prepare: Callable[[str], None]) -> str:
        """Return the URL of one prepared database, always the same, with its tables emptied."""
        if self._emptied is None:
            self._emptied = self.copy(prepare)
        self._run(_EMPTY_ALL, self._emptied)
        return self._emptied

    def start(self) -> None:
        """Start it, or start it again; returns when it answers."""
        wait = ("-w", "-t", str(_START_SECONDS))
        _control(self._programs, self._folder, "start", *wait, "-o", self._options)

    def kill(self) -> None:
        """End it and all its processes at once, as a power cut ends them; returns when they are gone."""
        pid_file = self._folder / "data" / "postmaster.pid"
        pid = int(pid_file.read_text().splitlines()[0])
        # Held still, it starts no process that would be overlooked.
        os.kill(pid, signal.SIGSTOP)
        children = _children(pid)
        for each in (pid, *children):
            with suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)
        until = time.monotonic() + _START_SECONDS
        while any(Path(f"/proc/{each}").exists() for each in (pid, *children)):
            if time.monotonic() > until:
                raise TimeoutError("the killed PostgreSQL is still there")
            time.sleep(0.02)
        pid_file.unlink(missing_ok=True)

    def stop(self) -> None:
        """End it, unless it is gone already."""
        if (self._folder / "data" / "postmaster.pid").exists():
            _control(self._programs, self._folder, "stop", "-m", "immediate")

    def _create(self, template: str) -> str:
        name = f"mohar_{next(self._numbers)}"
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url(name)

    def _run(self, statement: str, url: str | None = None) -> None:
        engine = sa.create_engine(
            url or self.url("postgres"), poolclass=sa.NullPool, isolation_level="AUTOCOMMIT"
        )
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)


@contextmanager
def postgres_server(
    *, durable: bool = False, within: Path | None = None
) -> Iterator[PostgresServer]:
    """
    Start a PostgreSQL in a temporary folder, and stop and remove it in the end.

    `durable` makes each commit wait for the disk, as in production: for measuring, and for killing.
    The folder is made in `within`, or where temporary folders are.

    It listens on a socket in that folder and on no port. PostgreSQL refuses to be root: then it
    runs as the user `postgres`.

    Raises:
        PostgresMissing: there are no PostgreSQL programs on this machine.
    """
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="mohar-pg-", dir=within))
    try:
        _hand_over(folder)
        _initialise(programs, folder)
        server = PostgresServer(programs, folder, _options(folder, durable=durable))
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)


def _programs() -> Path:
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if found:
        return max(found, key=_version)
    initdb = shutil.which("initdb")
    if initdb is None:
        raise PostgresMissing(
            "no PostgreSQL found under /usr/lib/postgresql or on the PATH: "
            "install it (Debian: apt-get install postgresql)"
        )
    return Path(initdb).resolve().parent


def _version(folder: Path) -> float:
    name = folder.parent.name
    return float(name) if name.replace(".", "", 1).isdigit() else 0.0


def _initialise(programs: Path, folder: Path) -> None:
    _as_its_user(
        [
            str(programs / "initdb"),
            "--auth=trust",
            f"--username={_SUPERUSER}",
            "--encoding=UTF8",
            "--no-locale",
            "--no-sync",
            "--pgdata",
            str(folder / "data"),
        ]
    )


def _control(programs: Path, folder: Path, *arguments: str) -> None:
    log = str(folder / "log")
    _as_its_user(
        [str(programs / "pg_ctl"), "-D", str(folder / "data"), "-l", log, "-s", *arguments]
    )


def _options(folder: Path, *, durable: bool) -> str:
    kept = _SETTINGS if durable else (*_SETTINGS, *_FORGETFUL)
    settings = (*kept, f"unix_socket_directories={folder}")
    return " ".join(f"-c {setting}" for setting in settings)


def _children(pid: int) -> Sequence[int]:
    """Return the processes a server has started, as the kernel knows them."""
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(each) for each in listed.read_text().split()] if listed.exists() else []


def _hand_over(folder: Path) -> None:
    if _is_root():
        shutil.chown(folder, _SUPERUSER)


def _as_its_user(command: Sequence[str]) -> None:
    if _is_root():
        command = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", *command]
    # The server outlives this command, so it must not hold on to our pipes.
    subprocess.run(
        command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, cwd="/"
    )


def _is_root() -> bool:
    return os.geteuid() == 0
