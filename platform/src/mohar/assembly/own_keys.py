"""Trust in what this deployment signs itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from mohar.domain.keys import PublicKey


class OwnKeys:
    """Trusts the deployment's own keys, for its own issuer and nobody else."""

    def __init__(self, issuer: str, keys: Sequence[PublicKey]) -> None:
        self._issuer = issuer
        self._keys = tuple(keys)

    def keys(self, issuer: str, key_id: str, at: datetime) -> Sequence[PublicKey]:  # noqa: ARG002 -- the verifier judges validity
        """
        Return the keys that fit, valid or not.

        Some formats name the issuer by its country only, or not at all, and the key by a hash of it:
        that names none but ours.
        """
        if issuer == self._issuer:
            return [key for key in self._keys if key.answers_to(key_id)]
        return [key for key in self._keys if key.short_id == key_id]
