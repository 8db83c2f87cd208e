"""Rows of DIVOC's CSV, and four columns of ours → certify messages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from mohar.domain.values import JsonObject

_PATHS: Final[dict[str, str]] = {
    "preEnrollmentCode": "preEnrollmentCode",
    "recipientName": "recipient.name",
    "recipientMobileNumber": "recipient.contact",
    "recipientDOB": "recipient.dob",
    "recipientAge": "recipient.age",
    "recipientGender": "recipient.gender",
    "recipientNationality": "recipient.nationality",
    "recipientIdentity": "recipient.identity",
    "recipientAddressLine1": "recipient.address.addressLine1",
    "recipientAddressLine2": "recipient.address.addressLine2",
    "recipientDistrict": "recipient.address.district",
    "recipientState": "recipient.address.state",
    "recipientPincode": "recipient.address.pincode",
    "vaccinationBatch": "vaccination.batch",
    "vaccinationDate": "vaccination.date",
    "vaccinationDose": "vaccination.dose",
    "vaccinationTotalDoses": "vaccination.totalDoses",
    "vaccinationEffectiveStart": "vaccination.effectiveStart",
    "vaccinationEffectiveEnd": "vaccination.effectiveUntil",
    "vaccinationManufacturer": "vaccination.manufacturer",
    "vaccinationName": "vaccination.name",
    "vaccinatorName": "vaccinator.name",
    "facilityName": "facility.name",
    "facilityAddressLine1": "facility.address.addressLine1",
    "facilityAddressLine2": "facility.address.addressLine2",
    "facilityDistrict": "facility.address.district",
    "facilityState": "facility.address.state",
    "facilityPincode": "facility.address.pincode",
}
COLUMNS: Final = tuple(_PATHS)

# A file may have these; the original's has not.
_MORE_PATHS: Final[dict[str, str]] = {
    "recipientLatinFamily": "recipient.latinName.family",
    "recipientLatinGiven": "recipient.latinName.given",
    "recipientLatinFamilyAsWritten": "recipient.latinName.familyAsWritten",
    "recipientLatinGivenAsWritten": "recipient.latinName.givenAsWritten",
}

_DAYS: Final = frozenset({"recipientDOB", "vaccinationEffectiveStart", "vaccinationEffectiveEnd"})
_COUNTS: Final = frozenset({"vaccinationDose", "vaccinationTotalDoses"})
_MONTHS: Final = (
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
)
_NAMED_MONTH = re.compile(r"(\d{2})-([A-Za-z]{3})-(\d{4})", re.ASCII)
_COUNT = re.compile(r"\d{1,9}", re.ASCII)


def content_of(row: Mapping[str, str]) -> JsonObject:
    """Return the message a row stands for; a cell that cannot be read stays as it is."""
    content: JsonObject = {}
    for column, path in (_PATHS | _MORE_PATHS).items():
        cell = row.get(column, "").strip()
        if cell:
            _put(content, path, _cell(column, cell))
    return content


def _cell(column: str, cell: str) -> str | int | list[str]:
    if column == "recipientMobileNumber":
        return [f"tel:{cell}"]
    if column in _COUNTS and _COUNT.fullmatch(cell):
        return int(cell)
    return _iso_day(cell) if column in _DAYS else cell


def _iso_day(cell: str) -> str:
    """Return `02-Jan-2006`, the original's other way to write a day, as ISO 8601."""
    match = _NAMED_MONTH.fullmatch(cell)
    if match is None or match[2].lower() not in _MONTHS:
        return cell
    return f"{match[3]}-{_MONTHS.index(match[2].lower()) + 1:02d}-{match[1]}"


def _put(tree: JsonObject, path: str, value: str | int | list[str]) -> None:
    *steps, last = path.split(".")
    for step in steps:
        tree = tree.setdefault(step, {})
    tree[last] = value
