"""One record against the credentials of the doses before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from mohar.domain.reconciling import Comparison, Earlier
from mohar.domain.record import Record
from mohar.domain.values import JsonObject, at_path
from mohar_reconcile_doses.fields import changes_of, merged

_REASON: Final = "the record of a later dose says otherwise"


def compared(record: Record, earlier: Sequence[Earlier]) -> list[Comparison]:
    """
    Return one comparison for each earlier dose that the record names and that was issued.

    A dose is skipped where it is not before the record's own, or has no number.
    """
    own = at_path(record.content, "vaccination.dose")
    issued = {dose: each for each in earlier if (dose := _dose(each.record)) is not None}
    named = _named(at_path(record.content, "meta.vaccinations"))
    return [
        _comparison(record, issued[dose], entries)
        for dose, entries in sorted(named.items())
        if dose in issued and isinstance(own, int) and 1 <= dose < own
    ]


def _named(entries: Any) -> dict[int, list[JsonObject]]:
    """Return what is said about each dose; the same dose may be named more than once."""
    found: dict[int, list[JsonObject]] = {}
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict) and _is_number(entry.get("dose")):
            found.setdefault(entry["dose"], []).append(entry)
    return found


def _comparison(record: Record, before: Earlier, entries: Sequence[JsonObject]) -> Comparison:
    said, findings = merged(entries)
    changes, more = changes_of(said, _vaccination(before.record), _vaccination(record))
    return Comparison(
        credential_id=before.credential_id,
        changes=changes,
        reason=_REASON if changes else "",
        findings=(*findings, *more),
    )


def _vaccination(record: Record) -> Mapping[str, Any]:
    found = record.content.get("vaccination")
    return found if isinstance(found, dict) else {}


def _dose(record: Record) -> int | None:
    dose = at_path(record.content, "vaccination.dose")
    return dose if _is_number(dose) else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
