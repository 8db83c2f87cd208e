"""Any bytes → the signed texts in them: one place that tells by the bytes what they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from mohar.domain.errors import Unreadable, Unsupported
from mohar.domain.values import Personal
from mohar.plugin.roles import Format
from mohar.verifying.image import codes_in_picture, is_picture
from mohar.verifying.limits import Limits
from mohar.verifying.pdf import codes_in_pdf, is_pdf

Medium = Literal["picture", "pdf", "text"]

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class SignedText(Personal, frozen=True, kw_only=True):
    """The bytes of one signed document and the format that knows them."""

    format: Format
    data: bytes


class Decoded(Personal, frozen=True, kw_only=True):
    """
    What was found in one input: at least one signed text, in the order they were seen.

    `codes` counts the QR codes that were read, whatever they say; 0 where no picture was.
    """

    medium: Medium
    codes: int
    texts: tuple[SignedText, ...]


class Decoder:
    """Finds signed documents in text, carriers, pictures and PDFs, within limits."""

    def __init__(self, formats: Sequence[Format], limits: Limits) -> None:
        self._formats = tuple(formats)
        self._limits = limits

    def decode(self, data: bytes) -> Decoded:
        """
        Return the signed texts in these bytes. A carrier is opened once, never again inside.

        Raises:
            Unreadable: nothing that is signed can be read from the bytes; the message says why.
            Unsupported: a document was read, and no format that is enabled knows it; or a carrier
                that was made with something not known here.
        """
        medium = _medium(data)
        self._refuse_too_long(data, medium)
        payloads = self._payloads(data, medium)
        candidates = self._candidates(payloads)
        texts = self._known(candidates)
        if not texts:
            raise self._nothing_known(candidates)
        codes = 0 if medium == "text" else len(payloads)
        return Decoded(medium=medium, codes=codes, texts=texts)

    def _refuse_too_long(self, data: bytes, medium: Medium) -> None:
        limits = self._limits
        longest = limits.max_text_bytes if medium == "text" else limits.max_picture_bytes
        if len(data) > longest:
            raise Unreadable(
                f"the input is {len(data)} bytes long and at most {longest} are read; "
                "send only the certificate"
            )

    def _payloads(self, data: bytes, medium: Medium) -> Sequence[bytes]:
        if medium == "text":
            return [data]
        read = codes_in_picture if medium == "picture" else codes_in_pdf
        codes = read(data, self._limits)
        if not codes:
            raise Unreadable(_no_code(medium, self._limits))
        return codes[: self._limits.max_codes]

    def _candidates(self, payloads: Sequence[bytes]) -> Sequence[bytes]:
        """
        Return what may be signed, each once.

        Codes that are unreadable one by one may be the parts of one carrier. What is broken after
        that counts only where nothing else is.
        """
        found: list[bytes] = []
        broken: dict[bytes, Unreadable | Unsupported] = {}
        for payload in payloads:
            try:
                found += self._unpacked(payload) or [_trimmed(payload)]
            except (Unreadable, Unsupported) as error:
                broken[payload] = error
        refusal = next(iter(broken.values()), None)
        if len(broken) > 1:
            try:
                found += self._unpacked(b"\n".join(broken))
            except (Unreadable, Unsupported) as error:
                refusal = error
        if refusal and not self._known(found):
            raise refusal
        return list(dict.fromkeys(found))

    def _known(self, candidates: Sequence[bytes]) -> tuple[SignedText, ...]:
        return tuple(
            SignedText(format=knows, data=data)
            for data in candidates
            if (knows := next((each for each in self._formats if each.recognise(data)), None))
        )

    def _unpacked(self, payload: bytes) -> Sequence[bytes]:
        """Return what is in a carrier; one format's refusal yields to another's answer."""
        refusal: Unreadable | Unsupported | None = None
        for each in self._formats:
            try:
                inside = each.unpack(payload)
            except (Unreadable, Unsupported) as error:
                refusal = refusal or error
                continue
            if inside:
                return inside
        if refusal:
            raise refusal
        return []

    def _nothing_known(self, candidates: Sequence[bytes]) -> Unreadable | Unsupported:
        names = ", ".join(sorted(each.name for each in self._formats)) or "none"
        if any(_is_document(candidate) for candidate in candidates):
            return Unsupported(f"a document of a sort not known here (formats enabled: {names})")
        if not any(candidates):
            return Unreadable("there is nothing in it")
        return Unreadable(
            f"no certificate in it that can be read, or it is cut short (formats enabled: {names})"
        )


def _medium(data: bytes) -> Medium:
    if is_picture(data):
        return "picture"
    return "pdf" if is_pdf(data) else "text"


def _no_code(medium: Medium, limits: Limits) -> str:
    if medium == "picture":
        return "no QR code is seen in the picture; take it nearer, flat and in even light"
    return f"no QR code is seen on the first {limits.max_pages} pages of the PDF"


def _trimmed(text: bytes) -> bytes:
    return text.removeprefix(_BYTE_ORDER_MARK).strip()


def _is_document(text: bytes) -> bool:
    try:
        return isinstance(msgspec.json.decode(_trimmed(text)), dict)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
