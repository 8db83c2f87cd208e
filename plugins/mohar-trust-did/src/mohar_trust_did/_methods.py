"""What a DID says by itself: the key in a did:key or did:jwk, the address in a did:web."""

from __future__ import annotations

import re
from typing import Final

from mohar.codec import base64url, did, jwk, strict_json
from mohar.domain.errors import Unreadable
from mohar.domain.keys import PublicKey

KEY: Final = "did:key:"
JWK: Final = "did:jwk:"
WEB: Final = "did:web:"

# The one verification method of a did:jwk.
_ONLY: Final = "#0"
_MOST_BYTES: Final = 4_000
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_WEB: Final = re.compile(
    rf"did:web:({_LABEL}(?:\.{_LABEL})*)(?:%3A([0-9]{{1,5}}))?((?::[A-Za-z0-9._~-]+)*)",
    re.ASCII | re.IGNORECASE,
)


def key_of(name: str) -> PublicKey:
    """
    Return the key that is written out in a did:key or did:jwk, or in its verification method.

    Raises:
        Unreadable: neither, damaged, or a verification method that is not its own.
        Unsupported: a sort of key, or a use of it, that is none of ours.
    """
    if len(name) > _MOST_BYTES:
        raise Unreadable(f"a DID of more than {_MOST_BYTES} characters is not read")
    if name.startswith(KEY):
        return did.from_did_key(name)
    if name.startswith(JWK):
        return _from_jwk(name)
    raise Unreadable("this DID has no key in it; a did:key or a did:jwk has")


def address_of(name: str) -> str:
    """
    Return where the document of a did:web stands.

    Raises:
        Unreadable: no did:web.
    """
    match = _WEB.fullmatch(name)
    if match is None or {".", ".."} & set(match[3].split(":")):
        raise Unreadable("this is not a did:web (did:web:example.org, or did:web:example.org:path)")
    host, port, path = match.groups()
    at = f"{host}:{port}" if port else host
    return f"https://{at}{path.replace(':', '/') or '/.well-known'}/did.json"


def _from_jwk(name: str) -> PublicKey:
    subject, mark, fragment = name.partition("#")
    if mark and mark + fragment != _ONLY:
        raise Unreadable(f"the one verification method of a did:jwk is {_ONLY}")
    written = base64url.decode(subject.removeprefix(JWK))
    members = strict_json.parse_object(written, max_bytes=_MOST_BYTES)
    return jwk.decode(members, key_id=subject + _ONLY, controller=subject)
