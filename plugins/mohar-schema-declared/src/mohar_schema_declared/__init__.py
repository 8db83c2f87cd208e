"""A credential type declared in one file: checks, composition, JSON Schema, JSON-LD context."""

from mohar.plugin import Offer, Offers, Schema, hookimpl
from mohar_schema_declared._schema import DeclaredSchema, Settings

__all__ = ["DeclaredSchema", "Settings", "mohar_register_schemas"]


@hookimpl
def mohar_register_schemas(offers: Offers[Schema]) -> None:
    """Offer `declared`."""
    offers.add(Offer("declared", "a credential type from a file", Settings, DeclaredSchema.open))
