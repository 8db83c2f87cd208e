"""Print a credential as PDF from an HTML template."""

from collections.abc import Mapping, Sequence
from typing import Any

from mohar.domain.findings import Finding
from mohar.plugin import Offer, Offers, Renderer, Tools, hookimpl
from mohar_renderer_pdf import ready
from mohar_renderer_pdf._settings import Settings
from mohar_renderer_pdf.health import fonts

__all__ = ["Settings"]


@hookimpl
def mohar_register_renderers(offers: Offers[Renderer]) -> None:
    """Offer the one renderer of this plugin."""
    offers.add(Offer("pdf", "a PDF from an HTML template", Settings, _open))


def _open(settings: Settings, tools: Tools) -> Renderer:
    # Jinja takes its time to import: only who has pages to print waits for it.
    from mohar_renderer_pdf._renderer import PdfRenderer

    return PdfRenderer.open(settings, tools)


@hookimpl
def mohar_ready(deployment: Mapping[str, Any]) -> Sequence[Finding]:
    """Warn where a QR code may be printed too fine to be read."""
    return ready.findings(deployment, "pdf")


@hookimpl
def mohar_health() -> Mapping[str, str]:
    """Say whether there are fonts to print with."""
    return fonts()
