"""Answer partners by DIVOC's certificate routes: pictures, documents, and who is vaccinated."""

from collections.abc import Mapping, Sequence
from typing import Any

from mohar.domain.findings import Finding
from mohar.plugin import Door, Offer, Offers, hookimpl
from mohar_channel_apisetu import _ready
from mohar_channel_apisetu._door import ApiSetuDoor
from mohar_channel_apisetu._settings import Settings


@hookimpl
def mohar_register_doors(offers: Offers[Door]) -> None:
    """Offer `apisetu`."""
    offers.add(Offer("apisetu", "DIVOC's certificate routes", Settings, ApiSetuDoor.open))


@hookimpl
def mohar_ready(deployment: Mapping[str, Any]) -> Sequence[Finding]:
    """Tell what a door would not find, and which partner is told that an id exists."""
    return _ready.findings(deployment)
