"""
Draw a QR code (ISO/IEC 18004): runs of bytes become a square of modules, exactly as given.

No run is reinterpreted: a run said to be bytes is written in byte mode without an ECI, so that
every scanner which hands out raw bytes gives back what was put in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from mohar.codec.png import bilevel_png
from mohar.codec.qr_bits import LEVEL_BITS, ErrorCorrection, codewords, data_capacity
from mohar.codec.qr_layout import layout
from mohar.domain.errors import InvalidInput
from mohar.domain.rendition import Segment

__all__ = ["LEAST_MODULE_MM", "QUIET_ZONE", "ErrorCorrection", "QrMatrix", "encode"]

# ISO/IEC 18004 §9.1: four modules of white around the symbol.
QUIET_ZONE: Final = 4
# Below it printers and cameras began to fail with the dense codes of certificates.
LEAST_MODULE_MM: Final = 0.45


class QrMatrix(msgspec.Struct, frozen=True, kw_only=True):
    """
    A finished symbol without its quiet zone.

    `modules` is one bytes object for each row, 1 where a module is dark; `width` counts the
    modules of a side together with the quiet zone, which both pictures below include.
    """

    version: int
    error_correction: ErrorCorrection
    mask: int
    modules: tuple[bytes, ...]

    def __repr__(self) -> str:
        return f"QrMatrix(version={self.version}, error_correction={self.error_correction!r})"

    @property
    def width(self) -> int:
        """Return how many modules a side has, quiet zone included."""
        return len(self.modules) + 2 * QUIET_ZONE

    def svg_path(self) -> str:
        """
        Return one path (the `d` attribute) for a `viewBox` of `0 0 width width`.

        It is a line along the middle of each row, to be drawn one module wide: half as much to
        write as the outlines of the dark runs, in SVG and in PDF.
        """
        pieces, x_before, y_before = ["M0 .5"], 0, 0
        for x, y, length in self._runs():
            pieces.append(f"m{x - x_before} {y - y_before}h{length}")
            x_before, y_before = x + length, y
        return "".join(pieces)

    def svg(self, *, size_mm: float | None = None) -> str:
        """Return a whole SVG document: dark modules on white."""
        size = "" if size_mm is None else f' width="{size_mm:g}mm" height="{size_mm:g}mm"'
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg"{size} viewBox="0 0 {self.width} {self.width}" '
            f'shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{self.width}v{self.width}H0z"/>'
            f'<path stroke="#000" d="{self.svg_path()}"/></svg>'
        )

    def png(self, *, scale: int = 4, size_mm: float | None = None) -> bytes:
        """
        Return a black and white PNG, one bit for each pixel, `scale` pixels for a module.

        `size_mm` tells a printer how long a side is meant to be.
        """
        margin = bytes(QUIET_ZONE)
        blank = bytes(self.width)
        rows = [blank] * QUIET_ZONE
        rows += [margin + row + margin for row in self.modules]
        rows += [blank] * QUIET_ZONE
        per_metre = 0 if size_mm is None else round(1000 * scale * self.width / size_mm)
        return bilevel_png(rows, scale=scale, pixels_per_metre=per_metre)

    def _runs(self) -> Iterator[tuple[int, int, int]]:
        for y, row in enumerate(self.modules, start=QUIET_ZONE):
            for run in re.finditer(rb"\x01+", row):
                yield run.start() + QUIET_ZONE, y, run.end() - run.start()


def encode(segments: Sequence[Segment], error_correction: ErrorCorrection = "M") -> QrMatrix:
    """
    Return the smallest symbol that holds these runs at that level of error correction.

    Raises:
        InvalidInput: a run holds bytes its mode cannot write, there is nothing to write, or it
            does not fit the largest symbol (40); the message says bytes, level and limit.
    """
    made = codewords(segments, error_correction)
    if made is None:
        raise InvalidInput(_too_large(segments, error_correction))
    plan = layout(made.version)
    mask, rows = plan.draw(made.data, LEVEL_BITS[error_correction])
    return QrMatrix(
        version=made.version, error_correction=error_correction, mask=mask, modules=rows
    )


def _too_large(segments: Sequence[Segment], error_correction: ErrorCorrection) -> str:
    size = sum(len(segment.data) for segment in segments)
    # A single run of bytes spends 4 bits on its mode and 16 on its length (ISO/IEC 18004 §7.4).
    limit = data_capacity(40, error_correction) - 3
    return (
        f"no QR code holds these {size} bytes: at error correction {error_correction} the limit is "
        f"{limit} bytes; use a lower level, a compact format, or a smaller credential"
    )
