"""Bytes of a PDF kept ready, to which the objects of one document are added."""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec
import pydyf

_HEAD: Final = b"%PDF-1.7\n%\xf0\x9f\x96\xa4\n"
_ENTRY: Final = struct.Struct(">BLH")


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """Where the attached credential goes, and of which type it is said to be."""

    number: int
    subtype: str


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """
    All objects of a PDF that never change, as bytes, and the numbers of those that do.

    `head` are the first bytes of every file, and `entries` the cross-reference of what is in them;
    `metadata` is XMP cut where the title and the dates go.
    """

    head: bytes
    entries: bytes
    size: int
    root: bytes
    info: Mapping[str, Any]
    contents: tuple[int, ...]
    metadata_number: int
    metadata: tuple[bytes, ...]
    fonts_number: int
    fonts: Mapping[str, Any]
    attachment: Attachment | None
    unseen: tuple[int, int] | None

    @classmethod
    def of(cls, pdf: Any, changing: Iterable[int], **more: Any) -> Kept:
        """Keep all objects of a PDF that was drawn, but for the changing ones."""
        left_out = {0, *changing}
        entries = bytearray(_ENTRY.size * (len(pdf.objects) + 1))
        head = [_HEAD]
        position = len(_HEAD)
        packed: list[tuple[int, bytes]] = []
        for each in pdf.objects:
            if each.number in left_out:
                continue
            if not isinstance(each, pydyf.Stream):
                packed.append((each.number, each.data))
                continue
            _ENTRY.pack_into(entries, _ENTRY.size * each.number, 1, position, 0)
            head.append(each.indirect + b"\n")
            position += len(head[-1])
        number = len(pdf.objects)
        for place, (of, _) in enumerate(packed):
            _ENTRY.pack_into(entries, _ENTRY.size * of, 2, number, place)
        _ENTRY.pack_into(entries, _ENTRY.size * number, 1, position, 0)
        head.append(_object_stream(number, packed))
        return cls(
            head=b"".join(head),
            entries=bytes(entries),
            size=number + 1,
            root=pdf.catalog.reference,
            **more,
        )


class File:
    """One file: what is kept, and the objects of one document after it."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept
        self._pieces = [kept.head]
        self._position = len(kept.head)
        self._entries = bytearray(kept.entries)

    def put(self, number: int, content: bytes) -> None:
        """Write an object under a number that it has in what is kept."""
        _ENTRY.pack_into(self._entries, _ENTRY.size * number, 1, self._position, 0)
        self._pieces.append(b"%d 0 obj\n%b\nendobj\n" % (number, content))
        self._position += len(self._pieces[-1])

    def add(self, content: bytes) -> int:
        """Write one more object, and return its number."""
        number = len(self._entries) // _ENTRY.size
        self._entries += bytes(_ENTRY.size)
        self.put(number, content)
        return number

    def finished(self, info: int, identifier: str) -> bytes:
        """Return the whole file. Equal parts give equal bytes (ISO 32000-1 §7.5.8, §14.4)."""
        number = len(self._entries) // _ENTRY.size
        self._entries += _ENTRY.pack(1, self._position, 0)
        packed = zlib.compress(self._entries, 1)
        digest = hashlib.md5(b"".join(self._pieces[1:]), usedforsecurity=False).hexdigest()
        last = b"%d 0 obj\n%b\nendobj\nstartxref\n%d\n%%%%EOF\n" % (
            number,
            b"<</Type/XRef/W[1 4 2]/Index[0 %d]/Size %d/Root %b/Info %d 0 R/ID[(%b)(%b)]"
            b"/Length %d/Filter/FlateDecode>>\nstream\n%b\nendstream"
            % (
                *(number + 1, number + 1, self._kept.root, info),
                *(identifier.encode(), digest.encode(), len(packed), packed),
            ),
            self._position,
        )
        return b"".join([*self._pieces, last])


def stream(packed: bytes, more: bytes = b"") -> bytes:
    """Return a stream object around data that is packed with zlib already."""
    return b"<<%b/Length %d/Filter/FlateDecode>>\nstream\n%b\nendstream" % (
        *(more, len(packed), packed),
    )


def dictionary(entries: Mapping[str, Any]) -> bytes:
    """Return a PDF dictionary."""
    return bytes(pydyf.Dictionary(entries).data)


def _object_stream(number: int, packed: Sequence[tuple[int, bytes]]) -> bytes:
    """Return an object stream (ISO 32000-1 §7.5.7)."""
    places: list[str] = []
    position = 0
    for of, data in packed:
        places.append(f"{of} {position}")
        position += len(data) + 1
    first = " ".join(places).encode()
    whole = first + b"\n" + b"\n".join(data for _, data in packed)
    more = b"/Type/ObjStm/N %d/First %d" % (len(packed), len(first) + 1)
    return b"%d 0 obj\n%b\nendobj\n" % (number, stream(zlib.compress(whole, 9), more))
