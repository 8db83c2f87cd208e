"""The FHIR bundle of a card: what makes it wrong, and what a QR code has no room for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from mohar.domain.findings import Finding
from mohar.domain.values import PartialDate

PLACE: Final = "vc.credentialSubject.fhirBundle"

_SHORT: Final = re.compile(r"resource:[0-9]{1,6}", re.ASCII)
_CODING: Final = frozenset({"system", "version", "code", "display", "userSelected"})
_STATUS: Final = frozenset({"completed", "entered-in-error", "not-done"})
_OCCURRENCE: Final = ("occurrenceDateTime", "occurrenceString")
# FHIR R4 §2.24.0.1: a date of known precision, with a time and its zone behind a full one.
_DATE_TIME: Final = re.compile(
    r"(\d{4}(?:-\d{2}(?:-\d{2})?)?)"
    r"(?:T([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d))?",
    re.ASCII,
)
_FULL_DATE: Final = len("YYYY-MM-DD")


def mistakes(bundle: Any) -> Iterator[Finding]:
    """Yield what no reader of cards should accept, each with the entry it is in."""
    if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle":
        yield _wrong("shc-no-bundle", "a card needs a FHIR Bundle here", PLACE)
        return
    if bundle.get("type") != "collection":
        yield _wrong("shc-no-collection", "the Bundle of a card must be a collection", PLACE)
    entries = bundle.get("entry")
    if not isinstance(entries, list) or not entries:
        yield _wrong("shc-no-entry", "the Bundle of a card needs entries", PLACE)
        return
    urls = {entry["fullUrl"] for entry in entries if _is_entry(entry)}
    if len(urls) < len(entries):
        yield _wrong("shc-full-url", "every entry needs a fullUrl of its own", PLACE)
    for number, entry in enumerate(entries):
        where = f"{PLACE}.entry.{number}"
        if _is_entry(entry):
            yield from _in_entry(entry, urls, where)
        else:
            yield _wrong("shc-entry", "an entry needs a fullUrl and a resource of a type", where)


def surplus(bundle: Any) -> Iterator[Finding]:
    """Yield what the rules for QR codes leave out: ids, meta, narratives and display texts."""
    for where, value in _objects(bundle, PLACE):
        for name in _left_out(value):
            told = "the rules for QR codes leave this member out; leave it out of the type"
            yield _wrong("shc-surplus", told, f"{where}.{name}")


def _wrong(code: str, message: str, where: str) -> Finding:
    return Finding(code=code, message=message, where=where)


def _is_entry(entry: Any) -> bool:
    match entry:
        case {"fullUrl": str(), "resource": {"resourceType": str()}}:
            return True
        case _:
            return False


def _in_entry(entry: Mapping[str, Any], urls: set[str], where: str) -> Iterator[Finding]:
    resource = entry["resource"]
    if _SHORT.fullmatch(entry["fullUrl"]) is None:
        yield _wrong("shc-full-url", "a fullUrl must be of the form resource:0", where)
    if any(value in ({}, [], "", None) for value in _values(resource)):
        yield _wrong("shc-empty", "FHIR has no empty members; leave them out", where)
    if not _is_meta(resource.get("meta")):
        yield _wrong("shc-meta", "meta.security must be a list of codings", where)
    if resource["resourceType"] == "Immunization":
        yield from _in_immunization(resource, urls, where)
    if resource["resourceType"] == "Patient" and not _is_date(resource.get("birthDate", "2000")):
        yield _wrong("shc-birth-date", "a birthDate must be YYYY, YYYY-MM or YYYY-MM-DD", where)


def _in_immunization(resource: Mapping[str, Any], urls: set[str], where: str) -> Iterator[Finding]:
    if resource.get("status") not in _STATUS:
        yield _wrong("shc-status", f"status must be one of {', '.join(sorted(_STATUS))}", where)
    match resource.get("vaccineCode"):
        case {"coding": [dict(), *_]} | {"text": str()}:
            pass
        case _:
            yield _wrong("shc-code", "an Immunization needs a vaccineCode", where)
    match resource.get("patient"):
        case {"reference": str(url)} if url in urls:
            pass
        case _:
            told = "an Immunization needs a patient who is in the Bundle"
            yield _wrong("shc-patient", told, where)
    if sum(name in resource for name in _OCCURRENCE) != 1:
        yield _wrong("shc-occurrence", f"needs exactly one of {' and '.join(_OCCURRENCE)}", where)
    if not _is_date_time(resource.get("occurrenceDateTime", "2000")):
        yield _wrong("shc-date-time", "occurrenceDateTime is no dateTime of FHIR", where)


def _is_meta(meta: Any) -> bool:
    match meta:
        case {"security": list(codings)}:
            return all(isinstance(each, dict) and each.keys() <= _CODING for each in codings)
        case {"security": _}:
            return False
        case _:
            return True


def _left_out(value: Mapping[str, Any]) -> Iterator[str]:
    if "resourceType" in value:
        yield from (name for name in ("id", "text") if name in value)
        meta = value.get("meta", {})
        if not isinstance(meta, dict) or meta.keys() - {"security"}:
            yield "meta"
    codings = value.get("coding")
    if isinstance(codings, list):
        if "text" in value:
            yield "text"
        for number, coding in enumerate(codings):
            if isinstance(coding, dict) and "display" in coding:
                yield f"coding.{number}.display"


def _is_date(text: Any) -> bool:
    try:
        PartialDate.parse(text)
    except (TypeError, ValueError):
        return False
    return True


def _is_date_time(text: Any) -> bool:
    match = _DATE_TIME.fullmatch(text) if isinstance(text, str) else None
    if match is None or not _is_date(match[1]):
        return False
    return match[2] is None or len(match[1]) == _FULL_DATE


def _objects(value: Any, where: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(value, dict):
        yield where, value
    for step, member in _members(value):
        yield from _objects(member, f"{where}.{step}")


def _values(value: Any) -> Iterator[Any]:
    for _, member in _members(value):
        yield member
        yield from _values(member)


def _members(value: Any) -> Iterable[tuple[str | int, Any]]:
    match value:
        case dict():
            return value.items()
        case list():
            return enumerate(value)
        case _:
            return ()
