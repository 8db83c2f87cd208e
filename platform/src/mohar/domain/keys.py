"""Keys as the outside sees them: never a private part."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Final, Literal

import msgspec

Algorithm = Literal["PS256", "RS256", "EdDSA", "ES256", "ES384"]
KeyStatus = Literal["active", "retired", "compromised"]
_SHORT_BYTES: Final = 8
_SHORT_TEXT: Final = 12
_TO_PLAIN: Final = str.maketrans("-_", "+/")


class PublicKey(msgspec.Struct, frozen=True, kw_only=True):
    """
    A key that verifies: its id, its one algorithm (RFC 7518, RFC 8037) and when it may be used.

    `spki` is the DER SubjectPublicKeyInfo (RFC 5280 §4.1). `controller` is who answers for the key.
    `usages` are the object identifiers of what its certificate says it is for; none means anything.
    """

    key_id: str
    algorithm: Algorithm
    spki: bytes
    controller: str = ""
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    status: KeyStatus = "active"
    usages: tuple[str, ...] = ()

    @property
    def short_bytes(self) -> bytes:
        """Return the first eight bytes of SHA-256 over `spki`: the kid of a bare key in COSE."""
        return hashlib.sha256(self.spki).digest()[:_SHORT_BYTES]

    @property
    def short_id(self) -> str:
        """Return `short_bytes` in base64, as a document's key id is told."""
        return base64.b64encode(self.short_bytes).decode()

    def answers_to(self, key_id: str) -> bool:
        """
        Say whether a document that names this key id may mean this key.

        An id of eight bytes in base64 is also that of a key whose own id says the same in base64url,
        and of one whose `short_id` it is.
        """
        if key_id == self.key_id:
            return True
        if len(key_id) != _SHORT_TEXT:
            return False
        return key_id in (f"{self.key_id.translate(_TO_PLAIN)}=", self.short_id)

    def serves(self, usages: Mapping[str, bool]) -> bool:
        """
        Say whether the key may be used where `usages` tells which of its usages allow that.

        A key that names none of them may be used; one that names some needs one that allows it.
        """
        named = [usages[each] for each in self.usages if each in usages]
        return not named or any(named)

    def was_valid(self, moment: datetime) -> bool:
        """Say whether a signature of that moment may be believed."""
        started = self.valid_from is None or self.valid_from <= moment
        ended = self.valid_until is not None and self.valid_until <= moment
        return started and not ended and self.status != "compromised"
