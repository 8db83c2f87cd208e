"""Trust in what this deployment signs itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from mohar.codec import jwk
from mohar.domain.keys import PublicKey


class OwnKeys:
    """Trusts the deployment's own keys, for its own issuer and nobody else."""

    def __init__(self, issuer: str, keys: Sequence[PublicKey]) -> None:
        self._issuer = issuer
        self._keys = tuple(keys)
        self._by_hash = {name: key for key in keys for name in (key.short_id, jwk.thumbprint(key))}

    def keys(self, issuer: str, key_id: str, at: datetime) -> Sequence[PublicKey]:  # noqa: ARG002 -- the verifier judges validity
        """
        Return the keys that fit, valid or not.

        Some formats name the issuer by its country or its web address, and the key by a hash of it:
        COSE by eight bytes, health cards by its thumbprint (RFC 7638). That names none but ours.
        """
        if key_id in self._by_hash:
            return [self._by_hash[key_id]]
        if issuer != self._issuer:
            return ()
        return [key for key in self._keys if key.answers_to(key_id)]
