"""Holders let themselves in, and nobody else does."""

from __future__ import annotations

import hashlib
import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from queue import Empty, Queue

import msgspec
import pytest

from mohar.access.often import Often, places_of
from mohar.access.one_time import Codes, contact_of
from mohar.access.people import SecondFactorWrong, masked_name
from mohar.access.sending import CodeToSend
from mohar.assembly.holders import LettingIn, open_holders
from mohar.assembly.house import House
from mohar.config.holders import Rate
from mohar.domain.access import Actor
from mohar.domain.credential import Outcome
from mohar.domain.delivery import DeliveryResult
from mohar.domain.errors import (
    InvalidInput,
    MoharError,
    NotAuthenticated,
    NotFound,
    TooManyRequests,
)
from mohar.domain.outgoing import Outgoing

MOBILE = "5550000001"
CLIENTS = (f"198.51.{a}.{b}" for a in range(100) for b in range(250))
BORN = {"birth-year": "1988"}


class Letters:
    """A messenger that keeps what it should send."""

    carries = "sms"

    def __init__(self) -> None:
        self.sent: Queue[Outgoing] = Queue()

    def send(self, messages: Sequence[Outgoing]) -> Sequence[DeliveryResult]:
        for each in messages:
            self.sent.put(each)
        return [DeliveryResult(state="delivered") for _ in messages]


@pytest.fixture(scope="module")
def letters() -> Letters:
    """What was sent."""
    return Letters()


@contextmanager
def opened(house: House, letters: Letters) -> Iterator[LettingIn]:
    """Open what lets holders in, with letters for a messenger, and no wait between two codes."""
    configured = house.deployment.holders
    assert configured is not None
    section = msgspec.structs.replace(
        configured,
        code=msgspec.structs.replace(configured.code, resend_seconds=0),
        limits=msgspec.structs.replace(configured.limits, contact=Rate(times=1000, minutes=1)),
    )
    house.tools = msgspec.structs.replace(house.tools, messengers={"sms": letters})
    opened = open_holders(house, section, house.tools.files)
    assert opened is not None
    yield opened
    opened.sending.close()


@pytest.fixture(scope="module")
def door(house: House, letters: Letters, outcomes: Sequence[Outcome]) -> Iterator[LettingIn]:
    """What lets the holders of the house in."""
    assert outcomes
    with opened(house, letters) as door:
        yield door


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def any_door(request: pytest.FixtureRequest, letters: Letters) -> Iterator[LettingIn]:
    """The same on each database, where it is the database that tells."""
    if request.param == "sqlite":
        yield request.getfixturevalue("door")
        return
    with opened(request.getfixturevalue("house_on_postgres"), letters) as door:
        yield door


def asked(
    door: LettingIn, letters: Letters, contact: str = MOBILE, actor: Actor | None = None
) -> tuple[str, str]:
    """Ask for a code, and return its transaction and the code."""
    transaction = door.rooms.send_code(actor or door.actor, contact, next(CLIENTS), "hi")
    text = letters.sent.get(timeout=5).text
    return transaction, text.split()[0]


@pytest.fixture
def ask(door: LettingIn, letters: Letters) -> Callable[..., tuple[str, str]]:
    """Return a function that asks for a code and returns its transaction and the code."""
    return partial(asked, door, letters)


@pytest.fixture
def token(door: LettingIn, ask: Callable[..., tuple[str, str]]) -> str:
    """The token of a session."""
    return door.rooms.confirm(door.actor, *ask(), next(CLIENTS))


def tried(door: LettingIn, transaction: str, guess: str, client: str) -> str:
    """Try a code, and say what came of it."""
    try:
        door.rooms.confirm(door.actor, transaction, guess, client)
    except MoharError as error:
        return error.code
    return "opened"


def tried_together(door: LettingIn, transaction: str, guesses: Sequence[str]) -> list[str]:
    """Try codes at the same moment, each from an address of its own."""
    clients = list(itertools.islice(CLIENTS, len(guesses)))
    with ThreadPoolExecutor(len(guesses)) as together:
        return list(together.map(partial(tried, door, transaction), guesses, clients))


class TestACode:
    def test_it_goes_to_who_is_known_in_their_language(
        self, door: LettingIn, letters: Letters
    ) -> None:
        door.rooms.send_code(door.actor, f"+91 {MOBILE}", next(CLIENTS), "hi-IN")

        sent = letters.sent.get(timeout=5)
        assert (sent.to, sent.language, sent.purpose) == (f"+91{MOBILE}", "hi", "one-time-code")
        assert "प्रमाण-पत्र" in sent.text

    def test_nobody_learns_who_is_known_and_nothing_is_sent_to_others(
        self, door: LettingIn, letters: Letters
    ) -> None:
        transaction = door.rooms.send_code(door.actor, "5559999999", next(CLIENTS))

        with pytest.raises(Empty):
            letters.sent.get(timeout=0.5)
        assert len(transaction) == 36

    def test_it_counts_once(self, door: LettingIn, ask: Callable[..., tuple[str, str]]) -> None:
        transaction, code = ask()
        assert door.rooms.confirm(door.actor, transaction, code, next(CLIENTS))

        with pytest.raises(NotAuthenticated):
            door.rooms.confirm(door.actor, transaction, code, next(CLIENTS))

    def test_it_may_come_as_its_digest(
        self, door: LettingIn, ask: Callable[..., tuple[str, str]]
    ) -> None:
        transaction, code = ask()
        digest = hashlib.sha256(code.encode()).hexdigest()

        assert door.rooms.confirm(door.actor, transaction, digest, next(CLIENTS))

    def test_it_counts_at_its_own_door_alone(
        self, door: LettingIn, ask: Callable[..., tuple[str, str]]
    ) -> None:
        transaction, code = ask()
        other = msgspec.structs.replace(door.actor, actor_id="door:other")

        with pytest.raises(NotAuthenticated):
            door.rooms.confirm(other, transaction, code, next(CLIENTS))

    def test_fifty_who_guess_together_have_five_tries(
        self, any_door: LettingIn, letters: Letters
    ) -> None:
        """
        The right code among the guesses opens only where it is one of the first five tries.
        """
        door = any_door
        transaction, code = asked(door, letters)
        guesses = [f"{(int(code) + 1 + n) % 1_000_000:06d}" for n in range(50)]

        answers = tried_together(door, transaction, guesses)

        assert answers == ["not-authenticated"] * 50
        assert tried(door, transaction, code, next(CLIENTS)) == "not-authenticated"

    def test_of_fifty_who_know_it_one_is_let_in(
        self, any_door: LettingIn, letters: Letters
    ) -> None:
        """
        A code counts once, and the tries of those who come together are counted one by one.
        """
        transaction, code = asked(any_door, letters)

        answers = tried_together(any_door, transaction, [code] * 50)

        assert Counter(answers) == {"opened": 1, "not-authenticated": 49}

    def test_the_fifth_try_still_counts(
        self, door: LettingIn, ask: Callable[..., tuple[str, str]]
    ) -> None:
        transaction, code = ask()
        for _ in range(4):
            with pytest.raises(NotAuthenticated):
                door.rooms.confirm(door.actor, transaction, "no", next(CLIENTS))

        assert door.rooms.confirm(door.actor, transaction, code, next(CLIENTS))

    @pytest.mark.parametrize("wrong", ["", "12345", "55500000011", "abcdefghij", "५५५०००००००१"])
    def test_a_contact_without_its_form_is_refused(self, door: LettingIn, wrong: str) -> None:
        with pytest.raises(InvalidInput, match="10 digits"):
            door.rooms.send_code(door.actor, wrong, next(CLIENTS))

    @pytest.mark.parametrize("typed", ["05550000001", "0091 555-000-0001", "(+91) 5550000001"])
    def test_it_does_not_matter_how_a_number_is_typed(self, door: LettingIn, typed: str) -> None:
        assert contact_of(door.section, typed) == MOBILE


class TestTooManyRequests:
    def test_another_code_waits(self, house: House, door: LettingIn) -> None:
        section = msgspec.structs.replace(
            door.section, code=msgspec.structs.replace(door.section.code, resend_seconds=60)
        )
        nowhere: list[CodeToSend] = []
        codes = Codes(
            section=section, store=house.store, often=Often(section.limits), send=nowhere.append
        )
        codes.ask(door.actor, "5551234567", next(CLIENTS), "")

        with pytest.raises(TooManyRequests, match="60 seconds") as raised:
            codes.ask(door.actor, "5551234567", next(CLIENTS), "")
        assert raised.value.retry_after_seconds == 60
        assert len(nowhere) == 1

    def test_an_address_and_its_network_have_an_end(self, door: LettingIn) -> None:
        for _ in range(100):
            door.rooms.send_code(door.actor, "5557654321", "192.0.2.1")

        with pytest.raises(TooManyRequests):
            door.rooms.send_code(door.actor, "5557654321", "192.0.2.1")

    @pytest.mark.parametrize(
        ("client", "places"),
        [
            ("192.0.2.77", ("192.0.2.77", "192.0.2.0/24")),
            ("::ffff:192.0.2.77", ("192.0.2.77", "192.0.2.0/24")),
            ("2001:db8:1:2ff::5", ("2001:db8:1:2ff::/64", "2001:db8:1:200::/56")),
            ("fe80::1%zone", ("fe80::/64", "fe80::/56")),
            ("testclient", ("unknown", "unknown")),
        ],
    )
    def test_a_household_counts_as_one(self, client: str, places: tuple[str, str]) -> None:
        assert places_of(client) == places


class TestASession:
    def test_members_are_masked(self, door: LettingIn, token: str) -> None:
        (member,) = door.rooms.members(door.actor, token)

        assert member.name == "B••• P•••"
        assert member.asks == ("birth-year", "identity-end", "reference")
        assert [each["dose"] for each in member.details] == ["1", "2"]
        assert "9900" not in msgspec.json.encode(member).decode()

    def test_only_the_one_chosen_is_whole(
        self, door: LettingIn, token: str, numbers: Sequence[str]
    ) -> None:
        (member,) = door.rooms.members(door.actor, token)
        with pytest.raises(NotFound):
            door.rooms.chosen(door.actor, token, member.handle)

        found = door.rooms.choose(door.actor, token, member.handle, BORN)

        assert {each.credential_id for each in found} == set(numbers)
        assert found == door.rooms.chosen(door.actor, token, member.handle)

    def test_a_handle_means_nothing_in_another_session(
        self, door: LettingIn, token: str, ask: Callable[..., tuple[str, str]]
    ) -> None:
        other = door.rooms.confirm(door.actor, *ask(), next(CLIENTS))
        (member,) = door.rooms.members(door.actor, other)

        with pytest.raises(NotFound):
            door.rooms.choose(door.actor, token, member.handle, BORN)

    def test_the_last_of_the_photo_id_opens_as_well(self, door: LettingIn, token: str) -> None:
        (member,) = door.rooms.members(door.actor, token)

        assert door.rooms.choose(door.actor, token, member.handle, {"identity-end": "0001"})

    def test_it_ends(self, door: LettingIn, token: str) -> None:
        door.rooms.end(door.actor, token)
        door.rooms.end(door.actor, token)

        with pytest.raises(NotAuthenticated):
            door.rooms.members(door.actor, token)

    @pytest.mark.parametrize("token", ["", "x", "é" * 43, "A" * 43, "A" * 10_000])
    def test_no_other_token_opens(self, door: LettingIn, token: str) -> None:
        with pytest.raises(NotAuthenticated):
            door.rooms.members(door.actor, token)


class TestARecycledNumber:
    def test_who_does_not_know_the_former_owner_sees_nothing_and_is_shut_out(
        self, door: LettingIn, token: str, house: House
    ) -> None:
        """
        Wrong answers count for the person, not for the session; a right one comes too late then.
        """
        (member,) = door.rooms.members(door.actor, token)
        wrong: Iterator[dict[str, str]] = itertools.chain(
            [{}, {"unknown": "1988"}], ({"birth-year": str(year)} for year in range(1990, 1993))
        )
        for given in wrong:
            with pytest.raises(SecondFactorWrong):
                door.rooms.choose(door.actor, token, member.handle, given)

        with pytest.raises(TooManyRequests):
            door.rooms.choose(door.actor, token, member.handle, BORN)
        self._open_again(door, house)

    @staticmethod
    def _open_again(door: LettingIn, house: House) -> None:
        (person,) = door.people.under(door.actor, MOBILE)
        with house.store.begin() as work:
            work.expiring.remove("holders", f"factor/{person.kind}/{person.group.hex()}")


@pytest.mark.parametrize(
    ("name", "shown"),
    [("Asha", "A•••"), ("", "•••"), ("बीना परीक्षा", "बी••• प•••"), ("A  B", "A••• B•••")],
)
def test_a_masked_name_tells_no_length(name: str, shown: str) -> None:
    assert masked_name(name) == shown
