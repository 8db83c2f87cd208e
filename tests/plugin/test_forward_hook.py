"""`mohar_forward_request`, in a House: a plugin brings a request to its source and has the answer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mohar.access.request import Asked, Named
from mohar.assembly.house import House, build_house
from mohar.domain.access import Actor
from mohar.domain.record import Message
from mohar.store.request_rows import Contents
from mohar.worker import Worker

HOOK = """
from mohar.domain.request import SourceAnswer
from mohar.plugin import hookimpl

@hookimpl
def mohar_forward_request(request, tools):
    if request.type != "transfer-member":
        return None
    known = "pre_enrollment_code" in request.key and "recipient.mobile" in request.changes
    return SourceAnswer(state="accepted" if known else "declined", reason="case 7")
"""


def asked(house: House, credential_id: str, name: str, changes: dict[str, object]) -> str:
    portal = Actor(actor_id="portal", name="portal", scopes=frozenset({"request"}))
    wish = Asked(
        type=name,
        about=Named(credential_id=credential_id),
        contents=Contents(reason="moved", changes=changes),
    )
    seen, _ = house.requests.open(portal, "vaccination", wish)
    return seen.kept.tracking


def test_a_worker_asks_it_and_its_answer_decides(
    deployed: Callable[..., Path],
    mohar_throwaway: Callable[..., str],
    messages: list[Message],
    operator: Actor,
) -> None:
    folder = deployed(mohar_throwaway("carrier", HOOK))

    with build_house(folder) as house:
        receipt = house.issue_now(operator, house.submit(operator, "vaccination", messages[:1]))
        number = str(receipt.outcomes[0].credential_id)
        moved = asked(house, number, "transfer-member", {"recipient.mobile": "5550000002"})
        unknown = asked(house, number, "unknown-member", {})
        Worker(house).run_until_idle()
        seen = [house.requests.find(operator, each) for each in (moved, unknown)]

    assert [each.kept.state for each in seen] == ["done", "forwarded"]
    assert [(each.state, each.actor_id) for each in seen[0].steps[1:3]] == [
        ("forwarded", "house"),
        ("approved", "plugin:carrier"),
    ]
