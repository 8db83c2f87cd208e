"""SMART Health Cards: signed FHIR bundles, small enough for one QR code."""

from mohar.plugin import Format, Offer, Offers, hookimpl
from mohar_format_shc._format import Settings, ShcFormat

__all__ = ["Settings", "ShcFormat", "mohar_register_formats"]


@hookimpl
def mohar_register_formats(offers: Offers[Format]) -> None:
    """Offer the format `shc`."""
    offers.add(
        Offer("shc", "SMART Health Card: a FHIR bundle as a JWS", Settings, ShcFormat.open_from)
    )
