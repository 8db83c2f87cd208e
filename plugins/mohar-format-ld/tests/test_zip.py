"""The ZIP in a QR code: one document in, the same out, and nothing that hides or swells."""

from __future__ import annotations

import io
import json
import struct
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mohar.domain.errors import Unreadable
from mohar_format_ld import _zip
from mohar_format_ld._format import LdFormat

NAME = "certificate.json"


def archive(*entries: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as made:
        for name, content in entries:
            made.writestr(name, content)
    return buffer.getvalue()


def patched(data: bytes, mark: bytes, offset: int, value: bytes) -> bytes:
    """Return the bytes with something else at an offset from a header's mark."""
    at = data.index(mark) + offset
    return data[:at] + value + data[at + len(value) :]


class TestOutAndBack:
    @settings(max_examples=40, deadline=None)
    @given(st.dictionaries(st.text(max_size=8), st.text(max_size=60), max_size=6))
    def test_what_is_packed_is_unpacked_however_it_was_read(self, tree: dict[str, str]):
        content = json.dumps(tree).encode()
        packed = _zip.pack(content)
        as_text = packed.decode("latin-1").encode("utf-8")
        twice = as_text.decode("latin-1").encode("utf-8")

        assert content == _zip.unpack(packed)
        assert content == _zip.unpack(as_text)
        assert content == _zip.unpack(twice)

    def test_the_same_document_gives_the_same_bytes(self):
        assert _zip.pack(b"{}") == _zip.pack(b"{}")
        assert _zip.pack(b"{}")[10:14] == b"\x00\x00\x21\x00", "the first day of 1980"

    def test_a_stored_entry_and_one_with_its_sizes_behind_it_are_read(self):
        stored = archive((NAME, b"{}"), method=zipfile.ZIP_STORED)

        class Unseekable(io.BytesIO):
            def seekable(self) -> bool:
                return False

            def seek(self, *_: object) -> int:
                raise OSError

        buffer = Unseekable()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
            made.writestr(NAME, b"{}")

        assert _zip.unpack(stored) == b"{}"
        assert _zip.unpack(buffer.getvalue()) == b"{}"

    def test_plain_json_is_no_carrier(self, modern: LdFormat):
        assert modern.unpack(b'{"@context":[]}') == ()


class TestRefused:
    @pytest.mark.parametrize(
        ("data", "why"),
        [
            (archive(("other.json", b"{}")), "one file"),
            (archive((NAME, b"{}"), ("more", b"x")), "one file"),
            (archive((NAME, b"{}"), ("../" + NAME, b"{}")), "one file"),
            (archive(("../" + NAME, b"{}")), "one file"),
            (archive(("x/" + NAME, b"{}")), "one file"),
            (archive(("/" + NAME, b"{}")), "one file"),
            (archive((NAME.upper(), b"{}")), "one file"),
            (archive(), "damaged|one file"),
            (archive((NAME, b"")), "JSON"),
            (archive((NAME, b"hello")), "JSON"),
            (archive((NAME, b"[1]")), "no object"),
            (archive((NAME, b'{"a":1,"a":2}')), "twice"),
            (archive((NAME, b'{"\xff":1}')), "UTF-8"),
            (archive((NAME, b"{}"), method=zipfile.ZIP_BZIP2), "stored or deflated"),
            (archive((NAME, b"{}"), method=zipfile.ZIP_LZMA), "stored or deflated"),
            (archive((NAME, b"{}")) + b"x", "no part|damaged"),
            (archive((NAME, b"{}"))[:-4], "damaged"),
            (b"PK\x03\x04", "damaged"),
        ],
    )
    def test_anything_but_one_plain_document(self, data: bytes, why: str):
        data = data if data.startswith(b"PK\x03\x04") else b"PK\x03\x04" + data

        with pytest.raises(Unreadable, match=why):
            _zip.unpack(data)

    @pytest.mark.parametrize("size", [256 * 1024 + 1, 20_000_000])
    def test_a_bomb(self, size: int):
        with pytest.raises(Unreadable, match="larger than"):
            _zip.unpack(archive((NAME, b'{"a":"' + b" " * size + b'"}')))

    def test_a_small_bomb_by_its_ratio(self):
        with pytest.raises(Unreadable, match="trap"):
            _zip.unpack(archive((NAME, b'{"a":"' + b" " * 200_000 + b'"}')))

    def test_a_bomb_whose_headers_lie(self):
        """The sizes in the headers say ten bytes; what comes out is counted instead."""
        bomb = archive((NAME, b'{"a":"' + b" " * 5_000_000 + b'"}'))
        lying = patched(bomb, b"PK\x03\x04", 22, struct.pack("<I", 10))
        lying = patched(lying, b"PK\x01\x02", 24, struct.pack("<I", 10))

        with pytest.raises(Unreadable):
            _zip.unpack(lying)

    def test_an_encrypted_entry(self):
        data = patched(archive((NAME, b"{}")), b"PK\x03\x04", 6, b"\x01\x00")
        data = patched(data, b"PK\x01\x02", 8, b"\x01\x00")

        with pytest.raises(Unreadable, match="encrypted"):
            _zip.unpack(data)

    def test_bytes_between_the_parts(self):
        good = archive((NAME, b"{}"))
        at = good.index(b"PK\x01\x02")
        hidden = good[:at] + b"hidden" + good[at:]
        hidden = patched(hidden, b"PK\x05\x06", 16, struct.pack("<I", at + 6))

        with pytest.raises(Unreadable, match="no part"):
            _zip.unpack(hidden)

    def test_a_name_that_differs_between_the_headers(self):
        data = patched(archive((NAME, b"{}")), b"PK\x03\x04", 30, b"C")

        with pytest.raises(Unreadable, match="damaged"):
            _zip.unpack(data)

    def test_a_wrong_checksum(self):
        data = patched(archive((NAME, b"{}")), b"PK\x01\x02", 16, b"\0\0\0\0")

        with pytest.raises(Unreadable, match="damaged"):
            _zip.unpack(data)

    @settings(max_examples=150, deadline=None)
    @given(st.integers(0, 200), st.integers(0, 255), st.integers(0, 200))
    def test_any_changed_byte_is_read_or_unreadable(self, at: int, value: int, cut: int):
        data = bytearray(_zip.pack(b'{"name":"' + b"ab" * 20 + b'"}'))
        data[at % len(data)] = value
        changed = bytes(data[: len(data) - cut % 8])

        try:
            content = _zip.unpack(changed)
        except Unreadable:
            return
        assert isinstance(json.loads(content), dict)
