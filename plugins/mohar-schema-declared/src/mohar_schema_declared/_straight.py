"""
Compile a type's members, checks and extracts into Python that goes straight through them.

What is generated answers for the usual record alone, and says nothing of any other: there the
closures of `_compose` and `_check` are asked, which know every finding. They stay the reference;
this is the same written out flat, at a third of their cost. The source holds numbers and our own
words only. Every name, path and constant of a type file is handed in as a value, so that none of
them can become code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, TypeAlias

import msgspec

from mohar.domain.values import JsonObject
from mohar_schema_declared import _dates
from mohar_schema_declared import _rules as rules
from mohar_schema_declared._check import value_test
from mohar_schema_declared._convert import origin_of, shortcut, step_of, text
from mohar_schema_declared._converters import Converter, Join, Piece
from mohar_schema_declared._fit import LARGEST_INTEGER, READS_IRI, holds_no_unsafe_text, misfits
from mohar_schema_declared._frame import ISSUE, Frame, Kit, Unfit, reader
from mohar_schema_declared._typefile import Extract, Term, Value

Fill: TypeAlias = Callable[[Frame], JsonObject | None]
Fits: TypeAlias = Callable[[Frame], bool]

_SCALARS: Final = (str, int, float, bool, type(None))


class Unusual(Exception):
    """This is for the closures to judge."""


def straight_fill(members: Sequence[Term], profile: str, kit: Kit) -> Fill:
    """
    Return a function that gives the document of a frame; None where there may be something to find.

    It leaves the frame as it is.
    """
    writer = _Writer(kit)
    writer.object(members, profile, _Place("d0", ""), 0)
    writer.line("return d0", 0)
    return writer.function(otherwise="None")


def straight_fits(checks: Sequence[rules.RecordRule], profile: str, kit: Kit) -> Fits:
    """Return a function that says whether no check has anything to say of a frame."""
    writer = _Writer(kit)
    writer.line(f"if not {writer.value(holds_no_unsafe_text)}(tree): return False", 0)
    for rule in checks:
        if not rule.profiles or profile in rule.profiles:
            writer.check(rule)
    writer.line("return True", 0)
    return writer.function(otherwise="False")


def straight_extract(extracts: Sequence[Extract], kit: Kit) -> Callable[[Frame], JsonObject]:
    """Return a function that gives the extracts that are there, by name; what is unfit is not."""
    writer = _Writer(kit)
    writer.line("d0 = {}", 0)
    for extract in extracts:
        writer.line("try:", 0)
        writer.first_of(extract.sources(), 1)
        writer.line(f"if v is not None: d0[{writer.value(extract.name)}] = v", 1)
        writer.line("except Unfit: pass", 0)
    writer.line("return d0", 0)
    return writer.function(otherwise="d0")


class _Place(msgspec.Struct, frozen=True):
    """The name of the object that is being filled, and of what it still lacks where optional."""

    name: str
    lacks: str


class _Writer:
    """Writes one function of a frame: what it reads at the top, what it makes of that below."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._values: dict[str, Any] = {
            "Unfit": Unfit,
            "Unusual": Unusual,
            "NOTHING": {},
            "text": text,
        }
        self._objects = {(): "tree", (ISSUE,): "issue"}
        self._head = ["tree = frame.tree; issue = frame.issue"]
        self._body: list[str] = []
        self._objects_made = 0

    def function(self, *, otherwise: str) -> Callable[[Frame], Any]:
        """Return the function; it answers `otherwise` where something is unusual."""
        inside = [f"        {line}" for line in (*self._head, *self._body)]
        lines = ["def straight(frame):", "    try:", *inside]
        lines += ["    except (Unfit, Unusual):", f"        return {otherwise}"]
        code = compile("\n".join(lines), "<credential type>", "exec")
        exec(code, self._values)  # noqa: S102 -- see the module's first lines: no foreign text is in it
        made: Callable[[Frame], Any] = self._values["straight"]
        return made

    def value(self, value: Any) -> str:
        """Return the name under which the source finds a value."""
        name = f"v{len(self._values)}"
        self._values[name] = value
        return name

    def line(self, text: str, depth: int) -> None:
        """Write one line of the body."""
        self._body.append("    " * depth + text)

    def object(self, members: Sequence[Term], profile: str, place: _Place, depth: int) -> None:
        """Write what fills an object; `told` of an optional one is set by a value of its own."""
        self.line(f"{place.name} = {{}}", depth)
        for term in members:
            if term.appears(profile):
                self._member(term, profile, place, depth)

    def check(self, rule: rules.RecordRule) -> None:
        """Write one check: it is over where the rule finds something."""
        self.line(f"v = {self._at(rule.path)}", 0)
        if isinstance(rule, rules.Required):
            self.line('if v is None or v == "":', 0)
            empty = [f"{self._at(path)} in EMPTY" for path in rule.or_]
            self._values["EMPTY"] = (None, "")
            self.line(f"if {' and '.join(empty) or 'True'}: return False", 1)
            return
        self.line(f'if v is not None and v != "" and not ({self._passes(rule)}): return False', 0)

    def first_of(self, sources: Sequence[Value], depth: int) -> None:
        """Write what sets `v` to the first source that is there."""
        for position, source in enumerate(sources):
            if position:
                self.line("if v is None:", depth)
            self._source(source, depth + bool(position))

    def _member(self, term: Term, profile: str, place: _Place, depth: int) -> None:
        is_constant = term.const is not msgspec.UNSET
        is_required = term.is_required(profile)
        if term.datatype == "object":
            self._inner(term, profile, depth, is_required=is_required)
        elif is_constant:
            self._source(term, depth)
        else:
            self.first_of(term.sources(), depth)
            self._fit(term, depth)
        name = self.value(term.term)
        told = "" if is_constant or not place.lacks else f"; told_{place.name} = True"
        self.line(f"if v is not None: {place.name}[{name}] = {_many(term)}{told}", depth)
        if term.default not in (msgspec.UNSET, None):
            self.line(f"else: {place.name}[{name}] = {self.value(term.default)}", depth)
        elif term.default is msgspec.UNSET and is_required and not term.members:
            lacking = f"{place.lacks} = True" if place.lacks else "raise Unusual"
            self.line(f"else: {lacking}", depth)

    def _inner(self, term: Term, profile: str, depth: int, *, is_required: bool) -> None:
        self._objects_made += 1
        name = f"d{self._objects_made}"
        if is_required:
            self.object(term.members, profile, _Place(name, ""), depth)
            self.line(f"v = {name}", depth)
            return
        self.line(f"told_{name} = lacks_{name} = False", depth)
        self.object(term.members, profile, _Place(name, f"lacks_{name}"), depth)
        self.line(f"if told_{name} and lacks_{name}: raise Unusual", depth)
        self.line(f"v = {name} if told_{name} else None", depth)

    def _fit(self, term: Term, depth: int) -> None:
        bounds = (term.codes or None, term.pattern, term.max_length, term.minimum)
        bounded = any(bound is not None for bound in bounds)
        if term.datatype == "text" and not bounded:
            wrong = "v.__class__ is not str"
        elif term.datatype == "integer" and not bounded:
            wrong = f"(v.__class__ is not int or not -{LARGEST_INTEGER} <= v <= {LARGEST_INTEGER})"
        elif term.datatype == "iri" and not bounded:
            wrong = f"(v.__class__ is not str or {self.value(READS_IRI.match)}(v) is None)"
        elif term.datatype == "date" and not bounded:
            wrong = f"{self.value(_dates.day)}(v) is None"
        else:
            wrong = f"{self.value(misfits(term))}(v) is not None"
        self.line(f"if v is not None and {wrong}: raise Unusual", depth)

    def _source(self, source: Value, depth: int) -> None:
        if source.from_ is None:
            self._origin(source, depth)
        else:
            self.line(f"v = {self._at(source.from_)}", depth)
        self.line('if v == "": v = None', depth)
        for converter in source.with_:
            self.line("if v is not None:", depth)
            for line in self._converted(converter):
                self.line(line, depth + 1)
            self.line('if v == "": v = None', depth + 1)

    def _origin(self, source: Value, depth: int) -> None:
        const = source.const
        if isinstance(const, _SCALARS):
            self.line(f"v = {self.value(const)}", depth)
        else:
            self.line(f"v = {self.value(origin_of(source))}(frame)", depth)

    def _converted(self, converter: Converter) -> Iterator[str]:
        if isinstance(converter, Join):
            pieces = [self._piece(piece) for piece in converter.after]
            yield f"v = {self.value(converter.before)} + {' + '.join(['text(v)', *pieces])}"
            return
        step = self.value(step_of(converter, self._kit))
        known = shortcut(converter, self._kit)
        if converter == "text":
            yield f"if v.__class__ is not str: v = {step}(v, frame)"
        elif converter == "integer":
            yield f"if v.__class__ is not int: v = {step}(v, frame)"
        elif known is not None:
            table = self.value(known)
            yield f"v = {table}[v] if v.__class__ is str and v in {table} else {step}(v, frame)"
        else:
            yield f"v = {step}(v, frame)"

    def _piece(self, piece: Piece) -> str:
        return f'text({self._at(piece.from_)} or "")' if piece.from_ else self.value(piece.text)

    def _passes(self, rule: rules.RecordRule) -> str:
        otherwise = f"{self.value(value_test(rule, self._kit))}(v, frame)"
        match rule:
            case rules.Range(min=int(low), max=int(high)):
                return f"({low} <= v <= {high} if v.__class__ is int else {otherwise})"
            case rules.Length(min=low, max=int(high)):
                return f"v.__class__ is str and {low} <= len(v) <= {high}"
            case _:
                return otherwise

    def _at(self, path: str) -> str:
        """Return the expression that reads a path; only lists make one a matter of the closures."""
        *way, last = path.split(".")
        if path == ISSUE or any(step.isdecimal() for step in (*way, last)):
            return f"{self.value(reader(path))}(frame)"
        return f"{self._object(tuple(way))}.get({self.value(last)})"

    def _object(self, way: tuple[str, ...]) -> str:
        """Return the name of the object at a path; whatever else is there has no members."""
        if way not in self._objects:
            outer = self._object(way[:-1])
            name = f"o{len(self._objects)}"
            self._head.append(f"{name} = {outer}.get({self.value(way[-1])})")
            self._head.append(f"if {name}.__class__ is not dict: {name} = NOTHING")
            self._objects[way] = name
        return self._objects[way]


def _many(term: Term) -> str:
    if term.listed:
        return "list(v.values())"
    return "[v]" if term.repeated else "v"
