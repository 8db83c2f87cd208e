"""The compact text in a QR code: the signed bytes come back, or it is said why not."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mohar.codec import base45
from mohar.domain.credential import Credential, Secured
from mohar.domain.errors import ConfigError, Unreadable, Unsupported
from mohar_format_ld import _packed
from mohar_format_ld._contexts import Contexts
from mohar_format_ld._format import LdFormat, Settings
from mohar_format_ld._packed import Packer

URL = "https://example.org/contexts/membership/v1"
OLD, NEW = b'"member":{"givenName":"', b'"number":,"member":{"notes":["'
CONTENT = b'{"@context":["x"],"member":{"givenName":"Meera","notes":["a"]},"number":7}'


def spelled(body: bytes) -> bytes:
    """Return the text of a body whose check is right, whatever else is wrong with it."""
    return b"MZ1:" + base45.encode(body + _packed._check(body))


def deflated(content: bytes, dictionary: bytes = _packed._PROOF) -> bytes:
    packing = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zdict=dictionary)
    return _packed._digest(dictionary) + packing.compress(content) + packing.flush()


@pytest.fixture(scope="module")
def packer() -> Packer:
    return Packer({URL: [NEW, OLD]})


class TestOutAndBack:
    @settings(max_examples=60, deadline=None)
    @given(
        tree=st.dictionaries(st.text(max_size=8), st.text(max_size=60), max_size=6),
        url=st.sampled_from([URL, "https://example.org/another"]),
    )
    def test_what_is_packed_is_unpacked(self, packer: Packer, tree: dict[str, str], url: str):
        content = json.dumps(tree).encode()

        text = packer.pack(content, ["https://www.w3.org/ns/credentials/v2", url])

        assert packer.unpack(text) == content
        assert packer.unpack(b"\r\n" + text + b"\n") == content, "pasted as a line"

    def test_it_is_written_in_letters_that_a_code_spells_compactly(self, packer: Packer):
        assert set(packer.pack(CONTENT, URL)) <= set(
            b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
        )

    def test_the_same_document_gives_the_same_text(self, packer: Packer):
        assert packer.pack(CONTENT, URL) == packer.pack(CONTENT, [URL])

    def test_the_newest_dictionary_packs_and_the_old_ones_are_still_read(self, packer: Packer):
        before = Packer({URL: [OLD]}).pack(CONTENT, URL)

        now = packer.pack(CONTENT, URL)

        assert now != before
        assert packer.unpack(now) == packer.unpack(before) == CONTENT

    def test_a_document_of_no_known_type_is_packed_as_well(self, packer: Packer):
        assert packer.unpack(packer.pack(CONTENT, None)) == CONTENT


class TestSigned:
    @pytest.fixture
    def secured(
        self,
        modern: LdFormat,
        ed_signer: Any,
        membership: dict[str, Any],
        credential: Callable[[dict[str, Any]], Credential],
    ) -> Secured:
        (prepared,) = modern.prepare(
            [credential(membership)], ed_signer.key, credential(membership).issued_at
        )
        (sealed,) = modern.seal([prepared], ed_signer.sign([prepared.payload]), ed_signer.key)
        return sealed

    def test_the_proof_covers_what_comes_back(
        self, modern: LdFormat, ed_signer: Any, secured: Secured
    ):
        (text,) = [each for each in modern.carriers(secured) if each.name == "packed"]

        (content,) = modern.unpack(text.data)

        assert content == secured.content
        assert modern.verify(modern.open(content), 0, ed_signer.key)

    def test_the_compact_one_is_the_best_and_the_legacy_suite_keeps_its_zip(
        self, modern: LdFormat, legacy: LdFormat, secured: Secured
    ):
        assert [each.name for each in modern.carriers(secured)] == ["packed", "zip"]
        assert [each.name for each in legacy.carriers(secured)] == ["zip", "packed"]

    def test_with_the_dictionary_of_its_type_it_is_smaller(
        self, modern: LdFormat, documents: dict[str, bytes], secured: Secured
    ):
        common = secured.content[: secured.content.index(b'"proof"')]
        knowing = LdFormat(Settings(), Contexts(documents), None, {URL: [common]})

        small, large = knowing.carriers(secured)[0], modern.carriers(secured)[0]

        assert len(small.data) < 0.5 * len(large.data)


class TestRefused:
    @settings(max_examples=150, deadline=None)
    @given(data=st.data())
    def test_a_changed_bit_is_never_read(self, packer: Packer, data: st.DataObject):
        """Also where deflate would say the same with other bits: one code for one document."""
        text = packer.pack(CONTENT, URL)
        bit = data.draw(st.integers(0, len(text) * 8 - 1))
        changed = bytearray(text)
        changed[bit // 8] ^= 1 << bit % 8

        if _packed.looks_packed(bytes(changed)):
            with pytest.raises(Unreadable):
                packer.unpack(bytes(changed))

    @settings(max_examples=60, deadline=None)
    @given(rest=st.binary(max_size=60))
    def test_any_text_behind_the_scheme_is_read_or_told(self, packer: Packer, rest: bytes):
        for text in (
            b"MZ1:" + rest,
            spelled(rest),
            spelled(_packed._digest(_packed._PROOF) + rest),
        ):
            try:
                assert json.loads(packer.unpack(text)) is not None
            except (Unreadable, Unsupported):
                continue

    def test_another_dictionary_is_not_supported_and_named(self, packer: Packer):
        text = Packer({URL: [b"something else"]}).pack(CONTENT, URL)
        digest = hashlib.sha256(b"something else" + _packed._PROOF).hexdigest()[:8]

        with pytest.raises(Unsupported, match=digest):
            packer.unpack(text)

    @pytest.mark.parametrize(
        ("text", "why"),
        [
            (b"MZ1:", "cut short"),
            (b"MZ1:a", "base45"),
            (spelled(deflated(CONTENT)[:-2]), "cut short"),
            (spelled(deflated(CONTENT) + b"more"), "more than one"),
            (spelled(deflated(CONTENT)[:4] + b"\xff" * 9), "damaged"),
            (spelled(deflated(b"hello")), "JSON"),
            (spelled(deflated(b"[1]")), "no object"),
            (spelled(deflated(b'{"a":1,"a":2}')), "twice"),
            (spelled(deflated(b'{"a":"' + b" " * 300_000 + b'"}')), "larger than"),
        ],
    )
    def test_anything_but_one_whole_document(self, packer: Packer, text: bytes, why: str):
        with pytest.raises(Unreadable, match=why):
            packer.unpack(text)


class TestDictionaries:
    def test_one_beyond_the_window_is_a_mistake(self):
        with pytest.raises(ConfigError, match="shorten it"):
            Packer({URL: [bytes(33_000)]})

    def test_two_with_one_digest_are_a_mistake(self):
        """Four bytes tell them apart in a code; that two share them is found at start."""
        first, second = twins()

        with pytest.raises(ConfigError, match="one digest"):
            Packer({URL: [first, second]})


def twins() -> tuple[bytes, bytes]:
    seen: dict[bytes, bytes] = {}
    for number in count():
        made = str(number).encode()
        other = seen.setdefault(_packed._digest(made + _packed._PROOF), made)
        if other != made:
            return other, made
    raise AssertionError
