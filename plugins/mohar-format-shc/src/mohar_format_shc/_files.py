"""Where cards come from: their own file, a FHIR answer, the text of QR codes, or the bare JWS."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from mohar.codec import strict_json
from mohar.domain.errors import Unreadable
from mohar.domain.values import JsonObject
from mohar_format_shc import _compact, _numeric

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_MEMBER: Final = b'"verifiableCredential"'
_MOST_CARDS: Final = 20


def write(jws: str) -> bytes:
    """Return the file `.smart-health-card` of one card."""
    return msgspec.json.encode({"verifiableCredential": [jws]})


def recognise(data: bytes) -> bool:
    """Say from the bytes alone whether a card, or several, may be in them."""
    return _is_numeric(data) or _is_file(data) or _compact.looks_like(_latin(data))


def carried(data: bytes) -> Sequence[str]:
    """
    Return the JWS of each card in a file, a FHIR answer or the text of QR codes; else nothing.

    Raises:
        Unreadable: a file or a text that holds no card, or a damaged one.
    """
    if _is_numeric(data):
        return _numeric.read(_latin(data))
    if _is_file(data):
        return _in_file(strict_json.parse_object(data))
    return ()


def single(data: bytes) -> str:
    """
    Return the JWS of the one card in these bytes.

    Raises:
        Unreadable: there are several, or what is there is damaged.
    """
    cards = carried(data)
    if len(cards) > 1:
        raise Unreadable(f"{len(cards)} health cards in one input; give them one by one")
    return cards[0] if cards else _latin(data)


def _is_numeric(data: bytes) -> bool:
    return data.lstrip().startswith(_numeric.PREFIX.encode("ascii"))


def _is_file(data: bytes) -> bool:
    start = data.removeprefix(_BYTE_ORDER_MARK).lstrip()
    return start.startswith(b"{") and _MEMBER in start and b'"@context"' not in start


def _latin(data: bytes) -> str:
    """Return text in which a byte that is not ASCII stays visible, so that no pattern fits it."""
    return data.decode("latin-1")


def _in_file(tree: JsonObject) -> Sequence[str]:
    texts = _listed(tree)
    if not texts or not all(isinstance(text, str) for text in texts):
        raise Unreadable("a file of health cards needs a list of texts in verifiableCredential")
    if len(texts) > _MOST_CARDS:
        raise Unreadable(f"more than {_MOST_CARDS} health cards in one file are not read")
    return texts


def _listed(tree: JsonObject) -> Sequence[Any]:
    """Return the cards of a file, or of an answer to the FHIR operation `$health-cards-issue`."""
    match tree:
        case {"verifiableCredential": list(texts)}:
            return texts
        case {"resourceType": "Parameters", "parameter": list(parameters)}:
            return [
                each.get("valueString")
                for each in parameters
                if isinstance(each, dict) and each.get("name") == "verifiableCredential"
            ]
        case _:
            return ()
