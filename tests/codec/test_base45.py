"""Base45: one text for each sequence of bytes, and nothing else is read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mohar.codec import base45
from mohar.domain.errors import Unreadable
from mohar.testing.conformance import Conformance


class TestVectors:
    def test_every_published_case_comes_out_as_told(
        self, vectors: Path, mohar_conformance: Conformance
    ):
        listed = json.loads((vectors / "base45/cases.json").read_bytes())["cases"]

        assert len(listed) == 14
        for case in listed:
            told = json.loads((vectors / "base45" / case["files"][0]).read_bytes())
            text = told["base45"].encode()
            if not case["expect"]["valid"]:
                with pytest.raises(Unreadable):
                    base45.decode(text)
                mohar_conformance.passed("base45", case["id"])
                continue
            data = bytes.fromhex(told["bytes_hex"])

            assert data == base45.decode(text)
            assert text == base45.encode(data)
            mohar_conformance.passed("base45", case["id"])


class TestProperties:
    @settings(max_examples=100, deadline=None)
    @given(st.binary(max_size=300))
    def test_what_is_encoded_is_decoded(self, data: bytes):
        assert data == base45.decode(base45.encode(data))

    @settings(max_examples=200, deadline=None)
    @given(
        st.binary(max_size=30) | st.text("0123456789ABCXYZ $%*+-./:", max_size=30).map(str.encode)
    )
    def test_whatever_is_read_has_one_text(self, text: bytes):
        try:
            data = base45.decode(text)
        except Unreadable:
            return
        assert text == base45.encode(data)

    @pytest.mark.parametrize("text", [b"GGW", b":::", b"::", b"0000", b"00a", b"\xff00", b"00\n"])
    def test_no_other_text_is_read(self, text: bytes):
        with pytest.raises(Unreadable):
            base45.decode(text)
