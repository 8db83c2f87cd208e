"""A PDF → the bytes of every QR code on its pages."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from typing import Final

import pypdfium2
from PIL import Image

from mohar.domain.errors import Unreadable
from mohar.verifying.image import codes_at_once
from mohar.verifying.limits import Limits

_MARK = b"%PDF-"
_PASSWORD_NEEDED = 4  # FPDF_ERR_PASSWORD in PDFium's fpdfview.h
_POINTS_PER_INCH = 72
_RESOLUTIONS = (200, 300)

# PDFium itself keeps state for the whole process and is not safe to call from two threads, so
# one lock for the process is the only correct size for it.
_PDFIUM: Final = threading.Lock()


def is_pdf(data: bytes) -> bool:
    """Say from the first KiB whether this is a PDF; a JSON text that speaks of one is not."""
    return _MARK in data[:1024] and not data.lstrip().startswith(b"{")


def codes_in_pdf(data: bytes, limits: Limits) -> Sequence[bytes]:
    """
    Return what every QR code on the first pages carries, each once; nothing where there is none.

    Pages are drawn at 200 dpi, and at 300 where nothing was seen on any of them.

    Raises:
        Unreadable: the PDF is damaged, asks for a password, or has no page that can be drawn.
    """
    with _PDFIUM:
        try:
            with pypdfium2.PdfDocument(data) as document:
                return _codes_in(document, limits)
        except pypdfium2.PdfiumError as error:
            raise Unreadable(_reason(error)) from error


def _codes_in(document: pypdfium2.PdfDocument, limits: Limits) -> Sequence[bytes]:
    pages = range(min(len(document), limits.max_pages))
    for dpi in _RESOLUTIONS:
        found = [code for page in pages for code in _codes_on(document, page, dpi, limits)]
        if found:
            return list(dict.fromkeys(found))
    return []


def _codes_on(
    document: pypdfium2.PdfDocument, number: int, dpi: int, limits: Limits
) -> Sequence[bytes]:
    page = document[number]
    try:
        drawn = _drawn(page, dpi, limits)
    finally:
        page.close()
    return codes_at_once(drawn)


def _drawn(page: pypdfium2.PdfPage, dpi: int, limits: Limits) -> Image.Image:
    width, height = page.get_size()
    bitmap = page.render(scale=_scale(width, height, dpi, limits), grayscale=True)
    try:
        picture: Image.Image = bitmap.to_pil().copy()
    finally:
        bitmap.close()
    return picture


def _scale(width: float, height: float, dpi: int, limits: Limits) -> float:
    """Return pixels per point: those of `dpi`, or fewer where the page would break a limit."""
    by_area = math.sqrt(limits.max_pixels / max(width * height, 1.0))
    by_side = limits.max_side_pixels / max(width, height, 1.0)
    return min(dpi / _POINTS_PER_INCH, by_area, by_side)


def _reason(error: pypdfium2.PdfiumError) -> str:
    if error.err_code == _PASSWORD_NEEDED:
        return "the PDF asks for a password; save it without one"
    return "the PDF is damaged; download or print it again"
