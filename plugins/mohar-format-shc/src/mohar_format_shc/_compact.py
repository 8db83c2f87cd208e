"""The JWS of a card: its three members of a header, and a payload that is deflated."""

from __future__ import annotations

import re
import zlib
from typing import Final

import msgspec

from mohar.codec import base64url, strict_json
from mohar.domain.errors import Unreadable, Unsupported
from mohar.domain.values import Personal

MOST_PAYLOAD_BYTES: Final = 256 * 1024
SIGNATURE_CHARACTERS: Final = 86

_TEXT: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*", re.ASCII)
_MOST_HEADER_CHARACTERS: Final = 500
_MEMBERS: Final = frozenset({"zip", "alg", "kid"})
_RAW: Final = -zlib.MAX_WBITS


class Compact(Personal, frozen=True, kw_only=True):
    """A JWS taken apart. `signed` is what the signature covers, `payload` the inflated JSON."""

    algorithm: str
    key_id: str
    payload: bytes
    signed: bytes
    signature: bytes


def signing_input(payload: bytes, key_id: str) -> str:
    """Return header, dot and deflated payload: the text to sign, and the JWS but for its end."""
    header = msgspec.json.encode({"zip": "DEF", "alg": "ES256", "kid": key_id})
    return f"{base64url.encode(header)}.{base64url.encode(_deflated(payload))}"


def looks_like(text: str) -> bool:
    """Say from the header whether a text is the JWS of a card. Never raises."""
    start = text[: _MOST_HEADER_CHARACTERS + 1].split(".", 1)[0]
    if not start.startswith("ey") or _TEXT.fullmatch(text) is None:
        return False
    try:
        return "zip" in _header(start)
    except Unreadable:
        return False


def split(text: str) -> Compact:
    """
    Take the JWS of a card apart.

    Raises:
        Unreadable: not a JWS, one that is damaged, or a payload beyond 256 KiB.
        Unsupported: a header with other members than `zip`, `alg` and `kid`, or another packing.
    """
    if _TEXT.fullmatch(text) is None:
        raise Unreadable("the text of a health card is header.payload.signature, in base64url")
    header, payload, signature = text.split(".")
    claims = _header(header)
    if claims.keys() - _MEMBERS or claims.get("zip") != "DEF":
        raise Unsupported("the header of a health card has zip (DEF), alg and kid, and no more")
    algorithm, key_id = claims.get("alg"), claims.get("kid")
    if not isinstance(algorithm, str) or not isinstance(key_id, str):
        raise Unreadable("the header of a health card names no alg, or no kid")
    return Compact(
        algorithm=algorithm,
        key_id=key_id,
        payload=_inflated(base64url.decode(payload)),
        signed=f"{header}.{payload}".encode("ascii"),
        signature=base64url.decode(signature),
    )


def _header(text: str) -> dict[str, object]:
    if len(text) > _MOST_HEADER_CHARACTERS:
        raise Unreadable("the header of a health card is longer than any such header is")
    return strict_json.parse_object(base64url.decode(text), max_depth=2)


def _deflated(payload: bytes) -> bytes:
    packer = zlib.compressobj(level=9, wbits=_RAW)
    return packer.compress(payload) + packer.flush()


def _inflated(packed: bytes) -> bytes:
    opener = zlib.decompressobj(wbits=_RAW)
    try:
        payload = opener.decompress(packed, MOST_PAYLOAD_BYTES)
    except zlib.error as error:
        raise Unreadable("the payload of a health card is not raw DEFLATE (RFC 1951)") from error
    if opener.unconsumed_tail:
        raise Unreadable(f"a health card of more than {MOST_PAYLOAD_BYTES} bytes is not read")
    if not opener.eof or opener.unused_data:
        raise Unreadable("the payload of a health card is cut short, or something follows it")
    return payload
