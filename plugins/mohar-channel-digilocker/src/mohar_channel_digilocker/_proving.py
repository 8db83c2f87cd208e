"""Prove who calls: an HMAC over the very bytes, a hash of key and time, and nothing twice."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from mohar.domain.clock import Clock
from mohar.domain.errors import Conflict, NotAuthenticated, Unreadable
from mohar.plugin import Expiring, RouteRequest, Secret
from mohar_channel_digilocker._reading import Asked
from mohar_channel_digilocker._settings import Digest, Settings

_NOBODY: Final = "the signature of the request is not right"


class Repeated(Conflict):
    """A transaction id comes again with another content; make a new one for a new request."""

    code = "digilocker-txn-repeated"

    def __init__(self) -> None:
        super().__init__("this txn was used for another request; use a new one")


def macs(key: bytes, body: bytes, digest: Digest = "auto") -> Sequence[bytes]:
    """
    Return what the header may say: the base64 of the HMAC-SHA256, and that of its hex text.

    The specification says the first; what runs sends the second.
    """
    made = hmac.digest(key, body, "sha256")
    forms = {"raw": made, "hex": made.hex().encode()}
    return [base64.b64encode(form) for name, form in forms.items() if digest in (name, "auto")]


def is_signed(keys: Sequence[bytes], body: bytes, said: str, digest: Digest = "auto") -> bool:
    """Say whether the header proves one of the keys; it takes as long for each of them."""
    given = said.strip().encode("utf-8", "replace")
    expected = [mac for key in keys for mac in macs(key, body, digest)]
    return sum(hmac.compare_digest(given, each) for each in expected) > 0


def keyhash(key: bytes, ts: str) -> str:
    """Return the attribute `keyhash`: SHA-256, in hex, of the key and then the time."""
    return hashlib.sha256(key + ts.encode()).hexdigest()


class Proving:
    """Lets in who has one of the keys, for requests of this time that come once."""

    def __init__(
        self,
        settings: Settings,
        keys: Sequence[Secret],
        seen: Expiring,
        clock: Clock,
        time_zone: str,
    ) -> None:
        self._settings = settings
        self._keys = keys
        self._seen = seen
        self._clock = clock
        self._zone = ZoneInfo(time_zone)
        self._skew = timedelta(seconds=settings.skew_seconds)

    def signed(self, request: RouteRequest) -> None:
        """Prove the very bytes, before anything of them is read. Raises NotAuthenticated."""
        said = request.headers.get(self._settings.hmac_header, "")
        if not is_signed(self._revealed, request.body, said, self._settings.hmac):
            raise NotAuthenticated(_NOBODY)

    def fresh(self, operation: str, request: RouteRequest, asked: Asked) -> None:
        """
        Prove that a request is one of ours, of now, and no other one again.

        The very same bytes may come again: who calls tries again where no answer came in time.

        Raises:
            NotAuthenticated: another organisation or key is named, or another time.
            Unreadable: what must be there is not.
            Repeated: its transaction id was used for other bytes.
        """
        ts, txn = asked.attribute("ts"), asked.attribute("txn")
        org_id = asked.attribute("orgId")
        if self._settings.org_ids and org_id not in self._settings.org_ids:
            raise NotAuthenticated(_NOBODY)
        if self._settings.demands_keyhash:
            self._must_have_keyhash(asked.attributes.get("keyhash", ""), ts)
        if abs(self._clock() - self._moment(ts)) > self._skew:
            raise NotAuthenticated("the time of the request is not that of now; mind the clocks")
        self._must_be_first(f"txn {operation} {txn}", hashlib.sha256(request.body).digest())

    def _must_have_keyhash(self, said: str, ts: str) -> None:
        given = said.strip().lower().encode()
        expected = [keyhash(key, ts).encode() for key in self._revealed]
        if not sum(hmac.compare_digest(given, each) for each in expected):
            raise NotAuthenticated(_NOBODY)

    def _must_be_first(self, key: str, digest: bytes) -> None:
        """A time that is ahead stays good for the length of the window on both sides."""
        if self._seen.add(key, digest, 2 * self._skew):
            return
        before = self._seen.get(key)
        if before is not None and not hmac.compare_digest(before, digest):
            raise Repeated

    def _moment(self, ts: str) -> datetime:
        try:
            moment = datetime.fromisoformat(ts)
            aware = moment if moment.tzinfo else moment.replace(tzinfo=self._zone)
            return aware.astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise Unreadable("the attribute ts is no ISO 8601 time") from error

    @property
    def _revealed(self) -> Sequence[bytes]:
        return [key.reveal().strip() for key in self._keys]
