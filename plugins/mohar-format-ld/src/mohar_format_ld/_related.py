"""`relatedResource` (VC 2.0 §5.3): what else a credential builds on, told by digest."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from mohar.codec import multibase
from mohar.domain.errors import Unreadable, Unsupported
from mohar.domain.values import JsonObject
from mohar.domain.verdict import Check
from mohar_format_ld._contexts import Contexts

_NAME: Final = "related-resource"
_MOST: Final = 32
_HASHES: Final = ("sha256", "sha384", "sha512")
# Multihash: the code of the hash, and how many bytes follow.
_MULTIHASH: Final[Mapping[bytes, str]] = {
    b"\x12\x20": "sha256",
    b"\x20\x30": "sha384",
    b"\x13\x40": "sha512",
}


def checks(document: JsonObject, contexts: Contexts) -> Iterator[Check]:
    """
    Yield a failed check for each rule that is broken, and say how many could not be looked at.

    Only documents that are pinned here are compared. Nothing is fetched.
    """
    value = document.get("relatedResource", [])
    resources: Sequence[Any] = value if isinstance(value, list) else [value]
    if len(resources) > _MOST or not all(_is_told(each) for each in resources):
        told = f"relatedResource must be up to {_MOST} objects, each with an id and a digest"
        yield Check(name=_NAME, outcome="failed", detail=told)
        return
    if len({each["id"] for each in resources}) < len(resources):
        yield Check(name=_NAME, outcome="failed", detail="two related resources have one id")
    pinned = [each for each in resources if each["id"] in contexts]
    if not all(_fits(each, contexts.read(each["id"])) for each in pinned):
        told = "a related resource is not the document that is pinned here under its id"
        yield Check(name=_NAME, outcome="failed", detail=told)
    if len(pinned) < len(resources):
        told = f"{len(resources) - len(pinned)} related resources are not pinned here"
        yield Check(name=_NAME, outcome="skipped", detail=told)


def _is_told(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("id"), str)
        and not {"digestSRI", "digestMultibase"}.isdisjoint(value)
    )


def _fits(resource: JsonObject, content: bytes) -> bool:
    """Every digest that is given must be right."""
    return all(
        _is_digest_of(resource[name], content, is_sri=name == "digestSRI")
        for name in ("digestSRI", "digestMultibase")
        if name in resource
    )


def _is_digest_of(text: Any, content: bytes, *, is_sri: bool) -> bool:
    if not isinstance(text, str):
        return False
    try:
        name, digest = _of_sri(text) if is_sri else _of_multibase(text)
    except (Unreadable, Unsupported, binascii.Error, ValueError):
        return False
    return hashlib.new(name, content).digest() == digest


def _of_sri(text: str) -> tuple[str, bytes]:
    """Subresource Integrity: the hash's name, a hyphen, base64."""
    name, _, encoded = text.partition("-")
    if name not in _HASHES:
        raise Unsupported("a digest by a hash that is not used here")
    return name, base64.b64decode(encoded, validate=True)


def _of_multibase(text: str) -> tuple[str, bytes]:
    data = multibase.decode(text)
    name = _MULTIHASH.get(data[:2])
    if name is None:
        raise Unsupported("a digest by a hash that is not used here")
    return name, data[2:]
