"""What a campaign does to credentials is done once, to those that were meant, and can be undone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from mohar.access.bulk import FourEyes, NotNow, Proposal
from mohar.domain.access import Actor
from mohar.domain.campaign import Selection
from mohar.domain.delivery import ChannelPlan, DeliveryEvent
from mohar.domain.errors import Conflict, InvalidInput, NotFound, NotPermitted
from mohar.store.campaign_tables import campaign
from mohar.store.vault import Damaged
from mohar.testing.stores import StandingClock, roll_back

ASHA = Actor(actor_id="asha", name="asha", scopes=frozenset({"revoke", "approve"}))
BALA = Actor(actor_id="bala", name="bala", scopes=frozenset({"approve"}))
Office = Any
DAY = 86_400


def history(office: Office, number: str) -> list[tuple[str, str, str]]:
    with office.store.read() as work:
        changes = work.lifecycle.history([number])[number]
    return [(each.before, each.after, each.cause) for each in changes]


class TestSelection:
    def test_a_value_of_the_kept_record_says_which_are_meant(self, office: Office) -> None:
        numbers = office.issue(
            *({"number": n, "event": {"batch": "B7" if n % 3 else "B8"}} for n in range(9))
        )

        kept = office.propose(where={"event.batch": "B7"})

        meant = [number for n, number in enumerate(numbers) if n % 3]
        assert sorted(office.found(kept.id)) == sorted(meant)
        assert (kept.state, kept.count, kept.looked_at) == ("proposed", 6, 9)

    def test_a_number_of_the_record_is_compared_as_it_is_written(self, office: Office) -> None:
        office.issue({"number": 1, "rank": 12}, {"number": 2, "rank": "12"}, {"number": 3})

        assert office.propose(where={"rank": "12"}).count == 2

    def test_a_record_that_is_gone_is_counted_and_left_alone(self, office: Office) -> None:
        numbers = office.badges(2)
        with office.store.begin() as work:
            work.credentials.forget_records("badge", office.clock(), 10)

        asked = office.propose(where={"number": "1"})
        listed = office.propose(numbers, where={"number": "1"})

        assert (asked.count, dict(asked.items)) == (0, {"untellable": 2})
        assert (listed.count, dict(listed.items)) == (0, {"untellable": 2})

    @pytest.mark.parametrize(
        ("selection", "count"),
        [
            ({"key_id": "k1"}, 5),
            ({"key_id": "k2"}, 0),
            ({"key_id": "k1", "schema": "badge-1"}, 5),
            ({"key_id": "k1", "schema": "badge-2"}, 0),
            ({"config_digest": "c0"}, 5),
            ({"config_digest": "c1"}, 0),
            ({"revision": 1}, 5),
            ({"revision": 2}, 0),
            ({"state": "suspended"}, 1),
            ({"state": "revoked"}, 0),
            ({"issued_from": timedelta(0)}, 5),
            ({"issued_from": timedelta(seconds=1)}, 0),
            ({"issued_until": timedelta(0)}, 0),
            ({"issued_until": timedelta(seconds=1)}, 5),
        ],
    )
    def test_what_the_store_knows_says_which_are_meant(
        self, office: Office, selection: dict[str, Any], count: int
    ) -> None:
        numbers = office.badges(6)
        office.desk.change(numbers[0], "suspended")
        office.desk.change(numbers[1], "revoked")
        given = {
            name: office.clock() + value if isinstance(value, timedelta) else value
            for name, value in selection.items()
        }

        assert office.propose(**given).count == count

    def test_of_listed_ids_each_is_told_what_it_is(self, office: Office) -> None:
        first, second, third, fourth = office.badges(4)
        office.desk.change(second, "revoked")
        office.desk.change(third, "suspended")

        kept = office.propose([first, second, third, fourth, first, "99"], state="current")
        other = office.propose([second, "99"])

        assert dict(kept.items) == {"missing": 1, "unmatched": 2, "waiting": 2}
        assert dict(other.items) == {"impossible": 1, "missing": 1}
        assert (kept.count, other.count) == (2, 0)

    def test_what_is_issued_after_the_proposal_is_not_meant(self, office: Office) -> None:
        office.badges(2)
        kept = office.bulk.propose(
            ASHA, Proposal(action="revoke", reason="r", selection=Selection(key_id="k1"))
        )
        office.clock.move(1)
        office.issue({"number": 7})
        office.work()

        assert office.bulk.show(ASHA, kept.id).count == 2

    def test_what_was_selected_and_why_is_not_in_the_database_as_text(self, office: Office) -> None:
        office.propose(where={"name": "Zubeda"})

        with office.store.read() as work:
            row = work.campaigns._unit.connection.execute(sa.select(campaign)).one()
        assert b"Zubeda" not in row.content
        assert b"recalled" not in row.content


class TestApproval:
    def test_nothing_is_done_before_it(self, office: Office) -> None:
        numbers = office.badges(2)

        office.propose(numbers)

        assert office.states(numbers) == ["current", "current"]

    def test_who_proposed_cannot_approve(self, office: Office) -> None:
        kept = office.propose(office.badges(1))

        with pytest.raises(FourEyes):
            office.bulk.approve(ASHA, kept.id)
        assert office.bulk.show(ASHA, kept.id).state == "proposed"

    def test_who_may_only_propose_cannot_approve_either(self, office: Office) -> None:
        kept = office.propose(office.badges(1))
        other = Actor(actor_id="c", name="c", scopes=frozenset({"revoke"}))

        with pytest.raises(NotPermitted):
            office.bulk.approve(other, kept.id)

    def test_who_may_nothing_of_it_sees_no_campaign(self, office: Office) -> None:
        kept = office.propose(office.badges(1))
        other = Actor(actor_id="c", name="c", scopes=frozenset({"revoke:badge", "read"}))

        with pytest.raises(NotFound):
            office.bulk.show(other, kept.id)
        assert office.bulk.listed(other) == []

    def test_it_waits_for_the_count(self, office: Office) -> None:
        proposal = Proposal(action="revoke", reason="r", credential_ids=tuple(office.badges(1)))
        kept = office.bulk.propose(ASHA, proposal)

        with pytest.raises(NotNow, match="not known yet"):
            office.bulk.approve(BALA, kept.id)

    def test_approving_again_changes_nothing(self, office: Office) -> None:
        kept = office.approved(office.badges(1))

        assert office.bulk.approve(BALA, kept.id).state == "undoable"
        with pytest.raises(Conflict):
            office.bulk.approve(Actor(actor_id="d", name="d", scopes=frozenset({"*"})), kept.id)

    @pytest.mark.parametrize(
        ("given", "where"),
        [
            ({"reason": "  ", "credential_ids": ("1",)}, "reason"),
            ({}, "selection"),
            ({"credential_ids": ()}, "ids"),
            ({"credential_ids": ("1\0",)}, "ids"),
            ({"credential_ids": ("1",), "until": StandingClock()()}, "until"),
            ({"action": "reissue"}, "kind"),
            ({"selection": Selection(key_id="k\0")}, "key_id"),
            ({"selection": Selection(revision=2**70)}, "revision"),
            ({"selection": Selection(where={"": "x"})}, "where"),
            (
                {"selection": Selection(issued_from=StandingClock()().replace(year=1))},
                "issued_from",
            ),
        ],
    )
    def test_a_proposal_that_makes_no_sense_is_not_kept(
        self, office: Office, given: dict[str, Any], where: str
    ) -> None:
        actor = Actor(actor_id="c", name="c", scopes=frozenset({"*"}))
        values = {"action": "revoke", "reason": "r", **given}

        with pytest.raises(InvalidInput) as refused:
            office.bulk.propose(actor, Proposal(**values))

        assert where in {each.where for each in refused.value.findings}
        assert office.bulk.listed(actor) == []


class TestRevocation:
    def test_it_is_a_suspension_at_once_and_for_good_when_the_window_is_over(
        self, office: Office
    ) -> None:
        numbers = office.badges(7)

        kept = office.approved(numbers)
        suspended = office.states(numbers)
        office.clock.move(DAY)
        office.work()

        assert (kept.state, suspended) == ("undoable", ["suspended"] * 7)
        assert office.states(numbers) == ["revoked"] * 7
        assert history(office, numbers[0]) == [
            ("current", "suspended", "bulk"),
            ("suspended", "revoked", "bulk"),
        ]
        ended = office.bulk.show(ASHA, kept.id)
        assert (ended.state, dict(ended.items)) == ("done", {"revoked": 7})

    def test_the_history_names_who_proposed_and_who_approved(self, office: Office) -> None:
        [number] = office.badges(1)
        kept = office.approved([number])

        with office.store.read() as work:
            [change] = work.lifecycle.history([number])[number]
        assert (change.actor_id, change.reason) == ("asha", "recalled")
        assert change.evidence == f"campaign {kept.id}, approved by bala"

    def test_listeners_are_told_of_each_change_once(self, office: Office) -> None:
        office.approved(office.badges(5))
        office.clock.move(DAY)
        office.work()

        with office.store.begin() as work:
            told = [each.type for each in work.outbox.after("listener", 100)]
        assert told == ["credential.suspended"] * 5 + ["credential.revoked"] * 5

    def test_channels_are_told_of_each_change_once(self, office: Office) -> None:
        """A worker is killed and the batch comes again: told is what was committed."""
        events: frozenset[DeliveryEvent] = frozenset({"suspended", "revoked"})
        office.channels["badge"] = [ChannelPlan(name="letters", events=events, fields=("number",))]
        office.approved(office.badges(5))
        office.clock.move(DAY)
        office.work()

        with office.store.begin() as work:
            told = work.deliveries.claim("letters", 100, 60, "w")
        assert [each.event for each in told] == ["suspended"] * 5 + ["revoked"] * 5
        assert sorted(each.told.fields["number"] for each in told[5:]) == [0, 1, 2, 3, 4]

    def test_a_suspension_from_before_loses_its_end_until_it_is_revoked(
        self, office: Office
    ) -> None:
        [number] = office.badges(1)
        office.desk.change(number, "suspended", until=office.clock() + timedelta(hours=1))

        office.approved([number])
        office.clock.move(7_200)
        with office.store.read() as work:
            lapsed = work.lifecycle.lapsed(office.clock(), 10)

        assert lapsed == []
        office.clock.move(DAY)
        office.work()
        assert office.states([number]) == ["revoked"]

    def test_who_restores_one_meanwhile_has_decided(self, office: Office) -> None:
        first, second = office.badges(2)
        kept = office.approved([first, second])
        office.desk.change(first, "current")
        office.desk.change(first, "suspended")
        office.clock.move(DAY)
        office.work()

        assert office.states([first, second]) == ["suspended", "revoked"]
        assert office.found(kept.id, "left") == [first]

    def test_what_changed_since_the_count_is_left_as_it_is(self, office: Office) -> None:
        first, second = office.badges(2)
        kept = office.propose([first, second], action="suspend")
        office.desk.change(first, "revoked")
        office.desk.change(second, "suspended")
        office.bulk.approve(BALA, kept.id)
        office.work()

        assert dict(office.bulk.show(ASHA, kept.id).items) == {"impossible": 1, "unchanged": 1}

    def test_what_another_campaign_holds_is_left_to_it(self, office: Office) -> None:
        [number] = office.badges(1)
        first = office.approved([number])
        second = office.approved([number])
        office.bulk.undo(ASHA, first.id)
        office.work()

        assert dict(second.items) == {"held": 1}
        assert office.states([number]) == ["current"]


class TestUndo:
    def test_what_it_suspended_is_current_again(self, office: Office) -> None:
        numbers = office.badges(5)
        kept = office.approved(numbers)
        office.clock.move(DAY - 1)
        office.bulk.undo(BALA, kept.id)
        office.work()
        office.clock.move(2 * DAY)
        office.work()

        assert office.states(numbers) == ["current"] * 5
        assert history(office, numbers[0])[-1] == ("suspended", "current", "bulk-undo")
        ended = office.bulk.show(ASHA, kept.id)
        assert (ended.state, ended.undone_by, dict(ended.items)) == (
            "undone",
            "bala",
            {"restored": 5},
        )

    @pytest.mark.parametrize(("hours", "after"), [(48, "suspended"), (1, "current")])
    def test_what_was_suspended_before_is_so_again_for_as_long_as_it_was_to_be(
        self, office: Office, hours: int, after: str
    ) -> None:
        [number] = office.badges(1)
        end = office.clock() + timedelta(hours=hours)
        office.desk.change(number, "suspended", until=end)
        kept = office.approved([number])
        office.clock.move(7_200)
        office.bulk.undo(ASHA, kept.id)
        office.work()

        with office.store.read() as work:
            lapsed = work.lifecycle.lapsed(end, 10)
        assert office.states([number]) == [after]
        assert lapsed == ([number] if after == "suspended" else [])

    def test_what_somebody_else_did_since_stays(self, office: Office) -> None:
        first, second, third = office.badges(3)
        kept = office.approved([first, second, third])
        office.desk.change(first, "revoked")
        office.desk.change(second, "current")
        office.desk.change(second, "suspended")
        office.bulk.undo(ASHA, kept.id)
        office.work()

        assert office.states([first, second, third]) == ["revoked", "suspended", "current"]

    def test_in_the_midst_of_it_nothing_more_is_done(self, office: Office) -> None:
        numbers = office.badges(7)
        kept = office.propose(numbers)
        office.bulk.approve(BALA, kept.id)
        office.worker().run_once()
        midst = office.states(numbers).count("suspended")
        office.bulk.undo(ASHA, kept.id)
        office.work()

        assert midst == 3
        assert office.states(numbers) == ["current"] * 7
        assert dict(office.bulk.show(ASHA, kept.id).items) == {"restored": 3, "waiting": 4}

    def test_when_the_window_is_over_it_is_too_late(self, office: Office) -> None:
        kept = office.approved(office.badges(1))
        office.clock.move(DAY)

        with pytest.raises(NotNow, match="over"):
            office.bulk.undo(ASHA, kept.id)

    def test_a_proposal_is_withdrawn(self, office: Office) -> None:
        kept = office.propose(office.badges(1))

        assert office.bulk.undo(ASHA, kept.id).state == "withdrawn"
        with pytest.raises(NotNow):
            office.bulk.approve(BALA, kept.id)

    def test_restoring_is_not_undone(self, office: Office) -> None:
        [number] = office.badges(1)
        office.desk.change(number, "suspended")
        kept = office.approved([number], action="restore")

        assert (kept.state, office.states([number])) == ("done", ["current"])
        with pytest.raises(NotNow):
            office.bulk.undo(ASHA, kept.id)


class TestWorkers:
    def test_a_paused_campaign_rests_and_goes_on_where_it_was(self, office: Office) -> None:
        numbers = office.badges(7)
        kept = office.propose(numbers)
        office.bulk.approve(BALA, kept.id)
        office.worker().run_once()
        office.bulk.pause(ASHA, kept.id)
        office.work()
        resting = office.states(numbers).count("suspended")
        office.bulk.resume(BALA, kept.id)
        office.work()

        assert resting == 3
        assert office.states(numbers) == ["suspended"] * 7

    def test_one_that_has_ended_is_not_paused(self, office: Office) -> None:
        kept = office.approved(office.badges(1))
        office.clock.move(DAY)
        office.work()

        with pytest.raises(NotNow):
            office.bulk.pause(ASHA, kept.id)

    def test_two_at_once_do_everything_once(self, office: Office) -> None:
        numbers = office.badges(20)
        kept = [office.propose(numbers[:10]), office.propose(numbers[10:])]
        for each in kept:
            office.bulk.approve(BALA, each.id)
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: office.work(), range(4)))
        office.work()

        assert office.states(numbers) == ["suspended"] * 20
        assert {len(history(office, number)) for number in numbers} == {1}

    def test_a_batch_that_does_not_come_to_its_end_is_not_there(self, office: Office) -> None:
        numbers = office.badges(4)
        kept = office.propose(numbers)
        office.bulk.approve(BALA, kept.id)
        worker = office.worker()
        roll_back(
            office.store,
            lambda work: worker._step(work, work.campaigns.lock(kept.id), office.clock()),
        )

        assert office.states(numbers) == ["current"] * 4
        office.work()
        assert [len(history(office, number)) for number in numbers] == [1] * 4

    def test_what_is_wrong_with_one_campaign_keeps_no_other_waiting(self, office: Office) -> None:
        numbers = office.badges(2)
        broken = office.propose(numbers[:1])
        office.bulk.approve(BALA, broken.id)
        with office.store.begin() as work:
            damaged = sa.update(campaign).where(campaign.c.campaign_id == broken.id)
            work.campaigns._unit.connection.execute(damaged.values(content=b"x"))
        kept = office.bulk.propose(
            ASHA, Proposal(action="revoke", reason="r", credential_ids=tuple(numbers[1:]))
        )
        worker = office.worker()

        for _ in range(3):
            with pytest.raises(Damaged):
                worker.run_once()
        assert office.bulk.show(ASHA, kept.id).state == "proposed"
