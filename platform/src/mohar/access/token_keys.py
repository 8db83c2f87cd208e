"""The public keys of an issuer of tokens: fetched with a deadline, kept, and looked up again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey, import_key

from mohar.codec import strict_json
from mohar.domain.errors import Unavailable, Unreadable
from mohar.plugin import HttpClient, Telemetry

PublicTokenKey = RSAKey | ECKey | OKPKey

_FRESH_SECONDS: Final = 600.0
# Keys that cannot be looked up again are good for so long: one of them may have been withdrawn.
_LONGEST_SECONDS: Final = 86_400.0
# Whoever sends unknown key ids does not decide how often we ask.
_PAUSE_SECONDS: Final = 15.0
_DEADLINE_SECONDS: Final = 5.0
_MOST_BYTES: Final = 500_000
_OK: Final = 200
# RFC 7518 §3.3.
_FEWEST_RSA_BITS: Final = 2048


class TokenKeys(Protocol):
    """Whose signature counts."""

    def find(self, key_id: str) -> PublicTokenKey | None:
        """
        Return the key of that id, or the only one where no id is told; None for no such key.

        Raises:
            Unavailable: it cannot be told now.
        """
        ...


class PinnedKeys:
    """Keys that the deployment holds itself."""

    def __init__(self, keys: Mapping[str, PublicTokenKey]) -> None:
        self._keys = keys

    def find(self, key_id: str) -> PublicTokenKey | None:
        """Return a key, or None."""
        return _of(self._keys, key_id)


class RemoteKeys:
    """
    Keys that stand at an address.

    They are looked up again after ten minutes, and at once for a key id that is not among them, but
    never more than four times a minute. Where that fails they still count, for a day at most.
    """

    def __init__(
        self,
        *,
        name: str,
        url: str,
        http: HttpClient,
        seconds: Callable[[], float],
        telemetry: Telemetry,
    ) -> None:
        self._name = name
        self._url = url
        self._http = http
        self._seconds = seconds
        self._telemetry = telemetry
        self._lock = threading.Lock()
        self._keys: Mapping[str, PublicTokenKey] = {}
        self._looked_at: float | None = None
        self._tried_at: float | None = None
        self._failed = False

    def find(self, key_id: str) -> PublicTokenKey | None:
        """Return a key, or None. Raises Unavailable."""
        with self._lock:
            if self._age() > _FRESH_SECONDS or _of(self._keys, key_id) is None:
                self._look()
            found = _of(self._keys, key_id) if self._age() <= _LONGEST_SECONDS else None
            if found is None and self._failed:
                raise Unavailable(f"the keys of the token issuer {self._name} cannot be had now")
            return found

    def _age(self) -> float:
        return float("inf") if self._looked_at is None else self._seconds() - self._looked_at

    def _look(self) -> None:
        now = self._seconds()
        if self._tried_at is not None and now - self._tried_at < _PAUSE_SECONDS:
            return
        self._tried_at = now
        try:
            self._keys = read_keys(self._fetched())
        except (Unavailable, Unreadable) as error:
            self._failed = True
            self._telemetry.log("access.keys-unavailable", code=error.code)
            return
        self._failed, self._looked_at = False, now

    def _fetched(self) -> bytes:
        answer = self._http.request(
            "GET",
            self._url,
            headers={"Accept": "application/jwk-set+json, application/json"},
            deadline_seconds=_DEADLINE_SECONDS,
            max_bytes=_MOST_BYTES,
        )
        if answer.status != _OK:
            raise Unavailable(f"the keys were answered with status {answer.status}")
        return answer.body


def read_keys(data: bytes) -> Mapping[str, PublicTokenKey]:
    """
    Return the public keys of a JWK set (RFC 7517 §5) by their ids; others are passed over.

    Raises:
        Unreadable: it is no JWK set, or holds no key that could sign a token.
    """
    listed = strict_json.parse_object(data).get("keys")
    if not isinstance(listed, list):
        raise Unreadable("a JWK set has a list of keys")
    found = {}
    for each in listed:
        key = _public_key(each)
        if key is not None:
            found[str(each.get("kid", ""))] = key
    if not found:
        raise Unreadable("the JWK set holds no public key that signs")
    return found


def _public_key(jwk: Any) -> PublicTokenKey | None:
    if not isinstance(jwk, dict) or jwk.get("use", "sig") != "sig":
        return None
    try:
        key = import_key(jwk)
    except (JoseError, ValueError, TypeError):
        return None
    if isinstance(key, RSAKey):
        return key if key.raw_value.key_size >= _FEWEST_RSA_BITS else None
    return key if isinstance(key, ECKey | OKPKey) else None


def _of(keys: Mapping[str, PublicTokenKey], key_id: str) -> PublicTokenKey | None:
    if not key_id and len(keys) == 1:
        return next(iter(keys.values()))
    return keys.get(key_id)
