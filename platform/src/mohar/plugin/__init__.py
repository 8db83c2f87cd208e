"""The front door: all that a plugin imports, beside `mohar.domain` and `mohar.codec`."""

from mohar.plugin.hooks import hookimpl, hookspec
from mohar.plugin.offers import Offer, Offers
from mohar.plugin.roles import (
    Commands,
    Format,
    Renderer,
    RotatingSigner,
    Route,
    RouteRequest,
    RouteResponse,
    Routes,
    Schema,
    Signer,
    Sink,
    Source,
    Trust,
)
from mohar.plugin.tools import (
    Credentials,
    Files,
    HttpClient,
    HttpResponse,
    Intake,
    Receipt,
    Secret,
    Telemetry,
    Tools,
)

__all__ = [
    "Commands",
    "Credentials",
    "Files",
    "Format",
    "HttpClient",
    "HttpResponse",
    "Intake",
    "Offer",
    "Offers",
    "Receipt",
    "Renderer",
    "RotatingSigner",
    "Route",
    "RouteRequest",
    "RouteResponse",
    "Routes",
    "Schema",
    "Secret",
    "Signer",
    "Sink",
    "Source",
    "Telemetry",
    "Tools",
    "Trust",
    "hookimpl",
    "hookspec",
]
