"""CBOR that can be read in one way, by work that is bounded by its length."""

from __future__ import annotations

import base64
import json
import math
from pathlib import Path
from typing import Any

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mohar.codec import strict_cbor
from mohar.domain.errors import MoharError, Unreadable

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=20,
)


class TestParse:
    @settings(max_examples=100, deadline=None)
    @given(st.dictionaries(st.text(max_size=5), plain, max_size=5))
    def test_what_json_can_say_comes_back(self, tree: dict[str, Any]):
        assert tree == strict_cbor.as_json(strict_cbor.parse(cbor2.dumps(tree)))

    @settings(max_examples=300, deadline=None)
    @given(st.binary(max_size=80))
    def test_no_bytes_raise_anything_but_our_own(self, data: bytes):
        try:
            strict_cbor.as_json(strict_cbor.parse(data))
        except MoharError:
            return

    def test_the_published_examples_are_read_or_refused(self, vectors: Path):
        """
        RFC 8949, appendix A: what JSON has is read as told, tags and the like are refused.
        """
        listed = json.loads((vectors / "cose/shared/cbor-appendix_a.json").read_bytes())
        read = 0
        for each in listed:
            data = base64.b64decode(each["cbor"])
            try:
                tree = strict_cbor.as_json(strict_cbor.parse(b"\xa1\x61x" + data))
            except Unreadable:
                continue
            read += 1
            if "decoded" in each:
                assert each["decoded"] == tree["x"]

        assert read > 45

    @pytest.mark.parametrize(
        "data",
        [
            "",
            "0101",  # something behind it
            "a2010102",  # cut short
            "a201010102",  # a key twice
            "a2616101616102",  # a key twice
            "61ff",  # no UTF-8
            "d81c81d81d00",  # a list that holds itself
            "c249010000000000000000",  # a big number
            "c4821a7fffffff01",  # a decimal fraction with an exponent beyond all bounds
            "d8236428612b29",  # a regular expression
            "c11a60c877cb",  # a moment as a number
            "d9010281" + "01",  # a set
            "d9d9f701",  # self-described
            "9bffffffffffffffff",  # a list longer than there is memory
            "5b7fffffffffffffff",  # bytes longer than there is memory
            "c001",  # a date that is no text
        ],
    )
    def test_what_is_odd_is_refused(self, data: str):
        with pytest.raises(Unreadable):
            strict_cbor.parse(bytes.fromhex(data))

    def test_a_date_is_the_text_that_it_is(self):
        tagged = bytes.fromhex("c074323032312d30362d31355430393a32343a30325a")

        assert strict_cbor.parse(tagged) == "2021-06-15T09:24:02Z"

    @pytest.mark.parametrize(
        "item", [b"x", math.nan, math.inf, 2**53, {1: 2}, {b"a": 1}, cbor2.undefined]
    )
    def test_what_json_cannot_say_is_refused(self, item: Any):
        with pytest.raises(Unreadable):
            strict_cbor.as_json(strict_cbor.parse(cbor2.dumps({"x": item})))

    def test_only_a_map_is_an_object(self):
        with pytest.raises(Unreadable):
            strict_cbor.as_json([])


class TestLimits:
    def test_deep_nesting_is_refused(self):
        with pytest.raises(Unreadable):
            strict_cbor.parse(b"\x81" * 50_000 + b"\x00")

    def test_many_bytes_are_refused(self):
        with pytest.raises(Unreadable, match="more than 100000 bytes"):
            strict_cbor.parse(bytes(100_001))

    def test_many_items_are_refused(self):
        with pytest.raises(Unreadable, match="more than 10000 items"):
            strict_cbor.as_json(strict_cbor.parse(cbor2.dumps({"x": [0] * 20_000})))

    def test_the_worst_that_fits_is_refused(self):
        worst = cbor2.dumps({"x": [[]] * 99_000})

        with pytest.raises(Unreadable):
            strict_cbor.as_json(strict_cbor.parse(worst))
