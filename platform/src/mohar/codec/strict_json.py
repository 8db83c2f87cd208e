"""
JSON that can be read in one way only.

Parsers differ on duplicate keys, numbers beyond a double and lone surrogates, and where two
parsers differ, a signature covers one reading while people see another. All of that is refused.
"""

from __future__ import annotations

import json
from typing import Any, Final

import msgspec

from mohar.domain.errors import Unreadable

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_LARGEST_INTEGER: Final = 2**53 - 1
_LONGEST_INTEGER: Final = len(str(_LARGEST_INTEGER)) + 1


def parse(data: bytes, *, max_bytes: int = 1_000_000, max_depth: int = 32) -> Any:
    """
    Read UTF-8 JSON text; a byte order mark at its beginning is passed over.

    Raises:
        Unreadable: not UTF-8 or not JSON, longer or deeper than allowed, a duplicate key, a lone
            surrogate, NaN or an infinity, or an integer beyond 2^53 - 1.
    """
    if len(data) > max_bytes:
        raise Unreadable(f"more than {max_bytes} bytes of JSON; nothing that long is read")
    quick = _compact(data, max_depth)
    if quick is not None:
        return quick
    try:
        text = data.removeprefix(_BYTE_ORDER_MARK).decode("utf-8")
        tree = json.loads(
            text,
            object_pairs_hook=_without_duplicates,
            parse_constant=_not_finite,
            parse_float=_finite,
            parse_int=_small_integer,
        )
    except UnicodeDecodeError as error:
        raise Unreadable("this is not UTF-8 text") from error
    except json.JSONDecodeError as error:
        raise Unreadable(
            f"this is not JSON: {error.msg} at line {error.lineno}, column {error.colno}"
        ) from None
    except RecursionError as error:
        raise Unreadable(f"JSON nested more than {max_depth} levels deep is not read") from error
    _check(tree, max_depth)
    return tree


def parse_object(data: bytes, *, max_bytes: int = 1_000_000, max_depth: int = 32) -> dict[str, Any]:
    """
    Read UTF-8 JSON text that is an object.

    Raises:
        Unreadable: whatever `parse` refuses, or JSON that is no object.
    """
    tree = parse(data, max_bytes=max_bytes, max_depth=max_depth)
    if not isinstance(tree, dict):
        raise Unreadable("this is JSON, but no object")
    return tree


def _compact(data: bytes, max_depth: int) -> Any:
    """
    Return the tree of compact text in which nothing can be read in two ways; None for any other.

    What comes out as the very bytes that went in had no key twice, and no number was rounded. Nor
    had it half of a surrogate pair: none is ever written as an escape.
    """
    try:
        tree = msgspec.json.decode(data)
        is_compact = msgspec.json.encode(tree) == data
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None
    return tree if is_compact and _is_sound([tree], max_depth + 1) else None


def _is_sound(value: Any, levels_left: int) -> bool:
    """Say whether no integer in a list or an object is too large, and nothing too deep."""
    for each in value.values() if value.__class__ is dict else value:
        kind = each.__class__
        if kind is int:
            if not -_LARGEST_INTEGER <= each <= _LARGEST_INTEGER:
                return False
        elif (kind is dict or kind is list) and (
            levels_left == 1 or not _is_sound(each, levels_left - 1)
        ):
            return False
    return True


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Unreadable("a JSON object has the same key twice")
    return members


def _not_finite(_name: str) -> float:
    raise Unreadable("a JSON number must be finite")


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise Unreadable("a JSON number must be finite")
    return number


def _small_integer(text: str) -> int:
    if len(text) > _LONGEST_INTEGER or abs(int(text)) > _LARGEST_INTEGER:
        raise Unreadable("a JSON integer beyond 2^53 - 1 is read differently by different programs")
    return int(text)


def _check(tree: Any, levels_left: int) -> None:
    if isinstance(tree, str):
        _check_text(tree)
    elif isinstance(tree, (dict, list)):
        if levels_left == 0:
            raise Unreadable("JSON nested deeper than allowed is not read")
        if isinstance(tree, dict):
            for key in tree:
                _check_text(key)
        for value in tree.values() if isinstance(tree, dict) else tree:
            _check(value, levels_left - 1)


def _check_text(text: str) -> None:
    if not text.isascii():
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            # The cause would carry the text, which may be somebody's name.
            raise Unreadable("half of a surrogate pair stands alone in a JSON text") from None
