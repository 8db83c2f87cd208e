"""The JSON-LD contexts that may be used: W3C's, pinned by their digest, and the deployment's."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from typing import Any, Final

from mohar.codec import strict_json
from mohar.domain.errors import ConfigError, Unreadable, Unsupported

CREDENTIALS_V1: Final = "https://www.w3.org/2018/credentials/v1"
CREDENTIALS_V2: Final = "https://www.w3.org/ns/credentials/v2"
SECURITY_V2: Final = "https://w3id.org/security/v2"
DATA_INTEGRITY: Final = "https://w3id.org/security/data-integrity/v2"
ED25519_2020: Final = "https://w3id.org/security/suites/ed25519-2020/v1"

# URL → file in `contexts/`, and the SHA-256 of the bytes that were published.
PINNED: Final[Mapping[str, tuple[str, str]]] = {
    CREDENTIALS_V1: (
        "credentials-v1",
        "ab4ddd9a531758807a79a5b450510d61ae8d147eab966cc9a200c07095b0cdcc",
    ),
    CREDENTIALS_V2: (
        "credentials-v2",
        "59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734",
    ),
    "https://w3id.org/security/v1": (
        "security-v1",
        "abaf97e107d1925503c433dcaf3ffd2831697cacc1ed2a293e1bc8030d5bcb47",
    ),
    SECURITY_V2: (
        "security-v2",
        "611bd81151d5efe53ec9aed78f5a813e577287bc9451ee26d6879b1b8b46bc3b",
    ),
    "https://w3id.org/security/data-integrity/v1": (
        "data-integrity-v1",
        "b5d829bd09aa7c42abc6efa0c8ed7635313b5487f37ccfce3ecd149ca9418554",
    ),
    DATA_INTEGRITY: (
        "data-integrity-v2",
        "67f21e6e33a6c14e5ccfd2fc7865f7474fb71a04af7e94136cb399dfac8ae8f4",
    ),
    "https://w3id.org/security/multikey/v1": (
        "multikey-v1",
        "ba2c182de2d92f7e47184bcca8fcf0beaee6d3986c527bf664c195bbc7c58597",
    ),
    "https://w3id.org/security/jwk/v1": (
        "jwk-v1",
        "0f14b62f6071aafe00df265770ea0c7508e118247d79b7d861a406d2aa00bece",
    ),
    "https://www.w3.org/ns/cid/v1": (
        "cid-v1",
        "ea216ecc1cb02cd39b693dba2250141e270ba0bf95890be107dd9a9e8e43de85",
    ),
    "https://w3id.org/security/suites/ed25519-2018/v1": (
        "ed25519-2018-v1",
        "166c6abb9e08176cee5f6c87c9c1bbfefa5717da391bcac525e5437f93eab809",
    ),
    ED25519_2020: (
        "ed25519-2020-v1",
        "b9e1ab971fd8bf2c7553e0c4a9438e0b9450afde1ea1ca5b2492368b9f549588",
    ),
    "https://w3id.org/security/suites/jws-2020/v1": (
        "jws-2020-v1",
        "d648e05ddc6577827ca2bfd5e931f53e9ebc6e52a57a8da81df4ec8c46ffcd1e",
    ),
    "https://www.w3.org/ns/did/v1": (
        "did-v1",
        "4f3eae5568c9c5f036a082088f9e192019ee06faa78973c87ff91d5421b88dad",
    ),
    "https://w3id.org/vc/status-list/2021/v1": (
        "status-list-2021-v1",
        "6dd06a52bedb771e059c1083ba8ba7848dce22f6b4a8cfa0b98ba3fc188870e4",
    ),
    "https://www.w3.org/ns/credentials/status/v1": (
        "status-v1",
        "fda5add353231e6a6884a46b12e6c75464281900cb348284d9c360f62381d9f7",
    ),
}

_LONGEST_SHOWN: Final = 200


class Contexts:
    """
    The only contexts there are. Nothing is ever fetched.

    Raises:
        ConfigError: a context of the deployment is not JSON, or pretends to be one of W3C's.
    """

    def __init__(self, documents: Mapping[str, bytes]) -> None:
        self._documents = dict(documents)
        self._terms: dict[str, frozenset[str]] = {}
        for url, data in documents.items():
            if url in PINNED and not _is_pinned(url, data):
                raise ConfigError(f"the context {url} is W3C's and may not be another document")
            try:
                strict_json.parse_object(data)
            except Unreadable as error:
                raise ConfigError(f"the context {url}: {error}") from error

    def __contains__(self, url: str) -> bool:
        return url in PINNED or url in self._documents

    def get(self, url: str) -> dict[str, Any]:
        """
        Return a context document, parsed anew.

        Raises:
            Unsupported: no such context is pinned; the message names its URL.
        """
        return strict_json.parse_object(self.read(url))

    def terms(self, urls: Sequence[str]) -> frozenset[str]:
        """
        Return every name that these contexts, or any they lead to, may give a meaning to.

        Raises:
            Unsupported: no such context is pinned; the message names its URL.
        """
        return frozenset().union(*(self._terms_of(url) for url in urls))

    def _terms_of(self, url: str) -> frozenset[str]:
        if url not in self._terms:
            found: set[str] = set()
            self._collect(url, found, set())
            self._terms[url] = frozenset(found)
        return self._terms[url]

    def _collect(self, url: str, found: set[str], seen: set[str]) -> None:
        if url not in seen:
            seen.add(url)
            for name, value in _named(strict_json.parse_object(self.read(url))):
                found.add(name)
                if name in {"@context", "@import"} and isinstance(value, str):
                    self._collect(value, found, seen)

    def read(self, url: str) -> bytes:
        """
        Return the bytes of a context document, exactly as they were published.

        Raises:
            Unsupported: no such context is pinned; the message names its URL.
        """
        if url in PINNED:
            return packaged(url)
        if url not in self._documents:
            raise Unsupported(unpinned(url))
        return self._documents[url]


def packaged(url: str) -> bytes:
    """Return the bytes of one of W3C's contexts, after a look at their digest."""
    data = (resources.files(__package__) / "contexts" / f"{PINNED[url][0]}.jsonld").read_bytes()
    if not _is_pinned(url, data):
        raise ConfigError(f"the packaged context {url} was changed; install mohar-format-ld again")
    return data


def unpinned(url: str) -> str:
    """Return the sentence about a context that is not here."""
    shown = url[:_LONGEST_SHOWN].encode("ascii", "replace").decode("ascii")
    return f"the context {shown} is not pinned in this deployment, and none is ever fetched"


def _named(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every member of a context document, a list's items under the list's name."""
    if isinstance(value, dict):
        for inner, member in value.items():
            yield inner, member
            yield from _named(member, inner)
    elif isinstance(value, list):
        for item in value:
            yield name, item
            yield from _named(item, name)


def _is_pinned(url: str, data: bytes) -> bool:
    return hashlib.sha256(data).hexdigest() == PINNED[url][1]
