"""Health certificates as HC1 text: the EU Digital COVID Certificate and WHO DDCC."""

from mohar.plugin import Format, Offer, Offers, hookimpl
from mohar_format_hcert._format import HcertFormat
from mohar_format_hcert._settings import Settings


@hookimpl
def mohar_register_formats(offers: Offers[Format]) -> None:
    """Offer the format `hcert`."""
    offers.add(Offer("hcert", "HC1 text: EU DCC and WHO DDCC", Settings, HcertFormat.open_from))
