"""Which photo ID somebody showed, and as much of its number as may be seen."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Final, Literal

import msgspec

from mohar.domain.errors import ConfigError
from mohar.domain.valueset import Entry, ValueSet, normalised

_BETWEEN: Final = re.compile(r"[\s/-]+")
_IS_DID: Final = re.compile(r"did:[^:]*:.*", re.IGNORECASE | re.DOTALL)
# How an identity names its type and its number, the surest first: `did:Voter ID:XXX0000001`,
# `Driving License # XX00…`, `Aadhaar: 2341 …`, `Passport No. Z…`.
_FORMS: Final = tuple(
    re.compile(form, re.IGNORECASE | re.DOTALL)
    for form in (
        r"did:([^:]*):(.*)",
        r"([^#]+)#(.*)",
        r"([^:]+):(.*)",
        r"(.+)\s(?:no\.?|number)(?:[\s:]+(.*))?",
    )
)
_OTHER: Final = "other"
_LONGEST: Final = 100

# Verhoeff's tables: the multiplication of the dihedral group D5, and the permutation by place.
_TIMES: Final = (
    "0123456789",
    "1234067895",
    "2340178956",
    "3401289567",
    "4012395678",
    "5987604321",
    "6598710432",
    "7659821043",
    "8765932104",
    "9876543210",
)
_BY_PLACE: Final = (
    "0123456789",
    "1576283094",
    "5803796142",
    "8916043527",
    "9453126870",
    "4286573901",
    "2793806415",
    "7046913258",
)


class IdentityType(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an entry of the value set says beside code and names; the value set's file explains it."""

    label: str
    patterns: list[str]
    check_digit: Literal["verhoeff"] | None = None
    shown_last: Annotated[int, msgspec.Meta(ge=0, le=4)]


class PhotoId(msgspec.Struct, frozen=True, kw_only=True):
    """The type's code, and the masked number; none where the number has not the type's form."""

    type: str
    masked: str | None


class PhotoIds:
    """
    Reads identities by a value set of types.

    Raises:
        ConfigError: an entry says something else than a type has, or a pattern is none.
    """

    def __init__(self, types: ValueSet) -> None:
        self._types = types
        self._rules = {entry.code: _rule(entry) for entry in types.entries}

    def read(self, identity: str) -> PhotoId | None:
        """
        Return what may be told of an identity; None where it does not say which type it is.

        An identity that names its type by a word that nobody knows is of the type `other`, where
        the value set has one.
        """
        text = identity.strip()[:_LONGEST]
        for form in _FORMS:
            parts = form.fullmatch(text)
            found = self._type(parts[1]) if parts else None
            if parts and found:
                return self._told(found.code, parts[2] or "")
        is_other = _IS_DID.fullmatch(text) is not None and _OTHER in self._rules
        return PhotoId(type=_OTHER, masked=None) if is_other else None

    def _type(self, said: str) -> Entry | None:
        return self._types.find(said.strip()) if normalised(said) else None

    def _told(self, code: str, number: str) -> PhotoId:
        rule, patterns = self._rules[code]
        tidy = _BETWEEN.sub("", number).upper()
        has_form = any(pattern.fullmatch(tidy) for pattern in patterns)
        is_right = has_form and (rule.check_digit is None or is_verhoeff(tidy))
        return PhotoId(type=code, masked=masked(tidy, rule.shown_last) if is_right else None)


def masked(number: str, shown_last: int) -> str:
    """Return a number with at most its last characters to be seen, and never more than half."""
    seen = min(shown_last, len(number) // 2)
    hidden = len(number) - seen
    return "X" * hidden + number[hidden:]


def is_verhoeff(digits: str) -> bool:
    """Say whether the last digit checks the others (J. Verhoeff, 1969)."""
    check = "0"
    for place, digit in enumerate(reversed(digits)):
        if digit not in _BY_PLACE[0]:
            return False
        check = _TIMES[int(check)][int(_BY_PLACE[place % 8][int(digit)])]
    return check == "0"


def _rule(entry: Entry) -> tuple[IdentityType, Sequence[re.Pattern[str]]]:
    where = f"identity type {entry.code}"
    try:
        rule = msgspec.convert(entry.more, IdentityType)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{where}: {error}") from error
    try:
        return rule, [re.compile(pattern, re.ASCII) for pattern in rule.patterns]
    except re.error as error:
        raise ConfigError(f"{where}: a pattern is no regular expression: {error}") from error
