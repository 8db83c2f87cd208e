"""How large the QR codes of a kind are: for every body and carrier, and on paper."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from mohar.assembly.studio import Carried, Studio
from mohar.codec.qr import LEAST_MODULE_MM, encode
from mohar.domain.errors import InvalidInput
from mohar.domain.rendition import Carrier, ErrorCorrection, PrintedCode
from mohar.plugin import Measured

# What ISO/IEC 18004 calls medium; taken where neither format nor deployment says anything.
_LEVEL: Final[ErrorCorrection] = "M"
_ROUNDING: Final = 1e-9


class Print(msgspec.Struct, frozen=True, kw_only=True):
    """
    A code as a rendering draws it; no `mm` where whoever shows it makes it as large as they like.

    `is_too_fine` says that it cannot be read from paper, or that the page has no room for it.
    """

    rendering: str
    mm: float | None
    module_mm: float | None
    is_too_fine: bool


class CodeSize(msgspec.Struct, frozen=True, kw_only=True):
    """
    One carrier of one body of one sample.

    `modules` are those of a side; `least_mm` is the smallest side that can be read from paper,
    which like every `mm` takes in the quiet zone. No `version` where no QR code holds it.
    """

    kind: str
    body: str
    sample: str
    carrier: str
    bytes: int
    error_correction: ErrorCorrection
    version: int | None = None
    modules: int | None = None
    least_mm: float | None = None
    prints: tuple[Print, ...] = ()


def code_sizes(studio: Studio, kind: str) -> Sequence[CodeSize]:
    """Return the size of each carrier, by body, carrier and sample."""
    sizes = [size for each in studio.carried(kind) for size in _sizes(kind, each)]
    return sorted(sizes, key=lambda size: (size.body, size.carrier, size.sample))


def _sizes(kind: str, carried: Carried) -> Iterator[CodeSize]:
    printed = {
        name: code
        for name, renderer in carried.renderers.items()
        if isinstance(renderer, Measured)
        for code in renderer.codes([carried.shown])
        if code is not None
    }
    for carrier in carried.shown.carriers:
        own = {name: code for name, code in printed.items() if code.carrier == carrier.name}
        levels = {code.error_correction for code in own.values()}
        for level in sorted(levels or {carrier.error_correction or _LEVEL}):
            at_level = {n: code for n, code in own.items() if code.error_correction == level}
            yield _size(kind, carried, carrier, level, at_level)


def _size(
    kind: str,
    carried: Carried,
    carrier: Carrier,
    level: ErrorCorrection,
    printed: Mapping[str, PrintedCode],
) -> CodeSize:
    size = CodeSize(
        kind=kind,
        body=carried.shown.secured.body,
        sample=carried.sample,
        carrier=carrier.name,
        bytes=len(carrier.data),
        error_correction=level,
    )
    try:
        matrix = encode(carrier.segments, level)
    except InvalidInput:
        return size
    return msgspec.structs.replace(
        size,
        version=matrix.version,
        modules=len(matrix.modules),
        least_mm=round(matrix.width * LEAST_MODULE_MM, 2),
        prints=tuple(_print(name, code, matrix.width) for name, code in printed.items()),
    )


def _print(name: str, code: PrintedCode, width: int) -> Print:
    if code.size_mm is None:
        return Print(rendering=name, mm=None, module_mm=None, is_too_fine=False)
    module_mm = code.size_mm / width
    has_room = code.most_mm is None or code.size_mm <= code.most_mm
    return Print(
        rendering=name,
        mm=code.size_mm,
        module_mm=round(module_mm, 3),
        is_too_fine=not has_room or module_mm < LEAST_MODULE_MM - _ROUNDING,
    )
