"""Data keys are made anew while the house is at work, and old ones retired when nothing needs them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from mohar.auditing.examine import Examiner
from mohar.domain.access import Reason
from mohar.domain.errors import Unavailable
from mohar.store import Store, keys
from mohar.store.keys import PURPOSES
from mohar.store.read_rows import NewRead
from mohar.store.reseal import SEALED, TAGS
from mohar.store.rows import HandleValue, NewSubmission, NewUpload, Pause
from mohar.store.tables import data_key, metadata
from mohar.store.vault import Damaged
from mohar.testing.stores import Desk, StandingClock

# Hashes, digests and what is wrapped by the deployment's own key: no data key sealed them.
NOT_SEALED = {
    "api_key": set(),
    "audit_entry": {"digest"},
    "audit_seal": {"previous", "digest", "leaves", "hash"},
    "body": {"sha256"},
    "credential": {"key_hash", "group_hash", "digest"},
    "data_key": {"wrapped"},
    "expiring": {"key_hash"},
    "handle": {"value_hash"},
    "listed": {"digest"},
    "lost_identifier": {"digest"},
    "pepper": {"check_hash"},
    "read_log": {"handle"},
    "request": {"idempotency_key"},
    "submission": {"idempotency_key"},
    "upload": {"file_hash"},
}


def _nothing(column: str, count: int) -> None:
    """Hear of a batch, and do nothing."""


def _generations(store: Store) -> dict[str, list[int]]:
    with store.read() as work:
        query = sa.select(data_key.c.purpose, data_key.c.generation).order_by(data_key.c.key_id)
        rows = work.audit._unit.connection.execute(query).all()
    found: dict[str, list[int]] = {}
    for purpose, generation in rows:
        found.setdefault(purpose, []).append(generation)
    return found


def _fill(desk: Desk) -> str:
    """Keep something in every column that is sealed; return the number of a credential."""
    number = desk.issue({"number": 1}, HandleValue(name="mobile", value="9876543210"))
    desk.change(number.credential_id, "suspended", reason="lost")
    desk.receive({"number": 2})
    with desk.store.begin() as work:
        work.uploads.add(
            NewSubmission(
                submission_id="file",
                kind="badge",
                actor_id="a",
                source="api",
                received_at=desk.clock(),
            ),
            NewUpload(name="a.csv", form="csv", variant="", data=b"1,2"),
        )
        work.api_keys.create("n", ["*"])
        work.reads.append(
            [
                NewRead(
                    actor_id="a",
                    reason=Reason(),
                    outcome="shown",
                    kind="badge",
                    asked_for=number.credential_id,
                    is_there=True,
                )
            ]
        )
        work.pauses.add(
            Pause(scope="kind", name="badge", since=desk.clock(), actor_id="a", reason="why")
        )
    return number.credential_id


def _read(store: Store, number: str) -> list[Any]:
    """Open what the house opens."""
    with store.read() as work:
        return [
            work.credentials.bodies([number])[number][0].content,
            work.credentials.record_of([number])[number].content,
            work.lifecycle.history([number])[number][0].reason,
            [message.content for message in work.intake.messages("s2")],
            [pause.reason for pause in work.pauses.listed()],
            [read.credential_id for read in work.reads.of_credential(number)],
        ]


def test_every_sealed_column_is_known_so_that_no_key_is_retired_too_early() -> None:
    known = {(each.column.table.name, each.column.name) for each in SEALED}
    known |= {(tag.table.name, tag.name) for tag in TAGS.values()}
    binary = {
        (table.name, column.name)
        for table in metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, sa.LargeBinary)
        and column.name not in NOT_SEALED.get(table.name, set())
    }

    assert known == binary
    assert {each.purpose for each in SEALED} | set(TAGS) == set(PURPOSES)


class TestRotation:
    def test_new_values_use_the_new_key_and_old_ones_still_open(
        self, desk: Desk, store: Store, opened: Callable[[], Store]
    ) -> None:
        number = _fill(desk)
        before = _read(store, number)
        made = store.rotate_data(PURPOSES, "operator")
        later = desk.issue({"number": 3}).credential_id

        assert made == [f"{purpose}/2" for purpose in sorted(PURPOSES)]
        assert _read(store, number) == _read(opened(), number) == before
        assert _header_of(store, later) > _header_of(store, number)

    def test_one_purpose_may_be_rotated_alone(self, store: Store) -> None:
        store.rotate_data(["body"], "operator")

        assert _generations(store)["body"] == [1, 2]
        assert _generations(store)["record"] == [1]

    def test_a_process_that_runs_learns_of_it_with_the_next_thing_it_does(
        self, desk: Desk, store: Store, opened: Callable[[], Store], clock: StandingClock
    ) -> None:
        other = opened()
        other.check()
        store.rotate_data(PURPOSES, "operator")
        number = _fill(desk)

        assert _read(other, number)[2] == "lost"
        writes = Desk(other, clock)
        writes._submissions = 50
        assert _header_of(store, writes.issue({"number": 8}).credential_id) == _header_of(
            store, number
        )


def _header_of(store: Store, number: str) -> bytes:
    with store.read() as work:
        query = sa.text("SELECT content FROM body WHERE credential_id = :number")
        content: bytes = work.audit._unit.connection.execute(query, {"number": number}).scalar_one()
    return bytes(content)[:5]


class TestReencryption:
    def test_everything_opens_as_before_and_the_old_keys_are_gone(
        self, desk: Desk, store: Store, opened: Callable[[], Store], examiner: Examiner
    ) -> None:
        number = _fill(desk)
        with store.begin() as work:
            text, _ = work.api_keys.create("n", ["read"])
            work.audit.seal(100)
        before = _read(store, number)
        store.rotate_data(PURPOSES, "operator")
        told: dict[str, int] = {}
        retired = store.reencrypt("operator", told=told.__setitem__)
        fresh = opened()

        assert sorted(told) == [
            "body.content",
            "credential.identity",
            "credential.record",
            "handle.contact",
            "intake.content",
            "pause.reason",
            "read_log.credential",
            "state_change.why",
            "status_list.permutation_key",
            "upload.file_name",
            "upload_part.content",
        ]
        assert retired == ["body/1", "contact/1", "intake/1", "reads/1", "record/1", "status/1"]
        assert _generations(fresh)["body"] == [2]
        assert _generations(fresh)["access"] == _generations(fresh)["audit"] == [1, 2]
        assert _read(fresh, number) == before
        assert examiner.examine().findings == ()
        with fresh.read() as work:
            assert work.api_keys.find(text, desk.clock()) is not None
            actions = [each.action for each in work.audit.page(0, 100)]
        assert actions.count("make-data-key") == len(PURPOSES)
        assert actions.count("retire-data-key") == 6

    def test_a_run_that_was_interrupted_goes_on_where_it_stopped(
        self, desk: Desk, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("mohar.store.reseal._AT_ONCE", 2)
        numbers = [desk.issue({"number": n}).credential_id for n in range(5)]
        store.rotate_data(["body"], "operator")
        counts: list[int] = []

        def stopped(_: str, count: int) -> None:
            counts.append(count)
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            store.reencrypt("operator", told=stopped)
        half = _generations(store)["body"]
        retired = store.reencrypt("operator", told=lambda _, count: counts.append(count))

        assert counts == [2, 2, 1]
        assert (half, retired) == ([1, 2], ["body/1"])
        with store.read() as work:
            assert len(work.credentials.bodies(numbers)) == 5

    def test_without_an_old_key_nothing_is_done(self, desk: Desk, store: Store) -> None:
        _fill(desk)

        assert store.reencrypt("operator", told=_nothing) == []

    def test_a_value_that_does_not_open_keeps_its_key(self, desk: Desk, store: Store) -> None:
        """
        It may be restored from a backup, and needs the key then.
        """
        desk.issue({"number": 1})
        store.rotate_data(["body"], "operator")
        with store.begin() as work:
            statement = sa.text("UPDATE body SET content = substr(content, 1, 30)")
            work.audit._unit.connection.execute(statement)

        with pytest.raises(Damaged, match=r"body\.content does not open"):
            store.reencrypt("operator", told=_nothing)
        assert _generations(store)["body"] == [1, 2]

    def test_no_key_is_retired_under_a_transaction_that_may_still_use_it(
        self, url: str, desk: Desk, opened: Callable[[], Store], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """
        On SQLite whoever writes has the database for itself, so there is none.
        """
        if url.startswith("sqlite"):
            return
        monkeypatch.setattr(keys, "_PATIENCE", 1)
        slow, other = opened(), opened()
        desk.issue({"number": 1})
        with slow.begin():
            other.rotate_data(["body"], "operator")
            with pytest.raises(Unavailable, match="does not end"):
                other.reencrypt("operator", told=_nothing, sleep=lambda _: None)

        assert other.reencrypt("operator", told=_nothing) == ["body/1"]

    def test_the_house_issues_and_changes_meanwhile_and_loses_nothing(
        self,
        opened: Callable[[], Store],
        clock: StandingClock,
        examiner: Examiner,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr("mohar.store.reseal._AT_ONCE", 3)
        issuing, rotating = Desk(opened(), clock), opened()
        issuing.store.check()
        numbers: list[str] = []
        stop = threading.Event()

        def issue() -> None:
            while not stop.is_set() and len(numbers) < 60:
                number = issuing.issue({"number": len(numbers)}).credential_id
                issuing.change(number, "revoked", reason="x")
                numbers.append(number)

        thread = threading.Thread(target=issue)
        thread.start()
        for _ in range(3):
            rotating.rotate_data(PURPOSES, "operator")
            rotating.reencrypt("operator", told=_nothing, sleep=lambda _: None)
        stop.set()
        thread.join()
        fresh = opened()
        with fresh.read() as work:
            bodies = work.credentials.bodies(numbers)
            reasons = work.lifecycle.history(numbers)

        assert numbers
        assert len(bodies) == len(numbers)
        assert {each[0].reason for each in reasons.values()} == {"x"}
        assert _generations(fresh)["body"] == [4]
        assert examiner.examine().findings == ()
