"""A body is added to an issued credential from its record, once, and to nothing that is over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa

from mohar.assembly.house import House, build_house
from mohar.assembly.opening import silent_telemetry
from mohar.domain.access import Actor
from mohar.domain.credential import Credential, Secured
from mohar.domain.errors import Failed, InvalidInput, NotFound, NotPermitted, Unavailable
from mohar.domain.events import Event
from mohar.domain.findings import Finding, Refusal
from mohar.domain.record import Message
from mohar.issuing.admit import NotAddable, NotCurrent, RecordGone
from mohar.store.tables import body, credential, outbox
from mohar.testing.stores import StandingClock
from mohar.verifying.verify import Presented

DAY = 86_400
Issue = Callable[..., list[str]]


class Workshop:
    """The house's own, with something that happens before each signature."""

    def __init__(self, whole: Any, before: Callable[[], object]) -> None:
        self._whole = whole
        self._before = before

    def secure(self, kind: str, name: str, credentials: Sequence[Credential]) -> Any:
        """Sign, after what happens."""
        instead = self._before()
        return instead or self._whole.secure(kind, name, credentials)


@pytest.fixture
def number(issue: Issue, messages: list[Message]) -> str:
    """A credential that was issued for use at home only."""
    return issue(messages[:1], "domestic")[0]


@pytest.fixture
def add(house: House, operator: Actor) -> Callable[..., Any]:
    return lambda number, *formats: house.additions.add(operator, number, formats)


def bodies_of(house: House, number: str) -> tuple[Secured, ...]:
    with house.store.read() as work:
        return work.credentials.bodies([number])[number]


def events_of(house: House, name: str) -> list[Event]:
    query = sa.select(outbox).where(outbox.c.type == name).order_by(outbox.c.entry)
    with house.store.read() as work:
        rows = work.outbox._unit.connection.execute(query).all()
    fields = Event.__struct_fields__
    return [Event(**{name: row._mapping[name] for name in fields}) for row in rows]


def change(house: House, **values: Any) -> None:
    with house.store.begin() as work:
        work.credentials._unit.connection.execute(sa.update(credential).values(**values))


class TestAddedBody:
    def test_it_is_another_form_of_the_same_credential(
        self, house: House, add: Any, number: str, clock: StandingClock
    ) -> None:
        """The same id, revision and holder; issued when the others were, and signed now."""
        clock.move(DAY)

        added = add(number, "eu", "ddcc")

        home, eu, ddcc = bodies_of(house, number)
        assert added.is_new
        assert [each.body for each in added.secured] == ["eu", "ddcc"]
        assert {each.credential_id for each in (home, eu, ddcc)} == {number}
        assert {each.revision for each in (home, eu, ddcc)} == {1}
        assert (eu.format, eu.created) == ("hcert", clock.now.replace(microsecond=0))
        assert home.created < eu.created

    def test_only_its_signature_is_of_now(
        self, house: House, add: Any, number: str, clock: StandingClock
    ) -> None:
        """It tells the same holder, status slot and issue date as the body issued first."""
        clock.move(DAY)

        add(number, "international")

        home, abroad = (each.document for each in bodies_of(house, number))
        for member in ("issuer", "validFrom", "credentialStatus"):
            assert abroad[member] == home[member]
        assert abroad["credentialSubject"]["id"] == home["credentialSubject"]["id"]
        assert abroad["proof"]["created"] > home["proof"]["created"]

    def test_a_verifier_takes_all_of_them(self, house: House, add: Any, number: str) -> None:
        add(number, "eu", "ddcc")

        verdicts = [
            each.verdict
            for each in house.verifier.verify(
                [Presented(name="", data=each.content) for each in bodies_of(house, number)]
            )
        ]

        assert verdicts == ["valid", "valid", "valid"]

    def test_it_comes_from_the_record_and_no_body_is_even_opened(
        self, house: House, add: Any, number: str
    ) -> None:
        with house.store.begin() as work:
            broken = sa.update(body).values(content=b"no sealed value")
            work.credentials._unit.connection.execute(broken)
        was_signed = []
        house.adder._workshop = Workshop(house.workshop, lambda: was_signed.append(1))

        with pytest.raises(Unavailable):
            add(number, "eu")

        with house.store.read() as work:
            assert work.credentials.body_names([number])[number] == {"domestic", "eu"}
        assert was_signed == [1]

    def test_asking_again_gives_the_same_one(self, house: House, add: Any, number: str) -> None:
        first = add(number, "eu")

        again = add(number, "eu")

        assert (first.is_new, again.is_new) == (True, False)
        assert again.secured[0].content == first.secured[0].content
        assert len(events_of(house, "credential.body-added")) == 1

    def test_it_is_announced_without_telling_whose_it_is(
        self, house: House, add: Any, number: str
    ) -> None:
        add(number, "eu", "ddcc")

        events = events_of(house, "credential.body-added")

        assert [event.facts["bodies"] for event in events] == [{"eu": "added"}, {"ddcc": "added"}]
        assert [event.kind for event in events] == ["vaccination"] * 2
        assert number not in str(events)

    def test_a_body_refused_before_is_added_when_it_passes_now(
        self, house: House, add: Any, issue: Issue, messages: list[Message]
    ) -> None:
        finding = Finding(code="not-today", message="come back tomorrow")
        refusal = [Refusal(findings=(finding,))]
        house.issuer._workshop = workshop = Workshop(house.workshop, lambda: None)
        whole = workshop.secure
        workshop.secure = lambda kind, name, credentials: (  # type: ignore[method-assign]
            refusal if name == "eu" else whole(kind, name, credentials)
        )
        [number] = issue(messages[:1], "domestic", "eu")
        with house.store.read() as work:
            before = work.credentials.find([number])[number].refused

        add(number, "eu")

        with house.store.read() as work:
            after = work.credentials.find([number])[number].refused
        assert ([each.name for each in before], after) == (["eu"], ())


class TestRefusal:
    def test_what_the_record_lacks_is_told_and_nothing_is_kept(
        self, house: House, add: Any, issue: Issue, messages: list[Message]
    ) -> None:
        number = issue(messages, "domestic")[3]

        with pytest.raises(InvalidInput, match="none of them can be made") as caught:
            add(number, "eu")

        assert [each.code for each in caught.value.findings] == ["latin-name-missing"]
        assert len(bodies_of(house, number)) == 1
        assert events_of(house, "credential.body-added") == []

    def test_one_that_cannot_be_made_keeps_no_other_from_it(
        self, add: Any, issue: Issue, messages: list[Message]
    ) -> None:
        number = issue(messages, "domestic")[3]

        added = add(number, "eu", "ddcc", "domestic")

        told = {each.name: each.issued for each in added.bodies}
        assert told == {"domestic": True, "eu": False, "ddcc": True}
        assert [each.body for each in added.secured] == ["domestic", "ddcc"]

    def test_only_what_the_deployment_lets_be_added_is(self, add: Any, number: str) -> None:
        with pytest.raises(NotAddable, match=r"^shc, or|^shc can only|^ddcc-care, shc can only"):
            add(number, "eu", "shc", "ddcc-care")

    def test_what_is_there_needs_no_permission_to_be_added(self, add: Any, number: str) -> None:
        assert not add(number, "domestic").is_new

    @pytest.mark.parametrize("state", ["superseded", "revoked", "suspended"])
    def test_only_to_a_current_credential(
        self, house: House, add: Any, number: str, state: str
    ) -> None:
        change(house, state=state)

        with pytest.raises(NotCurrent, match=f"is {state}"):
            add(number, "eu")

    def test_not_to_one_that_was_revoked_while_it_was_signed(
        self, house: House, add: Any, number: str
    ) -> None:
        house.adder._workshop = Workshop(house.workshop, lambda: change(house, state="revoked"))

        with pytest.raises(Exception, match="not current"):
            add(number, "eu")

        assert len(bodies_of(house, number)) == 1
        assert events_of(house, "credential.body-added") == []

    @pytest.mark.parametrize("wrong", ["0", "", "12'; --", "eu"])
    def test_a_number_that_is_none_is_not_found(self, add: Any, wrong: str) -> None:
        with pytest.raises(NotFound):
            add(wrong, "eu")

    def test_no_format_and_an_unknown_one_are_told(self, add: Any, number: str) -> None:
        with pytest.raises(InvalidInput, match="at least one"):
            add(number)
        with pytest.raises(
            InvalidInput, match="no body or format of vaccination is named at place 2"
        ):
            add(number, "eu", "dcc")

    def test_a_key_that_is_away_costs_nothing(self, house: House, add: Any, number: str) -> None:
        def away() -> None:
            raise Unavailable("the key is asleep")

        house.adder._workshop = Workshop(house.workshop, away)
        with pytest.raises(Unavailable):
            add(number, "eu")
        house.adder._workshop = house.workshop

        assert add(number, "eu").is_new

    def test_a_bug_of_a_plugin_is_a_fault_of_ours_and_tells_no_value(
        self, house: House, add: Any, number: str
    ) -> None:
        def broken() -> None:
            raise KeyError("Asha")

        house.adder._workshop = Workshop(house.workshop, broken)

        with pytest.raises(Failed) as caught:
            add(number, "eu")

        assert "Asha" not in str(caught.value)


class TestPermission:
    @pytest.mark.parametrize(
        ("scopes", "error"),
        [
            ([], NotFound),
            (["issue:other", "search"], NotFound),
            (["read:vaccination"], NotPermitted),
        ],
    )
    def test_it_takes_the_scope_to_issue(
        self, house: House, number: str, scopes: list[str], error: type[Exception]
    ) -> None:
        actor = Actor(actor_id="a", name="a", scopes=frozenset(scopes))

        with pytest.raises(error):
            house.additions.add(actor, number, ["eu"])

    def test_who_may_not_read_gets_no_document(self, house: House, number: str) -> None:
        actor = Actor(actor_id="a", name="a", scopes=frozenset(["issue:vaccination"]))

        added = house.additions.add(actor, number, ["eu"])

        assert (added.is_new, added.secured) == (True, ())

    def test_what_was_only_reserved_is_not_found(self, house: House, add: Any, number: str) -> None:
        change(house, state="reserved", issued_at=None)

        with pytest.raises(NotFound):
            add(number, "eu")


class TestRetention:
    def test_after_it_adding_is_refused_though_the_record_still_lies_there(
        self, add: Any, number: str, clock: StandingClock
    ) -> None:
        clock.move(30 * DAY)

        with pytest.raises(RecordGone, match=r"kept for 30 days; .* over on 20\d\d-"):
            add(number, "eu")

    def test_until_its_last_second_it_is_added(
        self, add: Any, number: str, clock: StandingClock
    ) -> None:
        clock.move(30 * DAY - 1)

        assert add(number, "eu").is_new

    def test_a_record_that_is_gone_stays_gone_when_the_retention_is_lifted(
        self, house: House, number: str, clock: StandingClock
    ) -> None:
        clock.move(30 * DAY)
        assert house.forgetting.run_once() == 1
        folder = house.tools.files.root
        file = folder / "deployment.yaml"
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace("    retention: {record_days: 30}\n", ""), encoding="utf-8")

        with (
            build_house(folder, clock=clock, telemetry=silent_telemetry()) as other,
            pytest.raises(RecordGone, match="removed under an earlier retention of vaccination"),
        ):
            other.adder.add(number, ["eu"])

    def test_what_is_there_is_given_even_afterwards(
        self, add: Any, number: str, clock: StandingClock
    ) -> None:
        add(number, "eu")
        clock.move(30 * DAY)

        assert [each.body for each in add(number, "eu").secured] == ["eu"]


class TestTwoAtOnce:
    @pytest.fixture
    def houses(self, number: str, folder: Path, clock: StandingClock) -> Iterator[list[House]]:
        """Two more of the same deployment, that both sign before either of them commits."""
        assert number, "issued before the others are opened"
        both_signed = Barrier(2, timeout=20)
        with ExitStack() as stack:
            opened = [
                stack.enter_context(build_house(folder, clock=clock, telemetry=silent_telemetry()))
                for _ in range(2)
            ]
            for each in opened:
                each.adder._workshop = Workshop(each.workshop, lambda: both_signed.wait() and None)
            yield opened

    def test_both_get_the_same_body(self, house: House, houses: list[House], number: str) -> None:
        with ThreadPoolExecutor(2) as pool:
            told = list(pool.map(lambda each: each.adder.add(number, ["eu"]), houses))

        assert Counter(each.is_new for each in told) == {True: 1, False: 1}
        assert len({each.secured[0].content for each in told}) == 1
        assert [each.body for each in bodies_of(house, number)] == ["domestic", "eu"]
        assert len(events_of(house, "credential.body-added")) == 1
