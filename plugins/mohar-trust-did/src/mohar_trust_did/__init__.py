"""Trust what a DID says of itself: did:key, did:jwk, and did:web from pinned documents."""

from mohar.plugin import Offer, Offers, Trust, hookimpl
from mohar_trust_did._trust import DidTrust, Settings

__all__ = ["DidTrust", "Settings", "mohar_register_trust"]


@hookimpl
def mohar_register_trust(offers: Offers[Trust]) -> None:
    """Offer the trust `did`."""
    offers.add(Offer("did", "keys that stand in the issuer's DID", Settings, DidTrust.open))
