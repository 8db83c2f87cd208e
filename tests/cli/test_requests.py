"""`mohar requests`: an officer at the command line lists, looks and decides."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mohar.access.request import Asked, Named
from mohar.assembly.house import build_house
from mohar.domain.access import Actor
from mohar.domain.request import spelt
from mohar.store.request_rows import Contents

Mohar = Callable[..., Any]
PORTAL = Actor(actor_id="portal", name="portal", scopes=frozenset({"request"}))


@pytest.fixture
def made(deployed: Callable[..., Path], mohar: Mohar, few: Path) -> tuple[Path, list[str]]:
    """A deployment with two requests about one credential, and their numbers."""
    folder = deployed()
    mohar("issue", "--deployment", folder, few)
    with build_house(folder) as house:
        with house.store.read() as work:
            query = "SELECT credential_id FROM credential ORDER BY credential_id"
            number = work.requests._unit.connection.exec_driver_sql(query).scalars().first()
        wishes = [
            Asked(
                type="wrong-name",
                about=Named(credential_id=str(number)),
                contents=Contents(
                    reason="by ear", changes={"recipient.name": name}, evidence={"photo-id": "seen"}
                ),
            )
            for name in ("Asha", "Usha")
        ]
        seen = [house.requests.open(PORTAL, "vaccination", each)[0] for each in wishes]
    return folder, [spelt(each.kept.tracking) for each in seen]


def test_what_is_open_is_listed_and_shown_without_what_is_wished(
    mohar: Mohar, made: tuple[Path, list[str]]
) -> None:
    folder, (first, second) = made
    there = ("--deployment", folder)

    listed = mohar("requests", "list", *there, "--state", "open")
    shown = mohar("requests", "show", *there, first.lower())
    whole = mohar("requests", "show", *there, first, "--contents")

    lines = [line.split()[:4] for line in listed.out.splitlines()]
    assert lines == [[each, "vaccination", "wrong-name", "open"] for each in (first, second)]
    assert shown.out.startswith(f"{first}: open\n")
    assert "Asha" not in shown.out
    assert '  change      recipient.name = "Asha"' in whole.out
    assert mohar("requests", "list", *there, "--limit", "-1").out == ""
    assert "there is no such request" in mohar("requests", "show", *there, "nonsense").err


def test_an_approval_is_carried_out_and_tells_how_it_ended(
    mohar: Mohar, made: tuple[Path, list[str]]
) -> None:
    folder, (first, second) = made
    more = ("--deployment", folder, "--reason", "the letter is genuine")

    done = mohar("requests", "approve", first, *more)
    failed = mohar("requests", "approve", second, *more)
    declined = mohar("requests", "decline", second, *more)
    again = mohar("requests", "decline", second, *more)

    assert (done.status, done.out.partition("\n")[0]) == (0, f"{first}: done")
    assert failed.status == 1
    assert "because     not-current" in failed.out
    assert (declined.status, again.status) == (0, 2)
    assert "genuine" not in done.out
