"""The QR code of a page: as large as it must be to be read from paper."""

from __future__ import annotations

import base64

from markupsafe import Markup

from mohar.codec.qr import QrMatrix, encode
from mohar.domain.errors import InvalidInput
from mohar.domain.findings import Finding
from mohar.domain.rendition import Shown
from mohar_renderer_pdf._settings import Qr


class QrPicture:
    """What a template sees of a QR code: `qr.svg`, `qr.png`, `qr.size_mm`, `qr.version`."""

    def __init__(self, matrix: QrMatrix, size_mm: float) -> None:
        self._matrix = matrix
        self.size_mm = size_mm
        self.version = matrix.version

    @property
    def svg(self) -> Markup:
        """Return the code as vectors, an `svg` element of the right size."""
        # Made of numbers alone, so there is nothing to escape.
        return Markup(self._matrix.svg(size_mm=self.size_mm))  # noqa: S704

    @property
    def png(self) -> str:
        """Return the code as a data URI for `img`: quicker to print than vectors, less sharp."""
        return f"data:image/png;base64,{base64.b64encode(self._matrix.png(scale=1)).decode()}"


def qr_picture(shown: Shown, settings: Qr) -> QrPicture | None:
    """
    Return the QR code of a credential, or None where its format puts nothing in one.

    Raises:
        InvalidInput: no QR code holds it, or none on this page that can be read from paper.
    """
    wanted = settings.carrier
    carrier = next((each for each in shown.carriers if wanted in ("", each.name)), None)
    if carrier is None:
        return None
    level = carrier.error_correction or settings.error_correction
    matrix = encode(carrier.segments, level)
    size_mm = max(settings.minimum_mm, round(matrix.width * settings.module_mm + 0.05, 1))
    if size_mm > settings.maximum_mm:
        message = (
            f"the QR code would be {size_mm} mm wide at {settings.module_mm} mm for a module, and "
            f"the page has {settings.maximum_mm} mm; print a body in a more compact format"
        )
        raise InvalidInput(message, [Finding(code="pdf-qr-too-large", message=message)])
    return QrPicture(matrix, size_mm)
