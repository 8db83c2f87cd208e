"""Several servers at one address: each has connections, and one that stands still ends them all."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from mohar.cli.door import open_door, open_doors
from mohar.cli.several import serve_in_processes
from mohar.domain.errors import InvalidInput

CONNECTIONS = 64
# What a process runs must be importable by its name.
SERVERS = """
import asyncio
import time
from pathlib import Path


def ends(door, pulse, with_worker):
    pass


def stands_still(door, pulse, with_worker):
    asyncio.run(pulse.beat())
    time.sleep(60)


def goes_on_for_a_while(door, pulse, with_worker):
    for _ in range(8 if with_worker else 600):
        asyncio.run(pulse.beat())
        time.sleep(0.2)
    Path(__file__).with_name("went_on").touch()


def takes_long_to_start(door, pulse, with_worker):
    if with_worker:
        time.sleep(1.5)
        Path(__file__).with_name("started").touch()
    else:
        time.sleep(60)
"""


@pytest.fixture
def servers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    (tmp_path / "stub_servers.py").write_text(SERVERS, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    yield import_module("stub_servers")
    sys.modules.pop("stub_servers")


def taken(door: socket.socket) -> int:
    """Return how many connections wait at a door."""
    door.setblocking(False)
    count = 0
    while True:
        try:
            door.accept()[0].close()
        except BlockingIOError:
            return count
        count += 1


class TestDoors:
    def test_connections_that_come_at_once_are_dealt_out(self) -> None:
        """
        By chance: that one of two gets fewer than eight of 64 happens once in 10¹⁰ times.
        """
        with open_doors("127.0.0.1", 0, 2) as doors, ExitStack() as callers:
            addresses = {door.getsockname() for door in doors}
            for _ in range(CONNECTIONS):
                callers.enter_context(socket.create_connection(doors[0].getsockname()))
            waiting = [taken(door) for door in doors]

        assert len(addresses) == 1
        assert sum(waiting) == CONNECTIONS
        assert min(waiting) >= 8

    @pytest.mark.parametrize("count", [1, 2])
    def test_an_address_where_somebody_listens_is_told(self, count: int) -> None:
        with open_doors("127.0.0.1", 0, 2) as doors:
            port = doors[0].getsockname()[1]
            with (
                pytest.raises(InvalidInput, match="already in use"),
                open_doors("127.0.0.1", port, count),
            ):
                pass

    def test_they_are_closed_after_use(self) -> None:
        with open_doors("127.0.0.1", 0, 3) as doors:
            port = doors[0].getsockname()[1]

        with open_door("127.0.0.1", port) as again:
            assert again.getsockname()[1] == port


def code_of(server: Any, *, still_looks: int) -> int:
    with open_doors("127.0.0.1", 0, 2) as doors:
        code = serve_in_processes(server, doors, with_worker=True, still_looks=still_looks)
        assert all(door.fileno() == -1 for door in doors)
    return code


class TestServeInProcesses:
    def test_the_end_of_one_ends_them_all(self, servers: Any) -> None:
        assert code_of(servers.ends, still_looks=60) == 1

    def test_one_that_stands_still_ends_them_all(self, servers: Any) -> None:
        assert code_of(servers.stands_still, still_looks=1) == 1

    def test_one_that_goes_on_is_left_to_it(self, servers: Any, tmp_path: Path) -> None:
        assert code_of(servers.goes_on_for_a_while, still_looks=2) == 1
        assert (tmp_path / "went_on").exists()

    def test_one_that_takes_long_to_start_is_waited_for(self, servers: Any, tmp_path: Path) -> None:
        assert code_of(servers.takes_long_to_start, still_looks=1) == 1
        assert (tmp_path / "started").exists()
