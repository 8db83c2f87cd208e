"""An expanded JSON-LD node as RDF quads (JSON-LD 1.1 API §8.1), and nothing unsafe among them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from mohar.codec import jcs
from mohar.domain.values import JsonObject
from mohar_format_ld._canonical import Dialect, Quad
from mohar_format_ld._expand import NOWHERE
from mohar_format_ld._problems import Problem, Unsafe

_RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_XSD: Final = "http://www.w3.org/2001/XMLSchema#"
_TYPE: Final = f"<{_RDF}type>"
_FIRST, _REST, _NIL = f"<{_RDF}first>", f"<{_RDF}rest>", f"<{_RDF}nil>"
_DOUBLE: Final = f"{_XSD}double"
_LARGEST_WHOLE: Final = 1e21

# RFC 3987 leaves more out than this; what matters is that no IRI can break out of its brackets.
_IRI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20\x7f<>\"{}|^`\\]*")
_LANGUAGE: Final = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")


class Emitter:
    """
    Turns one expanded node into quads.

    `subject` is the node itself, `ids` are all IRIs that stand where an id can stand, `described`
    those that are said more of.
    `path_of` finds the place of a text in the document, for errors.

    Raises:
        Unsafe: a relative IRI, a label of a blank node, or a keyword that leaves no trace in RDF.
    """

    def __init__(
        self, expanded: JsonObject, dialect: Dialect, path_of: Callable[[str], str]
    ) -> None:
        self.quads: list[Quad] = []
        self.ids: set[str] = set()
        self.described: list[str] = []
        self._dialect = dialect
        self._path_of = path_of
        self._blanks = 0
        self.subject = self._node(expanded, graph="")

    def _node(self, node: JsonObject, graph: str) -> str:
        subject = self._subject(node)
        for name, member in node.items():
            if name == "@id":
                continue
            if name == "@type":
                self._add(subject, _TYPE, [self._iri(each) for each in member], graph)
            elif name.startswith("@"):
                raise _unsafe("ld-keyword", f"{name} leaves no trace in RDF")
            else:
                self._add(subject, self._iri(name), self._objects(member, graph), graph)
        return subject

    def _subject(self, node: JsonObject) -> str:
        if "@id" not in node:
            return self._blank()
        if len(node) > 1:
            self.described.append(node["@id"])
        self.ids.add(node["@id"])
        return self._iri(node["@id"])

    def _objects(self, member: Sequence[JsonObject], graph: str) -> Iterator[str]:
        for each in member:
            if "@value" in each:
                yield self._literal(each)
            elif "@list" in each:
                yield self._list(each["@list"], graph)
            elif "@graph" in each and len(each) == 1:
                yield self._graph(each["@graph"])
            else:
                yield self._node(each, graph)

    def _graph(self, nodes: Sequence[JsonObject]) -> str:
        name = self._blank()
        for node in nodes:
            self._node(node, graph=name)
        return name

    def _list(self, items: Sequence[JsonObject], graph: str) -> str:
        objects = list(self._objects(items, graph))
        cells = [self._blank() for _ in objects]
        for position, (cell, item) in enumerate(zip(cells, objects, strict=True)):
            follows = cells[position + 1] if position + 1 < len(cells) else _NIL
            self._add(cell, _FIRST, [item], graph)
            self._add(cell, _REST, [follows], graph)
        return cells[0] if cells else _NIL

    def _literal(self, value: JsonObject) -> str:
        text, datatype = _lexical(value["@value"], value.get("@type", ""))
        written = self._dialect.literal(text)
        if "@direction" in value or "@index" in value:
            raise _unsafe("ld-keyword", "a base direction or an index leaves no trace in RDF")
        if "@language" in value:
            return f"{written}@{_language(value['@language'])}"
        return f"{written}^^{self._iri(datatype)}" if datatype else written

    def _add(self, subject: str, predicate: str, objects: Any, graph: str) -> None:
        self.quads.extend((subject, predicate, each, graph) for each in objects)

    def _iri(self, text: Any) -> str:
        if not isinstance(text, str) or _IRI.fullmatch(text) is None or text.startswith(NOWHERE):
            told = "this is no absolute IRI, and no context makes it one"
            path = self._path_of(str(text))
            raise Unsafe([Problem(code="ld-relative-iri", message=told, path=path)])
        return f"<{text}>"

    def _blank(self) -> str:
        self._blanks += 1
        return f"_:b{self._blanks}"


def _lexical(value: Any, datatype: str) -> tuple[str, str]:
    """Return the text of a literal and its datatype; none is xsd:string."""
    if datatype == "@json":
        return jcs.canonical(value).decode("utf-8"), f"{_RDF}JSON"
    match value:
        case bool():
            return ("true" if value else "false"), datatype or f"{_XSD}boolean"
        case int() | float():
            return _number(value, datatype)
        case str() if datatype == _DOUBLE:
            return _double_text(value), datatype
        case str():
            return value, "" if datatype == f"{_XSD}string" else datatype
        case _:
            raise _unsafe("ld-invalid", "a literal that is no text, number or truth value")


def _number(value: float, datatype: str) -> tuple[str, str]:
    """Only a number that is not whole, very large, or told to be a double is one."""
    if datatype == _DOUBLE or value != int(value) or abs(value) >= _LARGEST_WHOLE:
        return _double(value), datatype or _DOUBLE
    return str(int(value)), datatype or f"{_XSD}integer"


def _double(value: float) -> str:
    mantissa, exponent = f"{value:.15E}".split("E")
    digits = mantissa.rstrip("0")
    return f"{digits}{'0' if digits.endswith('.') else ''}E{int(exponent)}"


def _double_text(text: str) -> str:
    try:
        return _double(float(text))
    except ValueError:
        return text


def _language(tag: Any) -> str:
    if not isinstance(tag, str) or _LANGUAGE.fullmatch(tag) is None:
        raise _unsafe("ld-invalid", "a language tag that is none")
    return tag


def _unsafe(code: str, message: str) -> Unsafe:
    return Unsafe([Problem(code=code, message=message)])
