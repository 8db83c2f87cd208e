"""What a new record contradicts is corrected: once, durably, and at nobody's expense."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from mohar.assembly.house import House
from mohar.domain.credential import Outcome
from mohar.domain.errors import Unavailable
from mohar.domain.events import Event
from mohar.testing.stores import StandingClock, roll_back

Issue = Callable[..., list[Outcome]]
Dose = Callable[..., dict[str, Any]]
Newest = Callable[..., tuple[dict[str, Any], int]]
SAID = {
    "name": "COVISHIELD",
    "dose": 1,
    "manufacturer": "Serum Institute of India",
    "date": "2021-03-03T18:00:00Z",
    "batch": "SAMPLE1",
}


def events(house: House, event_type: str) -> list[Event]:
    with house.store.begin() as work:
        found = work.outbox.after("a test", 1_000)
    return [each for each in found if each.type == event_type]


class TestOneContradiction:
    @pytest.fixture
    def told(self, house: House, issue: Issue, dose: Dose) -> House:
        issue(house, dose(1))
        issue(house, dose(2, SAID | {"batch": "SAMPLE2"}))
        return house

    def test_the_earlier_credential_is_corrected_and_all_else_stays(
        self, told: House, newest: Newest
    ) -> None:
        before, _ = newest(told, 1)

        done = told.comparing.run_once()

        after, revision = newest(told, 1)
        assert (done, revision) == (2, 2)
        assert after["vaccination"] == before["vaccination"] | {"batch": "SAMPLE2"}
        assert after["recipient"] == before["recipient"]

    def test_it_is_told_who_corrected_it_and_that_it_was_a_reconciliation(
        self, told: House
    ) -> None:
        told.comparing.run_once()

        with told.store.read() as work:
            found = work.credentials.by_key("vaccination", '["12346",1]')
            first, second = sorted(found, key=lambda each: each.revision)
            (change,) = work.lifecycle.history([first.credential_id])[first.credential_id]
        assert (first.state, first.superseded_by) == ("superseded", second.credential_id)
        assert (second.cause, second.changed) == ("reconciliation", ("vaccination.batch",))
        assert (change.cause, change.actor_id) == ("reconciliation", "plugin:reconcile-doses")
        assert change.reason == "the record of a later dose says otherwise"

    def test_one_event_tells_the_result_of_each_earlier_dose(self, told: House) -> None:
        told.comparing.run_once()

        (event,) = events(told, "credential.compared")
        assert event.facts == {
            "result": "differs",
            "changed": ["vaccination.batch"],
            "reasons": {},
        }

    def test_what_was_compared_is_not_compared_again(self, told: House, newest: Newest) -> None:
        counts = [told.comparing.run_once() for _ in range(2)]

        assert counts == [2, 0]
        assert newest(told, 1)[1] == 2

    def test_it_uses_up_nobodys_limit(
        self, told: House, issue: Issue, dose: Dose, newest: Newest
    ) -> None:
        told.comparing.run_once()
        with told.store.read() as work:
            found = work.credentials.by_key("vaccination", '["12346",1]')
        (number,) = [each.credential_id for each in found if each.state == "current"]
        corrected = dose(1, vaccination={"batch": "SAMPLE2"})
        corrected["recipient"]["name"] = "Asha Rao"

        (outcome,) = issue(told, corrected | {"meta": {"previousCertificateId": number}})

        assert outcome.state == "issued"
        assert newest(told, 1)[0]["recipient"]["name"] == "Asha Rao"


class TestDurable:
    def test_a_worker_that_dies_in_between_leaves_it_to_another(
        self,
        house: House,
        issue: Issue,
        dose: Dose,
        newest: Newest,
        clock: StandingClock,
    ) -> None:
        issue(house, dose(1))
        issue(house, dose(2, SAID | {"batch": "SAMPLE2"}))
        with house.store.begin() as work:
            work.due.claim(10, 60, "a worker that died")
        at_once = house.comparing.run_once()
        clock.move(61)

        later = house.comparing.run_once()

        assert (at_once, later) == (0, 2)
        assert newest(house, 1)[1] == 2

    def test_corrections_are_kept_with_the_mark_that_they_are_done_or_not_at_all(
        self, house: House, issue: Issue, dose: Dose, newest: Newest, monkeypatch: Any
    ) -> None:
        issue(house, dose(1))
        issue(house, dose(2, SAID | {"batch": "SAMPLE2"}))

        def dies(_: str) -> None:
            raise Unavailable("killed after the commit")

        monkeypatch.setattr(house.comparing, "_issue_now", dies)
        with pytest.raises(Unavailable):
            house.comparing.run_once()
        house.drain.run_once()

        assert newest(house, 1)[1] == 2

    def test_two_workers_with_the_same_finding_make_one_correction(
        self, house: House, issue: Issue, dose: Dose
    ) -> None:
        """The one whose lease has ended finds that it is no longer its own."""
        issue(house, dose(1))
        issue(house, dose(2, SAID | {"batch": "SAMPLE2"}))
        with house.store.begin() as work:
            due = work.due.claim(10, 60, house.comparing._worker)
        with house.store.begin() as work:
            work.due.done([each.credential_id for each in due], house.comparing._worker)

        submissions = house.comparing._compare(due)

        assert submissions == []

    def test_a_record_that_was_not_committed_is_not_due(
        self, house: House, issue: Issue, dose: Dose
    ) -> None:
        (outcome,) = issue(house, dose(1))
        house.comparing.run_once()
        number = str(outcome.credential_id)
        roll_back(house.store, lambda work: work.due.note({number: "vaccination"}, house.clock()))

        assert house.comparing.run_once() == 0

    def test_what_is_due_of_a_kind_that_is_not_here_is_left_alone(
        self, house: House, issue: Issue, dose: Dose
    ) -> None:
        (outcome,) = issue(house, dose(1))
        house.comparing.run_once()
        with house.store.begin() as work:
            work.due.note({str(outcome.credential_id): "another"}, house.clock())

        assert house.comparing.run_once() == 1
        assert house.health()["comparing"] == "1 records could not be compared so far"


@pytest.mark.parametrize("database", [None])
class TestOrder:
    def test_both_doses_in_one_batch(
        self, house: House, issue: Issue, dose: Dose, newest: Newest
    ) -> None:
        issue(house, dose(2, SAID | {"batch": "SAMPLE2"}), dose(1))

        house.comparing.run_once()

        assert newest(house, 1)[0]["vaccination"]["batch"] == "SAMPLE2"

    def test_the_newer_record_has_the_word(
        self, house: House, issue: Issue, dose: Dose, newest: Newest
    ) -> None:
        issue(house, dose(1))
        issue(house, dose(2, SAID | {"batch": "SAMPLE2"}))
        issue(house, dose(3, SAID | {"batch": "SAMPLE3"}))

        house.comparing.run_once()

        content, revision = newest(house, 1)
        assert (content["vaccination"]["batch"], revision) == ("SAMPLE3", 2)

    def test_of_two_of_one_moment_that_disagree_neither_is_right(
        self, house: House, issue: Issue, dose: Dose, newest: Newest
    ) -> None:
        issue(house, dose(1))
        second = dose(2, SAID | {"batch": "SAMPLE2"})
        issue(house, second, dose(3, SAID | {"batch": "SAMPLE3"}))

        house.comparing.run_once()

        (event,) = events(house, "credential.compared")
        assert newest(house, 1)[1] == 1
        assert (event.facts["result"], event.facts["reasons"]) == (
            "unclear",
            {"records-disagree": 1},
        )

    def test_what_was_corrected_since_knows_more(
        self, house: House, issue: Issue, dose: Dose, newest: Newest
    ) -> None:
        (first,) = issue(house, dose(1))
        issue(house, dose(2, SAID | {"batch": "SAMPLE2"}))
        corrected = dose(1, vaccination={"batch": "SAMPLE7"})
        issue(house, corrected | {"meta": {"previousCertificateId": first.credential_id}})

        house.comparing.run_once()

        assert newest(house, 1)[0]["vaccination"]["batch"] == "SAMPLE7"

    def test_a_correction_by_hand_repeats_no_news(
        self, house: House, issue: Issue, dose: Dose
    ) -> None:
        """Its record holds what was said of other doses long ago."""
        issue(house, dose(1))
        issue(house, dose(2, SAID | {"batch": "SAMPLE2"}))
        house.comparing.run_once()

        with house.store.read() as work:
            assert work.due.failing() == 0
        assert house.comparing.run_once() == 0


@pytest.mark.parametrize("database", [None])
class TestAsItIsSent:
    @pytest.mark.parametrize("date", ["yesterday", "", "1970-01-01", None, 20210303])
    def test_a_date_that_nobody_knows_never_becomes_an_update(
        self, house: House, issue: Issue, dose: Dose, newest: Newest, date: object
    ) -> None:
        issue(house, dose(1))
        (outcome,) = issue(house, dose(2, SAID | {"date": date}))

        house.comparing.run_once()

        (event,) = events(house, "credential.compared")
        assert (outcome.state, newest(house, 1)[1]) == ("issued", 1)
        assert event.facts["result"] == "unclear"
        assert set(event.facts["reasons"]) <= {"unknown-date", "implausible-date"}

    def test_the_same_said_in_other_words_is_no_difference(
        self, house: House, issue: Issue, dose: Dose, newest: Newest
    ) -> None:
        said = {"name": "Covishield (ChAdOx1 nCoV-19)", "date": "2021-03-03T23:45:00+05:30"}
        issue(house, dose(1))
        issue(house, dose(2, SAID | said | {"batch": " sample1 "}))

        house.comparing.run_once()

        (event,) = events(house, "credential.compared")
        assert (event.facts["result"], newest(house, 1)[1]) == ("agrees", 1)


BROKEN = """
from mohar.plugin import hookimpl
from mohar.domain.reconciling import Comparison

@hookimpl
def mohar_reconcile(records, earlier):
    if any(each.content["recipient"]["name"] == "Bad" for each in records):
        raise RuntimeError("MARKED")
    return [{answer} for before in earlier]
"""


class TestPlugins:
    """`mohar_reconcile`: each is asked by itself, and what it says is checked."""

    def throwaway(self, install: Callable[..., str], answer: str) -> str:
        return install("odd", BROKEN.replace("{answer}", answer))

    def test_one_bad_record_holds_up_nothing_but_itself(
        self,
        deployed: Callable[..., Path],
        open_house: Callable[[Path], House],
        mohar_throwaway: Callable[..., str],
        issue: Issue,
        dose: Dose,
        newest: Newest,
        clock: StandingClock,
    ) -> None:
        house = open_house(deployed(self.throwaway(mohar_throwaway, "[]")))
        bad = [dose(n, preEnrollmentCode="777") for n in (1, 2)]
        for each in bad:
            each["recipient"]["name"] = "Bad"
        issue(house, dose(1), *bad)
        issue(house, dose(2, SAID | {"batch": "SAMPLE2"}))

        counts = [house.comparing.run_once() for _ in range(2)]
        clock.move(1)

        assert counts[0] == 4
        assert newest(house, 1)[0]["vaccination"]["batch"] == "SAMPLE2"
        assert house.health()["comparing"] == "2 records could not be compared so far"

    @pytest.mark.parametrize(
        "answer",
        [
            "[Comparison(credential_id='1', changes={'recipient.name': 'X'})]",
            "None",
            "['x']",
            "[{'credential_id': before[0].credential_id}]",
        ],
    )
    def test_an_answer_about_what_was_not_asked_counts_as_a_failure(
        self,
        deployed: Callable[..., Path],
        open_house: Callable[[Path], House],
        mohar_throwaway: Callable[..., str],
        issue: Issue,
        dose: Dose,
        answer: str,
    ) -> None:
        house = open_house(deployed(self.throwaway(mohar_throwaway, answer)))
        issue(house, dose(1), dose(2))

        house.comparing.run_once()

        assert "could not be compared" in house.health()["comparing"]

    @pytest.mark.parametrize("value", ["None", "''", "'  '", "[]"])
    def test_an_unknown_value_changes_nothing_whoever_says_so(
        self,
        deployed: Callable[..., Path],
        open_house: Callable[[Path], House],
        mohar_throwaway: Callable[..., str],
        issue: Issue,
        dose: Dose,
        newest: Newest,
        value: str,
    ) -> None:
        answer = (
            "[Comparison(credential_id=each.credential_id, "
            f"changes={{'vaccination.batch': {value}}}) for each in before]"
        )
        house = open_house(deployed(self.throwaway(mohar_throwaway, answer)))
        issue(house, dose(1), dose(2))

        house.comparing.run_once()

        found: Sequence[Event] = events(house, "credential.compared")
        assert newest(house, 1)[1] == 1
        assert {"unknown-value": 1} in [each.facts["reasons"] for each in found]

    def test_a_paused_plugin_is_not_asked_and_nothing_is_lost(
        self, house: House, issue: Issue, dose: Dose, operator: Any, clock: StandingClock
    ) -> None:
        issue(house, dose(1))
        issue(house, dose(2, SAID | {"batch": "SAMPLE2"}))
        house.pausing.pause(operator, "plugin", "reconcile-doses")
        while_paused = house.comparing.run_once()
        house.pausing.resume("plugin", "reconcile-doses")
        clock.move(2)

        assert (while_paused, house.comparing.run_once()) == (0, 2)
