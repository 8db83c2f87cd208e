"""The payload of a card: who issued it, from when to when, and what it claims to be."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from mohar.domain.findings import Finding
from mohar.domain.values import JsonObject, at_path
from mohar.domain.verdict import Check
from mohar_format_shc import _bundle, _revocation

HEALTH_CARD: Final = "https://smarthealth.cards#health-card"
ISSUER: Final = r"^https://[^\s/?#@]+(/[^\s/?#]+)*$"

_ISSUER: Final = re.compile(ISSUER, re.ASCII)
_RID: Final = re.compile(_revocation.RID, re.ASCII)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NEVER: Final = datetime.max.replace(tzinfo=UTC)
_EVER: Final = datetime.min.replace(tzinfo=UTC)
_MOST_TOLD: Final = 10


def mistakes(card: JsonObject) -> Iterator[Finding]:
    """Yield what no reader of cards should accept."""
    issuer = card.get("iss")
    if not isinstance(issuer, str) or _ISSUER.fullmatch(issuer) is None:
        told = "the issuer must be an https URL without a slash at its end"
        yield Finding(code="shc-issuer", message=told, where="iss")
    starts, ends = moment(card.get("nbf")), moment(card.get("exp"))
    if starts is None:
        told = "a card needs a number of seconds since 1970 in nbf"
        yield Finding(code="shc-times", message=told, where="nbf")
    if "exp" in card and ends is None:
        told = "the end must be a number of seconds since 1970"
        yield Finding(code="shc-times", message=told, where="exp")
    if starts and ends and ends < starts:
        told = "the card ends before it begins"
        yield Finding(code="shc-times", message=told, where="exp")
    yield from _claim(card.get("vc"))
    yield from _bundle.mistakes(at_path(card, _bundle.PLACE))


def dated(document: JsonObject, created: datetime) -> JsonObject:
    """Return a document with its beginning behind its issuer: `created`, where it names none."""
    issuer = {name: document[name] for name in ("iss",) if name in document}
    return issuer | {"nbf": int(created.timestamp())} | document


def checks(card: JsonObject, payload: bytes) -> Sequence[Check]:
    """Return the checks of a card that somebody gave us, the first ten mistakes among them."""
    found = [f"{each.where}: {each.message}" for each in mistakes(card)]
    if not (payload.startswith(b"{") and payload.endswith(b"}")):
        found.insert(0, "something stands before or behind the JSON of the payload")
    told = list(dict.fromkeys(found))[:_MOST_TOLD]
    failed = [Check(name="health-card", outcome="failed", detail=each) for each in told]
    return failed or [Check(name="health-card", outcome="passed")]


def moment(seconds: Any) -> datetime | None:
    """Return the moment of a NumericDate (RFC 7519 §2), or None; too far away is never or ever."""
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        return None
    try:
        return _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return _NEVER if seconds > 0 else _EVER


def _claim(claim: Any) -> Iterator[Finding]:
    match claim:
        case {"type": list(types)} if HEALTH_CARD in types:
            pass
        case _:
            told = f"the types of a card must contain {HEALTH_CARD}"
            yield Finding(code="shc-type", message=told, where="vc.type")
    rid = at_path(claim, "rid")
    if rid is not None and (not isinstance(rid, str) or _RID.fullmatch(rid) is None):
        told = "the number for its issuer's list must be up to 24 characters of base64url"
        yield Finding(code="shc-rid", message=told, where="vc.rid")
    if not isinstance(at_path(claim, "credentialSubject.fhirVersion"), str):
        told = "a card needs the version of FHIR that it is written in"
        yield Finding(code="shc-version", message=told, where="vc.credentialSubject.fhirVersion")
