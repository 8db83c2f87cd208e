"""The keys of one signer: which signs when, and that none is ever lost."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mohar.codec.keymaking import KeyDescription, generate
from mohar.codec.keyring import KeyRing, LaterKey
from mohar.config.load import load_yaml
from mohar.domain.errors import MoharError, Unreadable

START = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ID = "did:web:example.in#one"

turns = st.lists(
    st.tuples(st.integers(0, 500), st.integers(1, 60)), max_size=4
)  # minutes after the turn before, and of overlap


def first() -> KeyRing:
    return KeyRing(key_id=ID, algorithm="EdDSA", created=START, valid_from=START)


def later(number: int, begins: datetime) -> LaterKey:
    return LaterKey(
        key_id=f"{ID}-{number}",
        algorithm="EdDSA",
        created=begins,
        valid_from=begins,
        signs_from=begins,
        public_key=b64encode(number.to_bytes(32)).decode(),
        file=f"one-{number}.pem",
    )


def rotated(given_turns: list[tuple[int, int]]) -> KeyRing:
    ring, begins = first(), START
    for number, (wait, overlap) in enumerate(given_turns, 2):
        begins += wait * MINUTE
        ring = ring.followed_by(later(number, begins), overlap * MINUTE)
    return ring


class TestTurns:
    @given(turns, st.integers(0, 3000))
    @settings(max_examples=60, deadline=None)
    def test_at_every_moment_the_newest_whose_turn_has_come_signs_within_its_window(
        self, given_turns: list[tuple[int, int]], minute: int
    ) -> None:
        ring, moment = rotated(given_turns), START + minute * MINUTE

        signing = ring.signing(moment)

        begun = [each for each in ring.keys if each.begins is None or each.begins <= moment]
        assert signing == begun[-1]
        assert signing.why_not(moment) is None

    @given(turns)
    @settings(max_examples=30, deadline=None)
    def test_no_key_and_no_beginning_is_ever_lost(self, given_turns: list[tuple[int, int]]) -> None:
        ring = first()
        for number, (wait, overlap) in enumerate(given_turns, 2):
            before = [(each.key_id, each.valid_from) for each in ring.keys]
            begins = START + number * wait * MINUTE
            ring = ring.followed_by(later(number, begins), overlap * MINUTE)

            assert [(each.key_id, each.valid_from) for each in ring.keys][:-1] == before

    def test_an_older_key_stays_for_the_overlap_and_an_earlier_end_stays_an_end(self) -> None:
        ring = rotated([(10, 5), (2, 5)])

        ends = [each.valid_until for each in ring.keys]

        assert ends == [START + 15 * MINUTE, START + 17 * MINUTE, None]

    def test_a_key_that_hands_over_is_retired_with_its_end_and_the_last_one_is_active(self) -> None:
        ring = rotated([(10, 5)])
        told = [
            ring.described(msgspec.structs.replace(generate("EdDSA", "x")[1], key_id=each.key_id))
            for each in ring.keys
        ]

        assert [(key.status, key.valid_until) for key in told] == [
            ("retired", START + 15 * MINUTE),
            ("active", None),
        ]

    def test_before_its_turn_a_key_signs_nothing(self) -> None:
        ring = first().followed_by(later(2, START + 60 * MINUTE), 5 * MINUTE)

        names = [ring.signing(START + at * MINUTE).key_id for at in (-1, 0, 59, 60, 61)]

        assert names == [ID, ID, ID, f"{ID}-2", f"{ID}-2"]

    def test_where_nobody_may_sign_the_newest_says_why(self) -> None:
        ring = rotated([(1, 1)]).revoked(f"{ID}-2", START + 2 * MINUTE)
        signing = ring.signing(START + 30 * MINUTE)

        assert signing.key_id == f"{ID}-2"
        assert signing.why_not(START) == "it is revoked; sign with another key"


class TestRevoking:
    def test_a_key_that_is_believed_up_to_a_moment_signs_no_more(self) -> None:
        ring = rotated([(10, 5)]).revoked(ID, START + MINUTE)

        _, public = generate("EdDSA", ID)
        told = ring.described(public)
        assert ring.keys[0].why_not(START) == "it is revoked; sign with another key"
        assert (told.status, told.valid_until) == ("active", START + MINUTE)
        assert ring.keys[1:] == rotated([(10, 5)]).keys[1:]

    def test_an_end_is_never_moved_to_later(self) -> None:
        ring = rotated([(10, 5)]).revoked(ID, START + 999 * MINUTE)

        _, public = generate("EdDSA", ID)
        assert ring.described(public).valid_until == START + 15 * MINUTE

    def test_a_compromised_key_stays_so(self) -> None:
        ring = first().revoked(ID, None)

        assert ring.keys[0].status == "compromised"
        assert ring.revoked(ID, START) == ring


class TestYaml:
    @given(turns, st.none() | st.integers(0, 100))
    @settings(max_examples=30, deadline=None)
    def test_what_is_written_is_read_back(
        self,
        tmp_path_factory: pytest.TempPathFactory,
        given_turns: list[tuple[int, int]],
        revoked: int | None,
    ) -> None:
        ring = rotated(given_turns)
        if revoked is not None:
            ring = ring.revoked(ring.keys[revoked % len(ring.keys)].key_id, START)
        path: Path = tmp_path_factory.getbasetemp() / "ring.yaml"
        path.write_text(ring.as_yaml(), encoding="utf-8")

        assert load_yaml(path, KeyRing) == ring

    def test_a_ring_of_one_is_a_description_as_ever(self) -> None:
        alone = KeyDescription(key_id=ID, algorithm="EdDSA", created=START, valid_from=START)

        assert first().as_yaml() == alone.as_yaml()


class TestPublicKey:
    def test_a_key_is_known_without_its_pem(self) -> None:
        _, public = generate("ES256", ID)
        described = KeyDescription(
            key_id=ID,
            algorithm="ES256",
            valid_from=START,
            public_key=b64encode(public.spki).decode(),
        )

        assert described.public() == described.describe(public)

    @pytest.mark.parametrize("text", ["", "%", "AAAA"])
    def test_what_is_none_is_told_by_its_key(self, text: str) -> None:
        described = KeyDescription(key_id=ID, algorithm="EdDSA", public_key=text)

        with pytest.raises(Unreadable, match=ID):
            described.public()

    def test_a_key_of_another_algorithm_is_refused(self) -> None:
        _, public = generate("EdDSA", ID)
        text = b64encode(public.spki).decode()

        with pytest.raises(MoharError, match="does not fit"):
            KeyDescription(key_id=ID, algorithm="ES256", public_key=text).public()
