"""Read a file of upstream messages: JSON, JSON Lines or CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from mohar.codec import strict_json
from mohar.domain.errors import InvalidInput, Unreadable
from mohar.domain.record import Message
from mohar.plugin import Source

_LARGEST: Final = 1_000_000_000


def read_messages(path: Path, source: Source, variant: str = "") -> list[Message]:
    """
    Return the messages of a file, in order.

    A JSON item is a message, or `{"variant": …, "message": {…}}` where variants differ within
    a file; other members beside `message` are labels and are left alone.

    Raises:
        InvalidInput: the file cannot be read; every wrong line is named.
    """
    try:
        data = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}") from error
    if path.suffix.lower() == ".csv":
        return _from_csv(path, data, source)
    return [_message(each, variant) for each in _objects(path, data)]


def _objects(path: Path, data: bytes) -> list[dict[str, Any]]:
    if path.suffix.lower() == ".jsonl":
        return _from_lines(path, data)
    try:
        content = strict_json.parse(data, max_bytes=_LARGEST)
    except Unreadable as error:
        raise InvalidInput(f"{path} is not JSON: {error}") from error
    items = content if isinstance(content, list) else [content]
    _all_objects(path, "item", list(enumerate(items)))
    return items


def _from_lines(path: Path, data: bytes) -> list[dict[str, Any]]:
    found, wrong = [], []
    for number, line in enumerate(data.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            found.append((number, strict_json.parse(line)))
        except Unreadable:
            wrong.append(str(number))
    if wrong:
        raise InvalidInput(f"{path}: these lines are not JSON: {', '.join(wrong)}")
    _all_objects(path, "line", found)
    return [each for _, each in found]


def _all_objects(path: Path, unit: str, items: Sequence[tuple[int, object]]) -> None:
    wrong = [str(number) for number, each in items if not isinstance(each, dict)]
    if wrong:
        raise InvalidInput(f"{path}: not a JSON object at {unit} {', '.join(wrong)}")


def _message(item: dict[str, Any], variant: str) -> Message:
    inner = item.get("message")
    if isinstance(inner, dict):
        return Message(content=inner, variant=str(item.get("variant", variant)))
    return Message(content=item, variant=variant)


def _from_csv(path: Path, data: bytes, source: Source) -> list[Message]:
    try:
        rows = csv.DictReader(io.StringIO(data.decode(), newline=""), strict=True)
        headers = list(rows.fieldnames or [])
        _check_headers(path, headers, source)
        return [source.from_row(_row(path, rows.line_num, row)) for row in rows]
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{path} is not UTF-8") from error
    except csv.Error as error:
        raise InvalidInput(f"{path} is not CSV (RFC 4180): {error}") from error


def _check_headers(path: Path, headers: Sequence[str], source: Source) -> None:
    columns = list(source.columns())
    if not columns:
        raise InvalidInput(f"{path}: this kind's source reads no CSV")
    missing = [name for name in columns if name not in headers]
    if missing:
        raise InvalidInput(f"{path}: these columns are missing: {', '.join(missing)}")


def _row(path: Path, line: int, row: dict[Any, Any]) -> dict[str, str]:
    if None in row or None in row.values():
        raise InvalidInput(f"{path}:{line}: this row has not as many fields as the header")
    return row
