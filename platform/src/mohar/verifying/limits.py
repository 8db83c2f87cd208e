"""How much of a stranger's input is looked at."""

from __future__ import annotations

import msgspec


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """
    Bounds on one input; whatever breaks one is unreadable, with the bound in the reason.

    `max_picture_bytes` is for images and PDFs, `max_text_bytes` for everything else;
    `max_pixels` and `max_side_pixels` (the reader of QR codes ends at 65,535) bound a picture,
    each PDF page as it is drawn, and every enlarged copy of them.
    `max_codes` bounds the QR codes that are followed in one input, and `max_pages` the pages
    that are drawn; further ones are not looked at. `max_credentials` bounds the credentials of
    one presentation.
    """

    max_picture_bytes: int = 20_000_000
    max_text_bytes: int = 1_000_000
    max_pixels: int = 40_000_000
    max_side_pixels: int = 20_000
    max_pages: int = 10
    max_codes: int = 10
    max_credentials: int = 100
