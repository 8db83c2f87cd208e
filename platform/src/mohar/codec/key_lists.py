"""The lists in which an issuer publishes its keys. All of them tell of the same keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal

from mohar.codec import jwk
from mohar.codec.did import did_document
from mohar.domain.clock import rfc3339
from mohar.domain.keys import PublicKey
from mohar.domain.values import JsonObject

ListForm = Literal["did", "jwks", "trust"]


def trust_map(controller: str, keys: Sequence[PublicKey]) -> JsonObject:
    """
    Return a map by key id that tells what the other lists cannot: when each key might sign.

    Compromised keys are in it, and called so, since those who pinned them must learn of it.
    """
    return {key.key_id: _entry(controller, key) for key in keys}


def published(form: ListForm, controller: str, keys: Sequence[PublicKey]) -> JsonObject:
    """Return the list of that form."""
    return _FORMS[form](controller, keys)


def _entry(controller: str, key: PublicKey) -> JsonObject:
    entry: JsonObject = {
        "publicKeyJwk": jwk.listed(key),
        "algorithm": key.algorithm,
        "controller": key.controller or controller,
        "status": key.status,
    }
    if key.valid_from:
        entry["validFrom"] = rfc3339(key.valid_from)
    if key.valid_until:
        entry["validUntil"] = rfc3339(key.valid_until)
    return entry


_FORMS: Final[Mapping[ListForm, Callable[[str, Sequence[PublicKey]], JsonObject]]] = {
    "did": did_document,
    "jwks": lambda _, keys: jwk.jwks(keys),
    "trust": trust_map,
}
