"""Entries are appended by many at once, and sealed by one at a time, whatever dies meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from mohar.auditing.examine import Examiner
from mohar.auditing.sealing import Sealing
from mohar.auditing.telling import tell
from mohar.domain.correction import Correction
from mohar.domain.errors import NotFound
from mohar.store import Store
from mohar.store.audit import NewEntry
from mohar.store.tables import api_key, audit_entry, audit_seal, credential, state_change
from mohar.testing.stores import Desk, StandingClock, roll_back

DeskOf = Callable[[int], Desk]


def _entries(store: Store) -> list[Any]:
    with store.read() as work:
        query = sa.select(audit_entry).order_by(audit_entry.c.entry_id)
        return list(work.audit._unit.connection.execute(query))


def _run(store: Store, *statements: sa.Executable) -> None:
    with store.begin() as work:
        for statement in statements:
            work.audit._unit.connection.execute(statement)


def _issue(desk: Desk, start: int, *actors: str) -> list[str]:
    """Issue a record for each actor in one batch, and return the numbers of the credentials."""
    contents = [{"number": start + n} for n, _ in enumerate(actors)]
    items = desk.receive(*contents)
    held = desk.reserve(
        *(desk.request(content, item) for content, item in zip(contents, items, strict=True))
    )
    signed = [desk.signed(each, content) for each, content in zip(held, contents, strict=True)]
    with desk.store.begin() as work:
        work.credentials.commit(
            [
                msgspec.structs.replace(each, actor_id=actor)
                for each, actor in zip(signed, actors, strict=True)
            ]
        )
    return [each.credential_id for each in held]


class TestEntries:
    def test_a_batch_has_one_entry_for_each_actor_however_many_credentials_it_has(
        self, desk: Desk
    ) -> None:
        _issue(desk, 0, "a", "b", "a", "a")

        told = [(each.action, each.actor_id, each.count) for each in _entries(desk.store)]
        assert told == [("issue", "a", 3), ("issue", "b", 1)]

    def test_a_transaction_that_is_taken_back_leaves_no_entry(self, store: Store) -> None:
        roll_back(store, lambda work: work.audit.append([NewEntry(actor_id="a", action="x")]))

        assert _entries(store) == []

    def test_a_reason_is_in_no_entry(self, desk: Desk) -> None:
        number = desk.issue({"number": 1}).credential_id
        desk.change(number, "revoked", reason="Zyxwvut moved away")

        assert "Zyxwvut" not in str(_entries(desk.store))

    def test_the_same_reason_has_another_digest_each_time(self, desk: Desk) -> None:
        """
        Nobody who guesses a reason finds it confirmed.
        """
        number = desk.issue({"number": 1}).credential_id
        for after in ("suspended", "current", "suspended"):
            desk.change(number, after, reason="lost")

        first, _, third = [each.digest for each in _entries(desk.store) if each.action == "change"]
        assert first != third

    def test_who_did_what_and_why_is_told_in_order(self, desk: Desk) -> None:
        [number, _] = _issue(desk, 0, "apikey:7", "apikey:7")
        desk.change(number, "revoked", actor_id="operator", reason="a mistake", evidence="file 7")

        told = tell(desk.store, number)

        assert [(each.entry.action, each.entry.actor_id, each.reason) for each in told] == [
            ("issue", "apikey:7", ""),
            ("change", "operator", "a mistake"),
        ]
        assert told[1].evidence == "file 7"
        with pytest.raises(NotFound, match="no entry about such a credential"):
            tell(desk.store, "nobody")

    def test_a_correction_is_explained_and_a_lost_link_is_not(
        self, desk: Desk, examiner: Examiner
    ) -> None:
        first = desk.issue({"number": 1, "name": "A"})
        other = desk.issue({"number": 2})
        after = _correct(desk, first.credential_id, {"number": 1, "name": "B"})
        intact = examiner.examine().findings
        old = credential.c.credential_id == first.credential_id
        lost = []
        for link in (None, other.credential_id):
            _run(desk.store, sa.update(credential).where(old).values(superseded_by=link))
            lost.append({each.where for each in examiner.examine().findings})

        assert intact == ()
        assert lost == [{f"credential {after}"}, {f"credential {first.credential_id}"}]


def _correct(desk: Desk, number: str, content: dict[str, Any]) -> str:
    [item] = desk.receive(content)
    [held] = desk.reserve(desk.request(content, item, supersedes=number))
    why = Correction(credential_id=number, reason="wrong name", actor_id="operator")
    signed = msgspec.structs.replace(desk.signed(held, content), predecessor=why)
    with desk.store.begin() as work:
        work.credentials.commit([signed])
    return held.credential_id


class TestSealing:
    def test_it_rests_after_a_seal_and_seals_no_nothing(self, store: Store, desk: Desk) -> None:
        now = [0.0]
        sealing = Sealing(store, lambda: now[0])
        desk.issue({"number": 1})

        counts = []
        for seconds in (0.0, 0.5, 1.5, 3.0):
            now[0] = seconds
            counts.append(sealing.run_once())
            if seconds == 0.0:
                desk.issue({"number": 2})

        assert counts == [1, 0, 1, 0]

    def test_a_seal_that_was_not_committed_is_made_again(
        self, desk: Desk, sealing: Sealing, examiner: Examiner
    ) -> None:
        """
        As when the process was killed between the seal and its marks.
        """
        desk.issue({"number": 1})
        roll_back(desk.store, lambda work: work.audit.seal(100))
        before = examiner.examine()
        sealing.run_all()
        after = examiner.examine()

        assert (before.head, before.unsealed, before.findings) == (None, 1, ())
        assert (after.unsealed, after.findings) == (0, ())

    def test_issuing_waits_for_nobody_who_seals(
        self, url: str, desk: Desk, opened: Callable[[], Store]
    ) -> None:
        """
        On SQLite there is one writer at a time, whatever it writes.
        """
        if url.startswith("sqlite"):
            return
        desk.issue({"number": 1})
        with opened().begin() as sealer:
            sealer.audit.seal(100)
            desk.issue({"number": 2})
            with desk.store.begin() as other:
                assert other.audit.seal(100) == 0

        assert [each.seal for each in _entries(desk.store)] == [1, None]

    def test_entries_of_many_writers_are_sealed_once_by_two_workers(
        self, opened: Callable[[], Store], clock: StandingClock, examiner: Examiner
    ) -> None:
        stores = [opened() for _ in range(4)]
        for each in stores:
            each.check()
        desks = [Desk(each, clock) for each in stores]
        for number, desk in enumerate(desks):
            desk._submissions = number * 1_000

        def issue(writer: int) -> None:
            for round_ in range(6):
                numbers = _issue(desks[writer], writer * 1_000 + round_ * 10, "a", "b", "a")
                desks[writer].change(numbers[0], "revoked", reason="x")

        def seal(sealer: int) -> int:
            sealing = Sealing(stores[2 + sealer], lambda: 0.0)
            return sum(sealing.run_all() for _ in range(30))

        with ThreadPoolExecutor(4) as pool:
            writing = [pool.submit(issue, writer) for writer in range(2)]
            sealed = sum(pool.map(seal, range(2)))
            for each in writing:
                each.result()
        sealed += Sealing(stores[0], lambda: 0.0).run_all()

        examined = examiner.examine()
        assert (examined.findings, examined.unsealed) == ((), 0)
        assert sealed == examined.entries == 2 * 6 * 3


class TestAdoption:
    def test_what_was_issued_before_there_was_a_log_is_written_down_once(
        self, desk: Desk, store: Store, examiner: Examiner, sealing: Sealing
    ) -> None:
        numbers = _issue(desk, 0, "a", "b")
        desk.change(numbers[0], "revoked", reason="x")
        with store.begin() as work:
            _, key = work.api_keys.create("n", ["read"])
            work.api_keys.revoke(key.key_id)
        self._forget(store)
        before = {finding.code for finding in examiner.examine().findings}
        store.upgrade()
        store.upgrade()
        sealing.run_all()

        examined = examiner.examine()
        assert before == {
            "audit-state-unexplained",
            "audit-change-altered",
            "audit-key-unexplained",
        }
        assert (examined.findings, examined.credentials) == ((), 2)
        assert [each.action for each in _entries(store)] == [
            "issue",
            "change",
            "make-key",
            "revoke-key",
            "begin",
        ]

    def test_afterwards_nothing_is_adopted_any_more(
        self, desk: Desk, store: Store, examiner: Examiner
    ) -> None:
        store.upgrade()
        desk.issue({"number": 1})
        _run(
            store,
            sa.delete(audit_entry).where(audit_entry.c.action == "issue"),
            sa.update(credential).values(batch=None),
        )
        store.upgrade()

        assert [each.code for each in examiner.examine().findings] == ["audit-state-unexplained"]

    def _forget(self, store: Store) -> None:
        _run(
            store,
            sa.delete(audit_entry),
            sa.delete(audit_seal),
            sa.update(credential).values(batch=None),
        )
        with store.read() as work:
            count = work.audit._unit.connection.execute(
                sa.select(sa.func.count()).select_from(state_change).join(api_key, sa.true())
            ).scalar_one()
        assert count == 1
