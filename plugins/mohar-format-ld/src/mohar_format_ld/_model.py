"""
The rules of the Verifiable Credentials Data Model, 2.0 and 1.1, that JSON alone can break.

Whether types and members are mapped to IRIs is asked of the contexts, in `_linked`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from mohar.domain.errors import Unreadable
from mohar.domain.values import JsonObject
from mohar_format_ld._contexts import CREDENTIALS_V1, CREDENTIALS_V2
from mohar_format_ld._members import moment
from mohar_format_ld._problems import Problem

_CREDENTIAL: Final = "VerifiableCredential"
_PRESENTATION: Final = "VerifiablePresentation"
_ENVELOPED: Final = "EnvelopedVerifiableCredential"
_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s\"<>\\^`{|}]+").fullmatch
_STAMP: Final = re.compile(
    r"-?\d{4,9}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,12})?(Z|[+-]\d\d:\d\d)", re.ASCII
).fullmatch
# What must say what it is, and in 1.1 where it is, too.
_TYPED: Final = ("credentialStatus", "termsOfUse", "evidence", "refreshService", "proof")
_LOCATED: Final = ("credentialStatus", "credentialSchema", "refreshService")
_RARE: Final = frozenset(
    {
        *("termsOfUse", "refreshService", "proof", "credentialSchema"),
        *("name", "description", "validUntil", "expirationDate", "verifiableCredential"),
    }
)
_PLAIN_ISSUER: Final = frozenset({"id", "name"})
_BEGINS: Final = {CREDENTIALS_V2: "validFrom", CREDENTIALS_V1: "issuanceDate"}
_PLAIN_STAMP: Final = re.compile(
    r"\d\d\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d\d\d)?Z", re.ASCII
).fullmatch
_LANGUAGE_KEYS: Final = frozenset({"@value", "@language", "@direction"})


def claims_to_be_one(document: JsonObject) -> bool:
    """Say whether a document calls itself a credential or a presentation."""
    types = _listed(document.get("type"))
    contexts = _listed(document.get("@context"))
    return (
        _CREDENTIAL in types
        or _PRESENTATION in types
        or (bool(contexts) and contexts[0] in (CREDENTIALS_V1, CREDENTIALS_V2))
    )


def problems(document: JsonObject, *, are_ids_iris: bool = False) -> Sequence[Problem]:
    """
    Return where a credential or a presentation breaks a rule of its data model.

    `are_ids_iris` says that the document has safe RDF, in which every id is an absolute IRI.
    """
    if are_ids_iris and _is_plainly_right(document):
        return ()
    if _PRESENTATION in _listed(document.get("type")):
        return list(_of_presentation(document))
    return list(_of_credential(document))


def _is_plainly_right(document: JsonObject) -> bool:
    """Say so of the credentials that nearly all are; no is no verdict. It saves most of the time."""
    contexts, types = document.get("@context"), document.get("type")
    if contexts.__class__ is not list or types.__class__ is not list:
        return False
    if _CREDENTIAL not in types or not _RARE.isdisjoint(document):
        return False
    issuer, subject = document.get("issuer"), document.get("credentialSubject")
    begins = _BEGINS.get(contexts[0])
    return (
        begins in document
        and _is_plain_stamp(document[begins])
        and (issuer.__class__ is str or _is_plain_issuer(issuer))
        and subject.__class__ is dict
        and bool(subject)
        and ("evidence" not in document or _is_plain_part(document["evidence"]))
        and ("credentialStatus" not in document or _is_plain_part(document["credentialStatus"]))
    )


def _is_plain_stamp(value: Any) -> bool:
    """Say so of `2026-01-31T12:00:00Z`, with milliseconds or without."""
    if value.__class__ is not str or _PLAIN_STAMP(value) is None:
        return False
    try:
        return bool(datetime.fromisoformat(value))
    except ValueError:
        return False


def _is_plain_issuer(value: Any) -> bool:
    return (
        value.__class__ is dict and value.keys() == _PLAIN_ISSUER and value["name"].__class__ is str
    )


def _is_plain_part(part: Any) -> bool:
    each = part[0] if part.__class__ is list and len(part) == 1 else part
    if each.__class__ is not dict or "id" not in each:
        return False
    types = each.get("type")
    return types.__class__ is str or _is_typed(each)


def _of_credential(document: JsonObject) -> Iterator[Problem]:
    yield from _of_envelope(document, _CREDENTIAL)
    issuer = document.get("issuer")
    if not _names_something(issuer):
        yield _told(
            "vc-issuer", "the issuer must be a URL, or an object with a URL as id", "issuer"
        )
    elif issuer.__class__ is dict:
        yield from _of_words(issuer, "issuer.")
    yield from _of_words(document, "")
    yield from _of_subjects(document)
    yield from _of_parts(document)
    if _is_older(document):
        yield from _of_times(document, "issuanceDate", "expirationDate")
        if "issuanceDate" not in document:
            yield _told("vc-validity", "version 1.1 demands an issuanceDate", "issuanceDate")
    else:
        yield from _of_times(document, "validFrom", "validUntil")


def _of_presentation(document: JsonObject) -> Iterator[Problem]:
    yield from _of_envelope(document, _PRESENTATION)
    if "holder" in document and not _names_something(document["holder"]):
        yield _told(
            "vc-holder", "the holder must be a URL, or an object with a URL as id", "holder"
        )
    yield from _of_parts(document)
    for at, each in enumerate(_listed(document.get("verifiableCredential"))):
        path = f"verifiableCredential.{at}"
        if each.__class__ is not dict:
            if not _is_older(document):
                yield _told("vc-presentation", "a credential here must be an object", path)
        elif _ENVELOPED not in _listed(each.get("type")):
            yield from (problem.below(path) for problem in _of_credential(each))


def _of_envelope(document: JsonObject, kind: str) -> Iterator[Problem]:
    contexts = _listed(document.get("@context"))
    if not contexts or contexts[0] not in (CREDENTIALS_V1, CREDENTIALS_V2):
        told = f"the first context must be {CREDENTIALS_V2}, or {CREDENTIALS_V1}"
        yield _told("vc-context", told, "@context")
    types = _listed(document.get("type"))
    if kind not in types or not all(each.__class__ is str for each in types):
        yield _told("vc-type", f"type must be names, and {kind} among them", "type")
    if "id" in document and not _is_url(document["id"]):
        yield _told("vc-id", "an id must be one URL", "id")


def _of_subjects(document: JsonObject) -> Iterator[Problem]:
    subjects = _listed(document.get("credentialSubject"))
    if not subjects:
        yield _told("vc-subject", "there must be a credentialSubject", "credentialSubject")
    for each in subjects:
        if each.__class__ is not dict or not each:
            told = "a subject must be an object that says something"
            yield _told("vc-subject", told, "credentialSubject")
        elif "id" in each and not _is_url(each["id"]):
            yield _told("vc-id", "an id must be one URL", "credentialSubject.id")


def _of_parts(document: JsonObject) -> Iterator[Problem]:
    for name in (*_TYPED, "credentialSchema"):
        for each in _listed(document.get(name)):
            if each.__class__ is not dict or not _is_typed(each):
                yield _told("vc-untyped", "this must be an object with a type", name)
            elif "id" in each and not _is_url(each["id"]):
                yield _told("vc-id", "an id must be one URL", f"{name}.id")
            elif "id" not in each and _must_have_id(name, document):
                yield _told("vc-id", "this must have an id", name)


def _must_have_id(name: str, document: JsonObject) -> bool:
    return name == "credentialSchema" or (name in _LOCATED and _is_older(document))


def _of_times(document: JsonObject, begins: str, ends: str) -> Iterator[Problem]:
    for name in (begins, ends):
        if name in document and not _is_stamp(document[name], older=_is_older(document)):
            told = "this must be one date and time with its zone (2026-01-31T12:00:00Z)"
            yield _told("vc-validity", told, name)
            return
    if begins in document and ends in document:
        first, last = moment(document[begins], begins), moment(document[ends], ends)
        if first is not None and last is not None and first > last:
            yield _told("vc-validity", "this ends before it begins", ends)


def _is_stamp(value: Any, *, older: bool) -> bool:
    if value.__class__ is not str or not (_STAMP(value) or (older and _STAMP(f"{value}Z"))):
        return False
    try:
        moment(value, "a date and time")
    except Unreadable:
        return False
    return True


def _of_words(value: JsonObject, path: str) -> Iterator[Problem]:
    """VC 2.0 §11.1: a name is text, or text with its language and direction; nothing beside."""
    for name in ("name", "description"):
        for each in _listed(value.get(name)):
            if each.__class__ is dict and not (each.keys() <= _LANGUAGE_KEYS and "@value" in each):
                told = "this must be text, or text with @language and @direction, and no more"
                yield _told("vc-language", told, f"{path}{name}")


def _is_older(document: JsonObject) -> bool:
    contexts = document.get("@context")
    first = contexts[0] if contexts.__class__ is list and contexts else contexts
    return bool(first == CREDENTIALS_V1)


def _names_something(value: Any) -> bool:
    return _is_url(value.get("id") if value.__class__ is dict else value)


def _is_typed(value: JsonObject) -> bool:
    types = _listed(value.get("type"))
    return bool(types) and all(each.__class__ is str and each for each in types)


def _is_url(value: Any) -> bool:
    return value.__class__ is str and _URL(value) is not None


def _listed(value: Any) -> Sequence[Any]:
    if value is None:
        return ()
    return value if value.__class__ is list else (value,)


def _told(code: str, message: str, path: str) -> Problem:
    return Problem(code=code, message=message, path=path)
