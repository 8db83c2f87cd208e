"""Keys that stand in the issuer's own DID, or in a document of it that the deployment pins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Literal

import msgspec

from mohar.codec import strict_json
from mohar.codec.trusted_keys import keys_from_tree
from mohar.domain.errors import ConfigError, Unreadable, Unsupported
from mohar.domain.keys import PublicKey
from mohar.domain.values import JsonObject
from mohar.plugin import Files, Tools
from mohar_trust_did._methods import JWK, KEY, WEB, address_of, key_of


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    Who is believed.

    `documents`: files with DID documents of did:web issuers, who are believed by being pinned.
    `issuers`: the did:key and did:jwk issuers that are believed; a did:web may be named, too, and
    then needs its document. With `any`, every did:key and did:jwk is believed: `valid` then says
    that whoever holds the key has signed, and nothing of who that is.
    """

    documents: list[str] = []
    issuers: list[str] | Literal["any"] = []


class DidTrust:
    """Answers from the DID and from memory; nothing is fetched."""

    def __init__(self, settings: Settings, pinned: Mapping[str, Sequence[PublicKey]]) -> None:
        """
        Believe these issuers, and those of the pinned documents.

        Raises:
            ConfigError: nobody is believed, an issuer is of a method or with a key that is not
                used here, or the document of a did:web is missing.
        """
        if not settings.issuers and not pinned:
            raise ConfigError("trust did: name documents or issuers; nobody is believed otherwise")
        self._anyone = settings.issuers == "any"
        self._issuers = frozenset(() if settings.issuers == "any" else settings.issuers)
        self._pinned = dict(pinned)
        for issuer in self._issuers:
            self._refuse_unusable(issuer)

    @classmethod
    def open(cls, settings: Settings, tools: Tools) -> DidTrust:
        """
        Read every document.

        Raises:
            ConfigError: a document is missing, no did:web's, of a DID that another one is of, or
                has no key for assertions; or what `DidTrust` refuses.
        """
        pinned: dict[str, Sequence[PublicKey]] = {}
        for where in settings.documents:
            did, keys = _document(where, tools.files)
            if did in pinned:
                raise ConfigError(f"{where}: another document is of {did}; leave the newer one")
            pinned[did] = keys
        return cls(settings, pinned)

    def keys(self, issuer: str, key_id: str, at: datetime) -> Sequence[PublicKey]:  # noqa: ARG002 -- the verifier judges validity
        """Return the keys of this issuer's DID that go by this key id, valid or not."""
        if issuer.startswith(WEB):
            return [key for key in self._pinned.get(issuer, ()) if key.key_id == key_id]
        if self._anyone or issuer in self._issuers:
            return tuple(_own(issuer, key_id))
        return ()

    def _refuse_unusable(self, issuer: str) -> None:
        try:
            if issuer.startswith(WEB):
                self._refuse_unpinned(issuer, address_of(issuer))
            else:
                key_of(issuer)
        except (Unreadable, Unsupported) as error:
            raise ConfigError(f"trust did: issuer {issuer}: {error}") from error

    def _refuse_unpinned(self, issuer: str, address: str) -> None:
        if issuer not in self._pinned:
            raise ConfigError(
                f"trust did: no document of {issuer} is pinned; get {address}, look at it, and "
                "name the file in documents"
            )


def _own(issuer: str, key_id: str) -> Iterator[PublicKey]:
    """Yield the key that is written in the issuer's DID, if the key id is of that very DID."""
    if not issuer.startswith((KEY, JWK)) or key_id.partition("#")[0] != issuer:
        return
    try:
        yield msgspec.structs.replace(key_of(key_id), key_id=key_id)
    except (Unreadable, Unsupported):
        return


def _document(where: str, files: Files) -> tuple[str, Sequence[PublicKey]]:
    try:
        tree = strict_json.parse_object(files.read(where))
        did = _subject(tree)
    except Unreadable as error:
        raise ConfigError(f"{where}: {error}") from error
    # What it calls itself besides is only its own word.
    return did, [each.key for each in keys_from_tree(tree, where)]


def _subject(tree: JsonObject) -> str:
    did = tree.get("id")
    if not isinstance(did, str) or not isinstance(tree.get("verificationMethod"), list):
        raise Unreadable("this is no DID document: it needs id and verificationMethod")
    address_of(did)
    return did
