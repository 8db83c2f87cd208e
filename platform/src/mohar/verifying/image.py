"""A PNG or JPEG picture → the bytes of every QR code in it."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence

import zxingcpp
from PIL import Image, ImageFilter
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile

from mohar.domain.errors import Unreadable
from mohar.verifying.limits import Limits

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"

# What Pillow's two readers raise for bytes that only begin like a picture.
_DAMAGED = (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error)


def is_picture(data: bytes) -> bool:
    """Say from the first bytes whether this is a PNG or a JPEG."""
    return data.startswith((_PNG, _JPEG))


def codes_in_picture(data: bytes, limits: Limits) -> Sequence[bytes]:
    """
    Return what every QR code in a PNG or JPEG carries, each once; nothing where there is none.

    Raises:
        Unreadable: the picture is damaged, or larger than the limits allow.
    """
    try:
        picture = _opened(data)
        _refuse_too_large(picture, limits)
        grey = _on_white(picture)
    except _DAMAGED as error:
        raise Unreadable("the picture is damaged; save or take it again") from error
    return codes_seen(grey, limits)


def codes_seen(grey: Image.Image, limits: Limits) -> Sequence[bytes]:
    """
    Return what every QR code in a grey picture carries, each once, in any orientation.

    A picture in which nothing is seen is looked at again, larger, softer and sharper: phones
    take codes of this size small, noisy or out of focus.
    """
    for look in _looks(grey, limits):
        if found := codes_at_once(look()):
            return found
    return []


def codes_at_once(grey: Image.Image) -> Sequence[bytes]:
    """Return what every QR code carries that is seen in one look, each once."""
    only_qr = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    found = zxingcpp.read_barcodes(grey, formats=only_qr)
    return list(dict.fromkeys(code.bytes for code in found))


def _opened(data: bytes) -> ImageFile:
    # The readers are called by name: Image.open would try every format Pillow knows, and judges
    # size by a limit that all of the process shares.
    stream = io.BytesIO(data)
    return PngImageFile(stream) if data.startswith(_PNG) else JpegImageFile(stream)


def _refuse_too_large(picture: ImageFile, limits: Limits) -> None:
    width, height = picture.size
    if not _fits(width, height, limits):
        raise Unreadable(
            f"the picture is {width} by {height} pixels; at most {limits.max_pixels} pixels, and "
            f"{limits.max_side_pixels} on one side, are read; send a smaller one"
        )


def _fits(width: int, height: int, limits: Limits) -> bool:
    short_enough = max(width, height) <= limits.max_side_pixels
    return short_enough and width * height <= limits.max_pixels


def _on_white(picture: ImageFile) -> Image.Image:
    if not picture.has_transparency_data:
        picture.draft("L", picture.size)
        return picture.convert("L")
    coloured = picture.convert("RGBA")
    white = Image.new("L", coloured.size, 255)
    white.paste(coloured.convert("L"), mask=coloured.getchannel("A"))
    return white


def _looks(grey: Image.Image, limits: Limits) -> Iterator[Callable[[], Image.Image]]:
    yield lambda: grey
    doubles = _fits(2 * grey.width, 2 * grey.height, limits)
    if doubles:
        yield lambda: _doubled(grey)
    yield lambda: grey.filter(ImageFilter.GaussianBlur(1))
    if doubles:
        yield lambda: _doubled(grey).filter(ImageFilter.UnsharpMask(4, 200, 0))


def _doubled(grey: Image.Image) -> Image.Image:
    return grey.resize((grey.width * 2, grey.height * 2), Image.Resampling.BICUBIC)
