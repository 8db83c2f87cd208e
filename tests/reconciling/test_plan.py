"""A file of corrected records: planned by one, approved by another, and done once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from mohar.access.reconcile import Result, SamePerson
from mohar.assembly.house import House
from mohar.domain.access import Actor
from mohar.domain.credential import Outcome
from mohar.domain.errors import Conflict, InvalidInput, NotFound
from mohar.domain.record import Message
from mohar.reconciling.plan import Plan
from mohar.reconciling.rules import FieldRule, Rules
from mohar.store.rows import NewChange
from mohar.testing.stores import StandingClock
from mohar.worker import Worker

Issue = Callable[..., list[Outcome]]
Dose = Callable[..., dict[str, Any]]
Newest = Callable[..., tuple[dict[str, Any], int]]
Planned = Callable[..., Plan]


@pytest.fixture
def planned(house: House, operator: Actor) -> Planned:
    """Return a function that plans with messages."""

    def plan(*messages: dict[str, Any], rules: Rules | None = None) -> Plan:
        sent = [Message(content=each, variant="v3") for each in messages]
        return house.reconciliation.plan(operator, "vaccination", sent, rules or Rules())

    return plan


@pytest.fixture
def applied(house: House, operator: Actor) -> Callable[..., list[Result]]:
    """Return a function that has a plan done, as somebody else than who approved it."""

    def apply(plan: Plan, digest: str = "", by: str = "Ravi") -> list[Result]:
        under = digest or plan.digest
        return list(house.reconciliation.apply(operator, plan, under, by, "letter of the state"))

    return apply


def states(plan: Plan) -> list[str]:
    return [row.state for row in plan.rows]


def results(found: Sequence[Result]) -> list[str]:
    return [each.result for each in found]


class TestPlan:
    @pytest.fixture
    def database(self) -> None:
        """What is planned does not depend on the database."""

    def test_every_row_has_its_state_and_nothing_is_changed(
        self, house: House, issue: Issue, dose: Dose, planned: Planned, newest: Newest
    ) -> None:
        issue(house, dose(1), dose(2))
        (revoked,) = issue(house, dose(1, preEnrollmentCode="99"))
        with house.store.begin() as work:
            work.lifecycle.change(
                [
                    NewChange(
                        credential_id=str(revoked.credential_id),
                        at=house.clock(),
                        before="current",
                        after="revoked",
                        cause="revoke",
                        actor_id="test",
                    )
                ]
            )

        plan = planned(
            dose(1),
            dose(2, vaccination={"batch": "SAMPLE2"}),
            dose(2, vaccination={"batch": "SAMPLE3"}),
            dose(3),
            {"recipient": {}},
            dose(1, preEnrollmentCode="99", vaccination={"batch": "X"}),
        )

        assert states(plan) == [
            "unchanged",
            "differs",
            "refused",
            "not-found",
            "refused",
            "refused",
        ]
        assert plan.rows[1].changes == {"vaccination.batch": "SAMPLE2"}
        assert plan.rows[1].before == {"vaccination.batch": "SAMPLE1"}
        assert [plan.rows[n].findings[0].code for n in (2, 5)] == ["repeated-key", "not-current"]
        assert newest(house, 2)[1] == 1

    def test_what_the_source_makes_anew_is_no_difference_of_its_own(
        self, house: House, issue: Issue, dose: Dose, planned: Planned
    ) -> None:
        issue(house, dose(1))
        moved = dose(1, vaccination={"date": "2021-03-05T18:00:00Z"})
        tolerant = Rules(
            fields=(
                FieldRule(path="vaccination.date", within_days=2),
                FieldRule(path="vaccination"),
            )
        )

        plans = [planned(moved, rules=tolerant), planned(moved)]

        assert states(plans[0]) == ["unchanged"]
        assert set(plans[1].rows[0].changes) == {"vaccination.date", "vaccination.date_local"}

    def test_a_blank_in_the_file_takes_nothing_away(
        self, house: House, issue: Issue, dose: Dose, planned: Planned
    ) -> None:
        issue(house, dose(1))

        plan = planned(dose(1, facility={"name": " "}, vaccination={"batch": "NA"}))

        assert states(plan) == ["unchanged"]

    def test_a_value_that_cannot_be_is_refused_before_anything_is_done(
        self, house: House, issue: Issue, dose: Dose, planned: Planned
    ) -> None:
        issue(house, dose(1))

        plan = planned(dose(1, vaccination={"name": "NOSUCH"}))

        assert states(plan) == ["refused"]
        assert plan.rows[0].findings[0].code == "unknown-vaccine"

    def test_the_digest_names_these_corrections_and_no_others(
        self, house: House, issue: Issue, dose: Dose, planned: Planned
    ) -> None:
        issue(house, dose(1))
        told = [
            planned(dose(1, vaccination={"batch": batch}), rules=rules).digest
            for batch, rules in [("B", None), ("B", None), ("C", None), ("B", Rules(unknown=()))]
        ]

        assert (told[0] == told[1], len(set(told))) == (True, 3)


class TestApply:
    def test_who_approved_it_does_not_do_it(
        self,
        house: House,
        issue: Issue,
        dose: Dose,
        planned: Planned,
        applied: Callable[..., list[Result]],
        operator: Actor,
        newest: Newest,
    ) -> None:
        issue(house, dose(1))
        plan = planned(dose(1, vaccination={"batch": "SAMPLE2"}))
        with pytest.raises(NotFound):
            applied(plan)
        assert house.reconciliation.approve(operator, plan, plan.digest, "Mina")
        assert not house.reconciliation.approve(operator, plan, plan.digest, "Ravi")
        with pytest.raises(SamePerson):
            applied(plan, by=" Mina ")

        done = applied(plan)

        content, revision = newest(house, 1)
        assert results(done) == ["corrected"]
        assert (content["vaccination"]["batch"], revision) == ("SAMPLE2", 2)
        assert done[0].credential_id != plan.rows[0].credential_id

    def test_the_history_tells_who_and_who_approved(
        self,
        house: House,
        issue: Issue,
        dose: Dose,
        planned: Planned,
        applied: Callable[..., list[Result]],
        operator: Actor,
    ) -> None:
        (first,) = issue(house, dose(1))
        plan = planned(dose(1, vaccination={"batch": "SAMPLE2"}))
        house.reconciliation.approve(operator, plan, plan.digest, "Mina")
        applied(plan)

        number = str(first.credential_id)
        with house.store.read() as work:
            (change,) = work.lifecycle.history([number])[number]
        assert (change.cause, change.actor_id, change.reason) == (
            "reconciliation",
            "Ravi",
            "letter of the state",
        )
        assert change.evidence.endswith("approved by Mina")

    def test_run_again_it_corrects_what_failed_and_leaves_the_rest(
        self,
        house: House,
        issue: Issue,
        dose: Dose,
        planned: Planned,
        applied: Callable[..., list[Result]],
        operator: Actor,
        newest: Newest,
    ) -> None:
        issue(house, dose(1), dose(2))
        said = [dose(n, vaccination={"batch": "SAMPLE2"}) for n in (1, 2)]
        plan = planned(*said)
        house.reconciliation.approve(operator, plan, plan.digest, "Mina")
        house.pausing.pause(operator, "kind", "vaccination")
        waiting = applied(plan)
        house.pausing.resume("kind", "vaccination")
        house.drain.run_once()

        again = applied(planned(*said), plan.digest)

        assert results(waiting) == ["waiting", "waiting"]
        assert results(again) == ["unchanged", "unchanged"]
        assert newest(house, 1)[1] == 2

    def test_what_has_changed_since_is_not_covered_by_the_approval(
        self,
        house: House,
        issue: Issue,
        dose: Dose,
        planned: Planned,
        applied: Callable[..., list[Result]],
        operator: Actor,
    ) -> None:
        (first, _) = issue(house, dose(1), dose(2))
        said = [dose(n, vaccination={"batch": "SAMPLE2"}) for n in (1, 2)]
        plan = planned(*said)
        house.reconciliation.approve(operator, plan, plan.digest, "Mina")
        other = dose(1, vaccination={"batch": "SAMPLE7"})
        issue(house, other | {"meta": {"previousCertificateId": first.credential_id}})

        now = planned(*said)
        done = applied(now, plan.digest)

        assert results(done) == ["not-approved", "corrected"]
        with pytest.raises(Conflict):
            house.reconciliation.approve(operator, now, plan.digest, "Mina")

    def test_two_that_correct_the_same_at_once_both_come_through(
        self,
        house: House,
        issue: Issue,
        dose: Dose,
        planned: Planned,
        applied: Callable[..., list[Result]],
        operator: Actor,
        newest: Newest,
        clock: StandingClock,
    ) -> None:
        """
        Both plans were made of the same credential, and neither says anything of the other's field.
        """
        issue(house, dose(1))
        recipient = dose(1)["recipient"]
        plans = [
            planned(dose(1, vaccination={"batch": "SAMPLE2"})),
            planned(dose(1, recipient=recipient | {"name": "Asha Udaharan"})),
        ]
        for plan in plans:
            house.reconciliation.approve(operator, plan, plan.digest, "Mina")
        start = Barrier(2)

        def apply(plan: Plan) -> list[Result]:
            start.wait()
            return applied(plan)

        with ThreadPoolExecutor(2) as pool:
            done = [result for each in pool.map(apply, plans) for result in results(each)]
        clock.move(60)
        Worker(house).run_until_idle()

        record, revision = newest(house, 1)
        assert set(done) <= {"corrected", "waiting"}
        assert revision == 3
        assert record["recipient"]["name"] == "Asha Udaharan"
        assert record["vaccination"]["batch"] == "SAMPLE2"

    def test_who_comes_second_overwrites_nothing_that_nobody_looked_at(
        self,
        house: House,
        issue: Issue,
        dose: Dose,
        planned: Planned,
        applied: Callable[..., list[Result]],
        operator: Actor,
        newest: Newest,
    ) -> None:
        (first,) = issue(house, dose(1))
        plan = planned(dose(1, vaccination={"batch": "SAMPLE2"}))
        house.reconciliation.approve(operator, plan, plan.digest, "Mina")
        other = dose(1, vaccination={"batch": "SAMPLE7"})
        issue(house, other | {"meta": {"previousCertificateId": first.credential_id}})

        done = applied(plan)

        assert [finding.code for finding in done[0].findings] == ["not-current"]
        assert newest(house, 1)[1] == 2

    def test_a_plan_that_corrects_nothing_is_not_approved(
        self, house: House, issue: Issue, dose: Dose, planned: Planned, operator: Actor
    ) -> None:
        issue(house, dose(1))
        plan = planned(dose(1))

        with pytest.raises(InvalidInput):
            house.reconciliation.approve(operator, plan, plan.digest, "Mina")
