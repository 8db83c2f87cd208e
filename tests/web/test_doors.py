"""Doors of plugins on a running house: what they see of a call, and how soon they answer."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from mohar.assembly.house import build_house
from mohar.testing.throwaway import throwaway_plugin
from mohar.web.app import create_app

Client = TestClient[Litestar]
FLOOR = 0.3
COUNTER = f"""
import json
import msgspec
from mohar.domain.errors import NotAuthenticated, NotFound
from mohar.plugin import Lookup, Offer, Route, RouteResponse, hookimpl


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Counter:
    def __init__(self, settings, tools):
        self.tools = tools

    def routes(self):
        def route(path, handle):
            return Route(
                method="POST", path=path, action=None, summary="Ask", handle=handle,
                checks_caller=True, answer_after_seconds={FLOOR},
            )
        return [route("/counter/{{code}}", self.ask), route("/counter/{{code}}/missing", self.miss)]

    def ask(self, request):
        if request.headers.get("x-partner") != "known":
            raise NotAuthenticated("the counter does not know this caller")
        wanted = Lookup(kind="vaccination", group=request.path["code"])
        found = self.tools.credentials.look_up(self.tools.actor, wanted)
        told = {{"found": len(found), "client": request.client, "actor": self.tools.actor.actor_id}}
        return RouteResponse(content=json.dumps(told).encode())

    def miss(self, request):
        raise NotFound("there is no such thing")


@hookimpl
def mohar_register_doors(offers):
    offers.add(Offer("counter", "for a test", Settings, Counter))
"""


@pytest.fixture(scope="module")
def counter(
    tmp_path_factory: pytest.TempPathFactory,
    deploy: Callable[..., Path],
    calling: Callable[[Litestar], Any],
) -> Iterator[Client]:
    """A house with one door of a throw-away plugin."""
    folder = deploy(tmp_path_factory.mktemp("doors"))
    installed = tmp_path_factory.mktemp("installed")
    module = throwaway_plugin(installed, "made-counter", COUNTER)
    file = folder / "deployment.yaml"
    text = file.read_text(encoding="utf-8").replace("plugins:\n", "plugins:\n  - made-counter\n", 1)
    file.write_text(f"{text}\ndoors: [{{name: front, uses: counter}}]\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(installed)
        with build_house(folder) as house, calling(create_app(house)) as client:
            yield client
    sys.modules.pop(module)


def test_a_door_asks_as_itself_and_sees_headers_and_address(counter: Client) -> None:
    answer = counter.post("/counter/99000000000001", headers={"X-Partner": "known"})

    assert answer.json() == {"found": 0, "client": "testclient", "actor": "door:front"}


def test_whom_it_does_not_know_it_refuses_itself(counter: Client) -> None:
    answer = counter.post("/counter/1")

    assert answer.status_code == 401
    assert answer.json()["code"] == "not-authenticated"


@pytest.mark.parametrize(
    ("path", "headers"),
    [("/counter/1", {"X-Partner": "known"}), ("/counter/1", {}), ("/counter/1/missing", {})],
    ids=["found nothing", "unknown caller", "error"],
)
def test_no_answer_leaves_before_its_time(
    counter: Client, path: str, headers: dict[str, str]
) -> None:
    began = time.monotonic()
    counter.post(path, headers=headers)

    assert time.monotonic() - began >= FLOOR


def test_what_a_door_asks_of_its_callers_is_described(counter: Client) -> None:
    described = counter.get("/openapi.json").json()["paths"]["/counter/{code}"]["post"]

    assert described["security"] == [{"partner": []}]
    assert "401" in described["responses"]
