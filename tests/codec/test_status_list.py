"""Facts about packed lists of status values, in the two ways the standards pack them."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from pathlib import Path
from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mohar.codec import base64url, status_list
from mohar.codec.status_list import StatusValues
from mohar.domain.errors import Unreadable

MSB, LSB = "most-significant-first", "least-significant-first"


def read(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(file.read_text())
    return found


@st.composite
def lists(draw: st.DrawFn) -> tuple[dict[int, int], int, int]:
    width, size = draw(st.sampled_from([1, 2, 4, 8])), draw(st.integers(1, 300))
    entries = st.dictionaries(st.integers(0, size - 1), st.integers(1, (1 << width) - 1))
    return draw(entries), size, width


class TestVectors:
    def test_the_empty_list_of_w3c_is_all_noughts(self, vectors: Path) -> None:
        case = read(vectors / "bitstring-status-list/encoded-list/w3c-empty-list.json")

        values = status_list.decode_bitstring(case["encodedList"])

        assert values.size == case["length_bits"] == 131_072
        assert values.set_entries() == {}

    @pytest.mark.parametrize(("name", "value"), [("Revoked", 1), ("Unrevoked", 0)])
    def test_a_list_in_the_field_tells_what_became_of_a_credential(
        self, vectors: Path, name: str, value: int
    ) -> None:
        group = "inji-revoked" if value else "inji-valid"
        folder = vectors / "bitstring-status-list" / group
        entry = read(folder / f"mosip{name}VC.json")["credentialStatus"]
        subject = read(folder / f"mosip{name}StatusList.json")["credentialSubject"]

        values = status_list.decode_bitstring(subject["encodedList"])

        assert values[int(entry["statusListIndex"])] == value

    @pytest.mark.parametrize("name", ["ietf-1bit", "ietf-4bit"])
    def test_the_long_lists_of_ietf_hold_the_entries_they_name(
        self, vectors: Path, name: str
    ) -> None:
        case = read(vectors / f"token-status-list/encoding/{name}.json")
        told = {int(index): value for index, value in case["statuses"].items() if value}

        values = status_list.decode_token_list(case["json"]["lst"], case["json"]["bits"])
        in_cbor = cbor2.loads(bytes.fromhex(case["cbor_hex"]))

        assert values.set_entries() == told
        assert status_list.read_token_list(in_cbor["lst"], in_cbor["bits"]).set_entries() == told

    def test_the_short_list_of_ietf_packs_to_the_bytes_it_shows(self, vectors: Path) -> None:
        case = read(vectors / "token-status-list/encoding-small/ietf-small-1bit.json")

        values = status_list.decode_token_list(case["json_lst"], case["bits"])

        assert values.packed.hex() == case["byte_array"]
        again = StatusValues.of(values.set_entries(), values.size, order=LSB)
        assert again.packed.hex() == case["byte_array"]


class TestPacking:
    @given(lists(), st.sampled_from([MSB, LSB]))
    def test_what_is_packed_is_read_back(
        self, given_list: tuple[dict[int, int], int, int], order: status_list.Order
    ) -> None:
        entries, size, width = given_list

        values = StatusValues.of(entries, size, width=width, order=order)

        assert values.set_entries() == entries
        assert all(values[index] == entries.get(index, 0) for index in range(size))

    @given(lists())
    def test_both_texts_are_read_back(self, given_list: tuple[dict[int, int], int, int]) -> None:
        entries, size, width = given_list
        first = StatusValues.of(entries, size, width=width, order=MSB)
        last = StatusValues.of(entries, size, width=width, order=LSB)

        bitstring = status_list.decode_bitstring(status_list.encode_bitstring(first), width=width)
        token = status_list.decode_token_list(status_list.encode_token_list(last), width)

        assert bitstring.packed == first.packed
        assert token.packed == last.packed

    def test_the_first_entry_is_the_highest_bit_for_w3c_and_the_lowest_for_ietf(self) -> None:
        assert StatusValues.of({0: 1}, 8, order=MSB).packed == b"\x80"
        assert StatusValues.of({0: 1}, 8, order=LSB).packed == b"\x01"
        assert StatusValues.of({0: 2}, 4, width=2, order=LSB).packed == b"\x02"

    def test_the_same_bits_are_the_same_text(self) -> None:
        bits = status_list.bitstring_of([3, 70_000], 131_072)

        text = status_list.encode_bitstring(bits)

        assert text.startswith("uH4s")
        assert text == status_list.encode_bitstring(status_list.bitstring_of([70_000, 3], 131_072))

    @pytest.mark.parametrize(("entries", "size"), [({8: 1}, 8), ({-1: 1}, 8), ({0: 2}, 8)])
    def test_what_does_not_fit_is_refused(self, entries: dict[int, int], size: int) -> None:
        with pytest.raises(ValueError, match="cannot be"):
            StatusValues.of(entries, size, order=MSB)

    @pytest.mark.parametrize("index", [-1, 8])
    def test_an_entry_outside_the_list_is_an_error_and_never_clear(self, index: int) -> None:
        values = StatusValues.of({}, 8, order=MSB)

        with pytest.raises(IndexError):
            values[index]


class TestHostile:
    def test_a_list_that_unpacks_to_a_flood_is_refused_early(self) -> None:
        flood = gzip.compress(bytes(50_000_000))

        with pytest.raises(Unreadable, match="longer than"):
            status_list.decode_bitstring("u" + base64url.encode(flood))

    @pytest.mark.parametrize(
        "packed",
        [
            gzip.compress(b"\x80", mtime=0)[:-4],
            gzip.compress(b"\x80", mtime=0) + b"more",
            b"not packed",
            b"",
        ],
    )
    def test_a_damaged_list_is_unreadable(self, packed: bytes) -> None:
        with pytest.raises(Unreadable):
            status_list.decode_bitstring("u" + base64url.encode(packed))

    def test_a_width_that_no_standard_has_is_refused(self) -> None:
        with pytest.raises(Unreadable, match="1, 2, 4 or 8"):
            status_list.decode_token_list(base64url.encode(zlib.compress(b"\x01")), 3)

    @given(st.text() | st.binary().map(lambda data: base64.urlsafe_b64encode(data).decode()))
    def test_no_text_leads_to_another_error(self, text: str) -> None:
        for read_list in (
            status_list.decode_bitstring,
            lambda each: status_list.decode_token_list(each, 1),
        ):
            try:
                read_list(text)
            except Unreadable:
                continue
