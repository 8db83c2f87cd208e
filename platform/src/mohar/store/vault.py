"""Secrets of the store: keyed hashes, the keys that encrypt, and what is sealed with them."""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from mohar.domain.errors import ConfigError, Unavailable
from mohar.plugin.tools import Secret

KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_VERSION: Final = b"\x01"
HEADER_BYTES: Final = 5
_PEPPER_BYTES: Final = 16


class Damaged(Unavailable):
    """A sealed value does not open: the row was changed or moved; restore it from a backup."""

    code = "store-damaged"


class Vault:
    """
    The two secrets of a deployment's store.

    The key-encryption key wraps data keys, the pepper keys the hashes by which rows are found.
    Neither is ever written to the database.

    Raises:
        ConfigError: a secret is not long or random enough to be one.
    """

    def __init__(self, key_encryption_key: Secret, pepper: Secret, pepper_version: int = 1) -> None:
        self.pepper_version = pepper_version
        self._cipher = AESGCM(_read_key(key_encryption_key))
        self._pepper = _read_pepper(pepper)

    def __repr__(self) -> str:
        return f"Vault(pepper_version={self.pepper_version})"

    def keyed_hash(self, purpose: str, value: str) -> bytes:
        """Return the HMAC-SHA256 of `value`; the same value has another hash for each purpose."""
        name = purpose.encode()
        message = len(name).to_bytes(2, "big") + name + value.encode()
        return hmac.digest(self._pepper, message, "sha256")

    def wrap(self, place: str, data_key: bytes) -> bytes:
        """Return a data key encrypted for one place in the database."""
        return _encrypt(self._cipher, place, data_key)

    def unwrap(self, place: str, wrapped: bytes) -> bytes:
        """Return a data key. Raises ConfigError where another key-encryption key wrapped it."""
        try:
            return _decrypt(self._cipher, place, wrapped)
        except InvalidTag as error:
            raise ConfigError(
                "store.encryption_key is not the key this database was made with; "
                "give the deployment that key, or another database"
            ) from error


class DataKey(msgspec.Struct, frozen=True):
    """One opened data key. It does not print."""

    key_id: int
    purpose: str
    key: bytes

    def __repr__(self) -> str:
        return f"‹data key {self.key_id} {self.purpose}›"


class Safe:
    """
    The opened data keys of one database: seals values at rest with AES-256-GCM.

    A sealed value is bound to its place (table, column, row), so that it opens nowhere else. It
    reads: version byte, data-key id (4 bytes), nonce (12 bytes), ciphertext and tag. Nonces are
    random, so one data key must not seal more than 2^32 values (NIST SP 800-38D §8.3).
    """

    def __init__(
        self,
        keys: Mapping[int, DataKey],
        look_again: Callable[[], Mapping[int, DataKey]] | None = None,
    ) -> None:
        self._look_again = look_again
        self.take(keys)

    @property
    def newest_id(self) -> int:
        """The highest id of a key that is known here."""
        return max(self._opened, default=0)

    def take(self, keys: Mapping[int, DataKey]) -> None:
        """Know these keys from now on, and seal with the newest of each purpose."""
        ordered = sorted(keys.values(), key=_by_id)
        self._opened = {each.key_id: (each, AESGCM(each.key)) for each in ordered}
        self._newest = {each.purpose: self._opened[each.key_id] for each in ordered}

    def seal(self, purpose: str, place: str, plaintext: bytes) -> bytes:
        """Return `plaintext` sealed for one place."""
        key, cipher = self._newest[purpose]
        return header_of(key.key_id) + _encrypt(cipher, place, plaintext)

    def seal_all(self, purpose: str, pairs: Sequence[tuple[str, bytes]]) -> list[bytes]:
        """Return many plaintexts sealed, each for its place; their nonces are drawn together."""
        key, cipher = self._newest[purpose]
        header = header_of(key.key_id)
        drawn = secrets.token_bytes(_NONCE_BYTES * len(pairs))
        nonces = [drawn[at : at + _NONCE_BYTES] for at in range(0, len(drawn), _NONCE_BYTES)]
        return [
            b"".join((header, nonce, cipher.encrypt(nonce, plaintext, place.encode())))
            for nonce, (place, plaintext) in zip(nonces, pairs, strict=True)
        ]

    def open(self, place: str, sealed: bytes) -> bytes:
        """Return what was sealed for this place. Raises Damaged."""
        _, cipher = self._key_of(place, sealed)
        try:
            return _decrypt(cipher, place, sealed[HEADER_BYTES:])
        except InvalidTag as error:
            raise _damaged(place) from error

    def tag(self, purpose: str, text: str) -> bytes:
        """Return an HMAC-SHA256 of a random text under a data key, which no pepper changes."""
        key, _ = self._newest[purpose]
        return _tag(key, text)

    def matches(self, place: str, tag: bytes, text: str) -> bool:
        """Say in constant time whether `text` is what the tag was made of."""
        key, _ = self._key_of(place, tag)
        return hmac.compare_digest(_tag(key, text), tag)

    def is_tag(self, tag: bytes, text: str) -> bool:
        """Say whether `tag` is one of `text` under a data key; whatever else it may be is none."""
        try:
            return self.matches("", tag, text)
        except Damaged:
            return False

    def _key_of(self, place: str, sealed: bytes) -> tuple[DataKey, AESGCM]:
        if sealed[:1] != _VERSION or len(sealed) < HEADER_BYTES:
            raise _damaged(place)
        key_id = int.from_bytes(sealed[1:HEADER_BYTES], "big")
        if key_id not in self._opened and self._look_again is not None:
            # Another process made a new data key since.
            self.take(self._look_again())
        found = self._opened.get(key_id)
        if found is None:
            raise _damaged(place)
        return found


def masked(value: str, visible: int) -> str:
    """Return `value` with all but its last characters hidden, and never more than half shown."""
    shown = min(visible, len(value) // 2)
    hidden = len(value) - shown
    tail = "".join(letter if letter.isprintable() else "•" for letter in value[hidden:])
    return "•" * hidden + tail


def new_data_key() -> bytes:
    """Return 32 random bytes."""
    return secrets.token_bytes(KEY_BYTES)


def _read_key(secret: Secret) -> bytes:
    value = secret.reveal()
    if len(value) == KEY_BYTES and not _is_text(value):
        return value
    text = value.strip()
    for decoded in (_from_hex(text), _from_base64(text)):
        if decoded is not None and len(decoded) == KEY_BYTES:
            return decoded
    raise ConfigError(
        f"store.encryption_key ({secret.where}) is not a 256-bit key: write 32 random bytes, "
        "as they are, in hex or in base64"
    )


def _is_text(value: bytes) -> bool:
    # Thirty-two letters are a password or a shorter key in hex: far from 256 random bits.
    return value.isascii() and value.decode().isprintable()


def _read_pepper(secret: Secret) -> bytes:
    # A file written by an editor ends in a line break, the same secret in a variable does not.
    value = secret.reveal().rstrip(b"\r\n")
    if len(value) < _PEPPER_BYTES:
        raise ConfigError(
            f"store.pepper ({secret.where}) is too short: "
            f"write at least {_PEPPER_BYTES} random bytes"
        )
    return value


def _from_hex(text: bytes) -> bytes | None:
    try:
        return bytes.fromhex(text.decode("ascii"))
    except ValueError:
        return None


def _from_base64(text: bytes) -> bytes | None:
    try:
        return base64.b64decode(text.translate(bytes.maketrans(b"-_", b"+/")), validate=True)
    except binascii.Error:
        return None


def _encrypt(cipher: AESGCM, place: str, plaintext: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, plaintext, place.encode())


def _decrypt(cipher: AESGCM, place: str, sealed: bytes) -> bytes:
    nonce, ciphertext = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    if len(nonce) < _NONCE_BYTES:
        raise InvalidTag
    return cipher.decrypt(nonce, ciphertext, place.encode())


def header_of(key_id: int) -> bytes:
    """Return what everything begins with that a data key sealed."""
    return _VERSION + key_id.to_bytes(4, "big")


def _tag(key: DataKey, text: str) -> bytes:
    return header_of(key.key_id) + hmac.digest(key.key, text.encode(), "sha256")


def _by_id(key: DataKey) -> int:
    return key.key_id


def _damaged(place: str) -> Damaged:
    column = place.partition("/")[0]
    return Damaged(f"a value of {column} does not open: restore that row from a backup")
