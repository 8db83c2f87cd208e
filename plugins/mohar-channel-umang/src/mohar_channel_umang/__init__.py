"""Answer UMANG in its envelope: codes, members and certificates of holders."""

from collections.abc import Mapping, Sequence
from typing import Any

from mohar.domain.findings import Finding
from mohar.plugin import Door, Offer, Offers, hookimpl
from mohar_channel_umang import _ready
from mohar_channel_umang._door import UmangDoor
from mohar_channel_umang._settings import Settings


@hookimpl
def mohar_register_doors(offers: Offers[Door]) -> None:
    """Offer `umang`."""
    offers.add(Offer("umang", "UMANG's gateway, for holders", Settings, UmangDoor.open))


@hookimpl
def mohar_ready(deployment: Mapping[str, Any]) -> Sequence[Finding]:
    """Refuse a door that could let nobody in, or draw nothing."""
    return _ready.findings(deployment)
