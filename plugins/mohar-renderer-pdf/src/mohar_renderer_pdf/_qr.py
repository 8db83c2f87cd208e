"""The QR code of a page: as large as it must be to be read from paper."""

from __future__ import annotations

import base64

from markupsafe import Markup

from mohar.codec.qr import ErrorCorrection, QrMatrix, encode
from mohar.domain.errors import InvalidInput
from mohar.domain.findings import Finding
from mohar.domain.rendition import Carrier, PrintedCode, Shown
from mohar_renderer_pdf._settings import Qr


class QrPicture:
    """What a template sees of a QR code: `qr.svg`, `qr.png`, `qr.size_mm`, `qr.version`."""

    def __init__(self, matrix: QrMatrix, size_mm: float) -> None:
        self.matrix = matrix
        self.size_mm = size_mm
        self.version = matrix.version

    @property
    def svg(self) -> Markup:
        """Return the code as vectors, an `svg` element of the right size."""
        drawn = self.matrix.svg(size_mm=self.size_mm)
        # Whoever looks the page over can tell how large a stylesheet makes each module.
        marked = drawn.replace("<svg ", f'<svg data-modules="{self.matrix.width}" ', 1)
        # Made of numbers alone, so there is nothing to escape.
        return Markup(marked)  # noqa: S704

    @property
    def png(self) -> str:
        """Return the code as a data URI for `img`: quicker to print than vectors, less sharp."""
        return f"data:image/png;base64,{base64.b64encode(self.matrix.png(scale=1)).decode()}"


def qr_picture(shown: Shown, settings: Qr) -> QrPicture | None:
    """
    Return the QR code of a credential, or None where its format puts nothing in one.

    Raises:
        InvalidInput: no QR code holds it, or none on this page that can be read from paper; or the
            carrier that the settings name is none of the format's.
    """
    carrier = _carrier(shown, settings)
    if carrier is None:
        _refuse_other_carriers(shown, settings)
        return None
    matrix = encode(carrier.segments, _level(carrier, settings))
    size_mm = _size_mm(matrix, settings)
    if size_mm > settings.maximum_mm:
        message = (
            f"the QR code would be {size_mm} mm wide at {settings.module_mm} mm for a module, and "
            f"the page has {settings.maximum_mm} mm; print a body in a more compact format"
        )
        raise InvalidInput(message, [Finding(code="pdf-qr-too-large", message=message)])
    return QrPicture(matrix, size_mm)


def printed_code(shown: Shown, settings: Qr) -> PrintedCode | None:
    """Return how large the code would have to be, whether the page has that room or not."""
    carrier = _carrier(shown, settings)
    if carrier is None:
        return None
    level = _level(carrier, settings)
    try:
        matrix = encode(carrier.segments, level)
    except InvalidInput:
        return None
    return PrintedCode(
        carrier=carrier.name,
        error_correction=level,
        size_mm=_size_mm(matrix, settings),
        most_mm=settings.maximum_mm,
    )


def _refuse_other_carriers(shown: Shown, settings: Qr) -> None:
    """A page without its code looks whole, and nobody can verify it."""
    if shown.carriers:
        offered = ", ".join(each.name for each in shown.carriers)
        message = (
            f"body {shown.secured.body} has no carrier {settings.carrier} for a QR code; name in "
            f"`qr.carrier` one of: {offered}"
        )
        raise InvalidInput(message, [Finding(code="pdf-qr-no-carrier", message=message)])


def _carrier(shown: Shown, settings: Qr) -> Carrier | None:
    return next((each for each in shown.carriers if settings.carrier in ("", each.name)), None)


def _level(carrier: Carrier, settings: Qr) -> ErrorCorrection:
    return carrier.error_correction or settings.error_correction


def _size_mm(matrix: QrMatrix, settings: Qr) -> float:
    return max(settings.minimum_mm, round(matrix.width * settings.module_mm + 0.05, 1))
