"""Any JSON or CSV upstream, mapped by data: a file says where each value of a record comes from."""

from mohar.plugin import Offer, Offers, Source, hookimpl
from mohar_source_declared._source import DeclaredSource, Settings

__all__ = ["DeclaredSource", "Settings", "mohar_register_sources"]


@hookimpl
def mohar_register_sources(offers: Offers[Source]) -> None:
    """Offer `declared`."""
    offers.add(Offer("declared", "any JSON or CSV, by a mapping", Settings, DeclaredSource.open))
