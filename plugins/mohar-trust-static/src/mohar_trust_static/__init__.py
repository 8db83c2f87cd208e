"""Trust keys that the deployment pins: key lists, DID documents, JWKS, PEM."""

from mohar.codec.trusted_keys import TrustedKey, keys_from_bytes
from mohar.plugin import Offer, Offers, Trust, hookimpl
from mohar_trust_static._trust import Settings, StaticTrust

__all__ = ["Settings", "StaticTrust", "TrustedKey", "keys_from_bytes", "mohar_register_trust"]


@hookimpl
def mohar_register_trust(offers: Offers[Trust]) -> None:
    """Offer the trust `static`."""
    offers.add(Offer("static", "keys in files of the deployment", Settings, StaticTrust.open))
