"""Read the certify messages of Co-WIN, through DIVOC's own three doors or any other."""

from collections.abc import Mapping, Sequence
from typing import Any

from mohar.domain.credential import Credential
from mohar.domain.findings import Finding
from mohar.domain.record import Record
from mohar.plugin import Commands, Offer, Offers, Routes, Source, Tools, hookimpl
from mohar_source_cowin import ready, review
from mohar_source_cowin.changes import change_routes
from mohar_source_cowin.commands import samples
from mohar_source_cowin.routes import certify_routes
from mohar_source_cowin.source import CowinSource, Settings
from mohar_source_cowin.uploads import upload_routes


@hookimpl
def mohar_register_sources(offers: Offers[Source]) -> None:
    """Offer `cowin-certify`."""
    offers.add(Offer("cowin-certify", "certify messages v1, v2 and v3", Settings, CowinSource.open))


@hookimpl
def mohar_register_routes(routes: Routes, tools: Tools) -> None:
    """Add DIVOC's operations; they are about the kind whose source is `cowin-certify`."""
    for route in (
        *certify_routes(tools.intake),
        *upload_routes(tools.intake),
        *change_routes(tools.intake, tools.life),
    ):
        routes.add(route)


@hookimpl
def mohar_register_commands(commands: Commands) -> None:
    """Add `samples`, which writes made-up messages for trials."""
    commands.add("samples", samples)


@hookimpl
def mohar_ready(deployment: Mapping[str, Any]) -> Sequence[Finding]:
    """Refuse a natural key that cannot tell two doses of one person apart."""
    return ready.findings(deployment)


@hookimpl
def mohar_review(
    credentials: Sequence[Credential], records: Sequence[Record]
) -> Sequence[Sequence[Finding]]:
    """Refuse to sign a national identity number, except where DIVOC's own format demands it."""
    return review.review(credentials, records)
