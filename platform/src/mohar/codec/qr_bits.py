"""The first half of a QR code: from runs of bytes to codewords with their error correction."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import product
from typing import Final, Literal, TypeAlias

import msgspec
from qrcode.base import rs_blocks

from mohar.domain.errors import InvalidInput
from mohar.domain.rendition import Segment

ErrorCorrection: TypeAlias = Literal["L", "M", "Q", "H"]

# ISO/IEC 18004 table 12: the two bits that stand for each level.
LEVEL_BITS: Final[Mapping[ErrorCorrection, int]] = {"L": 1, "M": 0, "Q": 3, "H": 2}
LARGEST_VERSION: Final = 40

_ALPHANUMERIC: Final = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_DIGITS: Final = b"0123456789"
_INDICATOR: Final = {"numeric": 1, "alphanumeric": 2, "byte": 4}
# ISO/IEC 18004 table 3: bits of the length field for versions up to 9, up to 26, and above.
_LENGTH_BANDS: Final = (9, 26)
_LENGTH_BITS: Final = {"numeric": (10, 12, 14), "alphanumeric": (9, 11, 13), "byte": (8, 16, 16)}


class Codewords(msgspec.Struct, frozen=True, kw_only=True):
    """The interleaved codewords of one symbol, and the version they fill."""

    version: int
    data: bytes


class _Run(msgspec.Struct, frozen=True, kw_only=True):
    mode: str
    count: int
    value: int
    bits: int


def codewords(segments: Sequence[Segment], level: ErrorCorrection) -> Codewords | None:
    """
    Return the codewords for the smallest version that holds the runs, or None if none does.

    Raises:
        InvalidInput: there is nothing to write, or a run holds what its mode cannot write.
    """
    runs = [_run(segment) for segment in segments if segment.data]
    if not runs:
        raise InvalidInput("there is nothing to draw a QR code of; give at least one byte")
    for version in range(1, LARGEST_VERSION + 1):
        capacity = data_capacity(version, level)
        value, bits = _joined(runs, version)
        if bits <= capacity * 8:
            data = _padded(value, bits, capacity)
            return Codewords(version=version, data=_interleaved(data, version, level))
    return None


# A pure function of 160 arguments, asked for every version up to the one that fits.
@lru_cache(maxsize=160)
def data_capacity(version: int, level: ErrorCorrection) -> int:
    """Return how many codewords of a symbol are left for data."""
    return sum(block.data_count for block in rs_blocks(version, LEVEL_BITS[level]))


def _run(segment: Segment) -> _Run:
    if segment.mode == "byte":
        value, bits = int.from_bytes(segment.data, "big"), 8 * len(segment.data)
    elif segment.mode == "numeric":
        value, bits = _grouped(segment.data, _DIGITS, 3, {1: 4, 2: 7, 3: 10})
    else:
        value, bits = _grouped(segment.data, _ALPHANUMERIC, 2, {1: 6, 2: 11})
    return _Run(mode=segment.mode, count=len(segment.data), value=value, bits=bits)


def _grouped(data: bytes, alphabet: bytes, size: int, widths: Mapping[int, int]) -> tuple[int, int]:
    """Return digits of an alphabet packed in groups (ISO/IEC 18004 §7.4.3, §7.4.4)."""
    if data.translate(None, alphabet):
        raise InvalidInput(
            f"a QR code run of {len(data)} bytes holds letters outside {alphabet.decode()!r}; "
            "say that it is a byte run"
        )
    groups = {length: _groups(alphabet, length, width) for length, width in widths.items()}
    whole = len(data) - len(data) % size
    text = [groups[size][data[start : start + size]] for start in range(0, whole, size)]
    if whole < len(data):
        text.append(groups[len(data) - whole][data[whole:]])
    joined = "".join(text)
    return int(joined, 2), len(joined)


# A pure function with five uses; to look a group up is four times as quick as to work it out.
@lru_cache(maxsize=5)
def _groups(alphabet: bytes, length: int, width: int) -> Mapping[bytes, str]:
    """Return the bits of every group of so many digits."""
    return {
        bytes(group): format(number, f"0{width}b")
        for number, group in enumerate(product(alphabet, repeat=length))
    }


def _joined(runs: Sequence[_Run], version: int) -> tuple[int, int]:
    band = bisect_left(_LENGTH_BANDS, version)
    value = bits = 0
    for run in runs:
        width = _LENGTH_BITS[run.mode][band]
        if run.count >> width:
            # The length does not fit its field, so this version cannot hold the run.
            return 0, 1 << 20
        value = (((value << 4 | _INDICATOR[run.mode]) << width | run.count) << run.bits) | run.value
        bits += 4 + width + run.bits
    return value, bits


def _padded(value: int, bits: int, capacity: int) -> bytes:
    terminator = min(4, capacity * 8 - bits)
    whole = -(-(bits + terminator) // 8)
    data = (value << (whole * 8 - bits)).to_bytes(whole, "big")
    padding = b"\xec\x11" * ((capacity - whole + 1) // 2)
    return data + padding[: capacity - whole]


def _interleaved(data: bytes, version: int, level: ErrorCorrection) -> bytes:
    blocks, checks, start = [], [], 0
    for block in rs_blocks(version, LEVEL_BITS[level]):
        part = data[start : start + block.data_count]
        start += block.data_count
        blocks.append(part)
        checks.append(_remainder(part, block.total_count - block.data_count))
    return _columns(blocks) + _columns(checks)


def _columns(blocks: Sequence[bytes]) -> bytes:
    """Return one byte of each block in turn; the longer ones, by one byte, are the last."""
    shortest = len(blocks[0])
    out = bytearray(shortest * len(blocks))
    for number, block in enumerate(blocks):
        out[number :: len(blocks)] = block[:shortest]
    return bytes(out) + b"".join(block[shortest:] for block in blocks)


def _remainder(data: bytes, degree: int) -> bytes:
    """Return the Reed-Solomon check bytes: one table look-up and two shifts for each byte."""
    table = _multiples(degree)
    top, kept = 8 * (degree - 1), (1 << 8 * degree) - 1
    rest = 0
    for value in data:
        rest = (rest << 8 & kept) ^ table[rest >> top ^ value]
    return rest.to_bytes(degree, "big")


# A pure function of a number below 31; without keeping its answer each symbol costs 3 ms more.
@lru_cache(maxsize=32)
def _multiples(degree: int) -> tuple[int, ...]:
    """Return the generator polynomial of that degree times each field element, as big numbers."""
    generator = [1]
    root = 1
    for _ in range(degree):
        shifted = [*generator, 0]
        scaled = [0, *(_times(term, root) for term in generator)]
        generator = [a ^ b for a, b in zip(shifted, scaled, strict=True)]
        root = _times(root, 2)
    return tuple(
        int.from_bytes(bytes(_times(term, factor) for term in generator[1:]), "big")
        for factor in range(256)
    )


def _times(a: int, b: int) -> int:
    """Multiply in GF(256) with the polynomial x⁸ + x⁴ + x³ + x² + 1 (ISO/IEC 18004 §7.5.2)."""
    product = 0
    while b:
        product ^= a if b & 1 else 0
        a = a << 1 ^ (0x11D if a & 0x80 else 0)
        b >>= 1
    return product
