"""Migrations of a database that holds data and serves: up, down, and given up in time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from importlib.resources import files
from itertools import count
from threading import Event, Thread
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from mohar.domain.errors import Unavailable
from mohar.store import Store, Vault, schema
from mohar.store.database import open_engine, transaction
from mohar.store.schema import Limits
from mohar.testing.stores import StandingClock

FIRST = "0001"
TRIES = 50
WAIT_SECONDS = 60
AT = datetime(2026, 1, 1, tzinfo=UTC)
NUMBERS = count(1)
# What the first schema had already: a program of any version can say this to any schema.
SUBMIT = """
INSERT INTO submission (submission_id, kind, actor_id, source, received_at)
VALUES (:id, 'badge', 'a', 'api', :at)
"""
KEEP = """
INSERT INTO intake (intake_id, submission_id, position, kind, source, variant, content,
  received_at, state, attempts)
VALUES (:id, :id, 0, 'badge', 'api', '', :content, :at, 'waiting', 0)
"""
SETTLE = "UPDATE intake SET state = 'issued' WHERE intake_id = :id"
LOOK = """
SELECT count(*) FROM intake LEFT JOIN credential ON credential.intake_id = intake.intake_id
WHERE intake.submission_id = :id
"""


@pytest.fixture
def engine(empty_url: str) -> Iterator[sa.Engine]:
    engine = open_engine(empty_url)
    yield engine
    engine.dispose()


def revisions() -> list[str]:
    """Return the names of all steps, the first one first."""
    folder = files("mohar") / "_migrations"
    walked = ScriptDirectory(str(folder)).walk_revisions()
    return [each.revision for each in walked][::-1]


def go_to(engine: sa.Engine, revision: str) -> None:
    """Migrate up or down; whoever is in the way of it is tried again, as an operator would."""
    for _ in range(TRIES):
        with suppress(Unavailable), transaction(engine, writes=True) as connection:
            schema.migrate(connection, revision)
            return
    raise AssertionError(f"no way to {revision}")


def step_up(engine: sa.Engine) -> None:
    for _ in range(TRIES):
        with suppress(Unavailable), transaction(engine, writes=True) as connection:
            assert schema.step(connection, Limits())
            return
    raise AssertionError("no way up")


def revision_of(engine: sa.Engine) -> str | None:
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def fill(engine: sa.Engine) -> dict[str, int]:
    """Put one more row into every table that is there; return how many rows each has."""
    with transaction(engine, writes=True) as connection:
        known = sa.MetaData()
        known.reflect(connection)
        made: dict[str, dict[str, Any]] = {}
        counted = {}
        for table in known.sorted_tables:
            if table.name == "alembic_version":
                continue
            number = next(NUMBERS)
            made[table.name] = {
                column.name: value_of(column, number, made)
                for column in table.columns
                if not (column.foreign_keys and column.nullable)
            }
            connection.execute(sa.insert(table), made[table.name])
            counted[table.name] = count_of(connection, table.name)
    return counted


def value_of(column: sa.Column[Any], number: int, made: dict[str, dict[str, Any]]) -> Any:
    for key in column.foreign_keys:
        parent, _, name = key.target_fullname.rpartition(".")
        return made[parent][name]
    kind = column.type.python_type
    values = {bytes: b"%d" % number, int: number, bool: False, datetime: AT}
    return values.get(kind, f"{number}")


def count_of(connection: sa.Connection, table: str) -> int:
    found: int = connection.execute(
        sa.select(sa.func.count()).select_from(sa.table(table))
    ).scalar_one()
    return found


class Traffic:
    """A house that receives, settles and looks, with the words of the first schema."""

    def __init__(self, engine: sa.Engine) -> None:
        self.kept: list[str] = []
        self.trouble: list[BaseException] = []
        self._engine = engine
        self._stop = Event()

    @contextmanager
    def running(self) -> Iterator[None]:
        thread = Thread(target=self._run)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()

    def goes_on(self) -> bool:
        """Say whether something more is kept from now on."""
        so_far = len(self.kept)
        until = time.monotonic() + WAIT_SECONDS
        while len(self.kept) < so_far + 2 and time.monotonic() < until:
            time.sleep(0.002)
        return len(self.kept) >= so_far + 2

    def _run(self) -> None:
        for number in count():
            if self._stop.is_set():
                return
            try:
                self._once(f"traffic-{number}")
            except Unavailable:
                pass  # As the caller of a house is told then: the same again.
            except sa.exc.SQLAlchemyError as error:
                self.trouble.append(error)
            self._stop.wait(0.002)

    def _once(self, number: str) -> None:
        values = {"id": number, "at": AT, "content": b"x"}
        with transaction(self._engine, writes=True) as connection:
            for statement in (SUBMIT, KEEP, SETTLE):
                connection.execute(sa.text(statement), values)
        self.kept.append(number)
        with transaction(self._engine, writes=False) as connection:
            assert connection.execute(sa.text(LOOK), values).scalar_one() == 1


class TestStepByStep:
    def test_an_empty_database_comes_to_the_newest_schema_in_one_step(
        self, engine: sa.Engine
    ) -> None:
        step_up(engine)

        assert revision_of(engine) == revisions()[-1]
        with transaction(engine, writes=True) as connection:
            assert not schema.step(connection, Limits())

    def test_every_step_up_and_down_keeps_what_is_there_while_others_read_and_write(
        self, engine: sa.Engine, empty_url: str
    ):
        """
        Whoever speaks the words of an older schema is understood by every newer one.
        """
        go_to(engine, "head")
        go_to(engine, FIRST)
        at_first = fill(engine)
        traffic = Traffic(open_engine(empty_url))

        with traffic.running():
            for expected in revisions()[1:]:
                step_up(engine)
                assert (revision_of(engine), traffic.goes_on()) == (expected, True)
                filled = fill(engine)
            for revision in revisions()[-2::-1]:
                go_to(engine, revision)
                assert (revision_of(engine), traffic.goes_on()) == (revision, True)
        traffic._engine.dispose()

        with transaction(engine, writes=False) as connection:
            kept = connection.execute(sa.text("SELECT submission_id FROM intake")).scalars().all()
            found = {name: count_of(connection, name) for name in at_first}
        assert traffic.trouble == []
        assert set(traffic.kept) <= set(kept)
        assert all(found[name] >= filled[name] for name in at_first)

    def test_two_migrators_at_once_come_to_one_end(
        self, empty_url: str, vault: Vault, clock: StandingClock
    ):
        stores = [Store.open(empty_url, vault, clock) for _ in range(2)]
        threads = [Thread(target=store.upgrade) for store in stores]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        for store in stores:
            store.check()
            store.dispose()


@pytest.mark.postgres
class TestLimits:
    @pytest.fixture
    def url(self, postgres: Any) -> str:
        """A database at the first schema."""
        url: str = postgres.database()
        engine = open_engine(url)
        go_to(engine, "head")
        go_to(engine, FIRST)
        engine.dispose()
        return url

    @pytest.fixture
    def store(self, url: str, vault: Vault, clock: StandingClock) -> Iterator[Store]:
        with Store.open(url, vault, clock) as store:
            yield store

    @pytest.mark.parametrize(
        ("limits", "why"),
        [
            (Limits(lock_seconds=0.1), r"waited 0\.1 s for a table .*--lock-seconds"),
            (Limits(statement_seconds=0.1), r"took 0\.1 s \(--statement-seconds"),
        ],
    )
    def test_a_step_that_is_held_up_gives_up_and_leaves_nothing_half_done(
        self, url: str, store: Store, limits: Limits, why: str
    ):
        """
        It names the step and the mend, and works as soon as nobody is in the way.
        """
        reader = open_engine(url)
        before = tables_of(reader)
        with transaction(reader, writes=False) as reading:
            reading.execute(sa.text("SELECT count(*) FROM credential"))
            with pytest.raises(Unavailable, match=f"step 0002 .* nothing of it is kept: .*{why}"):
                store.upgrade(limits)

            assert tables_of(reader) == before
            assert revision_of(reader) == FIRST
        store.upgrade(limits)

        store.check()
        reader.dispose()

    def test_the_steps_before_the_one_that_gave_up_are_kept(self, url: str, store: Store):
        engine = open_engine(url)
        with transaction(engine, writes=False) as reading:
            reading.execute(sa.text("SELECT count(*) FROM status_list"))
            with pytest.raises(Unavailable, match="step 0003 "):
                store.upgrade(Limits(lock_seconds=0.1))

            assert revision_of(engine) == "0002"
        engine.dispose()

    def test_the_limits_end_with_the_migration(self, store: Store):
        store.upgrade(Limits(lock_seconds=0.5, statement_seconds=7.0))

        with store._engine.connect() as connection:
            for name in ("lock_timeout", "statement_timeout"):
                assert connection.exec_driver_sql(f"SHOW {name}").scalar_one() == "0"


def tables_of(engine: sa.Engine) -> dict[str, set[str]]:
    inspector = sa.inspect(engine)
    return {
        name: {column["name"] for column in inspector.get_columns(name)}
        for name in inspector.get_table_names()
    }
