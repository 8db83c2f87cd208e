"""
The canonical RDF (URDNA2015) of a trust list and of its proof.

A list has one shape, and every node of it but the proof has an id, so that its canonical form
needs no general processor: it is the sorted lines below.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from mohar.codec import jcs
from mohar_trust_gdhcn._list import Code, Method, Proof, TrustList

_RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_SECURITY: Final = "https://w3id.org/security#"
_CREATED: Final = "http://purl.org/dc/terms/created"
_DATE_TIME: Final = "http://www.w3.org/2001/XMLSchema#dateTime"
_VALUE_SETS: Final = "https://smart.who.int/trust/ValueSet-"
# The one node without an id.
_PROOF: Final = "_:c14n0"


def of_list(trust_list: TrustList) -> bytes:
    """Return the canonical form of a list without its proof."""
    return _sorted(_lines(trust_list))


def of_proof(proof: Proof) -> bytes:
    """Return the canonical form of a proof without its signature."""
    lines = [
        _line(_PROOF, f"{_RDF}type", _iri(_SECURITY + proof.type)),
        _line(_PROOF, _CREATED, f'"{proof.created}"^^{_iri(_DATE_TIME)}'),
        _line(_PROOF, f"{_SECURITY}proofPurpose", _iri(_SECURITY + proof.proof_purpose)),
        _line(_PROOF, f"{_SECURITY}verificationMethod", _iri(proof.verification_method)),
    ]
    if proof.nonce is not None:
        lines.append(_line(_PROOF, f"{_SECURITY}nonce", f'"{proof.nonce}"'))
    return _sorted(lines)


def _lines(trust_list: TrustList) -> Iterator[str]:
    subject = _iri(trust_list.id)
    yield _line(subject, f"{_SECURITY}controller", _iri(trust_list.controller))
    for reference in trust_list.references:
        yield _line(subject, f"{_SECURITY}verificationMethod", _iri(reference))
    for method in trust_list.methods:
        yield _line(subject, f"{_SECURITY}verificationMethod", _iri(method.id))
        yield from _of_method(method, trust_list.version)


def _of_method(method: Method, version: str) -> Iterator[str]:
    subject = _iri(method.id)
    yield _line(subject, f"{_RDF}type", _iri(_SECURITY + method.type))
    yield _line(subject, f"{_SECURITY}controller", _iri(method.controller))
    yield _line(subject, f"{_SECURITY}publicKeyJwk", _json(method))
    for value_set, code in (
        ("Domains", method.domain),
        ("Participants", method.participant),
        ("KeyUsage", method.keyusage),
    ):
        yield _coded(subject, f"{_VALUE_SETS}{value_set}{version}.jsonld", code)


def _coded(subject: str, value_set: str, code: Code) -> str:
    return _line(subject, value_set, _iri(value_set + code.code))


def _json(method: Method) -> str:
    """Return a JWK as the literal that JSON-LD 1.1 makes of a member of type @json."""
    text = jcs.canonical(method.public_key_jwk).decode("utf-8")
    escaped = text.replace('"', '\\"')
    return f'"{escaped}"^^{_iri(f"{_RDF}JSON")}'


def _iri(text: str) -> str:
    return f"<{text}>"


def _line(subject: str, predicate: str, target: str) -> str:
    return f"{subject} <{predicate}> {target} .\n"


def _sorted(lines: Iterable[str]) -> bytes:
    return "".join(sorted(lines)).encode("utf-8")
