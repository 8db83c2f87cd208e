"""
Compile what was learnt of an outline into Python that writes canonical lines.

Source is generated because nothing else comes near: closures over the same tree take three times
as long, and this is the step that decides how many credentials a core can sign. The source holds
numbers and our own words only. Every name, IRI and text that came from a document or a context is
handed in as a value, so that none of them can become code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from mohar.domain.values import JsonObject
from mohar_format_ld import _lines
from mohar_format_ld._lines import LARGEST_INTEGER
from mohar_format_ld._outline import TypeName, Unusual
from mohar_format_ld._probe import Described, Entry, Form

Emit: TypeAlias = Callable[[JsonObject, str, list[_lines.Node]], str | int]

_END: Final = " .\n"
_RDF_TYPE: Final = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
_CLASSES: Final[Mapping[str, type]] = {"text": str, "whole": int, "truth": bool}


def compiled(
    described: Described,
    contexts: Any,
    *,
    terms: frozenset[str],
    escapes: Mapping[int, str] | None,
) -> Emit:
    """
    Return a function that collects the nodes of a document under these very contexts.

    Without `escapes` it is for documents in which nothing needs any. The function raises Fallback
    for a document that it does not cover.

    Raises:
        Unusual: values of one member are written in ways that have no common order.
    """
    return _Compiler(terms, escapes).compiled(described, contexts)


class _Compiler:
    def __init__(self, terms: frozenset[str], escapes: Mapping[int, str] | None) -> None:
        self._escaped = escapes is not None
        self._source: list[str] = []
        self._values: dict[str, Any] = {
            "Fallback": _lines.Fallback,
            "iri": _lines.iri,
            "iris": _lines.iris,
            "literals": _lines.literals,
            "link": _lines.link,
            "settle": _lines.settle,
            "settle_links": _lines.settle_links,
            "type_of": _lines.type_of,
            "terms": terms,
            "escapes": escapes,
        }

    def compiled(self, described: Described, contexts: Any) -> Emit:
        root = self._function(described, contexts)
        code = compile("\n".join(self._source), "<canonical plan>", "exec")
        exec(code, self._values)  # noqa: S102 -- see the module's first lines: no foreign text is in it
        emit: Emit = self._values[root]
        return emit

    def _value(self, value: Any) -> str:
        """Return the name under which the source finds a value."""
        name = f"v{len(self._values)}"
        self._values[name] = value
        return name

    def _function(self, node: Described, contexts: Any = None) -> str:
        body = [
            # What is neither missing nor null nor unknown is counted: all members there are.
            "if o.__class__ is not dict: raise Fallback",
            f"t = []; slots = []; g = o.get; c = {_number_of_members(node, contexts)}",
            *self._constants(node, contexts),
            *self._subject(node),
        ]
        groups = {**node.members, **({_RDF_TYPE: ()} if node.type_terms else {})}
        for predicate in sorted(groups, key=lambda each: f"{each} "):
            if predicate == _RDF_TYPE:
                lines = sorted(f"{predicate} {term}{_END}" for term in node.type_terms)
                body.append(f"t += {self._value(lines)}")
            else:
                body += self._group(f"{predicate} ", groups[predicate])
        body += [
            "if c != len(o) or not c: raise Fallback",
            "N.append((s, t, slots, a))",
            "return s or len(N) - 1",
        ]
        name = f"n{len(self._values)}"
        self._values[name] = None
        self._source += [f"def {name}(o, a, N):", *(f"    {line}" for line in body)]
        return name

    def _constants(self, node: Described, contexts: Any) -> Iterator[str]:
        if contexts is not None:
            yield f'if g("@context") != {self._value(contexts)}: raise Fallback'
        if node.types is not None:
            types = list(node.types) if isinstance(node.types, tuple) else node.types
            yield f'if g("type") != {self._value(types)}: raise Fallback'

    def _subject(self, node: Described) -> Iterator[str]:
        yield 's = ""; z = "_:z "'
        if node.id_name:
            yield f"v = g({self._value(node.id_name)})"
            yield "if v is None: c -= 1"
            yield 'else: s = f"<{iri(v, terms)}>"; z = f"{s} "'

    def _group(self, predicate: str, entries: Sequence[Entry]) -> Iterator[str]:
        has_links = any(entry.nodes or _is_link(entry) for entry in entries)
        has_nodes = any(entry.nodes for entry in entries)
        if len(entries) > 1 or has_nodes:
            yield "m = len(t)"
        for entry in entries:
            yield from self._entry(predicate, entry)
        if len(entries) > 1 or has_nodes:
            settled = "slots = settle_links(t, slots, m)" if has_links else "settle(t, m)"
            yield f"if len(t) - m > 1: {settled}"

    def _entry(self, predicate: str, entry: Entry) -> Iterator[str]:
        yield f"v = g({self._value(entry.name)})"
        yield from self._kinds(predicate, entry)
        yield "else: c -= 1"

    def _kinds(self, predicate: str, entry: Entry) -> Iterator[str]:
        word = "if"
        if entry.nodes:
            yield from self._nodes(predicate, entry.nodes)
            word = "elif"
        if not entry.forms:
            yield f"{word} v is not None: raise Fallback"
        elif _is_link(entry):
            yield from self._links(predicate, entry, word)
        else:
            yield from self._literals(predicate, entry.forms, word)

    def _nodes(self, predicate: str, nodes: Mapping[TypeName, Described]) -> Iterator[str]:
        functions = [(types, self._function(node)) for types, node in nodes.items()]
        start = self._value(predicate)
        calls = [f"link({name}(x, z + {start}, N), t, slots, {start})" for _, name in functions]
        yield "if v.__class__ is dict or (v.__class__ is list and v and v[0].__class__ is dict):"
        yield "    for x in (v if v.__class__ is list else (v,)):"
        if len(functions) == 1:
            yield f"        {calls[0]}"
            return
        yield "        k = type_of(x)"
        for (types, _), call in zip(functions, calls, strict=True):
            yield f"        if k == {self._value(types)}: {call}; continue"
        yield "        raise Fallback"

    def _links(self, predicate: str, entry: Entry, word: str) -> Iterator[str]:
        form = entry.forms["text"]
        before, after = self._value(f"{predicate}{form.before}"), self._value(f"{form.after}{_END}")
        if not entry.terms:
            yield f'{word} v.__class__ is str: t.append(f"{{{before}}}{{iri(v, terms)}}{{{after}}}")'
            word = "elif"
        meanings = {term: f"{predicate}{meant}{_END}" for term, meant in entry.terms.items()}
        yield (
            f"{word} v is not None: iris(v, t, ({before}, {after}), {self._value(meanings)}, terms)"
        )

    def _literals(self, predicate: str, forms: Mapping[str, Form], word: str) -> Iterator[str]:
        written = {
            _CLASSES[kind]: (f"{predicate}{form.before}", f"{form.after}{_END}")
            for kind, form in forms.items()
        }
        if str in written:
            before, after = (self._value(part) for part in written[str])
            text = "v.translate(escapes)" if self._escaped else "v"
            yield f'{word} v.__class__ is str: t.append(f"{{{before}}}{{{text}}}{{{after}}}")'
            word = "elif"
        if int in written:
            before, after = (self._value(part) for part in written[int])
            within = f"v.__class__ is int and {-LARGEST_INTEGER} <= v <= {LARGEST_INTEGER}"
            yield f'{word} {within}: t.append(f"{{{before}}}{{v}}{{{after}}}")'
            word = "elif"
        yield f"{word} v is not None: literals(v, t, {self._value(written)}, escapes)"


def _is_link(entry: Entry) -> bool:
    """Say whether the plain values of a member are IRIs; they are one or the other."""
    links = {form.is_iri for form in entry.forms.values()}
    if len(links) > 1:
        raise Unusual
    return True in links


def _number_of_members(node: Described, contexts: Any) -> int:
    constants = (contexts, node.types, node.id_name or None)
    entries = sum(len(found) for found in node.members.values())
    return entries + sum(each is not None for each in constants)
