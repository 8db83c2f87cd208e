"""The members of a credential that a verifier needs, whichever version of the data model it is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from mohar.domain.errors import Unreadable
from mohar.domain.status import StatusReference
from mohar.domain.values import JsonObject
from mohar.domain.verdict import Check

_MOMENT: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(\.\d{1,12})?([Zz]|[+-]\d\d:\d\d)?", re.ASCII
)
_INDEX: Final = re.compile(r"0|[1-9]\d{0,9}", re.ASCII)
_MOST_ENTRIES: Final = 8
_STATUS_TYPE: Final = "BitstringStatusListEntry"


def issuer(document: JsonObject) -> str:
    """
    Return who says this.

    Raises:
        Unreadable: nobody, or not by an id.
    """
    value = document.get("issuer")
    if value is None and "verificationMethod" in document:
        # A DID document is said by its controller (DID Core §5.1.2), which may be itself.
        value = document.get("controller", document.get("id"))
    name = value.get("id") if isinstance(value, dict) else value
    if not isinstance(name, str) or not name:
        raise Unreadable("the credential names no issuer")
    return name


def holder(document: JsonObject) -> str:
    """
    Return who presents this, or an empty text where a presentation names nobody.

    Raises:
        Unreadable: somebody without an id.
    """
    value = document.get("holder", "")
    name = value.get("id") if isinstance(value, dict) else value
    if not isinstance(name, str) or ("holder" in document and not name):
        raise Unreadable("the presentation names a holder without an id")
    return name


def validity(document: JsonObject) -> tuple[datetime | None, datetime | None]:
    """
    Return from when and until when it holds, by the names of version 2.0 or of 1.1.

    Raises:
        Unreadable: a date and time that is none.
    """
    begins = document.get("validFrom", document.get("issuanceDate"))
    ends = document.get("validUntil", document.get("expirationDate"))
    return moment(begins, "the beginning of validity"), moment(ends, "the end of validity")


def moment(value: Any, what: str) -> datetime | None:
    """
    Read an XML Schema dateTime; None stays None, and without a zone it is UTC.

    Raises:
        Unreadable: it is none.
    """
    if value is None:
        return None
    match = _MOMENT.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise Unreadable(f"{what} is no date and time (such as 2026-01-31T12:00:00Z)")
    day, time, fraction, zone = match.groups()
    exact = f"{day}T{time}{(fraction or '.0')[:7]}{(zone or 'Z').upper()}"
    try:
        return datetime.fromisoformat(exact).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Unreadable(f"{what} is a day or an hour that does not exist") from error


def status(document: JsonObject) -> tuple[tuple[StatusReference, ...], tuple[Check, ...]]:
    """
    Return where the credential's status is told, and a check for each entry of another sort.

    Raises:
        Unreadable: an entry is damaged.
    """
    value = document.get("credentialStatus", [])
    entries = value if isinstance(value, list) else [value]
    if len(entries) > _MOST_ENTRIES or not all(isinstance(entry, dict) for entry in entries):
        raise Unreadable(f"credentialStatus must be one object, or up to {_MOST_ENTRIES} of them")
    known = [entry for entry in entries if _is_known(entry)]
    return tuple(_references(known)), tuple(_unknown(len(entries) - len(known)))


def _is_known(entry: JsonObject) -> bool:
    kind = entry.get("type")
    return kind in (_STATUS_TYPE, [_STATUS_TYPE])


def _references(entries: Sequence[JsonObject]) -> Iterator[StatusReference]:
    for entry in entries:
        url, index = entry.get("statusListCredential"), entry.get("statusListIndex")
        purpose = entry.get("statusPurpose")
        if not isinstance(url, str) or not isinstance(purpose, str):
            raise Unreadable("a status entry needs statusListCredential and statusPurpose")
        if not isinstance(index, str) or _INDEX.fullmatch(index) is None:
            raise Unreadable("a status entry needs statusListIndex, a number written as text")
        yield StatusReference(list_url=url, index=int(index), purpose=purpose)


def _unknown(count: int) -> Iterator[Check]:
    if count:
        detail = f"{count} status entries of a sort that is not understood here"
        yield Check(name="status-entry", outcome="unknown", detail=detail)
