"""A record is kept as long as the deployment says, and no longer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mohar.assembly.house import House, build_house
from mohar.assembly.opening import silent_telemetry
from mohar.domain.record import Message, Record
from mohar.issuing.admit import RecordGone, kept_record
from mohar.issuing.plan import KindPlan
from mohar.testing.stores import StandingClock
from mohar.worker import Worker

DAY = 86_400
Issue = Callable[..., list[str]]
NOBODY: Any = None


def kept(house: House, numbers: list[str]) -> set[str]:
    with house.store.read() as work:
        return {*work.credentials.record_of(numbers)}


def plan(record_days: int | None) -> KindPlan:
    return KindPlan(
        name="pass",
        source_name="declared",
        source=NOBODY,
        key=("number",),
        group="number",
        handles=(),
        digits=11,
        has_status=True,
        record_days=record_days,
        bodies=(),
    )


class TestWorker:
    def test_it_removes_what_is_over_and_leaves_the_credential(
        self, house: House, issue: Issue, messages: list[Message], clock: StandingClock
    ) -> None:
        old = issue(messages[:2], "domestic")
        clock.move(20 * DAY)
        new = issue(messages[2:], "domestic")
        clock.move(10 * DAY)

        Worker(house).run_until_idle()

        with house.store.read() as work:
            bodies = work.credentials.bodies([*old, *new])
            handles = work.credentials.handles(old)
        assert kept(house, [*old, *new]) == {*new}
        assert len(bodies) == 4
        assert {*handles} == {*old}

    def test_a_round_removes_some_and_after_the_last_it_rests(
        self,
        house: House,
        issue: Issue,
        messages: list[Message],
        clock: StandingClock,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr("mohar.issuing.retention._AT_ONCE", 2)
        issue(messages[:3], "domestic")
        clock.move(20 * DAY)
        issue(messages[3:], "domestic")
        clock.move(10 * DAY)
        removed = [house.forgetting.run_once() for _ in range(3)]

        clock.move(20 * DAY - 1)
        resting = house.forgetting.run_once()
        clock.move(301)

        assert removed == [2, 1, 0]
        assert (resting, house.forgetting.run_once()) == (0, 1)

    def test_what_comes_again_afterwards_is_known(
        self, house: House, issue: Issue, messages: list[Message], clock: StandingClock
    ) -> None:
        first = issue(messages[:1], "domestic")
        clock.move(30 * DAY)
        house.forgetting.run_once()

        assert issue(messages[:1], "domestic") == first

    def test_without_a_retention_records_stay(
        self,
        deployed: Callable[..., Path],
        clock: StandingClock,
        messages: list[Message],
        operator: Any,
    ) -> None:
        with build_house(
            deployed(retention=""), clock=clock, telemetry=silent_telemetry()
        ) as house:
            clock.move(60)  # the keys were made after it was set
            house.store.upgrade()
            receipt = house.submit(operator, "vaccination", messages[:1])
            [outcome] = house.issue_now(operator, receipt).outcomes
            clock.move(36_500 * DAY)

            assert house.forgetting.run_once() == 0
            assert kept(house, [outcome.credential_id or ""])


class TestMessages:
    @pytest.fixture
    def short(self, deployed: Callable[..., Path], clock: StandingClock) -> Iterator[House]:
        """A house that keeps what was sent for ten days."""
        retention = "    retention: {message_days: 10}\n"
        folder = deployed(retention=retention)
        with build_house(folder, clock=clock, telemetry=silent_telemetry()) as house:
            clock.move(60)  # the keys were made after it was set
            house.store.upgrade()
            yield house

    def test_what_was_sent_goes_and_its_answers_stay(
        self, short: House, messages: list[Message], clock: StandingClock, operator: Any
    ) -> None:
        receipt = short.issue_now(operator, short.submit(operator, "vaccination", messages[:2]))
        waiting = short.submit(operator, "vaccination", messages[2:3])
        clock.move(10 * DAY)

        removed = [short.forgetting.run_once(), short.forgetting.run_once()]

        with short.store.read() as work:
            gone = work.intake.messages(receipt.submission_id)
            left = work.intake.messages(waiting.submission_id)
            told = [each for each in work.audit.page(0, 1_000) if each.action == "forget-messages"]
        assert (removed, gone, len(left)) == ([1, 0], [], 1)
        assert [each.count for each in told] == [1]
        outcomes = short.submissions.outcomes(receipt.submission_id, operator)
        assert [each.state for each in outcomes] == ["issued", "issued"]

    def test_what_was_refused_cannot_be_tried_again_afterwards(
        self, short: House, messages: list[Message], clock: StandingClock, operator: Any
    ) -> None:
        wrong = Message(variant=messages[0].variant, content={"preEnrollmentCode": "1"})
        receipt = short.issue_now(operator, short.submit(operator, "vaccination", [wrong]))
        clock.move(10 * DAY)
        short.forgetting.run_once()

        again = short.replay(operator, receipt.submission_id)

        assert [each.state for each in again.outcomes] == ["refused"]

    def test_a_repeat_with_the_same_key_gets_its_first_answer_still(
        self, short: House, messages: list[Message], clock: StandingClock, operator: Any
    ) -> None:
        first = short.submit(operator, "vaccination", messages[:1], "key-1")
        short.issue_now(operator, first)
        clock.move(10 * DAY)
        short.forgetting.run_once()

        assert short.submit(operator, "vaccination", messages[:1], "key-1").submission_id == (
            first.submission_id
        )


class TestRule:
    @given(
        days=st.integers(1, 36_500),
        after=st.integers(-2, 2).map(lambda seconds: timedelta(seconds=seconds)),
    )
    @settings(max_examples=50, deadline=None)
    def test_a_record_is_refused_from_the_moment_it_may_be_removed(
        self, days: int, after: timedelta
    ) -> None:
        """There is no time in which it is used and gone, or lies there for nothing."""
        issued_at = datetime(2026, 3, 1, tzinfo=UTC)
        now = issued_at + timedelta(days=days) + after
        is_removed = issued_at <= now - timedelta(days=days)

        if is_removed:
            with pytest.raises(RecordGone):
                kept_record(plan(days), issued_at, Record(content={}), now)
        else:
            assert kept_record(plan(days), issued_at, Record(content={}), now)

    def test_without_a_retention_only_the_record_itself_counts(self) -> None:
        longest = datetime(9999, 1, 1, tzinfo=UTC)
        long_ago = datetime(1970, 1, 1, tzinfo=UTC)

        assert kept_record(plan(None), long_ago, Record(content={}), longest)
        with pytest.raises(RecordGone):
            kept_record(plan(None), long_ago, None, longest)
