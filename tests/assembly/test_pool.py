"""Processes that sign: what travels to them, and what a dead one costs."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mohar.assembly.house import House, build_house
from mohar.codec.keymaking import generate
from mohar.domain.access import Actor
from mohar.domain.credential import Credential, Outcome
from mohar.domain.errors import ConfigError, Failed, Refused, Unavailable
from mohar.domain.record import Message
from mohar.issuing.pool import WorkshopPool
from mohar.verifying.verify import Presented
from mohar.worker import Worker

MARKED = "Marked Person 9876543210"
# What a signing process runs must be importable by its name.
STUB = """
import os
import time
from pathlib import Path

from mohar.domain.errors import ConfigError, Unavailable, Refused


class Stub:
    def __init__(self, folder):
        self.folder = Path(folder)

    def secure(self, kind, body, credentials):
        for each in credentials:
            order = each.document.get("order")
            if order == "die":
                os._exit(1)
            if order == "die once" and not (self.folder / "died").exists():
                (self.folder / "died").touch()
                os._exit(1)
            if order == "hang":
                time.sleep(60)
            if order == "fail":
                raise KeyError("{marked}")
            if order == "refuse":
                raise Refused("not this one")
            if order == "wait":
                raise Unavailable("the key is asleep")
        return [(each.credential_id, os.getpid()) for each in credentials]

    def close(self):
        pass


def open_stub(folder):
    if (Path(folder) / "closed").exists():
        raise ConfigError("closed today")
    return Stub(folder)
""".replace("{marked}", MARKED)


@pytest.fixture
def stub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Any]]:
    """Something to open in another process that answers with the process's id."""
    (tmp_path / "stub_workshop.py").write_text(STUB, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    yield partial(import_module("stub_workshop").open_stub, str(tmp_path))
    sys.modules.pop("stub_workshop")


@contextmanager
def pool(stub: Callable[[], Any], processes: int = 2, **more: float) -> Iterator[WorkshopPool]:
    made = WorkshopPool(stub, processes, **more)
    try:
        yield made
    finally:
        made.close()


def credentials(count: int, **document: Any) -> list[Credential]:
    return [
        Credential(
            kind="card",
            body="main",
            credential_id=str(number),
            revision=1,
            schema="card-1",
            issued_at=datetime(2026, 3, 1, tzinfo=UTC),
            document=document,
        )
        for number in range(count)
    ]


def answered(made: WorkshopPool, given: list[Credential]) -> tuple[list[str], set[int]]:
    """Return the ids in the order of the answers, and which processes gave them."""
    answers: list[Any] = list(made.secure("card", "main", given))
    return [number for number, _ in answers], {process for _, process in answers}


class TestPool:
    @pytest.mark.parametrize("count", [0, 1, 2, 7])
    def test_answers_come_in_order_from_several_processes(
        self, stub: Callable[[], Any], count: int
    ) -> None:
        with pool(stub) as made:
            numbers, processes = answered(made, credentials(count))

        assert numbers == [str(number) for number in range(count)]
        assert len(processes) == min(count, 2)
        assert os.getpid() not in processes

    def test_one_that_was_killed_costs_a_retry_and_nothing_else(
        self, stub: Callable[[], Any]
    ) -> None:
        with pool(stub) as made:
            _, before = answered(made, credentials(4))
            os.kill(min(before), signal.SIGKILL)
            numbers, after = answered(made, credentials(4))

        assert numbers == ["0", "1", "2", "3"]
        assert len(after) == 2
        assert not before & after

    def test_one_that_dies_at_its_work_costs_a_retry(self, stub: Callable[[], Any]) -> None:
        with pool(stub) as made:
            numbers, _ = answered(made, credentials(3, order="die once"))

        assert numbers == ["0", "1", "2"]

    def test_where_all_keep_dying_nothing_is_signed_and_the_pool_lives_on(
        self, stub: Callable[[], Any]
    ) -> None:
        with pool(stub) as made:
            with pytest.raises(Unavailable, match="keep dying; nothing was signed"):
                made.secure("card", "main", credentials(2, order="die"))
            numbers, _ = answered(made, credentials(2))

        assert numbers == ["0", "1"]

    def test_one_that_hangs_is_given_up_in_time(self, stub: Callable[[], Any]) -> None:
        with pool(stub, 1, deadline_seconds=5.0) as made:
            answered(made, credentials(1))
            made._deadline_seconds = 0.3
            with pytest.raises(Unavailable, match="no answer in time"):
                made.secure("card", "main", credentials(1, order="hang"))
            made._deadline_seconds = 30.0
            numbers, _ = answered(made, credentials(1))

        assert numbers == ["0"]

    def test_an_error_comes_back_as_what_it_is(self, stub: Callable[[], Any]) -> None:
        """
        And a bug comes back without its text, which may hold a person's data.
        """
        with pool(stub, 1) as made:
            with pytest.raises(Refused, match="not this one"):
                made.secure("card", "main", credentials(1, order="refuse"))
            with pytest.raises(Unavailable, match="the key is asleep"):
                made.secure("card", "main", credentials(1, order="wait"))
            with pytest.raises(Failed, match="signing failed with KeyError at stub_") as bug:
                made.secure("card", "main", credentials(1, order="fail"))
            numbers, _ = answered(made, credentials(1))

        assert MARKED not in str(bug.value)
        assert numbers == ["0"]

    def test_one_that_cannot_open_its_signers_tries_again_each_time(
        self, stub: Callable[[], Any], tmp_path: Path
    ) -> None:
        """
        That says nothing about the credentials, so they are not refused.
        """
        (tmp_path / "closed").touch()
        with pool(stub, 1) as made:
            with pytest.raises(Unavailable, match="closed today"):
                made.secure("card", "main", credentials(1))
            (tmp_path / "closed").unlink()
            numbers, _ = answered(made, credentials(1))

        assert numbers == ["0"]

    def test_no_process_outlives_its_parent(self, stub: Callable[[], Any], tmp_path: Path) -> None:
        """
        Not even when the parent is killed: a key stays in no process that nobody asks.
        """
        del stub
        code = (
            "import os, sys, time\n"
            f"sys.path.insert(0, {str(tmp_path)!r})\n"
            "from functools import partial\n"
            "from stub_workshop import open_stub\n"
            "from mohar.issuing.pool import WorkshopPool\n"
            "if __name__ == '__main__':\n"
            f"    made = WorkshopPool(partial(open_stub, {str(tmp_path)!r}), 2)\n"
            "    print(*[worker.process.pid for worker in made._workers], flush=True)\n"
            "    time.sleep(60)\n"
        )
        (tmp_path / "parent.py").write_text(code, encoding="utf-8")
        with subprocess.Popen(
            [sys.executable, tmp_path / "parent.py"], stdout=subprocess.PIPE, text=True
        ) as parent:
            assert parent.stdout is not None
            children = [int(each) for each in parent.stdout.readline().split()]
            parent.kill()

        assert len(children) == 2
        assert all(_ends(process) for process in children)


@pytest.fixture(scope="module")
def house(set_up: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A House whose credentials are signed by two other processes."""
    folder = set_up(tmp_path_factory.mktemp("pooled"), processes=2)
    with build_house(folder) as house:
        yield house


class TestHouse:
    """A deployment with `issuing: {processes: 2}`."""

    @pytest.fixture
    def sent(self, house: House) -> Iterator[list[Any]]:
        """Everything that goes to the signing processes from now on."""
        kept: list[Any] = []
        workshop = house.workshop
        assert isinstance(workshop, WorkshopPool)
        for worker in workshop._workers:
            hand = worker.hand
            worker.hand = lambda task, until, hand=hand: (kept.append(task), hand(task, until))
        yield kept
        for worker in workshop._workers:
            vars(worker).pop("hand", None)

    def test_what_is_signed_verifies_and_keeps_its_order(
        self, house: House, messages: list[Message], operator: Actor
    ) -> None:
        outcomes = self.issued(house, operator, messages[:12])
        inputs = [
            Presented(name=each.body, data=each.content)
            for outcome in outcomes
            for each in house.access.bodies(operator, str(outcome.credential_id))
        ]
        verdicts = house.verifier.verify(inputs)

        assert [outcome.position for outcome in outcomes] == list(range(12))
        assert {outcome.state for outcome in outcomes} == {"issued"}
        assert {verdict.verdict for verdict in verdicts} == {"valid"}

    def test_no_key_and_no_secret_is_in_what_is_sent(
        self, house: House, sent: list[Any], messages: list[Message], operator: Actor
    ) -> None:
        folder = house.tools.files.root
        private = (folder / "keys" / "issuer-2026.pem").read_bytes()
        raw = b"".join(private.splitlines()[1:-1])

        self.issued(house, operator, messages[12:16])
        pickled = pickle.dumps([sent, house.workshop._duty])  # type: ignore[attr-defined]  # the pool's

        assert sent
        assert b"PRIVATE KEY" not in pickled
        assert raw not in pickled

    def test_a_process_that_is_killed_costs_no_record(
        self, house: House, messages: list[Message], operator: Actor
    ) -> None:
        workshop = house.workshop
        assert isinstance(workshop, WorkshopPool)
        os.kill(workshop._workers[0].process.pid or 0, signal.SIGKILL)

        outcomes = self.issued(house, operator, messages[16:20])

        assert {outcome.state for outcome in outcomes} == {"issued"}

    def test_what_could_not_be_signed_goes_on_with_its_number_later(
        self, house: House, messages: list[Message], operator: Actor
    ) -> None:
        """
        All signing processes die again and again: the reservation stays, the record waits.
        """
        workshop = house.workshop
        assert isinstance(workshop, WorkshopPool)
        duty = workshop._duty
        workshop._duty = msgspec.structs.replace(duty, open=partial(os._exit, 1))
        workshop._start_anew()
        receipt = house.submit(operator, "vaccination", messages[20:22])
        with pytest.raises(Unavailable, match="keep dying"):
            house.issue_now(operator, receipt)
        waiting = house.submissions.outcomes(receipt.submission_id, operator)
        reserved = self.reserved(house)

        workshop._duty = duty
        workshop._start_anew()
        Worker(house).run_until_idle()
        outcomes = house.submissions.outcomes(receipt.submission_id, operator)

        assert {each.state for each in waiting} == {"waiting"}
        assert len(reserved) == 2
        assert {each.state for each in outcomes} == {"issued"}
        assert {each.credential_id for each in outcomes} == reserved
        assert self.reserved(house) == set()

    def test_a_process_never_signs_by_other_rules_or_keys_than_the_house(
        self, house: House
    ) -> None:
        """
        Somebody edits the deployment, then a process dies and reads it anew.
        """
        opening = house.workshop._duty.open  # type: ignore[attr-defined]  # the pool's
        folder: Path = house.tools.files.root
        deployment, key = folder / "deployment.yaml", folder / "keys" / "issuer-2026.pem"
        opening().close()

        for file, other in (
            (deployment, deployment.read_bytes().replace(b"country: IN", b"country: XZ")),
            (key, generate("EdDSA", "other")[0]),
        ):
            before = file.read_bytes()
            file.write_bytes(other)
            with pytest.raises(ConfigError, match="has changed since the start"):
                opening()
            file.write_bytes(before)

    def issued(self, house: House, actor: Actor, messages: list[Message]) -> list[Outcome]:
        receipt = house.submit(actor, "vaccination", messages)
        return list(house.issue_now(actor, receipt).outcomes)

    def reserved(self, house: House) -> set[str]:
        with house.store._engine.connect() as connection:
            query = "select credential_id from credential where state = 'reserved'"
            return {row[0] for row in connection.exec_driver_sql(query)}


class TestStart:
    def test_a_folder_that_holds_mistakes_starts_no_process(self, folder: Path) -> None:
        file = folder / "deployment.yaml"
        text = file.read_text(encoding="utf-8")
        file.write_text(f"{text}\nissuing: {{processes: -1}}\n", encoding="utf-8")

        with pytest.raises(ConfigError, match="expected at least 0"), build_house(folder):
            pass


def _ends(process: int) -> bool:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False
