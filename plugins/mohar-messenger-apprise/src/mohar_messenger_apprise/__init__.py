"""Send short texts by any of the services that Apprise knows: SMTP, and SMS by many providers."""

from mohar.plugin import Messenger, Offer, Offers, hookimpl
from mohar_messenger_apprise._messenger import AppriseMessenger, Settings


@hookimpl
def mohar_register_messengers(offers: Offers[Messenger]) -> None:
    """Offer `apprise`."""
    offers.add(Offer("apprise", "a service that Apprise knows", Settings, AppriseMessenger.open))
