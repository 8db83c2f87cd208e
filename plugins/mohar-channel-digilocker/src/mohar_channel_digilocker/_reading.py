"""Read what DigiLocker sends. Names count without their namespaces; nothing is ever fetched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from xml.etree.ElementTree import ParseError

import msgspec
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import XMLParser

from mohar.domain.errors import Unreadable
from mohar.domain.values import Personal

_DEEPEST: Final = 8
_MOST_ELEMENTS: Final = 200
_MOST_ATTRIBUTES: Final = 32
_LONGEST: Final = 1_000
_DETAILS: Final = "docdetails"
# It is large, and nothing here looks at it.
_PASSED_OVER: Final = frozenset({"photo"})


class Asked(Personal, frozen=True, kw_only=True):
    """
    A request: the attributes of its root and the texts below `DocDetails`.

    Both go by their local names in small letters.
    """

    name: str
    attributes: Mapping[str, str]
    details: Mapping[str, str]

    def attribute(self, name: str) -> str:
        """Return an attribute of the root. Raises Unreadable where it is missing or empty."""
        value = self.attributes.get(name.lower(), "").strip()
        if not value:
            raise Unreadable(f"the attribute {name} is missing; send it with every request")
        return value

    def detail(self, name: str) -> str:
        """Return the text of an element below `DocDetails`, or nothing."""
        return self.details.get(name.lower(), "").strip()


def read(body: bytes) -> Asked:
    """
    Read a request, whatever its namespaces and prefixes are.

    Raises:
        Unreadable: it is no XML, has a DTD or entities, is too deep or too large, or says the same
            thing twice.
    """
    listener = _Listener()
    # The stubs of defusedxml say nothing of targets.
    parser: Any = XMLParser(target=listener, forbid_dtd=True)
    try:
        parser.feed(body)
        parser.close()
    except DefusedXmlException as error:
        raise Unreadable("the XML has a DTD or entities, which are never read") from error
    except (ParseError, ValueError, LookupError) as error:
        raise Unreadable("this is no XML that can be read") from error
    return listener.asked()


class _Listener:
    """Keeps the little that counts while the parser goes by, and ends what is too much."""

    def __init__(self) -> None:
        self._path: list[str] = []
        self._elements = 0
        self._name = ""
        self._attributes: dict[str, str] = {}
        self._details: dict[str, str] = {}
        self._text: list[str] = []
        self._length = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Take an element in."""
        name = _local(tag)
        self._path.append(name)
        self._elements += 1
        if len(self._path) > _DEEPEST or self._elements > _MOST_ELEMENTS:
            raise Unreadable("the XML has too many elements, or too deep ones")
        if len(self._path) == 1:
            self._name = name
            self._attributes = _attributes(attributes)
        self._text, self._length = [], 0

    def data(self, text: str) -> None:
        """Take text in, of a place that counts."""
        if not self._is_detail() or self._path[-1] in _PASSED_OVER:
            return
        self._length += len(text)
        if self._length > _LONGEST:
            raise Unreadable("a value of the XML is too long")
        self._text.append(text)

    def end(self, tag: str) -> None:
        """Let an element go."""
        del tag
        if self._is_detail():
            name = self._path[-1]
            if name in self._details:
                raise Unreadable("an element is there twice, so it cannot be told which one counts")
            self._details[name] = "".join(self._text)
        self._path.pop()
        self._text, self._length = [], 0

    def close(self) -> None:
        """End."""

    def asked(self) -> Asked:
        """Return what was read."""
        return Asked(name=self._name, attributes=self._attributes, details=self._details)

    def _is_detail(self) -> bool:
        return len(self._path) == 3 and self._path[1] == _DETAILS  # noqa: PLR2004 -- root, DocDetails, element


def _attributes(found: Mapping[str, str]) -> dict[str, str]:
    """Two that differ by case alone could be taken for one another."""
    named = {_local(name): value for name, value in found.items()}
    if len(named) < len(found) or len(found) > _MOST_ATTRIBUTES:
        raise Unreadable("an attribute is there twice, or there are too many")
    if any(len(value) > _LONGEST for value in named.values()):
        raise Unreadable("a value of the XML is too long")
    return named


def _local(name: str) -> str:
    return name.rpartition("}")[2].lower()


class Uri(msgspec.Struct, frozen=True):
    """`IssuerId-DocType-DocId`; an issuer id may hold hyphens."""

    issuer_id: str
    doc_type: str
    doc_id: str

    @classmethod
    def parse(cls, text: str) -> Uri | None:
        """Return the parts, split from the right, or None where it is no such URI."""
        parts = text.rsplit("-", 2)
        if len(parts) != 3 or not all(parts):  # noqa: PLR2004 -- the three parts
            return None
        issuer_id, doc_type, doc_id = parts
        is_id = doc_id.isascii() and doc_id.isalnum()
        return cls(issuer_id, doc_type, doc_id) if is_id else None

    def __str__(self) -> str:
        return f"{self.issuer_id}-{self.doc_type}-{self.doc_id}"
