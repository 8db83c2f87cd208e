"""What channels are to be told of the outcomes of a batch."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from mohar.domain.correction import Correction
from mohar.domain.credential import Outcome
from mohar.domain.delivery import (
    OUTCOME_EVENTS,
    ChannelPlan,
    DeliveryEvent,
    OutcomeEvent,
    Told,
)
from mohar.domain.findings import Finding
from mohar.domain.record import Message, Record
from mohar.domain.values import Personal
from mohar.issuing.plan import KindPlan
from mohar.plugin import Telemetry
from mohar.plugin.caller import isolated
from mohar.store.delivery_rows import NewDelivery
from mohar.store.rows import IntakeItem

_EVENTS: Final[Mapping[str, OutcomeEvent]] = {each: each for each in OUTCOME_EVENTS}


class Ended(Personal, frozen=True, kw_only=True):
    """An item that came to its end; `correction` is there where it took another's place."""

    item: IntakeItem
    record: Record | None
    outcome: Outcome
    correction: Correction | None = None


def told_of(kind: KindPlan, ended: Sequence[Ended], now: datetime) -> list[NewDelivery]:
    """Return a delivery for each channel that wants the outcome; a record may be missing."""
    return [
        _delivery(channel, event, kind, each, now)
        for each in ended
        for channel in kind.channels
        if (event := _event(channel, each)) is not None and event in channel.events
    ]


def record_of(kind: KindPlan, item: IntakeItem, telemetry: Telemetry) -> Record | None:
    """Return what can be read of an item that could not be issued; None where even that fails."""
    message = Message(content=item.content, variant=item.variant)
    answer = isolated(
        f"source of {kind.name}", lambda: list(kind.source.read([message])), telemetry
    )
    return answer.value[0] if answer.value else None


def _event(channel: ChannelPlan, ended: Ended) -> DeliveryEvent | None:
    event = _EVENTS.get(ended.outcome.state)
    if event == "issued" and ended.correction and channel.tells_replacements:
        return "reissued" if ended.correction.cause == "reissue" else "corrected"
    return event


def _delivery(
    channel: ChannelPlan, event: DeliveryEvent, kind: KindPlan, ended: Ended, now: datetime
) -> NewDelivery:
    item, outcome = ended.item, ended.outcome
    return NewDelivery(
        delivery_id=uuid.uuid4().hex,
        channel=channel.name,
        event=event,
        kind=kind.name,
        occurred_at=now,
        submission_id=item.submission_id,
        position=item.position,
        credential_id=outcome.credential_id,
        told=Told(
            fields=channel.chosen(ended.record.content) if ended.record else {},
            findings=tuple(_errors(outcome)),
            revision=outcome.revision,
        ),
    )


def _errors(outcome: Outcome) -> Iterator[Finding]:
    yield from (finding for finding in outcome.findings if finding.is_error)
    for body in outcome.bodies:
        yield from (finding for finding in body.findings if finding.is_error)
