"""Keys that a verifying person names on the command line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from mohar.codec.trusted_keys import TrustedKey, candidates, keys_from_bytes
from mohar.domain.errors import ConfigError
from mohar.domain.keys import PublicKey
from mohar.plugin import Trust


class _NamedKeys:
    """Trusts the keys it was given."""

    def __init__(self, trusted: Sequence[TrustedKey]) -> None:
        self._trusted = trusted

    def keys(self, issuer: str, key_id: str, at: datetime) -> Sequence[PublicKey]:  # noqa: ARG002 -- the verifier judges validity
        """Return the keys that fit, valid or not."""
        return candidates(self._trusted, issuer, key_id)


def trust_in_file(path: Path) -> Trust:
    """
    Return trust in the keys of one file: a map by key id, DID document, JWK Set or PEM.

    Raises:
        ConfigError: the file cannot be read, or holds no key that can be trusted.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
    return _NamedKeys(keys_from_bytes(data, str(path)))
