"""Keys as the outside sees them: never a private part."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

Algorithm = Literal["PS256", "RS256", "EdDSA", "ES256", "ES384"]
KeyStatus = Literal["active", "retired", "compromised"]


class PublicKey(msgspec.Struct, frozen=True, kw_only=True):
    """
    A key that verifies: its id, its one algorithm (RFC 7518, RFC 8037) and when it may be used.

    `spki` is the DER SubjectPublicKeyInfo (RFC 5280 §4.1). `controller` is who answers for the key.
    """

    key_id: str
    algorithm: Algorithm
    spki: bytes
    controller: str = ""
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    status: KeyStatus = "active"

    def was_valid(self, moment: datetime) -> bool:
        """Say whether a signature of that moment may be believed."""
        started = self.valid_from is None or self.valid_from <= moment
        ended = self.valid_until is not None and self.valid_until <= moment
        return started and not ended and self.status != "compromised"
