"""
Walk a message along a table of fields: everything odd becomes a finding, nothing is raised.

msgspec would stop at the first mistake; here all of them are told together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from mohar.domain.findings import Finding, Severity
from mohar.domain.values import JsonObject

_TIDY_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}", re.ASCII)
_NAMES_TOLD = 10


class Unfit(ValueError):
    """A value that does not fit its field. The message repeats nothing of the value."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Odd(msgspec.Struct, frozen=True, kw_only=True):
    """A value that was understood although it is not written as the format says."""

    value: Any
    code: str
    message: str


class Field(msgspec.Struct, frozen=True):
    """
    One member of a message: its upstream name, its name in the record, and how it is read.

    `read` returns the record's value or an `Odd`, and raises `Unfit`. With `shape` the member is
    an object, or, with `many`, a list of objects.
    """

    name: str
    to: str
    read: Callable[[Any], Any] | None = None
    shape: Sequence[Field] = ()
    many: bool = False


class Notes:
    """The findings of one message, in the order they were made."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []

    def error(self, code: str, message: str, where: str) -> None:
        """Note what refuses the record."""
        self._add(code, message, where, "error")

    def warn(self, code: str, message: str, where: str) -> None:
        """Note what is odd and does no harm."""
        self._add(code, message, where, "warning")

    def _add(self, code: str, message: str, where: str, severity: Severity) -> None:
        self.findings.append(Finding(code=code, message=message, where=where, severity=severity))


def read_object(
    tree: Mapping[str, Any], shape: Sequence[Field], notes: Notes, where: str = ""
) -> JsonObject:
    """Return the record's side of an object; what is blank or unfit is left out."""
    content: JsonObject = {}
    for field in shape:
        sent = tree.get(field.name)
        value = None if _is_blank(sent) else _read_field(field, sent, notes, _join(where, field))
        if value is not None:
            content[field.to] = value
    _note_unknown(tree.keys() - {field.name for field in shape}, notes, where)

    return content


def written(content: JsonObject, shape: Sequence[Field]) -> JsonObject:
    """Return the message's side of what `read_object` returned; what no field reads is left out."""
    tree: JsonObject = {}
    for field in shape:
        value = content.get(field.to)
        if field.many and isinstance(value, list):
            tree[field.name] = [_written(each, field.shape) for each in value]
        elif value is not None:
            tree[field.name] = _written(value, field.shape)
    return tree


def _written(value: Any, shape: Sequence[Field]) -> Any:
    return written(value, shape) if shape and isinstance(value, dict) else value


def _read_field(field: Field, sent: Any, notes: Notes, where: str) -> Any:
    if field.many:
        return _read_many(field, sent, notes, where)
    if field.read is None:
        return _read_nested(field, sent, notes, where)
    try:
        value = field.read(sent)
    except Unfit as unfit:
        notes.error(unfit.code, unfit.message, where)
        return None
    if isinstance(value, Odd):
        notes.warn(value.code, value.message, where)
        return value.value
    return value


def _read_nested(field: Field, sent: Any, notes: Notes, where: str) -> JsonObject | None:
    if isinstance(sent, dict):
        return read_object(sent, field.shape, notes, where) or None
    notes.error(
        "wrong-type", "This must be an object; send the members that the format names.", where
    )
    return None


def _read_many(field: Field, sent: Any, notes: Notes, where: str) -> list[JsonObject] | None:
    if isinstance(sent, list) and all(isinstance(item, dict) for item in sent):
        return [
            read_object(item, field.shape, notes, f"{where}.{position}")
            for position, item in enumerate(sent)
        ]
    notes.error("wrong-type", "This must be a list of objects.", where)
    return None


def _note_unknown(names: Iterable[str], notes: Notes, where: str) -> None:
    unknown = sorted(names)
    if not unknown:
        return
    # A name that looks like none could be somebody's; it is counted and not repeated.
    tidy = [name for name in unknown if _TIDY_NAME.fullmatch(name)][:_NAMES_TOLD]
    told = f": {', '.join(tidy)}" if tidy else ""
    more = len(unknown) - len(tidy)
    others = f"{' and' if tidy else ':'} {more} more" if more else ""
    notes.warn(
        "unknown-field",
        f"This format does not know, and the record does not keep{told}{others}.",
        where,
    )


def _join(where: str, field: Field) -> str:
    return f"{where}.{field.name}" if where else field.name


def _is_blank(sent: Any) -> bool:
    return sent is None or (isinstance(sent, str) and not sent.strip())
