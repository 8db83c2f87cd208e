"""Read a file of upstream messages: JSON, JSON Lines, CSV or XLSX."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from mohar.codec import strict_json
from mohar.domain.errors import InvalidInput, Unreadable
from mohar.domain.record import Message
from mohar.plugin import Source
from mohar.receiving.files import FORMS, RecordFile, form_of, message_of

_LARGEST: Final = 1_000_000_000


def read_messages(path: Path, source: Source, variant: str = "") -> list[Message]:
    """
    Return the messages of a file, in order.

    A JSON item is a message, or `{"variant": …, "message": {…}}` where variants differ within
    a file; other members beside `message` are labels and are left alone.

    Raises:
        InvalidInput: the file cannot be read; every wrong row is named.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}") from error
    if path.suffix.lower().removeprefix(".") in FORMS:
        return _rows(path, data, source, variant)
    return [message_of(each, variant) for each in _objects(path, data)]


def _objects(path: Path, data: bytes) -> Sequence[dict[str, Any]]:
    try:
        content = strict_json.parse(data, max_bytes=_LARGEST)
    except Unreadable as error:
        raise InvalidInput(f"{path} is not JSON: {error}") from error
    items = content if isinstance(content, list) else [content]
    wrong = [str(number) for number, each in enumerate(items) if not isinstance(each, dict)]
    if wrong:
        raise InvalidInput(f"{path}: not a JSON object at item {', '.join(wrong)}")
    return items


def _rows(path: Path, data: bytes, source: Source, variant: str) -> list[Message]:
    file = RecordFile(form=form_of(path.name, data), data=data, variant=variant)
    try:
        file.must_fit(source)
    except InvalidInput as error:
        raise InvalidInput(f"{path}: {error}", error.findings) from error
    rows = list(file.rows(source))
    wrong = [f"{path}:{row.number}: {row.finding.message}" for row in rows if row.finding]
    if wrong:
        raise InvalidInput("\n".join(wrong))
    return [row.message for row in rows if row.message]
