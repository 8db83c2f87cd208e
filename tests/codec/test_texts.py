"""Base64url, base58btc, multibase, JCS and JSON: one value has one text, and only that is read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mohar.codec import base58, base64url, jcs, multibase, strict_json
from mohar.domain.errors import MoharError, Unreadable, Unsupported
from mohar.testing.conformance import Conformance

quick = settings(max_examples=60, deadline=None)

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


class TestInverses:
    @quick
    @given(st.binary(max_size=120))
    def test_what_is_encoded_is_decoded(self, data: bytes):
        assert data == base64url.decode(base64url.encode(data))
        assert data == base58.decode(base58.encode(data))
        assert data == multibase.decode(multibase.encode(data))
        assert data == multibase.decode(multibase.encode(data, "u"))

    @quick
    @given(st.text(max_size=40) | st.text("ABCDwxyz0189-_=+/", max_size=40))
    def test_any_text_is_read_or_refused_by_name(self, text: str):
        for decode, encode in (
            (base64url.decode, base64url.encode),
            (base58.decode, base58.encode),
            (multibase.decode, None),
        ):
            self._reads_or_refuses(decode, encode, text)

    def _reads_or_refuses(
        self, decode: Callable[[str], bytes], encode: Callable[[bytes], str] | None, text: str
    ) -> None:
        try:
            data = decode(text)
        except MoharError:
            return
        assert encode is None or text == encode(data)


class TestBase64url:
    @pytest.mark.parametrize("text", ["AA==", "AB", "A", "A+/A", "AAA\n", " AAA", "ÄAAA"])
    def test_what_merely_resembles_it_is_refused(self, text: str):
        with pytest.raises(Unreadable):
            base64url.decode(text)


class TestBase58:
    def test_leading_zeros_are_kept(self):
        assert base58.encode(b"\0\0\x01") == "112"
        assert base58.decode("112") == b"\0\0\x01"

    def test_letters_that_look_alike_are_refused(self):
        with pytest.raises(Unreadable):
            base58.decode("0OIl")

    def test_a_text_that_would_take_long_is_refused(self):
        with pytest.raises(Unreadable, match="2000"):
            base58.decode("z" * 2001)


class TestMultibase:
    def test_other_bases_are_unsupported(self):
        with pytest.raises(Unsupported):
            multibase.decode("f00")

    def test_nothing_is_unreadable(self):
        with pytest.raises(Unreadable):
            multibase.decode("")


class TestJcs:
    @pytest.mark.parametrize("name", ["arrays", "structures", "values", "weird"])
    def test_the_published_cases_come_out_byte_for_byte(
        self, vectors: Path, name: str, mohar_conformance: Conformance
    ):
        folder = vectors / "jcs/jcs"
        hexadecimal = (folder / f"{name}-outhex.txt").read_text()

        made = jcs.canonical(json.loads((folder / f"{name}-in.json").read_bytes()))

        assert bytes.fromhex(hexadecimal) == made
        mohar_conformance.passed("jcs", name)

    @quick
    @given(json_values)
    def test_canonical_text_is_read_back_and_is_canonical_again(self, value: Any):
        made = jcs.canonical(value)

        # As in ECMAScript, every number that is read back is a double.
        assert made == jcs.canonical(json.loads(made, parse_int=float))

    @pytest.mark.parametrize("value", [2**53, float("nan"), float("inf"), "\ud800", {1: 2}, {"a"}])
    def test_what_is_no_interoperable_json_is_refused(self, value: Any):
        with pytest.raises(Unreadable):
            jcs.canonical(value)


class TestStrictJson:
    @quick
    @given(json_values)
    def test_what_json_writes_is_read(self, value: Any):
        assert value == strict_json.parse(json.dumps(value).encode())

    @quick
    @given(st.binary(max_size=60) | st.text('{}[]",:\\u0dE1.ntrue ', max_size=60).map(str.encode))
    def test_any_bytes_are_read_or_unreadable(self, data: bytes):
        try:
            strict_json.parse(data)
        except Unreadable:
            return

    @pytest.mark.parametrize(
        "text",
        [
            '{"a":1,"a":1}',
            '{"a":{"b":1,"\\u0062":2}}',
            "[NaN]",
            "[-Infinity]",
            "[1e999]",
            "[9007199254740992]",
            "[" + "9" * 5000 + "]",
            '["\\ud800"]',
            '{"\\udc00":1}',
            "[" * 33 + "]" * 33,
            "[" * 100_000,
            "{'a':1}",
            "",
            '{"a":1} x',
        ],
    )
    def test_what_two_parsers_could_read_differently_is_refused(self, text: str):
        with pytest.raises(Unreadable):
            strict_json.parse(text.encode())

    def test_a_byte_order_mark_is_passed_over(self):
        assert strict_json.parse(b"\xef\xbb\xbf[1]") == [1]

    def test_nothing_too_long_is_looked_at(self):
        with pytest.raises(Unreadable, match="10 bytes"):
            strict_json.parse(b"[" + b" " * 20 + b"]", max_bytes=10)

    def test_no_error_repeats_a_value(self):
        with pytest.raises(Unreadable) as caught:
            strict_json.parse('{"name": "Asha Pátil", oops}'.encode())

        assert "Asha" not in str(caught.value)
        assert caught.value.__cause__ is None

    def test_where_an_object_is_asked_for_a_list_is_none(self):
        with pytest.raises(Unreadable, match="no object"):
            strict_json.parse_object(b"[]")
