"""Look over a page that was laid out: text beyond its page, text too pale, a QR code too fine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, TypeAlias

import msgspec
import weasyprint
from weasyprint.draw.color import get_color
from weasyprint.formatting_structure import boxes

from mohar.codec.qr import LEAST_MODULE_MM
from mohar.domain.findings import Finding

# WeasyPrint has no types. Lengths are CSS pixels, 96 an inch.
Box: TypeAlias = Any

_TOLERANCE: Final = 1.0
_MM_PER_PIXEL: Final = 25.4 / 96
# WCAG 2.2 §1.4.3: 18 pt, or 14 pt in bold, is large.
_LARGE: Final = 24.0
_LARGE_BOLD: Final = 18.66
_BOLD: Final = 700
_LEAST: Final = 4.5
_LEAST_LARGE: Final = 3.0
_LINEAR_UP_TO: Final = 0.04045


class _Place(msgspec.Struct, frozen=True):
    """A box with all that it is in, the page first."""

    box: Box
    around: tuple[Box, ...]

    @property
    def name(self) -> str:
        """Return where an author finds the element: its tag and class, after those around it."""
        named = [_named(each) for each in (*self.around, self.box) if each.element is not None]
        short = [
            name for name, before in zip(named, [None, *named], strict=False) if name != before
        ]
        return " > ".join(short[-3:]) or "page"


def mends(document: weasyprint.Document) -> Sequence[Finding]:
    """Return what is to be mended on the pages of a document, each element once."""
    found = [
        finding
        for page in document.pages
        for place in _marks(_Place(page._page_box, ()))  # noqa: SLF001 -- the only way to the boxes
        for finding in _judged(place)
    ]
    return list(dict.fromkeys(found))


def _marks(place: _Place) -> Iterator[_Place]:
    """Give the texts and the QR codes."""
    if isinstance(place.box, boxes.TextBox):
        if place.box.text.strip():
            yield place
        return
    if isinstance(place.box, boxes.ReplacedBox) and _modules(place.box):
        yield place
    for child in getattr(place.box, "children", ()):
        yield from _marks(_Place(child, (*place.around, place.box)))


def _judged(place: _Place) -> Iterator[Finding]:
    if isinstance(place.box, boxes.TextBox):
        yield from _beyond(place)
        yield from _too_pale(place)
    else:
        yield from _too_fine(place)


def _modules(box: Box) -> int:
    """Return how many modules a side of a QR code has, quiet zone included; 0 for anything else."""
    return 0 if box.element is None else int(box.element.get("data-modules", 0))


def _too_fine(place: _Place) -> Iterator[Finding]:
    """A stylesheet may make a code smaller than the settings ask for."""
    modules = _modules(place.box)
    size_mm = min(place.box.width, place.box.height) * _MM_PER_PIXEL
    least_mm = modules * LEAST_MODULE_MM
    if size_mm < least_mm - _TOLERANCE * _MM_PER_PIXEL:
        yield Finding(
            code="pdf-qr-too-fine",
            message=f"the QR code of `{place.name}` is {size_mm:.1f} mm wide, too small for its "
            f"{modules} modules to be read from paper; make it {least_mm:.1f} mm at least",
        )


def _beyond(place: _Place) -> Iterator[Finding]:
    """A block may be wider than the one it is in; its text is judged against both."""
    text, blocks = place.box, _blocks(place)
    left, right = text.position_x, text.position_x + text.width
    line = next(each for each in reversed(place.around) if isinstance(each, boxes.LineBox))
    for around in blocks:
        edge, width = around.content_box_x(), around.width
        if left < edge - _TOLERANCE or right > edge + width + _TOLERANCE:
            yield _overflow(place, around, "wide")
            return
    for around in blocks:
        bottom = around.content_box_y() + around.height
        if line.position_y + line.height > bottom + _TOLERANCE:
            yield _overflow(place, around, "high")
            return


def _blocks(place: _Place) -> Sequence[Box]:
    """Return what a text must stay within; what is printed in a margin is not on the page proper."""
    kinds = (boxes.PageBox, boxes.BlockContainerBox, boxes.FlexBox)
    blocks = [each for each in place.around if isinstance(each, kinds)]
    in_margin = any(isinstance(each, boxes.MarginBox) for each in blocks)
    return blocks[1:] if in_margin else blocks


def _overflow(place: _Place, around: Box, how: str) -> Finding:
    where = "the page" if isinstance(around, boxes.PageBox) else _named(around)
    return Finding(
        code="pdf-overflow",
        message=f"the text of `{place.name}` is too {how} for {where}: let it wrap "
        "(`overflow-wrap: anywhere`), or give it more room",
    )


def _too_pale(place: _Place) -> Iterator[Finding]:
    try:
        ratio = _contrast(place)
    except NotImplementedError:
        yield Finding(
            code="pdf-contrast-unknown",
            message=f"nobody can tell the contrast of `{place.name}`: write its colours as sRGB, "
            "as in `#14212b`",
            severity="warning",
        )
        return
    least = _LEAST_LARGE if _is_large(place.box) else _LEAST
    if ratio < least:
        yield Finding(
            code="pdf-contrast",
            message=f"the text of `{place.name}` has a contrast of {ratio:.1f} to its ground; "
            f"make it {least} at least (WCAG 2.2 §1.4.3)",
        )


def _is_large(text: Box) -> bool:
    size = text.style["font_size"]
    return bool(size >= (_LARGE_BOLD if text.style["font_weight"] >= _BOLD else _LARGE))


def _contrast(place: _Place) -> float:
    """Return the ratio of WCAG 2.2, of the text to all grounds below it on white paper."""
    ground: tuple[float, ...] = (1.0, 1.0, 1.0)
    for around in place.around:
        ground = _over(ground, get_color(around.style, "background_color"))
    ink = _over(ground, place.box.style["color"])
    dark, light = sorted((_luminance(ground), _luminance(ink)))
    return (light + 0.05) / (dark + 0.05)


def _over(ground: tuple[float, ...], color: Any) -> tuple[float, ...]:
    """Return a colour laid over a ground. Raises NotImplementedError for one that is not sRGB."""
    alpha: float = color.alpha
    if not alpha:
        return ground
    parts = color.to("srgb").coordinates
    return tuple(
        alpha * part + (1 - alpha) * under for part, under in zip(parts, ground, strict=True)
    )


def _luminance(color: tuple[float, ...]) -> float:
    red, green, blue = map(_linear, color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    """Return the light that a component of sRGB stands for (IEC 61966-2-1)."""
    return float(part / 12.92 if part <= _LINEAR_UP_TO else ((part + 0.055) / 1.055) ** 2.4)


def _named(box: Box) -> str:
    if box.element is None:
        return "page"
    names = str(box.element.get("class", "")).split()
    return ".".join([str(box.element_tag), *names])
