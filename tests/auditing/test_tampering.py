"""Whatever somebody with access to the database alters or removes is found, and named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from mohar.auditing.examine import Examiner
from mohar.auditing.sealing import Sealing
from mohar.domain.audit import AuditSeal, sealed
from mohar.store import Store
from mohar.store.bound import OF_BODY, OF_CREDENTIAL
from mohar.store.database import transaction
from mohar.store.rows import AddedBodies
from mohar.store.tables import (
    api_key,
    audit_entry,
    audit_seal,
    body,
    credential,
    state_change,
)
from mohar.testing.stores import Desk, StandingClock

AUDITED: Mapping[str, sa.Table] = {
    table.name: table for table in (audit_entry, audit_seal, state_change, api_key, body)
}
# The number of a change only counts: what order it gives is in the states themselves.
COLUMNS = [
    *(column for table in AUDITED.values() if table is not body for column in table.columns),
    *OF_BODY,
    *(column for column in OF_CREDENTIAL if not column.primary_key),
    *(credential.c[name] for name in ("state", "batch", "superseded_by", "suspended_until")),
]
COLUMNS.remove(state_change.c.change_id)


@pytest.fixture
def log(desk: Desk, sealing: Sealing, clock: StandingClock) -> Desk:
    """Credentials that went through everything that is written down, in several seals."""
    first, second, third = (desk.issue({"number": n, "name": "A"}) for n in range(3))
    sealing.run_once()
    desk.change(first.credential_id, "suspended", reason="lost", until=clock() + timedelta(days=1))
    desk.change(second.credential_id, "revoked", reason="a mistake", evidence="file 7")
    sealing.run_once()
    clock.move(60)
    desk.change(first.credential_id, "current")
    desk.change(first.credential_id, "suspended", until=clock() + timedelta(days=2))
    with desk.store.begin() as work:
        bodies = work.credentials.bodies([third.credential_id])[third.credential_id]
        added = _renamed(bodies[0], "later")
        work.credentials.add_bodies(
            AddedBodies(
                credential_id=third.credential_id,
                actor_id="apikey:1",
                config_digest="c1",
                bodies=(added,),
            )
        )
        _, key = work.api_keys.create("clinic", ["read"], actor_id="operator")
        work.api_keys.create("other", ["read", "issue"], actor_id="operator")
        work.api_keys.revoke(key.key_id, actor_id="operator")
    sealing.run_once()
    return desk


def _renamed(secured: Any, name: str) -> Any:
    return msgspec.structs.replace(secured, body=name)


def _rows(store: Store, table: sa.Table) -> list[dict[str, Any]]:
    with store.read() as work:
        query = sa.select(table).order_by(*table.primary_key.columns)
        return [dict(row._asdict()) for row in work.audit._unit.connection.execute(query)]


def _found(table: sa.Table, row: Mapping[str, Any]) -> sa.ColumnElement[bool]:
    return sa.and_(*(column == row[column.name] for column in table.primary_key.columns))


@contextmanager
def _altered(store: Store, table: sa.Table, row: dict[str, Any], **to: Any) -> Iterator[None]:
    """Alter a row for the length of a block."""
    after = {**row, **to}
    engine = store._engine
    with transaction(engine, writes=True) as connection:
        connection.execute(sa.update(table).where(_found(table, row)).values(**to))
    try:
        yield
    finally:
        with transaction(engine, writes=True) as connection:
            connection.execute(sa.update(table).where(_found(table, after)).values(**row))


@contextmanager
def _removed(store: Store, table: sa.Table, row: dict[str, Any]) -> Iterator[None]:
    """Remove a row for the length of a block."""
    engine = store._engine
    with transaction(engine, writes=True) as connection:
        connection.execute(sa.delete(table).where(_found(table, row)))
    try:
        yield
    finally:
        with transaction(engine, writes=True) as connection:
            connection.execute(sa.insert(table).values(**row))


def _other(column: sa.Column[Any], value: Any, bit: int) -> Any:
    """Return another value that the column can hold."""
    match value:
        case bytes() if value:
            flipped = bytearray(value)
            flipped[bit // 8 % len(value)] ^= 1 << bit % 8
            return bytes(flipped)
        case datetime():
            value += timedelta(microseconds=1 + bit)
        case str():
            value += "x"
        case int():
            value += 1 + bit
        case dict():
            value = {**value, "more": bit}
        case frozenset():
            value |= {"operate"}
        case _:
            value = _anything(column)
    return value


def _anything(column: sa.Column[Any]) -> Any:
    kinds: list[tuple[Any, Any]] = [
        (sa.LargeBinary, b"anything"),
        (sa.Integer, 1),
        (sa.Text, "1"),
    ]
    if column.name == "changed":
        return ("name",)
    for kind, value in kinds:
        if isinstance(column.type, kind):
            return value
    return datetime.fromisoformat("2026-01-01T00:00:00+00:00")


QUIET = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


class TestAnySingleChange:
    @given(data=st.data(), bit=st.integers(0, 255))
    @QUIET
    def test_of_a_value_is_found(
        self, log: Desk, examiner: Examiner, data: st.DataObject, bit: int
    ) -> None:
        column = data.draw(st.sampled_from(COLUMNS))
        table = column.table
        rows = _rows(log.store, table)
        row = data.draw(st.sampled_from(rows))
        to = {column.name: _other(column, row[column.name], bit)}
        try:
            with _altered(log.store, table, row, **to):
                findings = examiner.examine().findings
        except sa.exc.IntegrityError:
            assume(False)

        assert findings, f"{table.name}.{column.name}"
        assert examiner.examine().findings == ()

    def test_another_campaign_of_a_change_is_found(self, log: Desk, examiner: Examiner) -> None:
        (row, *_) = _rows(log.store, state_change)

        with _altered(log.store, state_change, row, campaign_id="another"):
            findings = examiner.examine().findings

        assert findings

    def test_a_row_that_is_removed_is_found(self, log: Desk, examiner: Examiner) -> None:
        for table in AUDITED.values():
            for row in _rows(log.store, table):
                if table is api_key:
                    continue
                with _removed(log.store, table, row):
                    assert examiner.examine().findings, table.name

        assert examiner.examine().findings == ()

    def test_a_value_of_another_sort_ends_the_walk_and_is_told(
        self, log: Desk, examiner: Examiner
    ) -> None:
        with log.store.begin() as work:
            work.audit._unit.connection.execute(sa.text("UPDATE audit_entry SET facts = '{'"))

        codes = {finding.code for finding in examiner.examine().findings}

        assert codes == {"audit-unreadable"}


class TestWhatIsNamed:
    def test_an_intact_log_has_no_findings_and_a_head(self, log: Desk, examiner: Examiner) -> None:
        examined = examiner.examine()

        assert examined.findings == ()
        assert examined.head == _head(log.store)
        assert (examined.entries, examined.unsealed, examined.credentials) == (11, 0, 3)
        assert _head(log.store).number == 3

    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            ("UPDATE audit_entry SET actor_id = 'x' WHERE entry_id = 2", "audit-entry-altered"),
            ("DELETE FROM audit_entry WHERE entry_id = 2", "audit-entry-missing"),
            ("UPDATE audit_entry SET seal = 2 WHERE entry_id = 1", "audit-entry-added"),
            ("DELETE FROM audit_seal WHERE number = 2", "audit-seal-missing"),
            ("DELETE FROM audit_seal WHERE number = 3", "audit-seal-missing"),
            ("UPDATE audit_seal SET count = 9 WHERE number = 1", "audit-seal-altered"),
            ("UPDATE state_change SET actor_id = 'x'", "audit-change-altered"),
            ("DELETE FROM state_change", "audit-change-missing"),
            ("UPDATE credential SET state = 'current'", "audit-state-unexplained"),
            ("UPDATE credential SET batch = NULL", "audit-batch-altered"),
            ("UPDATE body SET format = 'x'", "audit-batch-altered"),
            ("UPDATE body SET format = 'x'", "audit-body-altered"),
            ("UPDATE api_key SET scopes = '[\"*\"]'", "audit-key-unexplained"),
        ],
    )
    def test_what_was_done_has_a_code_of_its_own(
        self, log: Desk, examiner: Examiner, change: str, expected: str
    ) -> None:
        with log.store.begin() as work:
            work.audit._unit.connection.execute(sa.text(change))

        assert expected in {finding.code for finding in examiner.examine().findings}

    def test_a_credential_that_nobody_wrote_down_is_named(
        self, log: Desk, examiner: Examiner
    ) -> None:
        number = log.issue({"number": 9}).credential_id
        with log.store.begin() as work:
            connection = work.audit._unit.connection
            connection.execute(sa.delete(audit_entry).where(audit_entry.c.seal.is_(None)))

        [finding] = examiner.examine().findings

        assert (finding.code, finding.where) == ("audit-state-unexplained", f"credential {number}")

    def test_a_reason_that_was_moved_from_another_change_does_not_open(
        self, log: Desk, examiner: Examiner
    ) -> None:
        first, second, *_ = _rows(log.store, state_change)
        with _altered(log.store, state_change, first, why=second["why"]):
            codes = [finding.code for finding in examiner.examine().findings]

        assert codes == ["audit-change-altered", "audit-change-missing"]

    def test_what_no_worker_seals_is_told_after_a_while(
        self, log: Desk, examiner: Examiner, clock: StandingClock
    ) -> None:
        log.issue({"number": 9})
        before = examiner.examine()
        clock.move(601)
        after = examiner.examine()

        assert (before.findings, before.unsealed) == ((), 1)
        assert [finding.code for finding in after.findings] == ["audit-entry-unsealed"]


class TestAChainMadeAnew:
    def test_somebody_without_the_keys_cannot_make_one(self, log: Desk, examiner: Examiner) -> None:
        self._forge(log.store)

        codes = {finding.code for finding in examiner.examine().findings}

        assert codes == {"audit-seal-foreign"}

    def test_a_head_that_was_kept_elsewhere_tells_what_was_cut_off(
        self, log: Desk, examiner: Examiner, sealing: Sealing
    ) -> None:
        """
        Even with the keys of the deployment nobody makes a chain that has the old seal in it.
        """
        head = _head(log.store)
        kept = examiner.examine(head.hash.hex()).findings
        with log.store.begin() as work:
            connection = work.audit._unit.connection
            connection.execute(sa.update(audit_entry).values(seal=None))
            connection.execute(sa.delete(audit_seal))
        while sealing.run_once():
            pass

        without, with_head = examiner.examine(), examiner.examine(head.hash.hex())

        assert kept == without.findings == ()
        assert [finding.code for finding in with_head.findings] == ["audit-head-unknown"]

    def _forge(self, store: Store) -> None:
        with store.begin() as work:
            entries = work.audit.page(0, 1_000)
            last = work.audit.head()
            assert last is not None
            connection = work.audit._unit.connection
            seal = sealed(entries, 1, bytes(32), last.sealed_at)
            tag = connection.execute(sa.select(audit_seal.c.tag).limit(1)).scalar_one()
            connection.execute(sa.update(audit_entry).values(seal=1))
            connection.execute(sa.delete(audit_seal))
            values = {name: getattr(seal, name) for name in AuditSeal.__struct_fields__}
            connection.execute(sa.insert(audit_seal).values(**values, tag=tag))


def _head(store: Store) -> AuditSeal:
    with store.read() as work:
        head = work.audit.head()
    assert head is not None
    return head
