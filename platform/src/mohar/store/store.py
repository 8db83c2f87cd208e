"""The store: opened by URL, and everything in it done in transactions that can be seen."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import sqlalchemy as sa

from mohar.domain.clock import Clock
from mohar.store import keys, rehash, schema
from mohar.store.api_keys import ApiKeys
from mohar.store.credentials import Credentials
from mohar.store.database import open_engine, transaction
from mohar.store.dead import Dead
from mohar.store.intake import Intake
from mohar.store.lifecycle import Lifecycle
from mohar.store.listed import Listed
from mohar.store.outbox import Outbox
from mohar.store.pauses import Pauses
from mohar.store.permutation import Permutations
from mohar.store.schema import Limits
from mohar.store.status import Status
from mohar.store.tables import submission
from mohar.store.unit import RandomBelow, Unit
from mohar.store.uploads import Uploads
from mohar.store.vault import Safe, Vault

_LIMITS: Final = Limits()


class Work:
    """What can be done inside one transaction."""

    def __init__(self, unit: Unit) -> None:
        self.intake = Intake(unit)
        self.dead = Dead(unit)
        self.uploads = Uploads(unit)
        self.pauses = Pauses(unit)
        self.credentials = Credentials(unit)
        self.lifecycle = Lifecycle(unit)
        self.listed = Listed(unit)
        self.status = Status(unit)
        self.outbox = Outbox(unit)
        self.api_keys = ApiKeys(unit)


class Store:
    """
    Where a deployment keeps what it received and what it issued.

    Use `begin()` to write and `read()` to look; what is done inside becomes visible together at
    the end of the block, or not at all. A Store may be used by many threads.
    """

    def __init__(
        self, engine: sa.Engine, vault: Vault, clock: Clock, random_below: RandomBelow
    ) -> None:
        self._engine = engine
        self._vault = vault
        self._clock = clock
        self._random_below = random_below
        self._permutations = Permutations()
        self._safe: Safe | None = None

    @classmethod
    def open(
        cls,
        url: str,
        vault: Vault,
        clock: Clock,
        *,
        random_below: Callable[[int], int] = secrets.randbelow,
    ) -> Self:
        """
        Return the store behind a database URL; nothing is connected and no schema is made.

        Raises:
            ConfigError: the URL is none, or names a database that is not supported.
        """
        return cls(open_engine(url), vault, clock, random_below)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.dispose()

    def upgrade(self, limits: Limits = _LIMITS) -> None:
        """
        Make the database ready: newest schema, data keys, and hashes under the current pepper.

        Each step of the schema is a transaction of its own, and a house may serve meanwhile. Under
        a new pepper all hashes are made again, in batches; stop the house first. A run that was
        interrupted goes on where it stopped.

        Raises:
            ConfigError: the deployment's secrets are not those of this database.
            Unavailable: the database did not answer, or a step took longer than `limits` allow.
        """
        self._make_folder()
        while self._step(limits):
            pass
        with transaction(self._engine, writes=True) as connection:
            safe = keys.open_safe(connection, self._vault, self._clock)
            is_new_pepper = keys.is_new_pepper(connection, self._vault)
        if is_new_pepper:
            self._hash_again(safe)
        self._safe = self._opened()

    def check(self) -> None:
        """
        Make sure that the schema is current and the secrets are those of this database.

        Raises:
            ConfigError: one of them is not; the message says what to do.
            Unavailable: the database did not answer, so nobody knows.
        """
        self._safe = self._opened()

    def ping(self) -> None:
        """Make sure that the database answers. Cheap, and writes nothing. Raises Unavailable."""
        with transaction(self._engine, writes=False) as connection:
            connection.execute(sa.select(submission.c.submission_id).limit(1))

    @contextmanager
    def begin(self) -> Iterator[Work]:
        """
        Open a transaction that may write.

        Raises:
            ConfigError: the database was never made ready, see `check`.
            Unavailable: the database did not answer; the same block may be run again.
        """
        with self._work(writes=True) as work:
            yield work

    @contextmanager
    def read(self) -> Iterator[Work]:
        """Open a transaction that only looks: it waits for no writer. Raises as `begin` does."""
        with self._work(writes=False) as work:
            yield work

    def dispose(self) -> None:
        """Close all connections. The store may be used again afterwards."""
        self._engine.dispose()

    @contextmanager
    def _work(self, *, writes: bool) -> Iterator[Work]:
        if self._safe is None:
            self._safe = self._opened()
        with transaction(self._engine, writes=writes) as connection:
            yield Work(self._unit(connection, self._safe))

    def _step(self, limits: Limits) -> bool:
        with transaction(self._engine, writes=True) as connection:
            return schema.step(connection, limits)

    def _opened(self) -> Safe:
        with transaction(self._engine, writes=False) as connection:
            schema.check(connection)
        with transaction(self._engine, writes=True) as connection:
            keys.check_pepper(connection, self._vault, self._clock)
            return keys.open_safe(connection, self._vault, self._clock)

    def _hash_again(self, safe: Safe) -> None:
        after: str | None = ""
        while after is not None:
            with transaction(self._engine, writes=True) as connection:
                after = rehash.rehash_page(self._unit(connection, safe), after)
                if after is None:
                    keys.write_pepper(connection, self._vault, self._clock)

    def _unit(self, connection: sa.Connection, safe: Safe) -> Unit:
        return Unit(
            connection, self._vault, safe, self._clock, self._random_below, self._permutations
        )

    def _make_folder(self) -> None:
        url = self._engine.url
        if url.get_backend_name() == "sqlite" and url.database:
            file = Path(url.database)
            file.parent.mkdir(parents=True, exist_ok=True)
            # What SQLite puts beside it takes the file's own mode.
            file.touch(mode=0o600)
