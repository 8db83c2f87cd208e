"""Trust the keys that WHO lists for its Global Digital Health Certification Network."""

from mohar.plugin import Offer, Offers, Trust, hookimpl
from mohar_trust_gdhcn._trust import GdhcnTrust, Settings

__all__ = ["GdhcnTrust", "Settings", "mohar_register_trust"]


@hookimpl
def mohar_register_trust(offers: Offers[Trust]) -> None:
    """Offer the trust `gdhcn`."""
    offers.add(Offer("gdhcn", "WHO's trust lists, verified and pinned", Settings, GdhcnTrust.open))
