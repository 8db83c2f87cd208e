"""What holders are told, in which language, when, and how often."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any, get_args
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mohar_channel_notice
from mohar.codec.sms import is_gsm
from mohar.config.files import DeploymentFiles
from mohar.config.secrets import SecretStore
from mohar.domain.delivery import Delivery, DeliveryEvent, DeliveryResult, Told
from mohar.domain.errors import ConfigError
from mohar.domain.outgoing import Carries, Outgoing
from mohar.plugin import Channel
from mohar.testing.contracts import ChannelContract, PluginContract
from mohar.testing.tools import NOON, tools_for
from mohar_channel_notice._channel import NoticeChannel
from mohar_channel_notice._check import Check
from mohar_channel_notice._quiet import quiet_seconds
from mohar_channel_notice._settings import Quiet, Settings
from mohar_channel_notice._texts import EVENTS, Values, filled, masked_name, read_texts

INDIA = Path(__file__).parents[3] / "config" / "india"
PHONE, MAIL, NAME, STATE = "+919876543210", "bina@example.org", "Bina Pariksha", "Manipur"
SENT = DeliveryResult(state="delivered", detail="sent", receipt="m-1")
Open = Callable[..., NoticeChannel]


class Gateway:
    """Keeps its texts; `answers` are what comes of the next calls, and all else is sent."""

    def __init__(self, carries: Carries = "sms") -> None:
        self.carries = carries
        self.sent: list[Outgoing] = []
        self.answers: list[Sequence[DeliveryResult]] = []

    def send(self, messages: Sequence[Outgoing]) -> Sequence[DeliveryResult]:
        results = self.answers.pop(0) if self.answers else [SENT] * len(messages)
        self.sent += messages[: len(results)]
        return results


@pytest.fixture
def sms() -> Gateway:
    return Gateway()


@pytest.fixture
def mail() -> Gateway:
    return Gateway("email")


@pytest.fixture
def opened(sms: Gateway, mail: Gateway) -> Open:
    """Return what opens the channel over India's texts, with everything put aside in one place."""
    shared = tools_for(INDIA)

    def made(now: datetime = NOON, **more: Any) -> NoticeChannel:
        values = {
            "ways": [{"messenger": "sms", "to": "recipient.mobile"}],
            "texts": "notices",
            "languages": ["en", "hi", "bn", "ta"],
            "language": "recipient.language",
            "by_place": {"path": "state", "value_set": "../../schemas/places/in.yaml"},
            "name": "recipient.name",
            "link": "https://cert.example.in/holder",
            **more,
        }
        tools = msgspec.structs.replace(
            shared, messengers={"sms": sms, "mail": mail}, clock=lambda: now
        )
        return NoticeChannel.open(msgspec.convert(values, Settings), tools)

    return made


def delivery(
    event: DeliveryEvent = "issued",
    number: str = "d1",
    fields: Mapping[str, Any] | None = None,
) -> Delivery:
    told = {"recipient.mobile": PHONE, "recipient.name": NAME, **(fields or {})}
    return Delivery(
        delivery_id=number,
        channel="holders",
        event=event,
        kind="vaccination",
        occurred_at=NOON,
        submission_id="s1",
        position=0,
        credential_id="10000004321",
        told=Told(fields={name: each for name, each in told.items() if each is not None}),
    )


class TestPlugin(PluginContract):
    @pytest.fixture
    def module(self) -> ModuleType:
        return mohar_channel_notice


class TestNotices(ChannelContract):
    @pytest.fixture
    def channel(self, opened: Open) -> Channel:
        return opened()

    @pytest.fixture
    def deliveries(self) -> Sequence[Delivery]:
        return [delivery(), delivery("revoked", "d2")]

    def test_a_holder_is_told_with_a_masked_name_and_the_end_of_the_number(
        self, opened: Open, sms: Gateway
    ) -> None:
        (result,) = opened().deliver([delivery()])

        (told,) = sms.sent
        assert told.text == (
            "B*** P***: your COVID-19 vaccination certificate no. ..4321 is issued. "
            "See https://cert.example.in/holder"
        )
        assert (told.to, told.purpose, told.language) == (PHONE, "notice.issued", "en")
        assert (result.state, result.receipt) == ("delivered", "m-1")

    @pytest.mark.parametrize(
        ("fields", "language"),
        [
            ({}, "en"),
            ({"state": "Bihar"}, "hi"),
            ({"state": "Tamil Nadu", "recipient.language": "ben"}, "bn"),
            ({"state": "Tamil Nadu", "recipient.language": "xx"}, "ta"),
            ({"state": "Kerala"}, "en"),
            ({"state": ["Kerala"], "recipient.language": 7}, "en"),
        ],
    )
    def test_the_language_is_the_wish_or_that_of_the_place_or_the_first(
        self, opened: Open, sms: Gateway, fields: dict[str, Any], language: str
    ) -> None:
        opened().deliver([delivery(fields=fields)])

        assert [each.language for each in sms.sent] == [language]

    def test_several_ways_are_all_gone(self, opened: Open, sms: Gateway, mail: Gateway) -> None:
        ways = [
            {"messenger": "sms", "to": "recipient.mobile"},
            {"messenger": "mail", "to": "recipient.email"},
        ]
        one, other = (
            delivery(fields={"recipient.email": MAIL}),
            delivery(number="d2", fields={"recipient.mobile": None, "recipient.email": MAIL}),
        )
        results = opened(ways=ways).deliver([one, other])

        assert [each.state for each in results] == ["delivered", "delivered"]
        assert (len(sms.sent), [each.to for each in mail.sent]) == (1, [MAIL, MAIL])
        assert mail.sent[0].subject == "COVID-19 vaccination certificate"

    def test_without_an_address_nobody_is_told(self, opened: Open, sms: Gateway) -> None:
        (result,) = opened().deliver([delivery(fields={"recipient.mobile": None})])

        assert (result.state, sms.sent) == ("refused", [])

    def test_what_has_no_text_is_not_told(self, opened: Open, sms: Gateway) -> None:
        (result,) = opened().deliver([delivery("conflict")])

        assert (result.state, sms.sent) == ("refused", [])


class TestOnce:
    def test_what_comes_twice_is_sent_once(self, opened: Open, sms: Gateway) -> None:
        first, again = opened().deliver([delivery()]), opened().deliver([delivery()])

        assert (len(sms.sent), list(first)) == (1, list(again))

    def test_what_did_not_go_out_is_sent_again(self, opened: Open, sms: Gateway) -> None:
        sms.answers = [[DeliveryResult(state="retry", retry_after_seconds=9)]]
        first, again = opened().deliver([delivery()]), opened().deliver([delivery()])

        assert (first[0].state, first[0].retry_after_seconds) == ("retry", 9)
        assert again[0].state == "delivered"

    @pytest.mark.parametrize("state", ["unknown", "crash"])
    def test_what_may_have_gone_out_is_not_sent_again(
        self, opened: Open, sms: Gateway, state: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A crash between the note and the answer is the same: nobody can tell."""
        if state == "unknown":
            sms.answers = [[DeliveryResult(state="unknown", detail="no answer")]]
            opened().deliver([delivery()])
        else:
            with monkeypatch.context() as patched:
                patched.setattr(sms, "send", crash)
                with pytest.raises(KeyboardInterrupt):
                    opened().deliver([delivery()])
        before = len(sms.sent)
        (again,) = opened().deliver([delivery()])

        assert (again.state, len(sms.sent)) == ("unknown", before)

    def test_only_the_way_that_failed_is_gone_again(
        self, opened: Open, sms: Gateway, mail: Gateway
    ) -> None:
        ways = [
            {"messenger": "sms", "to": "recipient.mobile"},
            {"messenger": "mail", "to": "recipient.email"},
        ]
        mail.answers = [[DeliveryResult(state="retry")]]
        one = delivery(fields={"recipient.email": MAIL})
        states = [opened(ways=ways).deliver([one])[0].state for _ in range(2)]

        assert states == ["retry", "delivered"]
        assert (len(sms.sent), len(mail.sent)) == (1, 2)

    def test_those_a_gateway_did_not_try_are_tried_again(self, opened: Open, sms: Gateway) -> None:
        sms.answers = [[SENT]]
        results = opened().deliver([delivery(), delivery(number="d2")])

        assert [each.state for each in results] == ["delivered", "retry"]


def crash(_: object) -> None:
    raise KeyboardInterrupt


class TestQuiet:
    NIGHT = Quiet(from_="21:00", to="08:00")

    @pytest.mark.parametrize(
        ("hour", "hours"),
        [("15:29", 0), ("15:30", 11), ("20:00", 6.5), ("02:29", 1 / 60), ("02:30", 0)],
    )
    def test_the_night_is_that_of_the_deployment(self, hour: str, hours: float) -> None:
        """21:00 in Kolkata is 15:30 in UTC."""
        now = datetime.fromisoformat(f"2026-01-31T{hour}:00+00:00")

        assert quiet_seconds(self.NIGHT, now, ZoneInfo("Asia/Kolkata")) == pytest.approx(
            hours * 3600
        )

    @given(
        st.datetimes(
            timezones=st.just(UTC),
            min_value=datetime(2020, 1, 1),  # noqa: DTZ001 -- Hypothesis wants bounds without a zone
            max_value=datetime(2030, 1, 1),  # noqa: DTZ001 -- as above
        ),
        st.sampled_from(["Asia/Kolkata", "Europe/Paris", "America/St_Johns"]),
    )
    @settings(max_examples=100, deadline=None)
    def test_when_it_is_over_it_is_over(self, now: datetime, zone: str) -> None:
        wait = quiet_seconds(self.NIGHT, now, ZoneInfo(zone))
        after = datetime.fromtimestamp(now.timestamp() + wait, tz=UTC)

        assert 0 <= wait <= 12 * 3600
        assert quiet_seconds(self.NIGHT, after, ZoneInfo(zone)) == 0

    def test_at_night_all_wait_and_it_costs_nothing(self, opened: Open, sms: Gateway) -> None:
        night = datetime(2026, 1, 31, 20, 0, tzinfo=UTC)
        results = opened(night, quiet={"from": "21:00", "to": "08:00"}).deliver([delivery()])

        assert [(e.state, e.retry_after_seconds) for e in results] == [("postponed", 23_400)]
        assert sms.sent == []
        assert opened(quiet={"from": "21:00", "to": "08:00"}).deliver([delivery()])[0].state == (
            "delivered"
        )


class TestTexts:
    @given(st.text(max_size=40))
    @settings(max_examples=200, deadline=None)
    def test_of_a_name_two_letters_are_told_at_most(self, name: str) -> None:
        masked = masked_name(name)

        assert masked.count("***") in {1, 2}
        assert len(masked.replace("***", "").replace(" ", "")) <= 6

    @given(st.text(max_size=30))
    @settings(max_examples=100, deadline=None)
    def test_no_name_makes_a_text_of_the_small_alphabet_longer(self, name: str) -> None:
        values = Values(name=name, kind="k", number="1", link="{name}")

        assert is_gsm(filled("{name} {kind} {number} {link}", values))

    def test_a_letter_goes_with_its_marks(self) -> None:
        assert masked_name("किरण शर्मा") == "कि*** श***"
        assert masked_name("1234 5678") == "*** ***"

    def test_all_texts_of_india_can_be_told(self) -> None:
        languages = [each.stem for each in (INDIA / "notices").glob("*.yaml")]
        texts = read_texts(DeploymentFiles(INDIA, SecretStore(INDIA)), "notices", languages)

        assert {"en", "hi"} <= texts.keys()
        assert all(set(each.notices) == set(EVENTS) for each in texts.values())
        assert all("vaccination" in each.kinds for each in texts.values())

    def test_a_place_that_is_not_known_is_a_mistake(self, tmp_path: Path) -> None:
        text = "language: en\nreview: draft\nkinds: {}\nnotices: {issued: {text: 'for {phone}'}}\n"
        (tmp_path / "en.yaml").write_text(text)
        with pytest.raises(ConfigError, match="the places phone, which are not known"):
            read_texts(DeploymentFiles(tmp_path, SecretStore(tmp_path)), ".", ["en"])

    def test_a_messenger_that_is_not_there_is_a_mistake(self, opened: Open) -> None:
        with pytest.raises(ConfigError, match="there is no messenger 'fax'"):
            opened(ways=[{"messenger": "fax", "to": "recipient.mobile"}])

    def test_every_event_it_tells_is_one_of_the_house(self) -> None:
        assert set(EVENTS) <= set(get_args(DeliveryEvent))


class TestReady:
    def codes(self, **more: Any) -> list[str]:
        channel = {
            "name": "holders",
            "uses": "notice",
            "kinds": ["vaccination"],
            "events": more.pop("events", ["issued", "revoked"]),
            "settings": {
                "ways": [{"messenger": "sms", "to": "recipient.mobile"}],
                "texts": "notices",
                "languages": ["en"],
                **more,
            },
        }
        deployment = {
            "environment": "production",
            "channels": [channel, {"uses": "other"}],
            "messengers": [{"name": "sms", "uses": "http", "settings": {}}],
            "credentials": [{"name": "vaccination"}],
        }
        files = DeploymentFiles(INDIA, SecretStore(INDIA))
        found = mohar_channel_notice.mohar_ready(deployment=deployment, files=files)
        return [f"{each.severity} {each.code}" for each in found]

    def test_what_is_whole_is_whole(self) -> None:
        assert self.codes() == []

    def test_gaps_drafts_and_lengths_are_told(self) -> None:
        assert self.codes(languages=["en", "hi"]) == ["warning notice-draft"]
        assert self.codes(languages=["xx"]) == ["error notice-texts"]
        assert (
            self.codes(most_segments=1, link="https://" + "a" * 80) == ["warning notice-long"] * 6
        )
        assert self.codes(events=[]) == ["error notice-event"]
        assert self.codes(events=["issued", "known"]) == ["error notice-event"]
        assert self.codes(link="http://a.example") == ["error notice-link"]
        ways = [{"messenger": "fax", "to": "x"}]
        assert self.codes(ways=ways) == ["error notice-messenger"]


def test_the_command_prints_every_text_with_its_length(capsys: pytest.CaptureFixture[str]) -> None:
    """Its status says whether one is longer than wanted."""
    check = Check(lambda folder: DeploymentFiles(folder, SecretStore(folder)))

    assert check([str(INDIA / "notices")]) == 0
    assert "en issued: GSM-7, 95-100 characters, 1-1 segments" in capsys.readouterr().out
    assert check([str(INDIA / "notices"), "--most", "1"]) == 1
