"""Read the certify messages of Co-WIN, through DIVOC's own three doors or any other."""

from mohar.plugin import Commands, Offer, Offers, Routes, Source, Tools, hookimpl
from mohar_source_cowin.commands import samples
from mohar_source_cowin.routes import certify_routes
from mohar_source_cowin.source import CowinSource, Settings


@hookimpl
def mohar_register_sources(offers: Offers[Source]) -> None:
    """Offer `cowin-certify`."""
    offers.add(Offer("cowin-certify", "certify messages v1, v2 and v3", Settings, CowinSource.open))


@hookimpl
def mohar_register_routes(routes: Routes, tools: Tools) -> None:
    """Add DIVOC's certify operations; they feed the kind whose source is `cowin-certify`."""
    for route in certify_routes(tools.intake):
        routes.add(route)


@hookimpl
def mohar_register_commands(commands: Commands) -> None:
    """Add `samples`, which writes made-up messages for trials."""
    commands.add("samples", samples)
