"""A request goes to its source: what that must know, and the channels that tell it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from mohar.domain.clock import Clock
from mohar.domain.delivery import Told
from mohar.domain.request import ForwardedRequest
from mohar.domain.values import at_path
from mohar.store import Work
from mohar.store.delivery_rows import NewDelivery
from mohar.store.request_rows import KeptRequest


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """How requests of a kind go: by which channels, and with which natural key."""

    key: tuple[str, ...]
    channels: tuple[str, ...] = ()


class Handover:
    """Lets channels tell the source of requests. All of it happens in the caller's transaction."""

    def __init__(self, ways: Mapping[str, Way], clock: Clock) -> None:
        self._ways = ways
        self._clock = clock

    def tell(self, work: Work, kept: KeptRequest) -> None:
        """Have a request told, once, to each channel that wants those of its kind."""
        channels = self._channels(kept.kind)
        if not channels:
            return
        told = Told(request=self.described(work, kept))
        work.deliveries.add(
            [
                NewDelivery(
                    delivery_id=uuid.uuid4().hex,
                    channel=channel,
                    event="forwarded",
                    kind=kept.kind,
                    occurred_at=self._clock(),
                    credential_id=kept.credential_id,
                    tracking=kept.tracking,
                    told=told,
                )
                for channel in channels
            ]
        )

    def recall(self, work: Work, kept: KeptRequest) -> None:
        """Have nobody told any more who was not yet: there is nothing left to be answered."""
        work.deliveries.recall(kept.tracking)

    def described(self, work: Work, kept: KeptRequest) -> ForwardedRequest:
        """Return what the source must know of a request that has not ended."""
        contents = work.requests.contents(kept.tracking)
        assert contents is not None
        return ForwardedRequest(
            tracking=kept.tracking,
            kind=kept.kind,
            type=kept.type,
            credential_id=kept.credential_id,
            other_id=kept.other_id,
            key=self._key(work, kept),
            reason=contents.reason,
            changes=contents.changes,
            evidence=contents.evidence,
        )

    def _channels(self, kind: str) -> Sequence[str]:
        way = self._ways.get(kind)
        return way.channels if way else ()

    def _key(self, work: Work, kept: KeptRequest) -> dict[str, Any]:
        way = self._ways.get(kept.kind)
        record = work.credentials.record_of([kept.credential_id]).get(kept.credential_id)
        if way is None or record is None:
            return {}
        found = {path: at_path(record.content, path) for path in way.key}
        return {path: value for path, value in found.items() if value is not None}
