"""Call Co-WIN back with what became of its records: success, error, and duplicates too."""

from collections.abc import Mapping, Sequence
from typing import Any

from mohar.domain.findings import Finding
from mohar.plugin import Channel, Offer, Offers, hookimpl
from mohar_channel_cowin_ack import _ready
from mohar_channel_cowin_ack._channel import CowinAckChannel, Settings


@hookimpl
def mohar_register_channels(offers: Offers[Channel]) -> None:
    """Offer `cowin-ack`."""
    offers.add(Offer("cowin-ack", "Co-WIN's certificate call-back", Settings, CowinAckChannel.open))


@hookimpl
def mohar_ready(deployment: Mapping[str, Any]) -> Sequence[Finding]:
    """Refuse plain http in production: a beneficiary's number travels in the call."""
    return _ready.findings(deployment)
