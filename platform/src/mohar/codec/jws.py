"""Detached JSON Web Signatures over unencoded payloads (RFC 7797, `b64: false`)."""

from __future__ import annotations

from typing import Final

import msgspec

from mohar.codec import base64url, strict_json
from mohar.domain.errors import Unreadable, Unsupported
from mohar.domain.keys import Algorithm

_MAX_HEADER_BYTES: Final = 200


class Detached(msgspec.Struct, frozen=True, kw_only=True):
    """A detached signature taken apart: the header as it was written, and what it claims."""

    header: str
    algorithm: str
    signature: bytes


def header(algorithm: Algorithm) -> str:
    """Return the encoded header of a detached signature with an unencoded payload."""
    return base64url.encode(f'{{"alg":"{algorithm}","b64":false,"crit":["b64"]}}'.encode())


def signing_input(encoded_header: str, payload: bytes) -> bytes:
    """Return the bytes to sign: the encoded header, a dot, and the payload as it is."""
    return encoded_header.encode("ascii") + b"." + payload


def join(encoded_header: str, signature: bytes) -> str:
    """Return `header..signature`."""
    return f"{encoded_header}..{base64url.encode(signature)}"


def split(text: str) -> Detached:
    """
    Take `header..signature` apart.

    Raises:
        Unreadable: not of that form.
        Unsupported: a header with anything but `alg`, `b64: false` and `crit: ["b64"]`.
    """
    parts = text.split(".")
    if len(parts) != 3 or parts[1] or not parts[0] or not parts[2]:  # noqa: PLR2004 -- header, nothing, signature
        raise Unreadable("a detached signature is written header..signature")
    claims = strict_json.parse_object(base64url.decode(parts[0]), max_bytes=_MAX_HEADER_BYTES)
    algorithm = claims.pop("alg", None)
    if claims != {"b64": False, "crit": ["b64"]} or claims["b64"] is not False:
        raise Unsupported('a detached signature needs {"b64":false,"crit":["b64"]} and no more')
    if not isinstance(algorithm, str):
        raise Unreadable("the header of a detached signature names no algorithm")
    return Detached(header=parts[0], algorithm=algorithm, signature=base64url.decode(parts[2]))
