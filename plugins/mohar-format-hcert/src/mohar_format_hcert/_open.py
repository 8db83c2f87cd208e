"""HC1 text taken apart: what it says, who may have signed it, and until when it counts."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime, time, timedelta, timezone
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from mohar.codec import cose, cwt, strict_cbor
from mohar.codec.cwt import Claims
from mohar.domain.errors import Unreadable, Unsupported
from mohar.domain.proof import Opened, OpenedProof
from mohar.domain.values import JsonObject
from mohar_format_hcert import _wire

HCERT: Final = -260
EU_DCC: Final = 1
# WHO and the EU, EU DCC technical specification volume 1: what a signer's certificate is for.
# The second arc is a misprint that certificates in use repeat.
_ARCS: Final = ("1.3.6.1.4.1.1847.2021.1", "1.3.6.1.4.1.0.1847.2021.1")
# A day without a zone is that day wherever its certificate was issued: it begins where it is day
# first, and ends where it is day last.
_BEGINS: Final = time.min.replace(tzinfo=timezone(timedelta(hours=14)))
_ENDS: Final = time.max.replace(tzinfo=timezone(timedelta(hours=-12)))
_DAY_TEXT: Final = len("2021-01-31")
_TEST, _VACCINATION, _RECOVERY = "1", "2", "3"
_USAGE_OF: Final = {
    "t": _TEST,
    "test": _TEST,
    "v": _VACCINATION,
    "vaccine": _VACCINATION,
    "r": _RECOVERY,
}


def opened(data: bytes, name: str) -> Opened:
    """
    Take an HC1 text apart.

    Raises:
        Unreadable: not HC1, or damaged.
        Unsupported: HC1 that holds something else than an EU DCC or a DDCC data set.
    """
    signed = cose.parse(_wire.unwrap(data))
    payload = strict_cbor.parse(signed.payload)
    if not isinstance(payload, Mapping):
        raise Unreadable("what is signed in it is no CBOR map")
    if payload and all(isinstance(key, str) for key in payload):
        return _bare(strict_cbor.as_json(payload), signed, name)
    return _claimed(cwt.read(payload), signed, name)


def _claimed(claims: Claims, signed: cose.Sign1, name: str) -> Opened:
    """An EU DCC: the document is one of several things that a CWT may hold."""
    document = _health_certificate(claims)
    starts = [at for at in (claims.issued_at, claims.not_before) if at is not None]
    return Opened(
        format=name,
        document=document,
        issuer=claims.issuer,
        proofs=(_proof(signed, claims.issued_at, document),),
        valid_from=max(starts, default=None),
        valid_until=claims.expires,
    )


def _health_certificate(claims: Claims) -> JsonObject:
    held = claims.private.get(HCERT)
    if not isinstance(held, Mapping):
        raise Unsupported("a CBOR web token that holds no health certificate (claim -260)")
    if list(held) != [EU_DCC]:
        raise Unsupported("a health certificate of another sort than EU DCC (hcert 1)")
    return strict_cbor.as_json(held[EU_DCC])


def _bare(document: JsonObject, signed: cose.Sign1, name: str) -> Opened:
    """A WHO core data set: the document is all that is signed."""
    authority = document.get("pha")
    return Opened(
        format=name,
        document=document,
        issuer=authority if isinstance(authority, str) else "",
        proofs=(_proof(signed, None, document),),
        valid_from=_moment(document.get("valid_from"), _BEGINS),
        valid_until=_moment(document.get("valid_until"), _ENDS),
    )


def _proof(signed: cose.Sign1, created: datetime | None, document: JsonObject) -> OpenedProof:
    return OpenedProof(
        key_id=base64.b64encode(signed.key_id).decode(),
        algorithm=signed.algorithm,
        created=created,
        purpose="",
        payload=signed.to_be_signed(),
        signature=signed.signature,
        usages=_usages(frozenset(_USAGE_OF[each] for each in _USAGE_OF if each in document)),
    )


@cache
def _usages(wanted: frozenset[str]) -> Mapping[str, bool]:
    """Return all usages that tell one sort of health certificate from another, and which allow it."""
    return MappingProxyType(
        {
            f"{arc}.{usage}": usage in wanted
            for arc in _ARCS
            for usage in (_TEST, _VACCINATION, _RECOVERY)
        }
    )


def _moment(value: Any, moment: time) -> datetime | None:
    """Return when a day that the data set names begins or ends, or the moment it names."""
    if value is None:
        return None
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        at = None
    if at is None or (at.tzinfo is None and len(value) != _DAY_TEXT):
        raise Unreadable("valid_from and valid_until must be days or date-times with their offset")
    return at if at.tzinfo else datetime.combine(at.date(), moment)
