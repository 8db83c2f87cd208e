"""The claims of a CBOR Web Token (RFC 8392), without its envelope."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import cbor2

from mohar.domain.errors import Unreadable
from mohar.domain.values import Personal

_ISSUER, _EXPIRES, _NOT_BEFORE, _ISSUED = 1, 4, 5, 6
# The year 9999 ends here; no datetime is later.
_LATEST: Final = 253_402_300_799


class Claims(Personal, frozen=True, kw_only=True):
    """Who issued what and when. `private` are the claims by other numbers, just as they came."""

    issuer: str = ""
    issued_at: datetime | None = None
    not_before: datetime | None = None
    expires: datetime | None = None
    private: Mapping[Any, Any] = {}

    def encoded(self) -> bytes:
        """Return the claims as CBOR, moments as whole seconds; what is not known is left out."""
        claims: dict[Any, Any] = {_ISSUER: self.issuer} if self.issuer else {}
        moments = {_EXPIRES: self.expires, _NOT_BEFORE: self.not_before, _ISSUED: self.issued_at}
        claims |= {label: int(at.timestamp()) for label, at in moments.items() if at is not None}
        return cbor2.dumps(claims | dict(self.private))


def read(claims: Mapping[Any, Any]) -> Claims:
    """
    Read a CBOR map as claims.

    Raises:
        Unreadable: a registered claim of the wrong type, or a moment that no calendar has.
    """
    issuer = claims.get(_ISSUER, "")
    if not isinstance(issuer, str):
        raise Unreadable("the issuer of a CWT must be text")
    known = (_ISSUER, _EXPIRES, _NOT_BEFORE, _ISSUED)
    return Claims(
        issuer=issuer,
        issued_at=_moment(claims.get(_ISSUED)),
        not_before=_moment(claims.get(_NOT_BEFORE)),
        expires=_moment(claims.get(_EXPIRES)),
        private={label: value for label, value in claims.items() if label not in known},
    )


def _moment(value: Any) -> datetime | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Unreadable("a moment of a CWT must be a number (RFC 8392 §2)")
    if not math.isfinite(value) or not 0 <= value <= _LATEST:
        raise Unreadable("a moment of a CWT is in no year that we count")
    return datetime.fromtimestamp(value, tz=UTC)
