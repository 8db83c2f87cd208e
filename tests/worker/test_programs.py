"""`mohar worker` and `mohar serve` as programs: they start, work, and end in order."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mohar.assembly.house import build_house
from mohar.assembly.opening import open_store
from mohar.domain.access import Actor
from mohar.domain.record import Message

MOHAR = Path(sys.executable).with_name("mohar")
START_SECONDS = 120


@contextmanager
def running(*arguments: object) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program for the length of a block; it must not outlive it."""
    with subprocess.Popen(
        [MOHAR, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as program:
        try:
            yield program
        finally:
            program.kill()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answer(
    port: int, path: str, *, key: str = "", body: object = None, patience: float = 10.0
) -> tuple[int, bytes]:
    """Return what the server says; it is asked again until it serves."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(request, timeout=patience) as response:  # noqa: S310 -- the same
                return response.status, response.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


def states(folder: Path, submission: str, operator: Actor) -> set[str]:
    with build_house(folder) as house:
        return {each.state for each in house.submissions.outcomes(submission, operator)}


class TestWorker:
    def test_once_stops_when_nothing_waits_any_more(
        self, folder: Path, messages: list[Message], operator: Actor
    ) -> None:
        with build_house(folder) as house:
            submission = house.submit(operator, "vaccination", messages).submission_id

        ran = subprocess.run(
            [MOHAR, "worker", "--once", "--deployment", folder], capture_output=True, check=False
        )

        assert (ran.returncode, ran.stdout) == (0, b"")
        assert states(folder, submission, operator) == {"issued"}

    @pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
    def test_a_signal_ends_it_in_order(
        self, folder: Path, messages: list[Message], operator: Actor, sent: signal.Signals
    ) -> None:
        with build_house(folder) as house:
            submission = house.submit(operator, "vaccination", messages).submission_id

        with running("worker", "--deployment", folder) as program:
            _until_issued(folder, submission, operator)
            program.send_signal(sent)
            _, told = program.communicate(timeout=START_SECONDS)

        assert program.returncode == 0
        assert b"Traceback" not in told


class TestServe:
    @pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
    def test_one_process_receives_issues_and_ends_in_order(
        self, folder: Path, messages: list[Message], sent: signal.Signals
    ) -> None:
        """
        With a worker beside it; what it logs holds no record.
        """
        made = ["apikeys", "create", folder, "--name", "test", "--scope", "*"]
        key = subprocess.run([MOHAR, *made], capture_output=True, text=True, check=True)
        port = free_port()
        arguments = ["serve", "--deployment", folder, "--port", port, "--with-worker"]

        with running(*arguments) as program:
            ready = answer(port, "/health/ready")
            unknown = answer(port, "/v1/kinds/vaccination/records", body=[{}])
            body = [messages[0].content]
            taken = answer(
                port, "/v1/kinds/vaccination/records?wait=issued", key=key.stdout.strip(), body=body
            )
            program.send_signal(sent)
            out, told = program.communicate(timeout=START_SECONDS)

        assert ready[0] == 200
        assert unknown[0] == 401
        assert taken[0] in {201, 202}, taken
        assert program.returncode == 0
        assert f"serving india at http://127.0.0.1:{port} until Ctrl-C\n".encode() in out
        assert b"Traceback" not in told
        assert messages[0].content["recipient"]["name"].encode() not in told + out

    def test_two_processes_serve_each_by_itself(self, in_two: Path) -> None:
        """
        Callers of one that stands still are not all callers, and the end of one is the end of both.
        """
        port = free_port()

        with running("serve", "--deployment", in_two, "--port", port) as program:
            first = answer(port, "/health/ready")
            servers = servers_of(program.pid)
            alone = [answered_without(each, port) for each in servers]
            os.kill(servers[0], signal.SIGKILL)
            _, told = program.communicate(timeout=START_SECONDS)

        assert first[0] == 200
        assert [status for status, _ in alone] == [200, 200]
        assert program.returncode == 1
        assert b"Traceback" not in told

    def test_two_processes_end_in_order(self, in_two: Path) -> None:
        port = free_port()

        with running("serve", "--deployment", in_two, "--port", port) as program:
            answer(port, "/health/ready")
            program.send_signal(signal.SIGTERM)
            program.communicate(timeout=START_SECONDS)

        assert program.returncode == 0

    def test_a_port_that_is_taken_is_told(self, folder: Path) -> None:
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            port = other.getsockname()[1]
            ran = subprocess.run(
                [MOHAR, "serve", "--deployment", folder, "--port", str(port)],
                capture_output=True,
                check=False,
                timeout=START_SECONDS,
            )

        assert ran.returncode == 2
        assert (
            f"cannot listen on 127.0.0.1 port {port}: Address already in use".encode() in ran.stderr
        )
        assert b"Traceback" not in ran.stderr

    def test_a_store_that_does_not_fit_stops_the_start(self, folder: Path) -> None:
        (folder / "data").mkdir()
        (folder / "data" / "india.sqlite").write_bytes(b"")

        ran = subprocess.run(
            [MOHAR, "serve", "--deployment", folder],
            capture_output=True,
            check=False,
            timeout=START_SECONDS,
        )

        assert ran.returncode == 2
        assert b"run `mohar db upgrade DIR`" in ran.stderr


@pytest.fixture
def in_two(folder: Path) -> Path:
    """The deployment, to be served by two processes."""
    with (folder / "deployment.yaml").open("a", encoding="utf-8") as file:
        file.write("\nweb: {processes: 2}\n")
    with open_store(folder) as store:
        store.upgrade()
    return folder


def servers_of(program: int) -> list[int]:
    """Return the processes that a program serves from, by what the kernel tells."""
    children = Path(f"/proc/{program}/task/{program}/children").read_text(encoding="ascii")
    return [
        int(each)
        for each in children.split()
        if b"spawn_main" in Path(f"/proc/{each}/cmdline").read_bytes()
    ]


def answered_without(server: int, port: int) -> tuple[int, bytes]:
    """Return what is answered while one of the processes stands still."""
    os.kill(server, signal.SIGSTOP)
    try:
        return answer(port, "/health/ready", patience=1.0)
    finally:
        os.kill(server, signal.SIGCONT)


def _until_issued(folder: Path, submission: str, operator: Actor) -> None:
    until = time.monotonic() + START_SECONDS
    while states(folder, submission, operator) != {"issued"}:
        assert time.monotonic() < until
        time.sleep(0.1)
