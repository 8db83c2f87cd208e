"""Put a document together from a record. Values go in as data; nothing here builds text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import msgspec

from mohar.domain.findings import Finding
from mohar.domain.values import JsonObject
from mohar_schema_declared._convert import first_of
from mohar_schema_declared._fit import misfits
from mohar_schema_declared._frame import ISSUE, Frame, Kit, Reader, Unfit
from mohar_schema_declared._typefile import Term

Fill: TypeAlias = Callable[[Frame], JsonObject | None]


class Slot(msgspec.Struct, frozen=True):
    """One member of an object, ready to be filled."""

    name: str
    read: Reader
    default: Any
    is_constant: bool
    missing: Finding | None


def object_plan(members: Sequence[Term], profile: str, kit: Kit, *, optional: bool) -> Fill:
    """
    Return a function that fills one object for a profile; findings go to the frame.

    An optional object none of whose members has a value of its own is None, without findings.
    """
    slots = [_slot(term, profile, kit) for term in members if term.appears(profile)]

    def fill(frame: Frame) -> JsonObject | None:
        before, filled, told = len(frame.findings), {}, False
        for slot in slots:
            value = slot.read(frame)
            if value is None:
                value = _instead(slot, frame)
            else:
                told = told or not slot.is_constant
            if value is not None:
                filled[slot.name] = value
        if optional and not told:
            del frame.findings[before:]
            return None
        return filled

    return fill


def _instead(slot: Slot, frame: Frame) -> Any:
    if slot.default is not msgspec.UNSET:
        return slot.default
    if slot.missing is not None:
        frame.findings.append(slot.missing)
    return None


def _slot(term: Term, profile: str, kit: Kit) -> Slot:
    required = term.is_required(profile)
    return Slot(
        name=term.term,
        read=_many(_reader(term, profile, kit, optional=not required), term),
        default=term.default,
        is_constant=term.const is not msgspec.UNSET,
        missing=_missing(term) if required and not term.members else None,
    )


def _many(read: Reader, term: Term) -> Reader:
    if not (term.repeated or term.listed):
        return read

    def listed(frame: Frame) -> Any:
        value = read(frame)
        if value is None:
            return None
        return list(value.values()) if term.listed else [value]

    return listed


def _reader(term: Term, profile: str, kit: Kit, *, optional: bool) -> Reader:
    if term.datatype == "object":
        return object_plan(term.members, profile, kit, optional=optional)
    if term.const is not msgspec.UNSET:
        return first_of([term], kit)
    return _checked(term, kit)


def _checked(term: Term, kit: Kit) -> Reader:
    read, misfit = first_of(term.sources(), kit), misfits(term)

    def checked(frame: Frame) -> Any:
        try:
            value = read(frame)
        except Unfit as unfit:
            frame.findings.append(_unfit(term, str(unfit)))
            return None
        needed = None if value is None else misfit(value)
        if needed is not None:
            frame.findings.append(_unfit(term, f"must be {needed}"))
            return None
        return value

    return checked


def record_path(term: Term) -> str:
    """Return the record's path behind a term, the first choice first, or an empty text."""
    paths = [source.from_ for source in term.sources() if source.from_]
    return next((path for path in paths if not path.startswith(f"{ISSUE}.")), "")


def _missing(term: Term) -> Finding:
    where = record_path(term)
    return Finding(
        code="value-missing",
        message=f"{where or term.term} is missing, and the credential needs it; send a value",
        where=where,
    )


def _unfit(term: Term, needed: str) -> Finding:
    where = record_path(term)
    return Finding(
        code="value-unfit",
        message=f"{where or term.term} {needed}; correct it at the source",
        where=where,
    )
