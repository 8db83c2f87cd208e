"""The ZIP that a QR code carries: one file, `certificate.json`, and nothing beside it."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from typing import Final

from mohar.codec import strict_json
from mohar.domain.errors import Unreadable

_NAME: Final = "certificate.json"
_LOCAL: Final = b"PK\x03\x04"
_MOST_BYTES: Final = 256 * 1024
_MOST_RATIO: Final = 200
_ENCRYPTED: Final = 0x1
_SIZES_FOLLOW: Final = 0x8
_LOCAL_HEADER_BYTES: Final = 30
_END_BYTES: Final = 22
# A descriptor is three numbers, with or without its mark in front (APPNOTE §4.3.9).
_DESCRIPTOR_BYTES: Final = (12, 16)
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
# Each reading of a carrier as text can have doubled its high bytes once.
_MOST_EXPANSIONS: Final = 2

# What the standard library raises for bytes that only begin like a ZIP.
_DAMAGED: Final = (
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
    ValueError,
    EOFError,
    OSError,
    OverflowError,
    struct.error,
    zlib.error,
)


def pack(content: bytes) -> bytes:
    """Return a ZIP of one document: the same bytes for the same document, on every machine."""
    entry = zipfile.ZipInfo(_NAME, date_time=_EPOCH)
    entry.create_system = 0
    entry.external_attr = 0
    entry.compress_type = zipfile.ZIP_DEFLATED
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(entry, content, compresslevel=9)
    return buffer.getvalue()


def looks_zipped(data: bytes) -> bool:
    """Say from the first bytes whether this is a ZIP, also one that was taken for text."""
    return data.startswith(_LOCAL)


def unpack(data: bytes) -> bytes:
    """
    Return the document in a ZIP, or in a ZIP whose bytes were taken for Latin-1 text.

    Raises:
        Unreadable: damaged, anything but one plain file `certificate.json`, more than 256 KiB,
            or no JSON object in it; the message says which.
    """
    refusals: list[Unreadable] = []
    for candidate in _readings(data):
        try:
            return _document(candidate)
        except Unreadable as error:
            refusals.append(error)
    raise refusals[0]


def _readings(data: bytes) -> list[bytes]:
    """Return the bytes as they are, and as they were before somebody wrote them as UTF-8."""
    readings = [data]
    for _ in range(_MOST_EXPANSIONS):
        try:
            shorter = readings[-1].decode("utf-8").encode("latin-1")
        except UnicodeError:
            break
        if shorter == readings[-1]:
            break
        readings.append(shorter)
    return readings


def _document(data: bytes) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entry = _only_entry(archive, data)
            with archive.open(entry) as stream:
                # One byte more than allowed, so that no header is believed about the size.
                content = stream.read(_MOST_BYTES + 1)
    except _DAMAGED as error:
        raise Unreadable("the ZIP is damaged") from error
    if len(content) > _MOST_BYTES or len(content) > _MOST_RATIO * len(data):
        raise Unreadable(f"the file in the ZIP is larger than {_MOST_BYTES} bytes, or a trap")
    strict_json.parse_object(content)
    return content


def _only_entry(archive: zipfile.ZipFile, data: bytes) -> zipfile.ZipInfo:
    entries = archive.infolist()
    if len(entries) != 1 or entries[0].orig_filename != _NAME:
        raise Unreadable(f"the ZIP must hold one file, {_NAME}, and nothing else")
    entry = entries[0]
    if entry.flag_bits & _ENCRYPTED:
        raise Unreadable("the file in the ZIP is encrypted")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Unreadable("the file in the ZIP must be stored or deflated")
    if not _is_all(archive, entry, data):
        raise Unreadable("the ZIP holds bytes that are no part of its one file")
    return entry


def _is_all(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, data: bytes) -> bool:
    """Say whether header, file, directory and end account for every byte."""
    name_bytes, extra_bytes = struct.unpack_from("<HH", data, 26)
    after_file = _LOCAL_HEADER_BYTES + name_bytes + extra_bytes + entry.compress_size
    descriptors = _DESCRIPTOR_BYTES if entry.flag_bits & _SIZES_FOLLOW else (0,)
    ends = data.rfind(b"PK\x05\x06")
    *counts, directory_bytes = struct.unpack_from("<HHI", data, ends + 8)
    return (
        entry.header_offset == 0
        and archive.start_dir - after_file in descriptors
        and archive.start_dir + directory_bytes == ends
        and ends + _END_BYTES == len(data)
        and counts == [1, 1]
    )
