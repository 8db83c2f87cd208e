from __future__ import annotations

import base64
import secrets
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mohar.domain.errors import ConfigError
from mohar.plugin.tools import Secret
from mohar.store import Vault
from mohar.store.vault import Damaged, DataKey, Safe, masked

RAW = bytes(range(200, 232))
PEPPER = Secret(b"p" * 32, "pepper")


def a_safe() -> Safe:
    keys = [DataKey(1, "body", secrets.token_bytes(32)), DataKey(2, "access", b"a" * 32)]
    return Safe({key.key_id: key for key in keys})


class TestKeyEncryptionKey:
    @pytest.mark.parametrize(
        "text",
        [
            RAW,
            RAW.hex().encode(),
            RAW.hex().upper().encode() + b"\n",
            base64.b64encode(RAW),
            base64.urlsafe_b64encode(RAW) + b"\r\n",
        ],
    )
    def test_the_same_key_may_be_written_in_several_ways(self, text: bytes):
        wrapped = Vault(Secret(RAW, "raw"), PEPPER).wrap("here", b"data key")

        assert Vault(Secret(text, "file"), PEPPER).unwrap("here", wrapped) == b"data key"

    @pytest.mark.parametrize(
        "text", [b"", b"change-me", b"0123456789abcdef0123456789abcdef", RAW[:-1], RAW + b"\n"]
    )
    def test_what_is_no_256_bit_key_is_named_by_its_place_and_not_shown(self, text: bytes):
        with pytest.raises(ConfigError, match=r"env KEY.* is not a 256-bit key") as caught:
            Vault(Secret(text, "env KEY"), PEPPER)

        assert not text or repr(text)[2:-1] not in str(caught.value)

    def test_a_short_pepper_is_refused(self):
        with pytest.raises(ConfigError, match=r"store\.pepper \(env P\) is too short"):
            Vault(Secret(RAW, "k"), Secret(b"salt", "env P"))

    def test_another_key_opens_nothing(self):
        wrapped = Vault(Secret(RAW, "k"), PEPPER).wrap("here", b"data key")
        other = Vault(Secret(secrets.token_bytes(32), "k"), PEPPER)

        with pytest.raises(ConfigError, match="not the key this database was made with"):
            other.unwrap("here", wrapped)


class TestKeyedHash:
    @given(st.text(max_size=20), st.text(max_size=20), st.text(max_size=20), st.text(max_size=20))
    @settings(max_examples=50, deadline=None)
    def test_two_hashes_are_equal_only_for_one_purpose_and_value(
        self, purpose: str, value: str, other_purpose: str, other_value: str
    ):
        vault = Vault(Secret(RAW, "k"), PEPPER)
        is_same = (purpose, value) == (other_purpose, other_value)

        first = vault.keyed_hash(purpose, value)

        assert is_same == (first == vault.keyed_hash(other_purpose, other_value))

    def test_a_line_break_at_the_end_of_the_file_changes_nothing(self):
        one = Vault(Secret(RAW, "k"), Secret(b"q" * 32, "env"))
        other = Vault(Secret(RAW, "k"), Secret(b"q" * 32 + b"\n", "file"))

        assert one.keyed_hash("key", "1") == other.keyed_hash("key", "1")

    def test_secrets_do_not_print(self):
        vault = Vault(Secret(RAW, "k"), PEPPER, 3)

        assert repr(vault) == "Vault(pepper_version=3)"
        assert repr(DataKey(1, "body", b"secret")) == "‹data key 1 body›"


class TestSafe:
    @given(st.binary(max_size=300), st.text(max_size=30))
    @settings(max_examples=60, deadline=None)
    def test_what_was_sealed_opens_again_at_its_place(self, plaintext: bytes, place: str):
        safe = a_safe()

        assert safe.open(place, safe.seal("body", place, plaintext)) == plaintext

    @given(st.binary(max_size=40), st.integers(min_value=0))
    @settings(max_examples=60, deadline=None)
    def test_a_single_flipped_bit_is_noticed(self, plaintext: bytes, where: int):
        safe = a_safe()
        sealed = bytearray(safe.seal("body", "here", plaintext))
        sealed[where // 8 % len(sealed)] ^= 1 << where % 8

        with pytest.raises(Damaged):
            safe.open("here", bytes(sealed))

    @given(st.binary(max_size=40))
    @settings(max_examples=40, deadline=None)
    def test_any_bytes_open_or_are_damaged(self, sealed: bytes):
        with pytest.raises(Damaged):
            a_safe().open("here", sealed)

    def test_a_value_moved_to_another_row_does_not_open(self):
        safe = a_safe()
        sealed = safe.seal("body", "body.content/1", b"hers")

        with pytest.raises(Damaged, match=r"a value of body\.content does not open") as caught:
            safe.open("body.content/2", sealed)

        assert "/2" not in str(caught.value)

    def test_the_same_value_is_never_sealed_the_same_way(self):
        safe = a_safe()

        assert safe.seal("body", "here", b"x") != safe.seal("body", "here", b"x")

    def test_a_tag_matches_only_its_text(self):
        safe = a_safe()
        tag = safe.tag("access", "right")

        assert safe.matches("key", tag, "right")
        assert not safe.matches("key", tag, "wrong")


class TestMasked:
    @pytest.mark.parametrize(
        ("value", "visible", "expected"),
        [
            ("9876543210", 4, "••••••3210"),
            ("9876543210", 0, "••••••••••"),
            ("1234", 4, "••34"),
            ("1", 4, "•"),
            ("", 4, ""),
            ("abcdef\x00g", 2, "••••••••"[:6] + "•g"),
        ],
    )
    def test_all_but_the_last_characters_are_hidden(self, value: str, visible: int, expected: str):
        assert masked(value, visible) == expected

    @given(st.text(string.printable, max_size=30), st.integers(0, 8))
    @settings(max_examples=60, deadline=None)
    def test_never_more_than_half_is_shown(self, value: str, visible: int):
        shown = masked(value, visible).replace("•", "")

        assert len(shown) <= min(visible, len(value) // 2)


class TestSealedTogether:
    def test_each_opens_in_its_own_place_and_in_no_other(self) -> None:
        safe = a_safe()
        first, second = safe.seal_all("body", [("here", b"one"), ("there", b"")])

        assert (safe.open("here", first), safe.open("there", second)) == (b"one", b"")
        with pytest.raises(Damaged):
            safe.open("there", first)

    def test_no_two_have_the_same_nonce(self) -> None:
        sealed = a_safe().seal_all("body", [("here", b"the same")] * 1000)

        assert len({each[5:17] for each in sealed}) == len(sealed)

    def test_nothing_is_sealed_to_nothing(self) -> None:
        assert a_safe().seal_all("access", []) == []
