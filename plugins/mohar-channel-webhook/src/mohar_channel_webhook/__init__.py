"""Tell a URL what became of records, and what holders ask; signed, with no more than asked for."""

from collections.abc import Mapping, Sequence
from typing import Any

from mohar.domain.findings import Finding
from mohar.plugin import Channel, Offer, Offers, hookimpl
from mohar_channel_webhook import _ready
from mohar_channel_webhook._channel import Settings, WebhookChannel


@hookimpl
def mohar_register_channels(offers: Offers[Channel]) -> None:
    """Offer `webhook`."""
    offers.add(Offer("webhook", "signed calls of one URL", Settings, WebhookChannel.open))


@hookimpl
def mohar_ready(deployment: Mapping[str, Any]) -> Sequence[Finding]:
    """Refuse plain http in production, and warn where personal values leave the house."""
    return _ready.findings(deployment)
