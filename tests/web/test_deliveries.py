"""The delivery log over HTTP: what was told to channels, and telling it again."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from mohar.assembly.house import House
from mohar.domain.delivery import Told
from mohar.store.delivery_rows import Attempted, NewDelivery

Client = TestClient[Litestar]
Headers = Mapping[str, str]
Post = Callable[..., str]
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MARKED = "Marked Person 9876543210"


@pytest.fixture
def operate(key_for: Callable[..., Headers]) -> Headers:
    return key_for("operate:vaccination")


@pytest.fixture(scope="module")
def numbers() -> Any:
    return itertools.count()


@pytest.fixture
def post(house: House, numbers: Any) -> Post:
    """Return what keeps a delivery, dead after one attempt where asked, and returns its id."""

    def posted(*, is_dead: bool = True, **more: Any) -> str:
        number = f"d{next(numbers)}"
        values: dict[str, Any] = {
            "delivery_id": number,
            "channel": "partner-one",
            "event": "issued",
            "kind": "vaccination",
            "occurred_at": NOON,
            "submission_id": f"s{number}",
            "position": 0,
            "told": Told(fields={"name": MARKED}),
        }
        with house.store.begin() as work:
            work.deliveries.add([NewDelivery(**{**values, **more})])
            if is_dead:
                attempt = Attempted(
                    delivery_id=number,
                    number=1,
                    result="refused",
                    state="dead",
                    detail="http 400",
                    due_at=NOON,
                )
                work.deliveries.settle([attempt])
        return number

    return posted


class TestListing:
    def test_it_is_narrowed_by_state_channel_and_submission(
        self, client: Client, operate: Headers, post: Post
    ) -> None:
        dead, waiting = post(), post(is_dead=False, channel="partner-two")

        def listed(query: str) -> list[str]:
            answer = client.get(f"/v1/deliveries?{query}", headers=operate)
            return [each["delivery_id"] for each in answer.json()["deliveries"]]

        assert {dead, waiting} <= set(listed("limit=1000"))
        assert waiting not in listed("state=dead")
        assert listed("channel=partner-two") == [waiting]
        assert listed(f"submission=s{dead}") == [dead]
        assert len(listed("limit=1")) == 1

    def test_nothing_of_what_it_says_is_shown(
        self, client: Client, operate: Headers, post: Post
    ) -> None:
        number = post()

        answers = [
            client.get(f"/v1/deliveries{path}", headers=operate).text for path in ("", f"/{number}")
        ]

        assert MARKED not in "".join(answers)

    def test_only_kinds_one_may_operate_are_listed(
        self, client: Client, key_for: Callable[..., Headers], post: Post, operate: Headers
    ) -> None:
        other = post(kind="diploma")

        def seen(headers: Headers) -> bool:
            found = client.get("/v1/deliveries?limit=1000", headers=headers).json()["deliveries"]
            return other in [each["delivery_id"] for each in found]

        assert not seen(operate)
        assert seen(key_for("operate"))
        refused = client.get("/v1/deliveries", headers=key_for("issue"))
        assert (refused.status_code, refused.json()["code"]) == (403, "not-permitted")

    @pytest.mark.parametrize(
        "query", ["state=gone", "limit=0", "limit=1001", "limit=x", "channel=%00", "submission=%00"]
    )
    def test_what_cannot_be_asked_for_finds_nothing_or_is_refused(
        self, client: Client, operate: Headers, query: str
    ) -> None:
        answer = client.get(f"/v1/deliveries?{query}", headers=operate)

        assert answer.status_code == 400 or answer.json() == {"deliveries": []}


class TestShowing:
    def test_every_attempt_is_told(self, client: Client, operate: Headers, post: Post) -> None:
        number = post()

        shown = client.get(f"/v1/deliveries/{number}", headers=operate).json()

        assert (shown["state"], shown["detail"], shown["event"]) == ("dead", "http 400", "issued")
        assert [(each["number"], each["result"]) for each in shown["log"]] == [(1, "refused")]

    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_no_such_and_not_yours_look_the_same(
        self, client: Client, operate: Headers, post: Post, method: str
    ) -> None:
        other, ending = post(kind="diploma"), "/redeliver" if method == "POST" else ""

        answers = [
            client.request(method, f"/v1/deliveries/{number}{ending}", headers=operate)
            for number in (other, "gone", "%00")
        ]

        assert [each.status_code for each in answers] == [404, 404, 404]
        assert len({each.json()["detail"] for each in answers}) == 1


class TestRedelivering:
    def test_what_is_dead_is_due_as_new(self, client: Client, operate: Headers, post: Post) -> None:
        number = post()

        answer = client.post(f"/v1/deliveries/{number}/redeliver", headers=operate)

        assert answer.status_code == 202
        assert (answer.json()["state"], answer.json()["attempts"]) == ("waiting", 0)

    def test_what_waits_is_a_conflict(self, client: Client, operate: Headers, post: Post) -> None:
        number = post(is_dead=False)

        answer = client.post(f"/v1/deliveries/{number}/redeliver", headers=operate)

        assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
