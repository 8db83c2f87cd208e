"""What an operator paused, as callers see it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from mohar.assembly.house import House, build_house
from mohar.assembly.opening import open_store
from mohar.cli.options import OPERATOR
from mohar.web.app import create_app

Client = TestClient[Litestar]
Headers = Mapping[str, str]
Make = Callable[..., dict[str, Any]]
NOW = "/v1/kinds/vaccination/records?wait=issued"


@pytest.fixture(scope="module")
def own(
    tmp_path_factory: pytest.TempPathFactory,
    deploy: Callable[..., Path],
    calling: Callable[[Litestar], Any],
) -> Iterator[tuple[House, Client, Headers]]:
    """A house of these tests alone: nobody else waits for what they pause."""
    folder = deploy(tmp_path_factory.mktemp("own"))
    with open_store(folder) as store, store.begin() as work:
        text, _ = work.api_keys.create("test", frozenset({"*"}), None)
    headers = {"Authorization": f"Bearer {text}"}
    with build_house(folder) as house, calling(create_app(house)) as client:
        yield house, client, headers


@pytest.fixture
def pause(own: tuple[House, Client, Headers]) -> Iterator[Callable[[str, str], None]]:
    """Return a function that pauses something for the length of the test."""
    pausing = own[0].pausing
    done: list[tuple[Any, str]] = []

    def paused(scope: Any, name: str) -> None:
        done.append((scope, name))
        pausing.pause(OPERATOR, scope, name)
        pausing._believed_until = 0

    yield paused
    for scope, name in done:
        pausing.resume(scope, name)
    pausing._believed_until = 0


@pytest.mark.parametrize(
    ("scope", "name"),
    [
        ("kind", "vaccination"),
        ("signer", "issuer"),
        ("plugin", "source-cowin"),
        ("plugin", "signer-file"),
        ("plugin", "format-ld"),
        ("plugin", "schema-declared"),
    ],
)
def test_records_are_taken_in_and_wait_until_it_goes_on(
    own: tuple[House, Client, Headers],
    pause: Callable[[str, str], None],
    record: Make,
    scope: Any,
    name: str,
) -> None:
    house, client, key = own
    pause(scope, name)
    kept = client.post(NOW, json=record(), headers=key)
    while_paused = house.drain.run_once()

    house.pausing.resume(scope, name)
    house.drain.run_once()

    assert (kept.status_code, while_paused) == (202, 0)
    later = client.get(kept.headers["location"], headers=key).json()["outcomes"]
    assert [each["state"] for each in later] == ["issued"]


def test_a_paused_partner_waits_and_nobody_else(
    own: tuple[House, Client, Headers], pause: Callable[[str, str], None], record: Make
) -> None:
    house, client, key = own
    with house.store.begin() as work:
        text, other = work.api_keys.create("partner", frozenset({"*"}), None)
    pause("partner", other.key_id)

    theirs = client.post(NOW, json=record(), headers={"Authorization": f"Bearer {text}"})
    ours = client.post(NOW, json=record(), headers=key)

    assert (theirs.status_code, ours.status_code) == (202, 201)


def test_the_routes_of_a_paused_plugin_say_so_and_others_go_on(
    own: tuple[House, Client, Headers], pause: Callable[[str, str], None], record: Make
) -> None:
    _, client, key = own
    pause("plugin", "source-cowin")

    answer = client.post("/divoc/api/v3/certify", json=[record()], headers=key)

    assert (answer.status_code, answer.json()["code"]) == (503, "paused")
    assert answer.headers["retry-after"] == "5"
    assert "source-cowin" in answer.json()["detail"]
    assert client.get("/v1/kinds").status_code == 200


def test_nothing_is_added_to_a_credential_while_its_signer_is_paused(
    own: tuple[House, Client, Headers], pause: Callable[[str, str], None], record: Make
) -> None:
    """
    And nothing is signed whole by it.
    """
    _, client, key = own
    issued = client.post(NOW, json=record(), headers=key).json()["outcomes"][0]["credential_id"]
    pause("signer", "issuer")

    added = client.post(f"/v1/credentials/{issued}/bodies", json={"formats": ["eu"]}, headers=key)
    whole = client.post("/credentials/issue", json={"credential": {}}, headers=key)

    assert (added.status_code, added.json()["code"]) == (503, "paused")
    assert (whole.status_code, whole.json()["code"]) == (503, "paused")


def test_a_paused_plugin_is_told_nothing_and_misses_nothing(
    own: tuple[House, Client, Headers], pause: Callable[[str, str], None], record: Make
) -> None:
    """
    Its events wait for it.
    """
    house, client, key = own
    while house.relay.run_once():
        pass
    pause("plugin", "sink-jsonl")
    client.post(NOW, json=record(), headers=key)
    while house.relay.run_once():
        pass
    facts = house.deployment.sinks[0].name
    with house.store.read() as work:
        behind = {each.name: each.behind for each in work.outbox.observers()}

    house.pausing.resume("plugin", "sink-jsonl")
    while house.relay.run_once():
        pass

    with house.store.read() as work:
        after = {each.name: each.behind for each in work.outbox.observers()}
    # It was issued, and shown to its sender.
    assert behind[f"sink:{facts}"] == 2
    assert after[f"sink:{facts}"] == 0
