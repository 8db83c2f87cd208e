import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from mohar.assembly.house import build_house
from mohar.domain.access import Actor
from mohar.domain.errors import Unavailable
from mohar.domain.record import Message
from mohar.worker import Worker

WAIT_SECONDS = 10


class Lines:
    """Telemetry that keeps what is logged."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, dict[str, Any]]] = []

    def log(self, event: str, **fields: Any) -> None:
        self.lines.append((event, fields))


def house_of(drain: Callable[[], int], relay: Callable[[], int], lines: Lines) -> Any:
    """Return as much of a House as a worker needs."""
    return SimpleNamespace(
        telemetry=lines,
        unpacking=SimpleNamespace(run_once=lambda: 0),
        drain=SimpleNamespace(run_once=drain),
        comparing=SimpleNamespace(run_once=lambda: 0),
        relay=SimpleNamespace(run_once=relay),
        forgetting=SimpleNamespace(run_once=lambda: 0),
        forgetting_delivered=SimpleNamespace(run_once=lambda: 0),
        forgetting_requests=SimpleNamespace(run_once=lambda: 0),
        forgetting_reads=SimpleNamespace(run_once=lambda: 0),
        lapse=SimpleNamespace(run_once=lambda: 0),
        sealing=SimpleNamespace(run_once=lambda: 0),
        sweeping=SimpleNamespace(run_once=lambda: 0),
        couriers=(),
        forwarding=SimpleNamespace(run_once=lambda: 0),
        noticing=SimpleNamespace(run_once=lambda: 0),
        campaigner=SimpleNamespace(run_once=lambda: 0),
    )


@contextmanager
def until(reached: threading.Event) -> Any:
    yield
    assert reached.wait(WAIT_SECONDS)


class TestWorker:
    def test_it_issues_what_waits_and_announces_what_happened(
        self, folder: Path, messages: list[Message], operator: Actor
    ) -> None:
        with build_house(folder) as house:
            receipt = house.submit(operator, "vaccination", messages)
            Worker(house).run_until_idle()
            outcomes = house.submissions.outcomes(receipt.submission_id, operator)

        assert {outcome.state for outcome in outcomes} == {"issued"}
        assert len((folder / "data" / "facts.jsonl").read_bytes().splitlines()) == len(messages)

    def test_two_workers_of_one_store_issue_nothing_twice(
        self, folder: Path, messages: list[Message], operator: Actor
    ) -> None:
        with build_house(folder) as one, build_house(folder) as other:
            receipts = [one.submit(operator, "vaccination", [each]) for each in messages * 2]
            threads = [
                threading.Thread(target=Worker(house).run_until_idle) for house in (one, other)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            Worker(one).run_until_idle()
            outcomes = [
                one.submissions.outcomes(receipt.submission_id, operator)[0] for receipt in receipts
            ]

        assert sorted(each.state for each in outcomes) == ["issued"] * 5 + ["known"] * 5
        assert len({each.credential_id for each in outcomes}) == 5

    def test_trouble_with_one_job_keeps_no_other_waiting(self) -> None:
        """
        While no key can be reached, events are still announced.
        """
        lines, announced = Lines(), threading.Event()

        def drain() -> int:
            raise Unavailable("no key")

        def relay() -> int:
            announced.set()
            return 0

        with Worker(house_of(drain, relay, lines)).in_background(), until(announced):
            pass

        assert lines.lines[0] == ("worker.trouble", {"code": "unavailable"})

    def test_a_bug_in_one_batch_does_not_end_it(self) -> None:
        """
        It is logged by its class and place, never by its text, which may hold a person's data.
        """
        lines, again = Lines(), threading.Event()

        def drain() -> int:
            raise KeyError("Marked Person 9876543210")

        def relay() -> int:
            again.set()
            return 0

        with Worker(house_of(drain, relay, lines)).in_background(), until(again):
            pass

        ((event, fields),) = lines.lines
        assert (event, fields["code"]) == ("worker.trouble", "KeyError")
        assert "Marked" not in str(lines.lines)

    def test_it_stops_at_once_when_idle(self) -> None:
        worker = Worker(house_of(lambda: 0, lambda: 0, Lines()))
        started = time.monotonic()

        with worker.in_background():
            time.sleep(0.05)

        assert time.monotonic() - started < 5

    def test_the_round_under_way_is_finished(self) -> None:
        begun, finished = threading.Event(), threading.Event()

        def drain() -> int:
            begun.set()
            time.sleep(0.1)
            finished.set()
            return 1

        with Worker(house_of(drain, lambda: 0, Lines())).in_background():
            begun.wait(WAIT_SECONDS)

        assert finished.is_set()
