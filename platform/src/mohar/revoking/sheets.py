"""What a status list says, in the numbers of each standard."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from mohar.codec import base64url, jwk
from mohar.codec.status_list import StatusValues, bitstring_of
from mohar.domain.keys import PublicKey
from mohar.domain.lifecycle import FLAGGED_STATES, CredentialState
from mohar.domain.status import TOKEN_VALUES
from mohar.domain.values import JsonObject
from mohar.store.rows import ListedNumber, StatusSheet

_TOKEN_BITS: Final = 2
# Up to 24 characters of base64url.
_CARD_NUMBER: Final = re.compile(r"[A-Za-z0-9_-]{1,24}", re.ASCII)


def bits(sheet: StatusSheet) -> StatusValues:
    """
    Return one bit for each entry: set for whatever must not be accepted now.

    A reader of bits has no second list to look into, so a suspended credential is set in it while
    it is suspended.
    """
    return bitstring_of(sheet.flagged, sheet.size)


def token_values(sheet: StatusSheet) -> StatusValues:
    """Return two bits for each entry, which tell the states apart (`TOKEN_VALUES`)."""
    values = {index: TOKEN_VALUES[state] for index, state in sheet.flagged.items()}
    return StatusValues.of(values, sheet.size, width=_TOKEN_BITS, order="least-significant-first")


def bound(flagged: Iterable[tuple[bytes, CredentialState]]) -> JsonObject:
    """Return the digests of each state, one behind the other in order, in base64url."""
    by_state: Mapping[CredentialState, bytearray] = {each: bytearray() for each in FLAGGED_STATES}
    for digest, state in flagged:
        by_state[state] += digest
    return {state: base64url.encode(bytes(digests)) for state, digests in by_state.items()}


def card_numbers(listed: ListedNumber) -> Sequence[str]:
    """Return those identifiers that can be the number of a health card; the others are of others."""
    return [each for each in listed.identifiers if _CARD_NUMBER.fullmatch(each)]


def key_names(keys: Sequence[PublicKey]) -> Sequence[str]:
    """Return every name by which a document may call one of these keys."""
    names = [(key.key_id, key.short_id, jwk.thumbprint(key)) for key in keys]
    return sorted({name for each in names for name in each})
