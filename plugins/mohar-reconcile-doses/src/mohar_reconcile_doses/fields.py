"""What differs between a dose as it is told later and as it was issued, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

from mohar.domain.findings import Finding
from mohar.domain.values import JsonObject
from mohar.domain.valueset import normalised

FIELDS: Final = ("vaccine_name", "manufacturer", "batch", "date")
# What people write where they know nothing, as it is compared.
_NOTHING: Final = frozenset(
    {"", "na", "nil", "none", "null", "unknown", "notknown", "notavailable", "tbd", "xx", "0"}
)
# Nobody was vaccinated against COVID-19 before: what says so stands for an unknown day.
_FIRST_DAY: Final = "2020-12-01"

Changes = dict[str, Any]


def merged(entries: Sequence[JsonObject]) -> tuple[JsonObject, list[Finding]]:
    """Return what entries about one dose agree on; where they do not, nothing is known."""
    said: JsonObject = {}
    findings = []
    for field in FIELDS:
        known = [each for each in entries if _is_known(each.get(field))]
        if len({_compared(each, field) for each in known}) > 1:
            findings.append(
                _unclear("entries-disagree", field, "one record says two things about this dose")
            )
        elif known:
            said |= {name: known[0].get(name) for name in _BESIDE[field]}
    return said, findings


def changes_of(
    said: Mapping[str, Any], issued: Mapping[str, Any], later: Mapping[str, Any]
) -> tuple[Changes, list[Finding]]:
    """
    Return the changes that make the issued dose say what is said, and what could not be told.

    `later` is the dose whose record says it. Texts are compared by letters and digits, vaccines by
    their code, and dates by the local day. What is not known changes nothing.
    """
    changes: Changes = {}
    # The source leaves out what it cannot read, so that a bad date looks like none.
    findings = [] if "date" in said else [_unknown_date()]
    for field in FIELDS:
        if field not in said or _compared(said, field) == _compared(issued, field):
            continue
        found = list(_against(field, said, later))
        findings += found
        if not found:
            changes[f"vaccination.{field}"] = said[field]
    return changes, findings


_BESIDE: Final[Mapping[str, tuple[str, ...]]] = {
    "vaccine_name": ("vaccine_name", "vaccine_code"),
    "manufacturer": ("manufacturer",),
    "batch": ("batch",),
    "date": ("date", "date_local"),
}


def _compared(dose: Mapping[str, Any], field: str) -> str | None:
    """Return a field as it is compared; None where it says nothing."""
    if field == "date":
        return _day(dose)
    if field == "vaccine_name" and dose.get("vaccine_code"):
        return str(dose["vaccine_code"])
    value = dose.get(field)
    return normalised(value) if isinstance(value, str) else None


def _against(field: str, said: Mapping[str, Any], later: Mapping[str, Any]) -> Iterator[Finding]:
    if field == "date":
        day, own = _day(said), _day(later)
        if day is None:
            yield _unknown_date()
        elif day < _FIRST_DAY or (own is not None and day > own):
            yield _unclear(
                "implausible-date",
                field,
                "the date is before the first vaccination, or after the later dose",
            )
    elif field == "vaccine_name" and not said.get("vaccine_code"):
        yield _unclear("unknown-vaccine", field, "the value set does not know the vaccine")
    elif field == "vaccine_name" and "manufacturer" not in said:
        yield _unclear(
            "maker-missing", field, "another vaccine is named without its maker, which would stay"
        )


def _unknown_date() -> Finding:
    return _unclear("unknown-date", "date", "no date is known, or it cannot be read; none changes")


def _day(dose: Mapping[str, Any]) -> str | None:
    """Return the local day; without one from the source, a plain ISO 8601 day alone is read."""
    text = dose.get("date_local") or dose.get("date")
    try:
        return date.fromisoformat(text).isoformat() if isinstance(text, str) else None
    except ValueError:
        return None


def _is_known(value: Any) -> bool:
    return isinstance(value, str) and normalised(value) not in _NOTHING


def _unclear(code: str, field: str, message: str) -> Finding:
    return Finding(
        code=code, where=f"meta.vaccinations.{field}", message=message, severity="warning"
    )
