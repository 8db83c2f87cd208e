"""DigiLocker: the door by which it asks for documents, and the channel that tells it of changes."""

from collections.abc import Mapping, Sequence
from typing import Any

from mohar.domain.findings import Finding
from mohar.plugin import Channel, Door, Offer, Offers, hookimpl
from mohar_channel_digilocker import _ready
from mohar_channel_digilocker._door import DigilockerDoor
from mohar_channel_digilocker._push import PushSettings, PushUriChannel
from mohar_channel_digilocker._settings import Settings


@hookimpl
def mohar_register_doors(offers: Offers[Door]) -> None:
    """Offer `digilocker`."""
    offers.add(
        Offer("digilocker", "DigiLocker's Pull URI and Pull Doc", Settings, DigilockerDoor.open)
    )


@hookimpl
def mohar_register_channels(offers: Offers[Channel]) -> None:
    """Offer `digilocker`."""
    offers.add(Offer("digilocker", "DigiLocker's Push URI", PushSettings, PushUriChannel.open))


@hookimpl
def mohar_ready(deployment: Mapping[str, Any]) -> Sequence[Finding]:
    """Refuse what cannot work, and name a match that is too weak as the risk it is."""
    return _ready.findings(deployment)
