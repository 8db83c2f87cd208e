"""What the free text in `recipient.identity` stands for."""

from __future__ import annotations

import re

_BLANKS = re.compile(r"\s+")
_CONTROLS_AND_BLANK = "".join(map(chr, range(0x21)))
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(.*)", re.DOTALL)
_SPECIAL = frozenset({"http", "https", "ws", "wss", "ftp"})
# What the URL standard forbids in a host, with an optional user before and a port after it.
_SPECIAL_AUTHORITY = re.compile(
    r"[/\\]*(?:[^/\\?#]*@)?(?:\[[0-9A-Fa-f:.]+\]|[^\x00-\x20#/:<>?@\[\\\]^|%\x7f]+)(?::\d{0,5})?"
    r"(?:[/\\?#].*)?",
    re.DOTALL,
)
_OPAQUE_AUTHORITY = re.compile(
    r"(?:[^/?#]*@)?(?:\[[0-9A-Fa-f:.]+\]|[^\x00\t\n\r #/:<>?@\[\\\]^|]*)(?::\d{0,5})?"
    r"(?:[/?#].*)?",
    re.DOTALL,
)
# RFC 3987 §2.2: none of these is in an IRI.
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20\x7f<>\"{}|^`\\]+")
_PASSPORT_METHOD = re.compile(r"(?:.*\.)?passport(?:no|number)?", re.DOTALL)
_PASSPORT_TEXT = re.compile(
    r"passport\s*(?:#|:|no\.?|number)\s*:?\s*([A-Z0-9]{4,20})", re.ASCII | re.IGNORECASE
)


class IdentityRule:
    """
    How DIVOC makes a `credentialSubject.id`: for byte-compatible credentials only.

    It carries the identity as it was given, so nothing new may use it. DIVOC also took identities
    with blanks, which a browser's URL parser lets pass; they are no IRI, JSON-LD processors of
    today drop what is said of them, and so the code stands in for them here.
    """

    def __init__(self, prefix: str, rejected: re.Pattern[str]) -> None:
        self._prefix = prefix
        self._rejected = rejected

    def subject(self, identity: str, code: str) -> str:
        """Return the subject's id: the identity as a URI, else one made from the code."""
        if is_url(identity):
            candidate = _tidy_did(identity)
        elif identity and not self._rejected.search(identity.upper()):
            candidate = f"{self._prefix}:{identity}"
        else:
            candidate = ""
        return candidate if _is_iri(candidate) else f"{self._prefix}:{code}"


def passport_number(identity: str) -> str | None:
    """Return the number where the identity says that it is a passport's, or None."""
    if said := _PASSPORT_TEXT.fullmatch(identity.strip()):
        return said[1]
    scheme, _, rest = identity.strip().partition(":")
    method, _, number = rest.partition(":")
    if scheme.lower() != "did" or not _PASSPORT_METHOD.fullmatch(_squeezed(method)):
        return None
    return number.strip() or None


def is_url(text: str) -> bool:
    """Say whether a browser's URL parser takes the text without a base (WHATWG URL §4.4)."""
    match = _SCHEME.fullmatch(text.strip(_CONTROLS_AND_BLANK))
    if match is None:
        return False
    scheme, rest = match[1].lower(), match[2]
    if scheme in _SPECIAL:
        return _SPECIAL_AUTHORITY.fullmatch(rest) is not None
    if rest.startswith("//") and scheme != "file":
        return _OPAQUE_AUTHORITY.fullmatch(rest[2:]) is not None
    return True


def _is_iri(text: str) -> bool:
    return _IRI.fullmatch(text) is not None


def _tidy_did(identity: str) -> str:
    if not identity.startswith("did:"):
        return identity
    scheme, method, *rest = identity.split(":")
    return ":".join([scheme, _squeezed(method), *rest])


def _squeezed(method: str) -> str:
    return _BLANKS.sub("", method).lower()
