"""No query of every day reads a whole table, however much is kept (PostgreSQL's own plans)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
import pytest
import sqlalchemy as sa

from mohar.domain.credential import Outcome
from mohar.domain.events import Event
from mohar.domain.findings import Finding
from mohar.domain.record import content_digest
from mohar.domain.status import StatusSlot
from mohar.store import Store, Work
from mohar.store.rows import (
    HandleValue,
    Held,
    NewChange,
    NewSubmission,
    NewUpload,
    ReservationRequest,
    Settled,
)
from mohar.store.tables import metadata
from mohar.testing.postgres import PostgresServer
from mohar.testing.stores import Desk, StandingClock, make_schema, new_vault, roll_back

pytestmark = pytest.mark.postgres

FEW = 10_000
HOUR = timedelta(hours=1)
LIST = 131_072
HANDLE = HandleValue(name="mobile", value="99990000")
# What a column holds where nothing is said about it.
USUAL: Final[Mapping[type, str]] = {
    bytes: "decode(md5(n::text), 'hex')",
    int: "n",
    bool: "false",
    datetime: "timestamptz '2026-04-01' + n * interval '1 millisecond'",
    str: "'x'",
}
NUMBER = "(10000000000 + n)::text"
SEALED = "decode(repeat('00', 100), 'hex')"
FLAGGED = "CASE WHEN n % 50 = 0 THEN 'revoked' WHEN n % 500 = 1 THEN 'suspended' "
# The tables that grow, how many rows of each there are beside a number of records, and what is in
# them. Everything is younger than what the desk made, so that the desk's comes first.
GROWING: Final[Mapping[str, tuple[float, dict[str, str]]]] = {
    "submission": (0.25, {"submission_id": "'fs-' || n", "actor_id": "'a-' || n % 100"}),
    "intake": (
        1,
        {
            "intake_id": "'fi-' || n",
            "submission_id": "'fs-' || (n - 1) / 4 + 1",
            "position": "(n - 1) % 4",
            "content": SEALED,
            # What waits came last.
            "state": "CASE WHEN n % 100 = 0 THEN 'failed' WHEN n > 0.9 * max(n) OVER () "
            "THEN 'waiting' ELSE 'issued' END",
            "attempts": "1",
        },
    ),
    "status_list": (
        1 / LIST,
        {"list_id": "'list-' || n", "number": "n", "size": f"{LIST}", "taken": f"{LIST}"},
    ),
    "credential": (
        1,
        {
            "credential_id": NUMBER,
            "group_hash": "decode(md5((n / 2)::text), 'hex')",
            "revision": "1",
            "state": FLAGGED + "WHEN n % 1000 = 2 THEN 'reserved' ELSE 'current' END",
            "intake_id": "'fi-' || n",
            "status_list_id": f"'list-' || (n - 1) / {LIST} + 1",
            "status_index": f"(n - 1) % {LIST}",
            "issued_at": USUAL[datetime],
            "suspended_until": f"CASE WHEN n % 500 = 1 THEN {USUAL[datetime]} END",
            "record": SEALED,
            "variant": "'x'",
        },
    ),
    "body": (1, {"credential_id": NUMBER, "content": SEALED, "identifier": "'id-' || n"}),
    "handle": (1, {"credential_id": NUMBER, "contact": SEALED}),
    "state_change": (0.1, {"credential_id": NUMBER, "change_id": "n + 1000"}),
    "listed": (0.1, {"credential_id": NUMBER, "identifier": "'id-' || n"}),
    "outbox": (
        1,
        {"entry": "n + 1000", "event_id": "'e-' || n", "sequence": "n + 1000", "facts": "'{}'"},
    ),
    "upload": (
        0.01,
        {"submission_id": "'fs-' || n", "is_complete": "true", "actor_id": "'a-' || n % 10"},
    ),
    "upload_part": (0.01, {"submission_id": "'fs-' || n", "number": "0"}),
    "request": (0.1, {"tracking": "'rq-' || n", "credential_id": NUMBER}),
    "delivery": (
        1,
        {
            "delivery_id": "'d-' || n",
            "credential_id": NUMBER,
            "content": SEALED,
            "state": "'delivered'",
        },
    ),
    "unreadable_row": (0.1, {"submission_id": "'fs-' || (n - 1) / 10 + 1"}),
}
# A row or two for each kind, and nobody waits for a look at all of them.
SMALL = frozenset({"status_list"})


class Place(msgspec.Struct, frozen=True):
    """A store that is full, with the plan of every statement it is given."""

    store: Store
    desk: Desk
    plans: list[dict[str, Any]]
    intake_ids: list[str]
    credential_ids: list[str]
    suspended: str
    slot: StatusSlot


@pytest.fixture(
    scope="module", params=[FEW, pytest.param(1_000_000, marks=pytest.mark.long)], ids=str
)
def url_and_secrets(
    request: pytest.FixtureRequest, postgres: PostgresServer
) -> tuple[str, Any, StandingClock, dict[str, Any], int]:
    """A database with some rows of the desk among very many others."""
    url, vault, clock = postgres.copy(make_schema), new_vault(), StandingClock()
    with Store.open(url, vault, clock) as store:
        made = stocked(Desk(store, clock))
    fill(url, request.param)
    return url, vault, clock, made, request.param


@pytest.fixture(scope="module", params=["custom", "generic"])
def place(request: pytest.FixtureRequest, url_and_secrets: Any) -> Iterator[Place]:
    """
    The same with plans for the values at hand, and with plans that are kept for any value.

    Of few rows all are read whatever there is to find them by, so there it is asked not to.
    """
    url, vault, clock, made, records = url_and_secrets
    settings = {
        "plan_cache_mode": f"force_{request.param}_plan",
        "enable_seqscan": "on" if records > FEW else "off",
    }
    with Store.open(url, vault, clock) as store:
        plans: list[dict[str, Any]] = []
        explain(store, plans, settings)
        yield Place(store=store, desk=Desk(store, clock), plans=plans, **made)


def stocked(desk: Desk) -> dict[str, Any]:
    """Make one or two of everything as the house does, and let the clock go on."""
    issued = [desk.issue({"number": str(n), "group": "g"}, HANDLE) for n in range(4)]
    numbers = [each.credential_id for each in issued]
    desk.change(numbers[0], "suspended", until=desk.clock() + HOUR)
    desk.change(numbers[1], "revoked")
    upload = NewUpload(name="a.csv", form="csv", variant="", data=b"x")
    with desk.store.begin() as work:
        work.uploads.add(submission(desk, "up"), upload)
        work.outbox.append([event(n) for n in range(20)])
    waiting = desk.receive(*({"number": f"w{n}"} for n in range(20)))
    desk.clock.move(2 * 3600)
    assert issued[2].slot is not None
    return {
        "intake_ids": waiting,
        "credential_ids": numbers,
        "suspended": numbers[0],
        "slot": issued[2].slot,
    }


def submission(desk: Desk, number: str) -> NewSubmission:
    return NewSubmission(
        submission_id=number,
        kind="badge",
        actor_id="a1",
        source="api",
        idempotency_key=number,
        received_at=desk.clock(),
    )


def event(number: int) -> Event:
    return Event(
        event_id=f"of-the-desk-{number}",
        type="credential.issued",
        occurred_at=datetime(2026, 3, 1, tzinfo=UTC),
        kind="badge",
        facts={},
    )


def fill(url: str, records: int) -> None:
    """Fill every table that grows, by the database itself."""
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for name, (share, said) in GROWING.items():
            values = {**usual(metadata.tables[name]), **said}
            columns = ", ".join(f'"{each}"' for each in values)
            statement = (
                f"INSERT INTO {name} ({columns}) SELECT {', '.join(values.values())} "  # noqa: S608 -- all of it is written above
                f"FROM generate_series(1, {int(records * share) + 1}) AS n"
            )
            connection.execute(sa.text(statement))
        connection.exec_driver_sql("VACUUM ANALYZE")
    engine.dispose()


def usual(table: sa.Table) -> dict[str, str]:
    return {
        column.name: "'{}'" if column.name == "finding" else USUAL[python_type(column)]
        for column in table.columns
        if not (column.nullable or column.server_default)
    }


def python_type(column: sa.Column[Any]) -> type:
    kind = column.type.impl if isinstance(column.type, sa.TypeDecorator) else column.type
    return kind.python_type


def explain(store: Store, plans: list[dict[str, Any]], settings: Mapping[str, str]) -> None:
    """Let every connection tell the plan of each statement after it has run."""
    told = {
        "auto_explain.log_min_duration": "0",
        "auto_explain.log_format": "json",
        "auto_explain.log_level": "notice",
    }

    def hear(notice: Any) -> None:
        text = notice.message_primary or ""
        if " plan:\n" in text:
            plans.append(msgspec.json.decode(text.partition(" plan:\n")[2]))

    def connected(connection: Any, _record: object) -> None:
        connection.execute("LOAD 'auto_explain'")
        for name, value in {**told, **settings}.items():
            connection.execute("SELECT set_config(%s, %s, false)", [name, value])
        connection.commit()
        connection.add_notice_handler(hear)
        # Only what is prepared has a plan that is kept.
        connection.prepare_threshold = 0

    sa.event.listen(store._engine, "connect", connected)


def whole_tables(plan: Mapping[str, Any]) -> Iterator[str]:
    """Return what a plan reads from end to end."""
    if plan["Node Type"] == "Seq Scan":
        yield plan["Relation Name"]
    for part in plan.get("Plans", ()):
        yield from whole_tables(part)


def request(desk: Desk, number: str, intake_id: str, **more: Any) -> ReservationRequest:
    return desk.request({"number": number, "group": "g"}, intake_id, **more)


def change(place: Place) -> NewChange:
    return NewChange(
        credential_id=place.credential_ids[2],
        at=place.desk.clock(),
        before="current",
        after="revoked",
        cause="test",
        actor_id="a",
    )


def reserve_and_commit(work: Work, place: Place) -> None:
    content = {"number": "w0", "group": "g"}
    [held] = work.credentials.reserve([request(place.desk, "w0", place.intake_ids[0])])
    work.credentials.commit([place.desk.signed(held, content, (HANDLE,))])


def change_state(work: Work, place: Place) -> None:
    work.lifecycle.lock(place.credential_ids)
    work.lifecycle.change([change(place)])


def take_upload(work: Work, place: Place) -> None:
    del place
    kept = work.uploads.claim("w", 60)
    assert kept is not None
    finding = Finding(code="x", message="x")
    assert work.uploads.take(kept, "w", [], {1: finding}, last_row=1, lease_seconds=60)
    assert work.uploads.finish(kept, "w")


def events_after(work: Work, place: Place) -> None:
    del place
    assert work.outbox.after("new", 100)
    work.outbox.advance("new", 100)


def settled(intake_id: str) -> Settled:
    return Settled(intake_id=intake_id, outcome=Outcome(position=0, state="issued"))


HELD: Final = Held(kinds=frozenset({"x"}), actors=frozenset({"a-1"}))
DIGEST: Final = content_digest({})
QUERIES: Final[Mapping[str, Callable[[Work, Place], object]]] = {
    "add": lambda work, at: work.intake.add(submission(at.desk, "new"), []),
    "repeat": lambda work, _: work.intake.by_idempotency_key("a1", "up"),
    "messages": lambda work, _: work.intake.messages("s5"),
    "claim": lambda work, _: work.intake.claim(10, 60, "w"),
    "claim around a pause": lambda work, _: work.intake.claim(10, 60, "w", held=HELD),
    "claim of a kind": lambda work, _: work.intake.claim(10, 60, "w", "badge"),
    "claim a submission": lambda work, _: work.intake.claim_submission("s5", 9, 60, "w"),
    "settle": lambda work, at: work.intake.settle([settled(each) for each in at.intake_ids]),
    "release": lambda work, at: work.intake.release(at.intake_ids, trouble="t"),
    "release held": lambda work, _: work.intake.release_held(),
    "give up": lambda work, at: work.intake.give_up(at.intake_ids, Finding(code="x", message="")),
    "outcomes": lambda work, _: work.intake.outcomes("s5", after=3, limit=10),
    "waiting count": lambda work, _: work.intake.waiting_count(up_to=100),
    "whole waiting count": lambda work, _: work.intake.waiting_count(up_to=1_000_000),
    "reserve and commit": reserve_and_commit,
    "reserve what is known": lambda work, at: work.credentials.reserve(
        [request(at.desk, "3", at.intake_ids[1], digest=DIGEST)]
    ),
    "refuse": lambda work, at: work.credentials.refuse(at.credential_ids),
    "find": lambda work, at: work.credentials.find(at.credential_ids),
    "bodies": lambda work, at: work.credentials.bodies(at.credential_ids),
    "body names": lambda work, at: work.credentials.body_names(at.credential_ids),
    "record of": lambda work, at: work.credentials.record_of(at.credential_ids),
    "handles": lambda work, at: work.credentials.handles(at.credential_ids),
    "by key": lambda work, _: work.credentials.by_key("badge", "3"),
    "by group": lambda work, _: work.credentials.by_group("badge", "g"),
    "by handle": lambda work, _: work.credentials.by_handle("badge", "mobile", HANDLE.value),
    "current in group": lambda work, at: work.credentials.current_in_group(at.credential_ids),
    "with bodies": lambda work, at: work.credentials.unopened(at.credential_ids),
    "with groups": lambda work, at: work.credentials.with_groups(at.credential_ids),
    "revisions": lambda work, at: work.credentials.revisions(at.credential_ids),
    "forget records": lambda work, at: work.credentials.forget_records("badge", at.desk.clock(), 9),
    "change": change_state,
    "history": lambda work, at: work.lifecycle.history(at.credential_ids),
    "changes of a slot": lambda work, at: work.lifecycle.changes_of(at.slot.list_id, at.slot.index),
    "lapsed": lambda work, at: work.lifecycle.lapsed(at.desk.clock(), 10),
    "listed states": lambda work, _: work.listed.states("id-3"),
    "states of": lambda work, at: work.status.states_of([at.slot]),
    "sheet": lambda work, at: work.status.sheet(at.slot.list_id),
    "append events": lambda work, _: work.outbox.append([event(99)]),
    "events after": events_after,
    "observers": lambda work, _: work.outbox.observers(),
    "failed events": lambda work, _: work.outbox.failures(),
    "dead": lambda work, _: work.dead.failed(10),
    "dead of a kind": lambda work, _: work.dead.failed(10, "x"),
    "dead of a submission": lambda work, _: work.dead.of_submission("fs-25"),
    "dead one": lambda work, _: work.dead.find("fi-100"),
    "replay": lambda work, _: work.dead.replay(["fi-100"]),
    "take an upload": take_upload,
    "uploads of an actor": lambda work, _: work.uploads.of_actor("badge", "a1", 10),
    "file": lambda work, _: work.uploads.data("up"),
    "unreadable rows": lambda work, _: work.uploads.unreadable("up"),
    "counts": lambda work, _: work.uploads.counts("s5"),
    "requests of a person": lambda work, at: work.persons.requests(at.credential_ids),
    "what of a person waits": lambda work, at: work.persons.waits(at.credential_ids),
    "erase a person": lambda work, _: work.persons.erase(work.credentials.by_group("badge", "g")),
    "forget files": lambda work, at: work.uploads.forget(at.desk.clock(), 10),
}


@pytest.mark.parametrize("name", QUERIES)
def test_no_query_of_every_day_reads_a_table_from_end_to_end(place: Place, name: str):
    """
    Whether its plan is made for the values at hand or kept for any.
    """
    place.plans.clear()

    roll_back(place.store, lambda work: QUERIES[name](work, place))

    big = GROWING.keys() - SMALL
    scanned = [
        plan["Query Text"] for plan in place.plans if not big.isdisjoint(whole_tables(plan["Plan"]))
    ]
    assert place.plans
    assert scanned == []


def indexes(plan: Mapping[str, Any]) -> Iterator[str]:
    """Return the indexes that a plan goes by."""
    if "Index Name" in plan:
        yield plan["Index Name"]
    for part in plan.get("Plans", ()):
        yield from indexes(part)


def test_requests_of_a_person_are_found_by_either_of_their_credentials(place: Place) -> None:
    """
    Going through all of them in their order would be no look at a whole table, and take as long.
    """
    place.plans.clear()

    roll_back(place.store, lambda work: work.persons.requests(place.credential_ids))

    used = {name for each in place.plans for name in indexes(each["Plan"]) if "request" in name}
    assert used == {"ix_request_credential_id", "ix_request_other_id"}
