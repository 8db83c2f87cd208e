"""Push URI, against a real server of somebody else and the revisions of a real house."""

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import msgspec
import pytest

from mohar.assembly.house import House
from mohar.assembly.ports import LateExpiring
from mohar.domain.access import Actor
from mohar.domain.delivery import Delivery, Told
from mohar.plugin import Tools
from mohar.testing.contracts import ChannelContract
from mohar.testing.partner import Answer, Partner
from mohar.testing.tools import NOON, Shelf
from mohar_channel_digilocker._push import PushSettings, PushUriChannel
from mohar_channel_digilocker._remembering import Remembering

ACCOUNT = "0a1b2c3d-0000-4000-8000-123456789abc"
SEARCHER = Actor(actor_id="channel:d", name="d", scopes=frozenset({"search:vaccination"}))
CLERK = Actor(actor_id="clerk", name="clerk", scopes=frozenset({"*"}))
Issue = Callable[..., tuple[str, str]]


@pytest.fixture
def shelf() -> Shelf:
    return Shelf(lambda: NOON)


@pytest.fixture
def channel(
    tools: Tools, house: House, tmp_path: Path, partner: Partner, shelf: Shelf
) -> PushUriChannel:
    """The channel in front of the session's house, and of a partner."""
    (tmp_path / "client.key").write_bytes(b"client-secret\n")
    said = {
        "url": f"{partner.url}/pushuri",
        "client_id": "C1",
        "client_secret": {"file": "client.key"},
        "issuer_id": "in.gov.cowin",
        "group": "pre_enrollment_code",
        "documents": [{"type": "VACER", "kind": "vaccination", "description": "Certificate"}],
    }
    own = msgspec.structs.replace(tools, life=house.tools.life, actor=SEARCHER, shared=shelf)
    return PushUriChannel.open(msgspec.convert(said, PushSettings), own)


def delivery(number: str, event: Any = "issued", **more: Any) -> Delivery:
    return Delivery(
        delivery_id="d1",
        channel="digilocker",
        event=event,
        kind="vaccination",
        occurred_at=NOON,
        submission_id="",
        position=0,
        credential_id=number,
        told=Told(**more),
    )


def deliver(house: House) -> None:
    """Have told whatever waits."""
    while any(courier.run_once() for courier in house.couriers):
        pass


def sent(partner: Partner) -> Sequence[dict[str, str]]:
    calls = [parse_qs(call.body.decode()) for call in partner.calls("/pushuri")]
    return [{name: values[0] for name, values in call.items()} for call in calls]


class TestChannel(ChannelContract):
    @pytest.fixture
    def deliveries(self) -> Sequence[Delivery]:
        return [delivery("10000000001"), delivery("10000000002", "refused")]


class TestPush:
    def knows(self, shelf: Shelf, key: str) -> None:
        shelf.put(key, ACCOUNT.encode(), timedelta(days=1))

    def test_who_never_pulled_is_not_told(
        self, channel: PushUriChannel, partner: Partner, issue: Issue
    ) -> None:
        _, number = issue()
        (result,) = channel.deliver([delivery(number)])

        assert (result.state, list(sent(partner))) == ("delivered", [])

    @pytest.mark.parametrize(
        ("event", "action"),
        [
            ("corrected", "U"),
            ("reissued", "U"),
            ("revoked", "D"),
            ("suspended", "D"),
            ("restored", "A"),
        ],
    )
    def test_who_pulled_a_document_is_told_what_becomes_of_it(
        self,
        channel: PushUriChannel,
        partner: Partner,
        issue: Issue,
        shelf: Shelf,
        event: str,
        action: str,
    ) -> None:
        _, number = issue()
        self.knows(shelf, f"document VACER {number}")
        (result,) = channel.deliver([delivery(number, event)])

        (call,) = sent(partner)
        assert result.state == "delivered"
        assert (call["action"], call["uri"]) == (action, f"in.gov.cowin-VACER-{number}")
        signed = (
            f"client-secretC1{ACCOUNT}in.gov.cowin-VACER-{number}VACERCertificate{number}"
            f"31012026{action}{int(NOON.timestamp())}"
        )
        assert call["hmac"] == hashlib.sha256(signed.encode()).hexdigest()

    def test_a_correction_is_told_by_the_first_number(
        self,
        channel: PushUriChannel,
        partner: Partner,
        issue: Issue,
        shelf: Shelf,
        corrected: Callable[[str], str],
    ) -> None:
        _, number = issue()
        self.knows(shelf, f"document VACER {number}")
        channel.deliver([delivery(corrected(number), revision=2)])

        (call,) = sent(partner)
        assert (call["action"], call["docid"]) == ("U", number)

    def test_the_next_document_of_a_group_is_added(
        self, channel: PushUriChannel, partner: Partner, issue: Issue, shelf: Shelf
    ) -> None:
        group, number = issue()
        self.knows(shelf, f"group vaccination {group}")
        channel.deliver([delivery(number, fields={"pre_enrollment_code": group}, revision=1)])

        (call,) = sent(partner)
        assert (call["action"], call["digilockerid"]) == ("A", ACCOUNT)
        assert Remembering(shelf, timedelta(days=1)).holder_of("VACER", number) == ACCOUNT

    @pytest.mark.parametrize(
        ("status", "error", "state"),
        [
            (200, "", "delivered"),
            (400, "uri_exists", "delivered"),
            (400, "invalid_parameter", "refused"),
            (404, "invalid_digilocker_id", "refused"),
            (401, "invalid_client_id", "retry"),
            (500, "unexpected_error", "retry"),
            (302, "", "retry"),
        ],
    )
    def test_an_answer_says_whether_to_try_again(
        self,
        channel: PushUriChannel,
        partner: Partner,
        issue: Issue,
        shelf: Shelf,
        status: int,
        error: str,
        state: str,
    ) -> None:
        _, number = issue()
        self.knows(shelf, f"document VACER {number}")
        partner.answers(
            "/pushuri", Answer(status=status, body=json.dumps({"error": error}).encode())
        )
        (result,) = channel.deliver([delivery(number, "revoked")])

        assert (result.state, result.detail) == (state, f"http {status}")


class TestMemory:
    def test_the_door_remembers_who_pulled_for_the_channel_of_its_plugin(
        self, digilocker: Any, house: House, issue: Issue
    ) -> None:
        group, number = issue()
        digilocker.pull_uri(group)
        shared = LateExpiring(house._late, "plugin:channel-digilocker")
        known = Remembering(shared, timedelta(days=1))

        assert known.holder_of("VACER", number) == ACCOUNT
        assert known.holder_in("vaccination", group) == ACCOUNT

    def test_who_got_nothing_is_not_remembered(
        self, digilocker: Any, house: House, issue: Issue
    ) -> None:
        group, number = issue()
        digilocker.pull_uri(group, "5550000009")
        shared = LateExpiring(house._late, "plugin:channel-digilocker")

        assert Remembering(shared, timedelta(days=1)).holder_of("VACER", number) == ""


class TestWholeWay:
    def test_a_locker_that_pulled_is_told_of_correction_next_dose_and_end(
        self,
        digilocker: Any,
        house: House,
        portal: Partner,
        issue: Issue,
        corrected: Callable[[str], str],
    ) -> None:
        group, first = issue()
        deliver(house)
        digilocker.pull_uri(group)
        later = corrected(first)
        deliver(house)
        _, second = issue(
            number=group, vaccination={"dose": 2, "date": "2021-09-01T09:30:00+05:30"}
        )
        deliver(house)
        house.changes.revoke_all(CLERK, "vaccination", [later], "wrong person")
        deliver(house)

        told = [(call["action"], call["docid"]) for call in sent(portal)]
        assert [each for each in told if each[1] in {first, second}] == [
            ("U", first),
            ("A", second),
            ("D", first),
        ]
