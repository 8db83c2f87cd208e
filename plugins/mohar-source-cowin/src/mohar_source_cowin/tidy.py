"""
Read a message in which there is nothing to tell, in Python that is made from the table of fields.

Most messages are such: they need no account of where the reader is. What is generated gives up at
the first thing that is odd or wrong, and the walk in `reading` finds it again and says what it is.
The source holds our own words only; the names of fields are handed in as values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

from mohar.domain.values import JsonObject
from mohar_source_cowin.reading import Field, Odd, Unfit
from mohar_source_cowin.values import sound, text

ReadTidy: TypeAlias = Callable[[Any], JsonObject | None]


class Strange(Exception):
    """Something in a message has to be told."""


def tidy_reader(shape: Sequence[Field]) -> ReadTidy:
    """Return a function that gives what `read_object` would; None where that has something to note."""
    read = _Writer().compiled(shape)

    def read_tidy(tree: Any) -> JsonObject | None:
        try:
            content: JsonObject = read(tree)
        except (Strange, Unfit):
            return None
        return content

    return read_tidy


class _Writer:
    def __init__(self) -> None:
        self._source: list[str] = []
        self._values: dict[str, Any] = {"Strange": Strange, "Odd": Odd, "sound": sound}

    def compiled(self, shape: Sequence[Field]) -> Callable[[Any], Any]:
        root = self._function(shape)
        code = compile("\n".join(self._source), "<shape of a message>", "exec")
        exec(code, self._values)  # noqa: S102 -- see the module's first lines: no foreign text is in it
        read: Callable[[Any], Any] = self._values[root]
        return read

    def _value(self, value: Any) -> str:
        name = f"v{len(self._values)}"
        self._values[name] = value
        return name

    def _function(self, shape: Sequence[Field]) -> str:
        names = self._value(frozenset(field.name for field in shape))
        body = [
            f"if t.__class__ is not dict or not {names}.issuperset(t): raise Strange",
            "c = {}; g = t.get",
        ]
        for field in shape:
            body.append(f"v = g({self._value(field.name)})")
            body += self._member(field, f"c[{self._value(field.to)}]")
        name = self._value(None)
        lines = [f"    {line}" for line in (*body, "return c")]
        self._source += [f"def {name}(t):", *lines]
        return name

    def _member(self, field: Field, place: str) -> Iterator[str]:
        if field.read is text:
            # The most of all members; a number in place of text is odd.
            yield "if v.__class__ is str:"
            yield f"    if v and not v.isspace(): {place} = v if v.isascii() else sound(v)"
            yield "elif v is not None: raise Strange"
        elif field.read is not None:
            yield 'if v is not None and v != "" and not (v.__class__ is str and v.isspace()):'
            yield f"    v = {self._value(field.read)}(v)"
            yield "    if v.__class__ is Odd: raise Strange"
            yield f"    {place} = v"
        elif field.many:
            inner = self._function(field.shape)
            yield "if v.__class__ is list: "
            yield f"    {place} = [{inner}(each) for each in v]"
            yield "elif v is not None: raise Strange"
        else:
            yield "if v is not None:"
            yield f"    v = {self._function(field.shape)}(v)"
            yield f"    if v: {place} = v"
