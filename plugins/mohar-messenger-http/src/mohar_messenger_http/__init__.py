"""Send short texts by an HTTP gateway: what it wants and what it answers is described in YAML."""

from collections.abc import Mapping, Sequence
from typing import Any

from mohar.domain.findings import Finding
from mohar.plugin import Messenger, Offer, Offers, hookimpl
from mohar_messenger_http import _ready
from mohar_messenger_http._messenger import HttpMessenger
from mohar_messenger_http._settings import Settings


@hookimpl
def mohar_register_messengers(offers: Offers[Messenger]) -> None:
    """Offer `http`."""
    offers.add(Offer("http", "a gateway that is asked by HTTP", Settings, HttpMessenger.open))


@hookimpl
def mohar_ready(deployment: Mapping[str, Any]) -> Sequence[Finding]:
    """Refuse plain http in production."""
    return _ready.findings(deployment)
