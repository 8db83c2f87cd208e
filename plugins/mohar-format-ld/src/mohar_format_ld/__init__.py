"""W3C verifiable credentials with embedded proofs over canonical RDF."""

from mohar.plugin import Format, Offer, Offers, hookimpl
from mohar_format_ld._format import LdFormat, Settings


@hookimpl
def mohar_register_formats(offers: Offers[Format]) -> None:
    """Offer the format `ld`."""
    offers.add(
        Offer("ld", "JSON-LD with a proof: VC 2.0, and 1.1 as before", Settings, LdFormat.open_from)
    )
