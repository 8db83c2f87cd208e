from __future__ import annotations

import re
import threading

import pytest

from mohar.domain.access import Actor
from mohar.domain.errors import Conflict, InvalidInput, NotFound
from mohar.domain.record import Message
from mohar.receiving.accept import Accepted, Reception
from mohar.receiving.status import Submissions
from mohar.store import Store

CLINIC = Actor(actor_id="clinic", name="clinic")
OTHER = Actor(actor_id="other", name="other")
OPERATOR = Actor(actor_id="op", name="op", scopes=frozenset({"operate"}))


def messages(*numbers: object) -> list[Message]:
    return [Message(content={"number": number}, variant="v1") for number in numbers]


class TestAccept:
    def test_what_was_accepted_is_durable_and_waits(self, reception: Reception, store: Store):
        accepted = reception.accept(CLINIC, "badge", "api", messages(1, 2))
        store.dispose()

        with store.begin() as work:
            items = work.intake.claim(10, 30, "w1")
        assert accepted == Accepted(submission_id="s1", repeated=False)
        assert [(i.content, i.variant, i.source, i.kind) for i in items] == [
            ({"number": 1}, "v1", "api", "badge"),
            ({"number": 2}, "v1", "api", "badge"),
        ]

    def test_a_repeated_request_answers_with_the_first(self, reception: Reception, store: Store):
        first = reception.accept(CLINIC, "badge", "api", messages(1, 2), "key")

        again = reception.accept(CLINIC, "badge", "api", messages(1, 2), "key")

        assert again == Accepted(submission_id=first.submission_id, repeated=True)
        with store.read() as work:
            assert work.intake.waiting_count() == 2

    def test_the_order_of_members_makes_no_other_request(self, reception: Reception):
        reception.accept(CLINIC, "badge", "api", [Message(content={"a": 1, "b": 2})], "key")

        again = reception.accept(CLINIC, "badge", "api", [Message(content={"b": 2, "a": 1})], "key")

        assert again.repeated

    @pytest.mark.parametrize(
        ("sent", "differing"),
        [
            (messages(1, 9, 3, 8), "positions 1, 3"),
            (messages(1, 2, 3), "positions 3"),
            (messages(1, 2, 3, 4, 5), "positions 4"),
            (messages(True, 2, 3, 4), "positions 0"),
            (messages(*range(2, 20)), "positions 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, …"),
        ],
    )
    def test_a_key_with_other_records_is_a_conflict_that_names_their_positions(
        self, reception: Reception, sent: list[Message], differing: str
    ):
        reception.accept(CLINIC, "badge", "api", messages(1, 2, 3, 4), "key")

        with pytest.raises(
            Conflict, match=f"they differ at {re.escape(differing)}: take a new key"
        ):
            reception.accept(CLINIC, "badge", "api", sent, "key")

    def test_a_conflict_names_the_fields_that_differ_and_no_value(self, reception: Reception):
        """
        Nor a member whose name could be somebody's number: that is told by the place above it.
        """
        before = {"a": {"b": "MARKED1", "c": [1]}, "ids": {"98765": "MARKED2"}, "same": 1}
        now = {"a": {"b": "MARKED3", "c": [True]}, "ids": {"98765": "MARKED4"}, "same": 1}
        reception.accept(CLINIC, "badge", "api", [*messages(1), Message(content=before)], "key")

        with pytest.raises(Conflict) as caught:
            reception.accept(CLINIC, "badge", "api", [*messages(1), Message(content=now)], "key")

        findings = caught.value.findings
        assert [(each.code, each.where) for each in findings] == [
            ("item-differs", "1.a.b"),
            ("item-differs", "1.a.c"),
            ("item-differs", "1.ids"),
        ]
        told = f"{caught.value} {findings}"
        assert "MARKED" not in told
        assert "98765" not in told

    def test_a_conflict_tells_how_many_items_there_were(self, reception: Reception):
        reception.accept(CLINIC, "badge", "api", messages(1, 2), "key")

        with pytest.raises(Conflict, match=r"\(2 then, 3 now\)") as caught:
            reception.accept(CLINIC, "badge", "api", messages(1, 2, 3), "key")

        (finding,) = caught.value.findings
        assert (finding.where, finding.message) == ("2", "this item was not in the first request")

    def test_another_variant_or_a_member_without_a_value_is_told_of_the_whole_item(
        self, reception: Reception
    ):
        one = Message(content={"a": 1}, variant="v1")
        reception.accept(CLINIC, "badge", "api", [one, one], "key")
        other = [
            Message(content={"a": 1}, variant="v2"),
            Message(content={"a": 1, "b": None}, variant="v1"),
        ]

        with pytest.raises(Conflict) as caught:
            reception.accept(CLINIC, "badge", "api", other, "key")

        assert [each.where for each in caught.value.findings] == ["0", "1"]

    def test_the_choice_of_bodies_is_kept_with_each_item(self, reception: Reception, store: Store):
        reception.accept(CLINIC, "badge", "api", messages(1, 2), bodies=("home", "border"))
        reception.accept(CLINIC, "badge", "api", messages(3))

        with store.begin() as work:
            items = work.intake.claim(10, 30, "w1")
        assert [i.bodies for i in items] == [("home", "border"), ("home", "border"), None]

    @pytest.mark.parametrize(
        ("before", "now", "told"),
        [
            (None, ("home",), "for all bodies, and now for the bodies home"),
            (("home",), None, "for the bodies home, and now for all bodies"),
            (("home",), ("home", "border"), "for the bodies home, and now for the bodies home, b"),
        ],
    )
    def test_a_key_with_another_choice_is_a_conflict_that_tells_both(
        self,
        reception: Reception,
        before: tuple[str, ...] | None,
        now: tuple[str, ...] | None,
        told: str,
    ):
        reception.accept(CLINIC, "badge", "api", messages(1), "key", bodies=before)

        with pytest.raises(Conflict, match=f"this idempotency key was used {told}"):
            reception.accept(CLINIC, "badge", "api", messages(1), "key", bodies=now)

    def test_a_key_used_for_another_kind_is_a_conflict(self, reception: Reception):
        reception.accept(CLINIC, "badge", "api", messages(1), "key")

        with pytest.raises(Conflict, match="used for records of 'badge' by 'api'"):
            reception.accept(CLINIC, "diploma", "api", messages(1), "key")

    def test_two_actors_may_use_the_same_key(self, reception: Reception):
        first = reception.accept(CLINIC, "badge", "api", messages(1), "key")
        second = reception.accept(OTHER, "badge", "api", messages(2), "key")

        assert first.submission_id != second.submission_id
        assert not second.repeated

    def test_of_requests_at_once_under_one_key_one_is_the_first(self, reception: Reception):
        answers: list[Accepted] = []
        start = threading.Barrier(4)

        def run() -> None:
            start.wait()
            answers.append(reception.accept(CLINIC, "badge", "api", messages(1), "key"))

        threads = [threading.Thread(target=run) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(answer.repeated for answer in answers) == [False, True, True, True]
        assert len({answer.submission_id for answer in answers}) == 1

    @pytest.mark.parametrize("count", [0, 21])
    def test_none_and_too_many_are_refused_with_the_limit(self, reception: Reception, count: int):
        with pytest.raises(InvalidInput, match=f"holds 1 to 20 records, this one {count}"):
            reception.accept(CLINIC, "badge", "api", messages(*range(count)))

    @pytest.mark.parametrize("value", ["\ud800", object(), {1j: 2}])
    def test_what_is_no_json_is_named_by_its_position_and_nothing_is_kept(
        self, reception: Reception, store: Store, value: object
    ):
        with pytest.raises(InvalidInput, match="cannot be written as JSON: positions 1"):
            reception.accept(CLINIC, "badge", "api", messages(1, value))

        with store.read() as work:
            assert work.intake.waiting_count() == 0

    @pytest.mark.parametrize("key", ["", "a\nb", "a\x00b", "é", "k" * 256])
    def test_an_odd_key_is_refused(self, reception: Reception, key: str):
        with pytest.raises(InvalidInput, match="1 to 255 printable ASCII"):
            reception.accept(CLINIC, "badge", "api", messages(1), key)


class TestOutcomes:
    def test_the_sender_and_an_operator_see_what_became_of_it(
        self, reception: Reception, submissions: Submissions
    ):
        reception.accept(CLINIC, "badge", "api", messages(1, 2))

        for actor in (CLINIC, OPERATOR):
            outcomes = submissions.outcomes("s1", actor)
            assert [(o.position, o.state) for o in outcomes] == [(0, "waiting"), (1, "waiting")]

    @pytest.mark.parametrize("submission_id", ["s1", "s99"])
    def test_not_yours_and_no_such_look_the_same(
        self, reception: Reception, submissions: Submissions, submission_id: str
    ):
        reception.accept(CLINIC, "badge", "api", messages(1))

        with pytest.raises(NotFound, match="there is no such submission of yours"):
            submissions.outcomes(submission_id, OTHER)
        with pytest.raises(NotFound, match="there is no such submission of yours"):
            submissions.find(submission_id, OTHER)
