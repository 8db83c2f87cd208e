"""
CBOR (RFC 8949) that can be read in one way only, and that costs no more than it is long.

No tag is acted upon: shared references make a small text a large tree, big numbers and regular
expressions take time out of proportion. Dates tagged as such are the text that they are.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sized
from types import MappingProxyType
from typing import Any, Final, NoReturn

import cbor2

from mohar.domain.errors import Unreadable
from mohar.domain.values import JsonObject

MAX_BYTES: Final = 100_000
MAX_DEPTH: Final = 16
MAX_LEVELS: Final = 12
MAX_ITEMS: Final = 10_000

# Tag 0 is an RFC 3339 date-time, tag 1004 an RFC 8943 date: both are text.
_TEXT_TAGS: Final = (0, 1004)
# The tags that the library would act upon (cbor2 6), those of text left out.
_REFUSED_TAGS: Final = (
    *(1, 2, 3, 4, 5, 25, 28, 29, 30, 35, 36, 37, 52, 54, 100, 256, 258, 260, 261, 43000),
    55799,
)
_LARGEST_INTEGER: Final = 2**53 - 1
_ERRORS: Final = (cbor2.CBORError, ValueError, TypeError, OverflowError, RecursionError)


def parse(data: bytes, *, max_bytes: int = MAX_BYTES) -> Any:
    """
    Read one CBOR item: maps, arrays, text, bytes, numbers, booleans, null; other tags stay tags.

    Raises:
        Unreadable: not CBOR, something behind it, a key twice, or more bytes or deeper nesting
            than allowed.
    """
    if len(data) > max_bytes:
        raise Unreadable(f"more than {max_bytes} bytes of CBOR; nothing that long is read")
    stream = io.BytesIO(data)
    try:
        decoder = cbor2.CBORDecoder(
            stream,
            semantic_decoders=_TAGS,
            max_depth=MAX_DEPTH,
            allow_duplicate_keys=False,
        )
        item = decoder.decode()
    except _ERRORS as error:
        # What the library says may repeat the text, which may be somebody's name.
        raise Unreadable(
            f"this is not CBOR, or not of a sort that is read: {type(error).__name__}"
        ) from None
    if stream.tell() != len(data):
        raise Unreadable("something stands behind the CBOR")
    return item


def as_json(item: Any) -> JsonObject:
    """
    Return a CBOR map as the JSON object that says the same.

    Raises:
        Unreadable: something in it that JSON has not (bytes, tags, keys that are no text, numbers
            that are not finite or beyond 2^53 - 1), or more items or levels than allowed.
    """
    if not isinstance(item, dict):
        raise Unreadable("this CBOR is no map")
    tree: JsonObject = _Copier().plain(item, MAX_LEVELS)
    return tree


class _Copier:
    """Copies a tree and counts what it copies."""

    def __init__(self) -> None:
        self._left = MAX_ITEMS

    def plain(self, item: Any, levels_left: int) -> Any:
        """Types are compared exactly, the frequent ones first: this is half of reading."""
        kind = type(item)
        if kind is str or kind is bool or item is None:
            return item
        if kind is dict:
            self._count(item, levels_left)
            if any(type(key) is not str for key in item):
                raise Unreadable("a key of its CBOR is no text")
            return {key: self.plain(value, levels_left - 1) for key, value in item.items()}
        if kind is list:
            self._count(item, levels_left)
            return [self.plain(each, levels_left - 1) for each in item]
        return _number(item)

    def _count(self, items: Sized, levels_left: int) -> None:
        self._left -= len(items)
        if self._left < 0:
            raise Unreadable(f"more than {MAX_ITEMS} items of CBOR are not read")
        if levels_left == 0:
            raise Unreadable(f"more than {MAX_LEVELS} levels of CBOR are not read")


def _number(item: Any) -> int | float:
    if type(item) is int and abs(item) <= _LARGEST_INTEGER:
        return item
    if type(item) is float and math.isfinite(item):
        return item
    raise Unreadable("its CBOR holds something that JSON cannot say")


def _text(value: Any, _immutable: object) -> str:
    if not isinstance(value, str):
        raise ValueError("no text")  # noqa: TRY004 -- the caller turns it into Unreadable
    return value


def _refuse(_value: Any, _immutable: object) -> NoReturn:
    raise ValueError("a tag that is not read")


_TAGS: Final = MappingProxyType(
    {**dict.fromkeys(_TEXT_TAGS, _text), **dict.fromkeys(_REFUSED_TAGS, _refuse)}
)
