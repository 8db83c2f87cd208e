"""What another renderer of pages is built from: the parts of `pdf`, open to plugins beside it."""

from mohar_renderer_pdf._bidi import direction_of, isolate
from mohar_renderer_pdf._folder import AddressRefused
from mohar_renderer_pdf._glyphs import MissingGlyphs
from mohar_renderer_pdf._printer import Printer, Sheet, identifier
from mohar_renderer_pdf._qr import QrPicture
from mohar_renderer_pdf._readable import ReadablePage
from mohar_renderer_pdf._renderer import PdfRenderer
from mohar_renderer_pdf._template import Template

__all__ = [
    "AddressRefused",
    "MissingGlyphs",
    "PdfRenderer",
    "Printer",
    "QrPicture",
    "ReadablePage",
    "Sheet",
    "Template",
    "direction_of",
    "identifier",
    "isolate",
]
