"""The store: opened by URL, and everything in it done in transactions that can be seen."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import sqlalchemy as sa

from mohar.domain.clock import Clock
from mohar.store import adopt, keys, rehash, reseal, schema
from mohar.store.api_keys import ApiKeys
from mohar.store.approvals import Approvals
from mohar.store.audit import Audit
from mohar.store.campaigns import Campaigns
from mohar.store.credentials import Credentials
from mohar.store.database import open_engine, transaction
from mohar.store.dead import Dead
from mohar.store.deliveries import Deliveries
from mohar.store.due import Due
from mohar.store.evidence import Evidence
from mohar.store.expiring import Expiring
from mohar.store.hashes import caller_hash
from mohar.store.intake import Intake
from mohar.store.lifecycle import Lifecycle
from mohar.store.listed import Listed
from mohar.store.lost import Lost
from mohar.store.messages import Messages
from mohar.store.notices import Notices
from mohar.store.outbox import Outbox
from mohar.store.pauses import Pauses
from mohar.store.permutation import Permutations
from mohar.store.persons import Persons
from mohar.store.reads import Reads
from mohar.store.requests import Requests
from mohar.store.schema import Limits
from mohar.store.status import Status
from mohar.store.tables import submission
from mohar.store.unit import RandomBelow, Unit
from mohar.store.uploads import Uploads
from mohar.store.vault import DataKey, Safe, Vault

# Whoever holds a row that is to be sealed anew lets go of it soon.
_RESEAL_PAUSE_SECONDS: Final = 0.5

_LIMITS: Final = Limits()


class Work:
    """What can be done inside one transaction."""

    def __init__(self, unit: Unit) -> None:
        self.intake = Intake(unit)
        self.dead = Dead(unit)
        self.messages = Messages(unit)
        self.uploads = Uploads(unit)
        self.requests = Requests(unit)
        self.pauses = Pauses(unit)
        self.credentials = Credentials(unit)
        self.due = Due(unit)
        self.approvals = Approvals(unit)
        self.lifecycle = Lifecycle(unit)
        self.campaigns = Campaigns(unit)
        self.listed = Listed(unit)
        self.lost = Lost(unit)
        self.status = Status(unit)
        self.outbox = Outbox(unit)
        self.deliveries = Deliveries(unit)
        self.api_keys = ApiKeys(unit)
        self.audit = Audit(unit)
        self.evidence = Evidence(unit)
        self.persons = Persons(unit)
        self.expiring = Expiring(unit)
        self.reads = Reads(unit)
        self.notices = Notices(unit)


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
        a new pepper all hashes are made again, in batches; stop the house first. What was issued
        before there was an audit log is written down in it. A run that was interrupted goes on
        where it stopped.

        Raises:
            ConfigError: the deployment's secrets are not those of this database.
            Unavailable: the database did not answer, or a step took longer than `limits` allow.
        """
        self._make_folder()
        while self._step(limits):
            pass
        with transaction(self._engine, writes=True) as connection:
            keys.make_missing(connection, self._vault, self._clock)
            safe = self._safe_of(connection)
            is_new_pepper = keys.is_new_pepper(connection, self._vault)
        if is_new_pepper:
            self._hash_again(safe)
        self._adopt(safe)
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

    @contextmanager
    def read_steadily(self) -> Iterator[Work]:
        """Look as `read` does, and see everything as it was at the first look."""
        with self._work(writes=False, steady=True) as work:
            yield work

    def rotate_data(self, purposes: Collection[str], actor_id: str) -> Sequence[str]:
        """
        Make a new data key for each purpose and return their names; old ones still open.

        Every process seals with the new ones from its next transaction on.

        Raises:
            Unavailable: the database did not answer; nothing was made.
        """
        with self._unit_of_work() as unit:
            return keys.make_next(unit, purposes, actor_id)

    def reencrypt(
        self,
        actor_id: str,
        *,
        told: Callable[[str, int], None],
        sleep: Callable[[float], None] = time.sleep,
    ) -> Sequence[str]:
        """
        Seal anew what old data keys sealed, in bounded transactions, and retire those keys.

        The house may serve meanwhile, and a run that was interrupted goes on where it stopped.
        `told` hears of each batch: a column and a number of values. Returns the names of the
        retired keys; one whose tags are still in use stays.

        Raises:
            Damaged: a value does not open; its key is kept.
            Unavailable: not everything could be sealed anew; run it again.
        """
        with self._unit_of_work() as unit:
            old = keys.old_ids(unit)
        keys.barrier(self._engine, sleep)
        while self._reseal(old, told):
            sleep(_RESEAL_PAUSE_SECONDS)
        with self._unit_of_work() as unit:
            return keys.retire(unit, reseal.unused(unit, old), actor_id)

    def caller_hash(self, issuer: str, subject: str) -> str:
        """Return what a caller is called whose own name somebody else gave; a new pepper changes it."""
        return caller_hash(self._vault, issuer, subject)

    def dispose(self) -> None:
        """Close all connections. The store may be used again afterwards."""
        self._engine.dispose()

    @contextmanager
    def _work(self, *, writes: bool, steady: bool = False) -> Iterator[Work]:
        if writes:
            with self._unit_of_work() as unit:
                yield Work(unit)
            return
        safe = self._current()
        with transaction(self._engine, writes=False, steady=steady) as connection:
            yield Work(self._unit(connection, safe))

    @contextmanager
    def _unit_of_work(self) -> Iterator[Unit]:
        """What is written is sealed with the newest keys: older ones may be about to be retired."""
        safe = self._current()
        with transaction(self._engine, writes=True) as connection:
            if keys.newest_id(connection) > safe.newest_id:
                safe.take(keys.opened(connection, self._vault))
            yield self._unit(connection, safe)

    def _current(self) -> Safe:
        if self._safe is None:
            self._safe = self._opened()
        return self._safe

    def _step(self, limits: Limits) -> bool:
        with transaction(self._engine, writes=True) as connection:
            return schema.step(connection, limits)

    def _opened(self) -> Safe:
        with transaction(self._engine, writes=False) as connection:
            schema.check(connection)
        with transaction(self._engine, writes=True) as connection:
            keys.check_pepper(connection, self._vault, self._clock)
            keys.make_missing(connection, self._vault, self._clock)
            return self._safe_of(connection)

    def _safe_of(self, connection: sa.Connection) -> Safe:
        return Safe(keys.opened(connection, self._vault), self._keys_now)

    def _keys_now(self) -> Mapping[int, DataKey]:
        with transaction(self._engine, writes=False) as connection:
            return keys.opened(connection, self._vault)

    def _reseal(self, old: Mapping[str, Sequence[int]], told: Callable[[str, int], None]) -> bool:
        """Go through all sealed columns once; say whether something is left, locked perhaps."""
        for column in reseal.SEALED:
            after: reseal.Cursor | None = ()
            while after is not None:
                with self._unit_of_work() as unit:
                    keys_of_it = old.get(column.purpose, ())
                    count, after = reseal.reseal_page(unit, column, keys_of_it, after)
                if count:
                    told(column.name, count)
        with self._unit_of_work() as unit:
            return reseal.is_left(unit, old)

    def _adopt(self, safe: Safe) -> None:
        is_more = True
        while is_more:
            with transaction(self._engine, writes=True) as connection:
                is_more = adopt.adopt_page(self._unit(connection, safe))

    def _hash_again(self, safe: Safe) -> None:
        last: int | None = 0
        while last is not None:
            with transaction(self._engine, writes=True) as connection:
                last = rehash.rehash_reads(self._unit(connection, safe), last)
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
