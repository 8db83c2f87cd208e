"""Draw what a format carries in a QR code: as PNG, as SVG, or as the text a scanner reads."""

from mohar.plugin import Offer, Offers, Renderer, hookimpl
from mohar_renderer_qr._renderers import (
    PngRenderer,
    PngSettings,
    SvgRenderer,
    SvgSettings,
    TextRenderer,
    TextSettings,
)


@hookimpl
def mohar_register_renderers(offers: Offers[Renderer]) -> None:
    """Offer the three pictures of a carrier."""
    offers.add(Offer("qr-png", "a QR code as PNG", PngSettings, PngRenderer.open))
    offers.add(Offer("qr-svg", "a QR code as SVG", SvgSettings, SvgRenderer.open))
    offers.add(Offer("qr-text", "the text of a QR code", TextSettings, TextRenderer.open))
