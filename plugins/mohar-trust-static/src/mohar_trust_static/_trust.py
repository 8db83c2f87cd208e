"""Keys that are trusted because a file of the deployment says so."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import PurePath
from typing import Annotated, Any, Final

import msgspec

from mohar.codec.trusted_keys import TrustedKey, candidates, keys_from_bytes, keys_from_tree
from mohar.domain.keys import PublicKey
from mohar.plugin import Files, Tools

_YAML: Final = (".yaml", ".yml")


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    The files, each told by its content: a map by key id, a DID document, a JWK Set, or PEM.

    In a map the key id is the credential's verificationMethod, letter for letter; `issuers` binds
    an entry to those issuers. A DID document counts for its own DID and its `alsoKnownAs`. Bare
    PEM names neither issuer nor key id, so its keys are believed for any.
    """

    keys: Annotated[list[str], msgspec.Meta(min_length=1)]


class StaticTrust:
    """Answers from memory; no key is built in, and none is fetched."""

    def __init__(self, trusted: Sequence[TrustedKey]) -> None:
        self._trusted = tuple(trusted)

    @classmethod
    def open(cls, settings: Settings, tools: Tools) -> StaticTrust:
        """
        Read every file.

        Raises:
            ConfigError: a file is missing, holds no key, or holds one that is damaged or private.
        """
        return cls([key for where in settings.keys for key in _read(where, tools.files)])

    def keys(self, issuer: str, key_id: str, at: datetime) -> Sequence[PublicKey]:  # noqa: ARG002 -- the verifier judges validity
        """Return the keys for this issuer and key id, valid at that moment or not."""
        return candidates(self._trusted, issuer, key_id)


def _read(where: str, files: Files) -> Sequence[TrustedKey]:
    if PurePath(where).suffix in _YAML:
        return keys_from_tree(files.load(where, dict[str, Any]), where)
    return keys_from_bytes(files.read(where), where)
