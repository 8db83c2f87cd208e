"""What this deployment signs with: which keys it publishes, and trust in what they signed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial

from mohar.codec import jwk
from mohar.config.deployment import Whole
from mohar.domain.errors import ConfigError
from mohar.domain.keys import PublicKey
from mohar.plugin import RotatingSigner, Signer


def keys_of(signer: Signer) -> Sequence[PublicKey]:
    """Return every key that a signer has had, has or is to have, the first one first."""
    return signer.published_keys() if isinstance(signer, RotatingSigner) else [signer.key]


def published_keys(signers: Iterable[Signer]) -> Sequence[PublicKey]:
    """
    Return the keys of all signers, each once. Every list of keys that leaves the house is this one.

    Raises:
        ConfigError: two keys, or two descriptions of one, go by the same id.
        KeyUnavailable: it cannot be told at the moment.
    """
    by_id: dict[str, PublicKey] = {}
    for signer in signers:
        for key in keys_of(signer):
            if by_id.setdefault(key.key_id, key) != key:
                raise ConfigError(
                    f"two signers have different keys of the id {key.key_id}, or describe one key "
                    "in two ways; give each key an id of its own, or both signers one description"
                )
    return tuple(by_id.values())


def trust_in_whole(whole: Whole | None, signers: Mapping[str, Signer]) -> Sequence[OwnKeys]:
    """Return trust in the key of whole credentials, for each issuer that they may name besides."""
    if whole is None or whole.signer not in signers:
        return ()
    tell = partial(keys_of, signers[whole.signer])
    return [OwnKeys(issuer, tell) for issuer in whole.issuers]


class OwnKeys:
    """
    Trusts the deployment's own keys, for its own issuer and nobody else.

    `tell` returns the keys as they are now; it is asked each time, since keys are rotated.
    """

    def __init__(self, issuer: str, tell: Callable[[], Sequence[PublicKey]]) -> None:
        self._issuer = issuer
        self._tell = tell
        self._indexed: tuple[Sequence[PublicKey], dict[str, PublicKey]] = ((), {})

    def keys(self, issuer: str, key_id: str, at: datetime) -> Sequence[PublicKey]:  # noqa: ARG002 -- the verifier judges validity
        """
        Return the keys that fit, valid or not.

        Some formats name the issuer by its country or its web address, and the key by a hash of it:
        COSE by eight bytes, health cards by its thumbprint (RFC 7638). That names none but ours.
        """
        keys, by_hash = self._now()
        if key_id in by_hash:
            return [by_hash[key_id]]
        if issuer != self._issuer:
            return ()
        return [key for key in keys if key.answers_to(key_id)]

    def _now(self) -> tuple[Sequence[PublicKey], dict[str, PublicKey]]:
        keys = self._tell()
        if keys != self._indexed[0]:
            by_hash = {name: key for key in keys for name in (key.short_id, jwk.thumbprint(key))}
            self._indexed = (keys, by_hash)
        return self._indexed
