"""Links that show a credential for a while to whoever has them."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Final

import msgspec

from mohar.domain.clock import Clock
from mohar.domain.consent import Notice
from mohar.domain.errors import NotFound
from mohar.domain.values import Personal
from mohar.store import Store, Work

_NAMESPACE: Final = "shares"
_LINK_BYTES: Final = 24
_LINK_LETTERS: Final = 32


class Share(Personal, frozen=True, kw_only=True):
    """A link, the credential it shows, until when, and the version of the notice it rests on."""

    link: str
    kind: str
    credential_id: str
    language: str
    until: datetime
    views: int = 0
    notice: str = ""


class Shares:
    """
    One link at most for each credential: a new one takes the place of the one before.

    A link is random and says nothing of what it shows. The store has a hash of it.
    """

    def __init__(self, store: Store, lifetime: timedelta, clock: Clock) -> None:
        self._store = store
        self._lifetime = lifetime
        self._clock = clock

    def open(
        self, kind: str, credential_id: str, language: str, notice: Notice | None = None
    ) -> Share:
        """Make a link; whatever link there was ends."""
        share = Share(
            link=secrets.token_urlsafe(_LINK_BYTES),
            kind=kind,
            credential_id=credential_id,
            language=language,
            until=self._clock() + self._lifetime,
            notice=notice.version if notice else "",
        )
        kept = msgspec.msgpack.encode(share)
        with self._store.begin() as work:
            work.notices.keep(notice)
            work.expiring.put(_NAMESPACE, f"link/{share.link}", kept, self._lifetime)
            work.expiring.put(_NAMESPACE, f"of/{credential_id}", kept, self._lifetime)
        return share

    def of(self, credential_id: str) -> Share | None:
        """Return the link of a credential with how often it was opened, or None."""
        with self._store.read() as work:
            share = share_of(work, credential_id)
            if share is None:
                return None
            views = work.expiring.count(_NAMESPACE, f"views/{share.link}", self._lifetime, 0)
        return msgspec.structs.replace(share, views=views)

    def end(self, credential_id: str) -> None:
        """End the link of a credential, if there is one."""
        with self._store.begin() as work:
            work.expiring.remove(_NAMESPACE, f"of/{credential_id}")

    def find(self, link: str, *, is_view: bool = False) -> Share:
        """Return what a link shows, and count a view. Raises NotFound where it is none, or over."""
        share = self._found(link)
        if is_view:
            with self._store.begin() as work:
                work.expiring.count(_NAMESPACE, f"views/{link}", self._lifetime)
        return share

    def _found(self, link: str) -> Share:
        with self._store.read() as work:
            kept = None
            if len(link) == _LINK_LETTERS and link.isascii():
                kept = work.expiring.get(_NAMESPACE, f"link/{link}")
            share = msgspec.msgpack.decode(kept, type=Share) if kept else None
            newest = work.expiring.get(_NAMESPACE, f"of/{share.credential_id}") if share else None
        if share is None or newest is None or kept != newest:
            raise NotFound("this link is none, or its time is over; ask its sender for another one")
        return share


def share_of(work: Work, credential_id: str) -> Share | None:
    """Return the link of a credential, as it was made, or None."""
    kept = work.expiring.get(_NAMESPACE, f"of/{credential_id}")
    return msgspec.msgpack.decode(kept, type=Share) if kept else None
