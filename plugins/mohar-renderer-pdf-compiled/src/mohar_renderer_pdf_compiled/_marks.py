"""Tell on a page what comes from its document: marks around values, and the page between them."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from hashlib import blake2b
from typing import Any, Final

import msgspec
from markupsafe import Markup, escape

from mohar.codec.qr import QrMatrix
from mohar_renderer_pdf.building import QrPicture

# Noncharacters (Unicode §23.7): no text means anything by them.
BEGIN: Final = "\ufdd0"
END: Final = "\ufdd1"
_CODE: Final = "\ufdd2"
NUMBERED: Final = "\ufdd3"

_MARK: Final = re.compile("[\ufdd0\ufdd1]")
_ANY: Final = re.compile("[\ufdd0-\ufdd3]")
# What HTML, CSS or Pango would make something else of; a page with it is laid out.
_UNTOLD: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u2028\u2029\ufffc\ud800-\udfff]")


class Untold(ValueError):
    """A value that nothing can be said about before it is laid out."""


class Marks:
    """Puts marks around what a template prints. `constant` are texts that no document gives."""

    def __init__(self, constant: AbstractSet[str]) -> None:
        self._constant = constant

    def value(self, text: str) -> str:
        """
        Return one value between marks.

        Raises:
            Untold: it holds a mark, or a character that has no place of its own on a line.
        """
        if not text or text in self._constant:
            return text
        if _ANY.search(text) or _UNTOLD.search(text):
            raise Untold
        return f"{BEGIN}{text}{END}"

    def printed(self, value: Any) -> Any:
        """Return what a template prints, marked unless it is HTML already (Jinja's `finalize`)."""
        return value if hasattr(value, "__html__") else self.value(str(value))


class MarkedCode:
    """What a marked page sees of a QR code: the place of one, not the code."""

    def __init__(self, picture: QrPicture) -> None:
        self.picture = picture
        self.size_mm = picture.size_mm
        self.version = picture.version

    @property
    def svg(self) -> Markup:
        """Return the mark that stands for the code."""
        return Markup(_CODE)  # noqa: S704 -- a constant

    @property
    def png(self) -> str:
        """Return the code as the data URI it is."""
        return self.picture.png


class MarkedPage(msgspec.Struct, frozen=True, kw_only=True):
    """
    A page cut at its values: `parts` of HTML, with one of `values` (plain text) after each but the last.

    `picture` is the QR code that `parts` have a place for. `digest` is what pages have in common that
    differ in their values alone.
    """

    parts: tuple[str, ...]
    values: tuple[str, ...]
    picture: QrPicture | None
    digest: bytes

    @classmethod
    def of(cls, marked: str, picture: QrPicture | None) -> MarkedPage | None:
        """Return a page from HTML with marks; None where marks were lost, or codes are several."""
        pieces = _MARK.split(marked)
        codes = marked.count(_CODE)
        if len(pieces) % 2 == 0 or codes > 1 or (codes and picture is None):
            return None
        inside = _within_tags(pieces)
        return _cut(pieces, inside, picture if codes else None)

    def with_fixed(self, fixed: AbstractSet[int]) -> MarkedPage:
        """Return the same page in which the values of these numbers are HTML of the page."""
        pieces = [self.parts[0]]
        for value, part in zip(self.values, self.parts[1:], strict=True):
            pieces += [str(escape(value)), part]
        return _cut(pieces, {2 * number + 1 for number in fixed}, self.picture)

    def with_code(self, matrix: QrMatrix) -> MarkedPage:
        """Return the same page with another QR code of the same size, if it has one."""
        if self.picture is None:
            return self
        return msgspec.structs.replace(self, picture=QrPicture(matrix, self.picture.size_mm))

    def with_values(self, values: tuple[str, ...]) -> MarkedPage:
        """Return the same page with other values."""
        return msgspec.structs.replace(self, values=values)

    def plain(self) -> str:
        """Return the page as it would be without any marks."""
        pieces = [self.parts[0]]
        for value, part in zip(self.values, self.parts[1:], strict=True):
            pieces += [str(escape(value)), part]
        return self._with_code("".join(pieces))

    def html(self) -> str:
        """Return the page with numbered marks around its values, and the QR code in its place."""
        pieces = [self.parts[0]]
        for number, value in enumerate(self.values):
            marked = f"{BEGIN}{number}{NUMBERED}{escape(value)}{END}"
            pieces += [marked, self.parts[number + 1]]
        return self._with_code("".join(pieces))

    def _with_code(self, whole: str) -> str:
        return whole.replace(_CODE, str(self.picture.svg)) if self.picture else whole


def marked_values(values: Mapping[str, Any], words: Callable[..., Markup]) -> dict[str, Any]:
    """Return what a template is told, so that what it makes of it can be told from the template."""
    picture = values["qr"]
    return {**values, "words": words, "qr": MarkedCode(picture) if picture else None}


def _within_tags(pieces: list[str]) -> set[int]:
    """Return the numbers of the values that stand in attributes: they make another page."""
    found = set()
    is_within = False
    for number, piece in enumerate(pieces):
        if number % 2:
            if is_within:
                found.add(number)
            continue
        opened, closed = piece.rfind("<"), piece.rfind(">")
        if opened >= 0 or closed >= 0:
            is_within = opened > closed
    return found


def _cut(pieces: list[str], fixed: AbstractSet[int], picture: QrPicture | None) -> MarkedPage:
    parts, values = [pieces[0]], []
    for number, value in _odd(pieces):
        if number in fixed:
            parts[-1] += value + pieces[number + 1]
        else:
            values.append(html.unescape(value) if "&" in value else value)
            parts.append(pieces[number + 1])
    code = str(picture.size_mm) if picture else ""
    whole = BEGIN.join((code, *parts)).encode("utf-8", "surrogatepass")
    return MarkedPage(
        parts=tuple(parts),
        values=tuple(values),
        picture=picture,
        digest=blake2b(whole, digest_size=16).digest(),
    )


def _odd(pieces: list[str]) -> Iterator[tuple[int, str]]:
    return ((number, pieces[number]) for number in range(1, len(pieces), 2))
