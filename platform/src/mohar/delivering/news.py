"""What becomes of credentials after they are issued, for the channels that ask to be told."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Final

from mohar.domain.delivery import ChannelPlan, LifeEvent, Told
from mohar.domain.lifecycle import CredentialState
from mohar.domain.record import Record
from mohar.store.delivery_rows import NewDelivery
from mohar.store.rows import NewChange, StoredCredential
from mohar.store.store import Work

_EVENTS: Final[Mapping[CredentialState, LifeEvent]] = {
    "revoked": "revoked",
    "suspended": "suspended",
    "current": "restored",
}
_Wanted = tuple[NewChange, LifeEvent, ChannelPlan]


class News:
    """
    Keeps a delivery for each change of a credential and each channel that asks for it.

    `channels` are those of each kind; `record_days` is how long its records are kept, where that
    has an end: what is over is not told, even where it still lies there.
    """

    def __init__(
        self, channels: Mapping[str, Sequence[ChannelPlan]], record_days: Mapping[str, int]
    ) -> None:
        self._channels = channels
        self._record_days = record_days

    def tell(
        self, work: Work, changes: Sequence[NewChange], held: Mapping[str, StoredCredential]
    ) -> None:
        """
        Keep what is to be told of changes, in their own transaction: exactly once a channel.

        `held` are the credentials as they were before, by their numbers.
        """
        wanted = list(self._wanted(changes, held))
        asked = {change.credential_id for change, _, channel in wanted if channel.fields}
        records = work.credentials.record_of(sorted(asked)) if asked else {}
        work.deliveries.add([self._delivery(each, held, records) for each in wanted])

    def _wanted(
        self, changes: Sequence[NewChange], held: Mapping[str, StoredCredential]
    ) -> Iterable[_Wanted]:
        for change in changes:
            event = _EVENTS.get(change.after)
            # A suspension that gets another end is none that the holder did not know of.
            if event is None or change.before == change.after:
                continue
            for channel in self._channels.get(held[change.credential_id].kind, ()):
                if event in channel.events:
                    yield change, event, channel

    def _delivery(
        self,
        wanted: _Wanted,
        held: Mapping[str, StoredCredential],
        records: Mapping[str, Record],
    ) -> NewDelivery:
        change, event, channel = wanted
        credential = held[change.credential_id]
        record = records.get(change.credential_id)
        is_kept = record is not None and not self._is_over(credential, change)
        return NewDelivery(
            delivery_id=uuid.uuid4().hex,
            channel=channel.name,
            event=event,
            kind=credential.kind,
            occurred_at=change.at,
            credential_id=change.credential_id,
            told=Told(
                fields=channel.chosen(record.content) if record and is_kept else {},
                revision=credential.revision,
            ),
        )

    def _is_over(self, credential: StoredCredential, change: NewChange) -> bool:
        days = self._record_days.get(credential.kind)
        if days is None or credential.issued_at is None:
            return False
        return credential.issued_at + timedelta(days=days) <= change.at
