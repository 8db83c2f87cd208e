"""Print a credential as PDF from an HTML template."""

from collections.abc import Mapping

from mohar.plugin import Offer, Offers, Renderer, hookimpl
from mohar_renderer_pdf._health import fonts
from mohar_renderer_pdf._renderer import PdfRenderer
from mohar_renderer_pdf._settings import Settings


@hookimpl
def mohar_register_renderers(offers: Offers[Renderer]) -> None:
    """Offer the one renderer of this plugin."""
    offers.add(Offer("pdf", "a PDF from an HTML template", Settings, PdfRenderer.open))


@hookimpl
def mohar_health() -> Mapping[str, str]:
    """Say whether there are fonts to print with."""
    return fonts()
