"""The keys of one signer as its files hold them at one moment."""

from __future__ import annotations

from pathlib import PurePath
from typing import Final

import msgspec

from mohar.codec import keymaking
from mohar.codec.keymaking import KeyDescription, PrivateKey
from mohar.codec.keyring import KeyRing, LaterKey
from mohar.domain.errors import (
    ConfigError,
    KeyUnavailable,
    SecretMissing,
    Unreadable,
    Unsupported,
)
from mohar.domain.keys import Algorithm, PublicKey
from mohar.plugin import Files
from mohar.plugin.tools import SecretReference
from mohar_signer_file._private import Sign, way_to_sign

Stamp = tuple[int, int, int]
_NO_FILE: Final[Stamp] = (0, 0, 0)


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    Where the first key is, what it is called, and the algorithm where the key leaves a choice.

    Without `algorithm` an RSA key signs PS256. `metadata` is the YAML file that describes the key
    and those that came after it; left out, the file of the same name ending in `.yaml` is read
    where there is one beside a PEM in the deployment's folder.
    """

    key: SecretReference
    key_id: str
    algorithm: Algorithm | None = None
    controller: str = ""
    metadata: str | None = None


class Family:
    """
    The first key and all that came after it. Private keys are read when they are first needed.

    Raises:
        KeyUnavailable: the PEM of the first key is not there, and no other is known.
        ConfigError: a key is none that signs, or a description contradicts what it describes.
    """

    def __init__(self, settings: Settings, files: Files, where: str | None) -> None:
        self._settings = settings
        self._files = files
        self._ways: dict[str, Sign] = {}
        self.where = where
        # Looked at before it is read: what changes in between is read again the next time.
        self.stamp = stamp_of(where, files)
        self.ring = self._alone() if where is None else self._described(where)
        self.keys = tuple(self._public(each) for each in self.ring.keys)

    def key(self, key_id: str) -> PublicKey:
        """Return the public key of a name that the ring has."""
        return next(each for each in self.keys if each.key_id == key_id)

    def way_to_sign(self, described: KeyDescription) -> Sign:
        """
        Return what signs with one of the keys.

        Raises:
            KeyUnavailable: its PEM is not there.
            ConfigError: it is not the key that is described.
        """
        if described.key_id not in self._ways:
            private = self._private(described.key_id, self._reference(described))
            made = self._public_of(private, described.key_id, described.algorithm)
            if made.spki != self.key(described.key_id).spki:
                raise ConfigError(
                    f"key {described.key_id}: {self._reference(described)} is another key than "
                    "its description says; put the right one back"
                )
            self._ways[described.key_id] = way_to_sign(private, made.algorithm)
        return self._ways[described.key_id]

    def _alone(self) -> KeyRing:
        settings = self._settings
        private = self._private(settings.key_id, settings.key)
        key = self._public_of(private, settings.key_id, settings.algorithm)
        return KeyRing(key_id=key.key_id, algorithm=key.algorithm)

    def _described(self, where: str) -> KeyRing:
        settings = self._settings
        ring = self._files.load_anew(where, KeyRing)
        if ring.key_id != settings.key_id:
            raise ConfigError(
                f"key {settings.key_id}: {where} describes key {ring.key_id}; "
                "make key_id the same in both, or name the right file as metadata"
            )
        if settings.algorithm not in {None, ring.algorithm}:
            raise ConfigError(
                f"key {settings.key_id}: {where} says {ring.algorithm} and the settings say "
                f"{settings.algorithm}; make them the same"
            )
        return ring

    def _public(self, described: KeyDescription) -> PublicKey:
        """A key that is known without its PEM may have lost it."""
        key_id = described.key_id
        try:
            if described.public_key:
                return self.ring.described(self._controlled(described.public()))
        except (Unreadable, Unsupported) as error:
            raise ConfigError(f"the description of key {key_id}: {error}") from error
        private = self._private(key_id, self._reference(described))
        return self.ring.described(self._public_of(private, key_id, described.algorithm))

    def _public_of(
        self, private: PrivateKey, key_id: str, algorithm: Algorithm | None
    ) -> PublicKey:
        try:
            key = keymaking.public_of(private, key_id=key_id, algorithm=algorithm)
        except Unsupported as error:
            raise ConfigError(f"key {key_id} ({self._settings.key}): {error}") from error
        return self._controlled(key)

    def _controlled(self, key: PublicKey) -> PublicKey:
        controller = key.controller or self._settings.controller
        return msgspec.structs.replace(key, controller=controller)

    def _private(self, key_id: str, reference: SecretReference) -> PrivateKey:
        try:
            pem = self._files.secret(reference)
        except SecretMissing as error:
            raise KeyUnavailable(key_id, str(error)) from error
        try:
            return keymaking.from_pem(pem.reveal())
        except (Unreadable, Unsupported) as error:
            raise ConfigError(f"key {key_id} ({reference}): {error}") from error

    def _reference(self, described: KeyDescription) -> SecretReference:
        first = self._settings.key
        if not isinstance(described, LaterKey) or first.file is None:
            return first
        return SecretReference(file=str(PurePath(first.file).with_name(described.file)))


def described_at(settings: Settings, files: Files) -> str | None:
    """Return the file that describes the keys, relative to the folder, or None where none does."""
    if settings.metadata is not None:
        return settings.metadata
    file = settings.key.file
    if file is None or PurePath(file).is_absolute():
        return None
    beside = str(PurePath(file).with_suffix(".yaml"))
    return beside if files.path(beside).is_file() else None


def stamp_of(where: str | None, files: Files) -> Stamp:
    """Return what changes when a file is replaced or written to."""
    if where is None:
        return _NO_FILE
    try:
        now = files.path(where).stat()
    except OSError:
        return _NO_FILE
    return now.st_ino, now.st_mtime_ns, now.st_size
