"""Text that somebody touched, and text made to do harm."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable
from typing import Any

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mohar.codec import base45
from mohar.domain.credential import Credential, Secured
from mohar.domain.errors import MoharError, Unreadable, Unsupported
from mohar.testing.contracts import seal
from mohar_format_hcert import _wire
from mohar_format_hcert._format import HcertFormat


@pytest.fixture(scope="module")
def secured(
    form: HcertFormat,
    signer: Any,
    make_credential: Callable[..., Credential],
    document: dict[str, Any],
) -> Secured:
    return seal(form, [make_credential(document)], signer)[0]


def is_believed(form: HcertFormat, text: bytes, signer: Any) -> bool:
    """Say whether a verifier that trusts the signer would believe a text."""
    try:
        opened = form.open(text)
    except MoharError:
        return False
    return signer.key.answers_to(opened.proofs[0].key_id) and form.verify(opened, 0, signer.key)


def signed(payload: Any, **headers: Any) -> bytes:
    protected = cbor2.dumps(headers.get("protected", {1: -7, 4: b"12345678"}))
    return wrapped([protected, {}, cbor2.dumps(payload), bytes(64)])


def wrapped(item: Any) -> bytes:
    return _wire.wrap(cbor2.dumps(item))


class TestFlips:
    def test_no_bit_can_be_flipped(self, form: HcertFormat, secured: Secured, signer: Any):
        """
        Each bit of the whole text, one after the other.
        """
        text = secured.content
        assert is_believed(form, text, signer)
        for place in range(len(text)):
            for bit in range(8):
                changed = text[:place] + bytes((text[place] ^ 1 << bit,)) + text[place + 1 :]

                assert not is_believed(form, changed, signer), (place, bit)

    @settings(max_examples=150, deadline=None)
    @given(place=st.integers(0, 10_000), bit=st.integers(0, 7), level=st.integers(0, 9))
    def test_no_bit_of_the_compressed_content_can_be_flipped(
        self,
        form: HcertFormat,
        secured: Secured,
        signer: Any,
        place: int,
        bit: int,
        level: int,
    ):
        """
        The bits that only fill up a byte, too, which no checksum covers.
        """
        packed = zlib.compress(_wire.unwrap(secured.content), level)
        changed = bytearray(packed)
        changed[place % len(packed)] ^= 1 << bit

        assert is_believed(form, _wire.PREFIX + base45.encode(packed), signer)
        assert not is_believed(form, _wire.PREFIX + base45.encode(bytes(changed)), signer)

    @settings(max_examples=60, deadline=None)
    @given(end=st.integers(0, 10_000), more=st.binary(max_size=4))
    def test_nothing_can_be_cut_off_or_put_behind(
        self, form: HcertFormat, secured: Secured, signer: Any, end: int, more: bytes
    ):
        text = secured.content
        cut = text[: end % len(text)]

        assert not is_believed(form, cut, signer)
        if more.strip(b" \t\r\n"):
            assert not is_believed(form, text + more, signer)

    def test_another_document_under_the_same_signature_is_not_believed(
        self, form: HcertFormat, secured: Secured, signer: Any
    ):
        tag = cbor2.loads(_wire.unwrap(secured.content))
        protected, unprotected, payload, signature = tag.value
        forged = payload.replace(b"2021-08-30", b"2021-08-29")
        item = cbor2.CBORTag(18, [protected, unprotected, forged, signature])

        assert forged != payload
        assert not is_believed(form, wrapped(item), signer)


class TestHarm:
    @settings(max_examples=150, deadline=None)
    @given(st.binary(max_size=200))
    def test_no_bytes_raise_anything_but_our_own(self, form: HcertFormat, data: bytes):
        texts = (
            data,
            b"HC1:" + data,
            b"HC1:" + base45.encode(data),
            _wire.wrap(data),
            wrapped([b"", {}, data, data]),
        )
        for text in texts:
            try:
                form.open(text)
            except MoharError:
                continue

    @settings(max_examples=150, deadline=None)
    @given(
        st.dictionaries(
            st.sampled_from([1, 4, 5, 6, -260, "v", "valid_from", "pha", 99]),
            st.none()
            | st.integers()
            | st.floats()
            | st.text(max_size=4)
            | st.binary(max_size=4)
            | st.dictionaries(st.integers(0, 2), st.dictionaries(st.text(max_size=2), st.text())),
        )
    )
    def test_no_claims_raise_anything_but_our_own(self, form: HcertFormat, payload: Any):
        try:
            form.open(signed(payload))
        except MoharError:
            return

    def test_what_inflates_to_more_than_allowed_is_not_read(self, form: HcertFormat):
        started = time.perf_counter()
        for size in (100_001, 50_000_000):
            bomb = b"HC1:" + base45.encode(zlib.compress(bytes(size), 9))
            with pytest.raises(Unreadable, match=r"larger than 100000 bytes|more than 20000 bytes"):
                form.open(bomb)

        assert time.perf_counter() - started < 5

    def test_long_text_is_not_read(self, form: HcertFormat):
        with pytest.raises(Unreadable, match="more than 20000 bytes"):
            form.open(b"HC1:" + b"0" * 1_000_000)

    def test_many_items_and_deep_ones_are_not_read(self, form: HcertFormat):
        deep: Any = []
        for _ in range(100):
            deep = [deep]
        for payload in ({-260: {1: {"x": [[]] * 20_000}}}, {-260: {1: {"x": deep}}}):
            with pytest.raises(Unreadable):
                form.open(signed(payload))

    @pytest.mark.parametrize("prefix", [b"", b"HC2:", b"hc1:", b"HC1", b"AT1:", b"HC1: "])
    def test_another_prefix_is_another_format(
        self, form: HcertFormat, secured: Secured, prefix: bytes
    ):
        with pytest.raises(Unreadable):
            form.open(prefix + secured.content.removeprefix(b"HC1:"))

    def test_uncompressed_content_is_not_read(self, form: HcertFormat, secured: Secured):
        with pytest.raises(Unreadable, match="not compressed"):
            form.open(b"HC1:" + base45.encode(_wire.unwrap(secured.content)))

    @pytest.mark.parametrize(
        "payload",
        [
            {},
            {1: "IN"},
            {-260: {}},
            {-260: {4: {"x": 1}}},
            {-260: {5: ["vhlink:/x"]}},
            {-260: {1: {"x": 1}, -6: {}}},
            {-260: 7},
        ],
    )
    def test_other_contents_are_not_supported(self, form: HcertFormat, payload: Any):
        with pytest.raises(Unsupported):
            form.open(signed(payload))

    @pytest.mark.parametrize(
        "payload",
        [
            7,
            [],
            {-260: {1: 7}},
            {-260: {1: {1: 2}}},
            {-260: {1: {"x": b"y"}}},
            {"valid_from": "2026"},
        ],
    )
    def test_damaged_contents_are_not_read(self, form: HcertFormat, payload: Any):
        with pytest.raises(Unreadable):
            form.open(signed(payload))
