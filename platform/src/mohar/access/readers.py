"""Who has read what: for whom it is about, and for whoever answers for a breach."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec

from mohar.access.fetch import Access
from mohar.access.permit import Permits
from mohar.access.read_log import ReadLog
from mohar.access.roles import Roles
from mohar.access.visit import Visit
from mohar.domain.access import Actor, ReadOutcome, Reason
from mohar.domain.errors import InvalidInput
from mohar.store import Store
from mohar.store.audit import NewEntry
from mohar.store.read_rows import KeptRead
from mohar.store.rows import ApiKey

_MOST: Final = 1_000
_AT_ONCE: Final = 1_000
_KEY: Final = "apikey:"
_TITLES: Final[Mapping[str, str]] = {"holders": "holder", "holders:link": "shared link"}


class Reader(msgspec.Struct, frozen=True, kw_only=True):
    """
    Somebody who has read a credential: when, what for, by which way, and what came of it.

    `caller` is the title of a role, or the name of a key, a door or an issuer of tokens.
    """

    at: datetime
    caller: str
    purpose: str
    channel: str
    outcome: ReadOutcome


class Readers:
    """Tells of reads. Whoever looks at the log of reads stands in a log, too."""

    def __init__(
        self, *, store: Store, permits: Permits, access: Access, log: ReadLog, roles: Roles
    ) -> None:
        self._store = store
        self._permits = permits
        self._access = access
        self._log = log
        self._roles = roles

    def of(self, actor: Actor, credential_id: str, *, reason: Reason) -> Sequence[Reader]:
        """
        Return who has read a credential or an earlier revision of it: the last thousand times.

        Raises:
            NotFound: no such credential, or not this actor's.
            Unavailable: this look could not be written down.
        """
        visit = Visit(actor, reason)
        stored = self._access.readable(visit, credential_id)
        with self._store.read() as work:
            same = work.credentials.revisions([credential_id])[credential_id]
            reads = [
                read
                for each in same
                for read in work.reads.of_credential(each.credential_id, limit=_MOST)
            ]
            keys = {f"{_KEY}{each.key_id}": each for each in work.api_keys.listed()}
        self._log.write([visit.to(stored, "shown")])
        latest = sorted(reads, key=lambda each: each.read_id, reverse=True)[:_MOST]
        return [self._reader(each, keys) for each in latest]

    def by(
        self, actor: Actor, reader_id: str, since: datetime, until: datetime
    ) -> Iterator[KeptRead]:
        """
        Yield what one caller has read from one moment to before another, the oldest first.

        It is written down in the audit log before the first is told, and any number of them takes
        no more memory than a page.

        Raises:
            NotPermitted: the actor may not operate.
            InvalidInput: the time ends before it begins.
        """
        self._permits.require(actor, "operate")
        if until <= since:
            raise InvalidInput("the time to tell of ends before it begins; give the earlier first")
        facts = {"reader": reader_id, "since": since.isoformat(), "until": until.isoformat()}
        with self._store.begin() as work:
            work.audit.append(
                [NewEntry(actor_id=actor.actor_id, action="export-reads", facts=facts)]
            )
        return self._pages(reader_id, since, until)

    def _pages(self, reader_id: str, since: datetime, until: datetime) -> Iterator[KeptRead]:
        last: KeptRead | None = None
        while True:
            with self._store.read() as work:
                page = work.reads.of_actor(reader_id, since, until, after=last, limit=_AT_ONCE)
            yield from page
            if len(page) < _AT_ONCE:
                return
            last = page[-1]

    def _reader(self, read: KeptRead, keys: Mapping[str, ApiKey]) -> Reader:
        return Reader(
            at=read.at,
            caller=self._title(read.actor_id, keys.get(read.actor_id)),
            purpose=read.purpose,
            channel=read.channel,
            outcome=read.outcome,
        )

    def _title(self, actor_id: str, key: ApiKey | None) -> str:
        if key is not None:
            return ", ".join(self._roles.titles_of(key.scopes)) or key.name
        sort, _, rest = actor_id.partition(":")
        return _TITLES.get(actor_id) or rest.partition(":")[0] or sort
