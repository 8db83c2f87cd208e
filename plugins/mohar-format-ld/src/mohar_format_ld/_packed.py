"""
The compact text that a QR code carries: what a document's type says anyway is left out.

`MZ1:` and base45 of
    the first 4 bytes of the dictionary's SHA-256,
    the document, deflated (RFC 1951) with that preset dictionary,
    a CRC-16 of all of the above: a misread is told from a credential that says something else.

The dictionary is one of the document's type, then `_PROOF`; without one, `_PROOF` alone. The signed
bytes come back as they were, so nothing of this is trusted: it is only spelling.
"""

from __future__ import annotations

import binascii
import hashlib
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from mohar.codec import base45, strict_json
from mohar.domain.errors import ConfigError, Unreadable, Unsupported

_SCHEME: Final = b"MZ1:"
# Part of every code that was printed: another text here needs another scheme.
_PROOF: Final = (
    b'"proof":{"type":"Ed25519Signature2020","type":"DataIntegrityProof","cryptosuite":"'
    b'ecdsa-rdfc-2019","cryptosuite":"eddsa-rdfc-2022","created":"20'
    b'","verificationMethod":"did:web:","proofPurpose":"assertionMethod","proofValue":"z'
)
_DIGEST_BYTES: Final = 4
_CHECK_BYTES: Final = 2
_RAW_DEFLATE: Final = -15
_MOST_BYTES: Final = 256 * 1024
# What is further back than deflate's window is never pointed at (RFC 1951 §3.2.5).
_MOST_DICTIONARY_BYTES: Final = 32 * 1024 - len(_PROOF)
_LINE_ENDS: Final = b" \t\r\n"


class Packer:
    """
    Packs documents, and unpacks what was packed with any dictionary it was given.

    `dictionaries` go by the URL of a context, the newest first.

    Raises:
        ConfigError: one is larger than can be used, or two cannot be told apart by their digests.
    """

    def __init__(self, dictionaries: Mapping[str, Sequence[bytes]]) -> None:
        self._of = {url: given[0] + _PROOF for url, given in dictionaries.items() if given}
        self._known: dict[bytes, bytes] = {}
        for whole in _whole(dictionaries):
            if self._known.setdefault(_digest(whole), whole) != whole:
                raise ConfigError("two dictionaries have one digest; add a blank to the newer one")

    def pack(self, content: bytes, contexts: Any) -> bytes:
        """Return the text for a document with these contexts: the same text for the same bytes."""
        named = contexts if isinstance(contexts, list) else [contexts]
        own = (self._of[url] for url in reversed(named) if isinstance(url, str) and url in self._of)
        chosen = next(own, _PROOF)
        packing = zlib.compressobj(9, zlib.DEFLATED, _RAW_DEFLATE, 9, zdict=chosen)
        body = _digest(chosen) + packing.compress(content) + packing.flush()
        return _SCHEME + base45.encode(body + _check(body))

    def unpack(self, text: bytes) -> bytes:
        """
        Return the document in such a text.

        Raises:
            Unreadable: misread, cut short, more than 256 KiB, or no JSON object in it.
            Unsupported: packed with a dictionary that is not known here.
        """
        data = base45.decode(text.strip(_LINE_ENDS).removeprefix(_SCHEME))
        body, check = data[:-_CHECK_BYTES], data[-_CHECK_BYTES:]
        if len(body) <= _DIGEST_BYTES or check != _check(body):
            raise Unreadable("the code was misread or is cut short; scan it again")
        content = _inflated(body[_DIGEST_BYTES:], self._dictionary(body[:_DIGEST_BYTES]))
        strict_json.parse_object(content)
        return content

    def _dictionary(self, digest: bytes) -> bytes:
        if digest not in self._known:
            raise Unsupported(
                f"the code is packed with the dictionary {digest.hex()}, which no credential type "
                "of this deployment has; add its type, or the dictionary to its type"
            )
        return self._known[digest]


def looks_packed(data: bytes) -> bool:
    """Say from the first bytes whether this is a packed document."""
    return data.lstrip(_LINE_ENDS).startswith(_SCHEME)


def _whole(dictionaries: Mapping[str, Sequence[bytes]]) -> Iterator[bytes]:
    yield _PROOF
    for url, given in dictionaries.items():
        for dictionary in given:
            if len(dictionary) > _MOST_DICTIONARY_BYTES:
                raise ConfigError(
                    f"a dictionary for {url} has {len(dictionary)} bytes, and at most "
                    f"{_MOST_DICTIONARY_BYTES} can be used; shorten it"
                )
            yield dictionary + _PROOF


def _inflated(packed: bytes, dictionary: bytes) -> bytes:
    unpacking = zlib.decompressobj(_RAW_DEFLATE, zdict=dictionary)
    try:
        content = unpacking.decompress(packed, _MOST_BYTES + 1)
    except zlib.error as error:
        raise Unreadable("what the code holds is damaged") from error
    if len(content) > _MOST_BYTES:
        raise Unreadable(f"what the code holds is larger than {_MOST_BYTES} bytes")
    if not unpacking.eof or unpacking.unused_data:
        raise Unreadable("what the code holds is cut short, or more than one document")
    return content


def _digest(dictionary: bytes) -> bytes:
    return hashlib.sha256(dictionary).digest()[:_DIGEST_BYTES]


def _check(body: bytes) -> bytes:
    return binascii.crc_hqx(body, 0xFFFF).to_bytes(_CHECK_BYTES, "big")
