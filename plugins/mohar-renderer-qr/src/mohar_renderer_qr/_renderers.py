"""One carrier in, one picture out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil
from typing import Annotated, Any, Final, TypeVar

import msgspec

from mohar.codec.qr import LEAST_MODULE_MM, ErrorCorrection, QrMatrix, encode
from mohar.domain.errors import InvalidInput
from mohar.domain.findings import Finding, Refusal
from mohar.domain.rendition import Carrier, PrintedCode, Rendition, Shown
from mohar.plugin import Tools

T = TypeVar("T")

_LARGEST_PIXELS: Final = 4096
_LARGEST_MM: Final = 1000
_PIXELS_PER_MM: Final = 300 / 25.4

Pixels = Annotated[int, msgspec.Meta(ge=21, le=_LARGEST_PIXELS)]
Millimetres = Annotated[float, msgspec.Meta(gt=0, le=_LARGEST_MM)]


class _Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    `carrier` names one of the format's carriers; empty takes the one it calls the best.

    `error_correction` is taken where the format does not say it itself. `mm` is the length of a
    side on paper, quiet zone included, unless a caller asks with `mm`; a code whose modules would
    then be smaller than `module_mm` is refused.
    """

    carrier: str = ""
    error_correction: ErrorCorrection = "M"
    mm: Millimetres | None = None
    module_mm: Millimetres = LEAST_MODULE_MM


class PngSettings(_Settings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    How many pixels a PNG has, unless a caller asks with `px`.

    `pixels` is the least length of a side; the picture is as much larger as whole pixels for each
    module need. Without it there are 300 an inch where the size on paper is given, and otherwise a
    module gets `module_pixels`.
    """

    pixels: Pixels | None = None
    module_pixels: Annotated[int, msgspec.Meta(ge=1, le=40)] = 4


class SvgSettings(_Settings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An SVG without `mm` is as large as whoever shows it likes."""


class TextSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`carrier` names one of the format's carriers; empty takes the one it calls the best."""

    carrier: str = ""


class PngRenderer:
    """A QR code as a PNG of one bit for each pixel."""

    media_type = "image/png"
    suffix = "png"

    def __init__(self, settings: PngSettings) -> None:
        self._settings = settings

    @classmethod
    def open(cls, settings: PngSettings, tools: Tools) -> PngRenderer:
        """Return the renderer; it needs nothing of the house."""
        del tools
        return cls(settings)

    def render(self, shown: Sequence[Shown]) -> Sequence[Rendition | Refusal]:
        """Return a PNG for each; what no QR code can hold is refused."""
        return [_drawn(each, self._one) for each in shown]

    def _one(self, shown: Shown) -> Rendition:
        carrier = _carrier(shown, self._settings.carrier)
        matrix = _matrix(carrier, self._settings)
        size_mm = _size(shown, self._settings, matrix)
        scale = self._scale(shown, matrix, size_mm)
        return _rendition(self, matrix.png(scale=scale, size_mm=size_mm))

    def codes(self, shown: Sequence[Shown]) -> Sequence[PrintedCode | None]:
        """Return which carrier is drawn, and how large where that is settled."""
        return [_code(each, self._settings) for each in shown]

    def _scale(self, shown: Shown, matrix: QrMatrix, size_mm: float | None) -> int:
        pixels = _asked(shown, "px", Pixels, self._settings.pixels)
        if pixels is None and size_mm is not None:
            pixels = min(_LARGEST_PIXELS, ceil(size_mm * _PIXELS_PER_MM))
        if pixels is None:
            return self._settings.module_pixels
        return -(-pixels // matrix.width)


class SvgRenderer:
    """A QR code as SVG: sharp at any size."""

    media_type = "image/svg+xml"
    suffix = "svg"

    def __init__(self, settings: SvgSettings) -> None:
        self._settings = settings

    @classmethod
    def open(cls, settings: SvgSettings, tools: Tools) -> SvgRenderer:
        """Return the renderer; it needs nothing of the house."""
        del tools
        return cls(settings)

    def render(self, shown: Sequence[Shown]) -> Sequence[Rendition | Refusal]:
        """Return an SVG for each; what no QR code can hold is refused."""
        return [_drawn(each, self._one) for each in shown]

    def _one(self, shown: Shown) -> Rendition:
        carrier = _carrier(shown, self._settings.carrier)
        matrix = _matrix(carrier, self._settings)
        size = _size(shown, self._settings, matrix)
        return _rendition(self, matrix.svg(size_mm=size).encode())

    def codes(self, shown: Sequence[Shown]) -> Sequence[PrintedCode | None]:
        """Return which carrier is drawn, and how large where that is settled."""
        return [_code(each, self._settings) for each in shown]


class TextRenderer:
    """The text that a scanner reads, for formats whose carrier is text."""

    media_type = "text/plain"
    suffix = "txt"

    def __init__(self, settings: TextSettings) -> None:
        self._settings = settings

    @classmethod
    def open(cls, settings: TextSettings, tools: Tools) -> TextRenderer:
        """Return the renderer; it needs nothing of the house."""
        del tools
        return cls(settings)

    def render(self, shown: Sequence[Shown]) -> Sequence[Rendition | Refusal]:
        """Return the text for each; a carrier that is not UTF-8 text is refused."""
        return [_drawn(each, self._one) for each in shown]

    def _one(self, shown: Shown) -> Rendition:
        carrier = _carrier(shown, self._settings.carrier)
        try:
            carrier.data.decode()
        except UnicodeDecodeError as error:
            raise _refused(
                "qr-not-text",
                f"what the QR code carries ({carrier.media_type}) is not text; ask for .png or .svg",
            ) from error
        return _rendition(self, carrier.data)


def _drawn(shown: Shown, draw: Callable[[Shown], Rendition]) -> Rendition | Refusal:
    try:
        return draw(shown)
    except InvalidInput as error:
        findings = error.findings or (Finding(code="qr-not-drawable", message=str(error)),)
        return Refusal(findings=findings)


def _carrier(shown: Shown, name: str) -> Carrier:
    found = next((each for each in shown.carriers if name in ("", each.name)), None)
    if found is None:
        offered = ", ".join(each.name for each in shown.carriers) or "none"
        raise _refused(
            "qr-no-carrier",
            f"the format of body {shown.secured.body} has no carrier {name or 'for a QR code'}; "
            f"it has: {offered}",
        )
    return found


def _matrix(carrier: Carrier, settings: _Settings) -> QrMatrix:
    return encode(carrier.segments, carrier.error_correction or settings.error_correction)


def _size(shown: Shown, settings: _Settings, matrix: QrMatrix) -> float | None:
    """Return how large the code is on paper, where that is said; refuse what is too fine for it."""
    size = _asked(shown, "mm", Millimetres, settings.mm)
    least = settings.module_mm * matrix.width
    if size is not None and size < least:
        raise _refused(
            "qr-too-fine",
            f"this QR code has {matrix.width} modules a side and cannot be read from paper below "
            f"{ceil(least * 10) / 10} mm; ask for that size, or for none",
        )
    return size


def _code(shown: Shown, settings: _Settings) -> PrintedCode | None:
    try:
        carrier = _carrier(shown, settings.carrier)
        size = _asked(shown, "mm", Millimetres, settings.mm)
    except InvalidInput:
        return None
    level = carrier.error_correction or settings.error_correction
    return PrintedCode(carrier=carrier.name, error_correction=level, size_mm=size)


def _asked(shown: Shown, name: str, shape: Any, otherwise: T) -> T:
    """Return a parameter of the caller, or the setting; refuse one that breaks its limits."""
    if name not in shown.parameters:
        return otherwise
    try:
        asked: T = msgspec.convert(shown.parameters[name], shape, strict=False)
    except msgspec.ValidationError as error:
        limits = "from 21 to 4096" if name == "px" else "above 0, up to 1000"
        raise _refused("qr-bad-size", f"the parameter {name} is a number {limits}") from error
    return asked


def _refused(code: str, message: str) -> InvalidInput:
    return InvalidInput(message, [Finding(code=code, message=message)])


def _rendition(renderer: PngRenderer | SvgRenderer | TextRenderer, content: bytes) -> Rendition:
    return Rendition(media_type=renderer.media_type, suffix=renderer.suffix, content=content)
