"""The shape of a type file. These docs become its reference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

import msgspec

from mohar_schema_declared._converters import Const, Converter
from mohar_schema_declared._part import Name, Part, Path, Sentence
from mohar_schema_declared._rules import Guard, RecordRule

Datatype: TypeAlias = Literal[
    "text",
    "integer",
    "boolean",
    "date",
    "partial-date",
    "date-time",
    "iri",
    "text-or-integer",
    "type",
    "object",
]
Model: TypeAlias = Literal["vc-1.1", "vc-2.0", "plain"]


class Value(Part, frozen=True, kw_only=True):
    """
    Where a value comes from: a path (`recipient.name`, `issue.issued_at`) or a constant.

    `with` is a chain of converters. A value that is absent, null or an empty text is no value.
    """

    from_: Path | None = msgspec.field(default=None, name="from")
    const: Const | msgspec.UnsetType = msgspec.UNSET
    with_: tuple[Converter, ...] = msgspec.field(default=(), name="with")


class Term(Value, frozen=True, kw_only=True):
    """
    One member of the document, and what it means.

    `iri` is what the term means: absolute, `prefix:name`, or a word of the vocabulary; a term
    without one must be defined by the model's own context. `about` says the same to people.
    `datatype` is the form of the value, `codes` the only ones allowed.
    `cardinality: required` (or `required_in` for some profiles) refuses a record without a value.
    `profiles` are the ones in which the term appears; none named means all.
    `or` are further sources, tried in order; `default` is what stands where none has a value.
    `repeated` makes a list with one member, `listed` one with each of the members, which are then
    called 0, 1, 2 in order and all required. `members` are those of an object; an optional object
    none of whose members has a value beside constants is left out.
    `unused` defines a term in the context that no document of ours may carry.
    `lenient` lets a document that others made leave it out, or carry another value than a constant,
    or have more members than the one of a `repeated` list.
    `pattern` (found in the text), `max_length` and `minimum` bound the value further.
    """

    term: str
    iri: str | None = None
    about: str = ""
    datatype: Datatype = "text"
    codes: tuple[str | int, ...] = ()
    cardinality: Literal["required", "optional"] = "optional"
    required_in: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    or_: tuple[Value, ...] = msgspec.field(default=(), name="or")
    default: Const | msgspec.UnsetType = msgspec.UNSET
    repeated: bool = False
    listed: bool = False
    members: tuple[Term, ...] = ()
    unused: bool = False
    lenient: bool = False
    pattern: str | None = None
    max_length: int | None = None
    minimum: int | None = None

    def appears(self, profile: str) -> bool:
        """Say whether documents of this profile may carry the term."""
        return not self.unused and (not self.profiles or profile in self.profiles)

    def is_required(self, profile: str) -> bool:
        """Say whether documents of this profile must carry the term."""
        return self.cardinality == "required" or profile in self.required_in

    def sources(self) -> list[Value]:
        """Return where its value may come from, the first choice first."""
        return [self, *self.or_]


class Prefix(Part, frozen=True, kw_only=True):
    """A short name for the beginning of IRIs."""

    prefix: str
    iri: str


class TypeClass(Part, frozen=True, kw_only=True):
    """A type of node, what it means, and to people."""

    name: str
    iri: str
    about: Sentence


class ContextPart(Part, frozen=True, kw_only=True):
    """
    The `@context` of documents: the model's own first, then this type's.

    `url` fixes the type's own address; without it the type is served by the deployment at
    `<contexts domain>/<name>/<version>`. `same_as` are further addresses under which others
    published the same context; documents that name them are examined, never composed.
    `keywords` are JSON-LD keywords defined again without their `@`. With `coerce` the context says
    which values are dates or IRIs; legacy contexts do not.
    """

    base: tuple[str, ...]
    url: str | None = None
    same_as: tuple[str, ...] = ()
    prefixes: tuple[Prefix, ...] = ()
    keywords: tuple[str, ...] = ()
    coerce: bool = True


class SetFile(Part, frozen=True, kw_only=True):
    """A value set, by the name that this file calls it; `file` is relative to the type file."""

    name: Name
    file: str


class NamedPattern(Part, frozen=True, kw_only=True):
    """A regular expression for a whole text, which a deployment may replace by its own."""

    name: Name
    pattern: str


class Extract(Value, frozen=True, kw_only=True):
    """A value taken from the document, under a public name."""

    name: Name
    or_: tuple[Value, ...] = msgspec.field(default=(), name="or")

    def sources(self) -> list[Value]:
        """Return where its value may come from, the first choice first."""
        return [self, *self.or_]


class TypeFile(Part, frozen=True, kw_only=True):
    """
    A credential type.

    `legacy: acknowledged` admits that terms of one scope share an IRI, so that a signature does not
    tell their values apart; this is then shown as a risk, and `guards` judge what the signature
    cannot. `facts` is what may be counted about a credential: nothing that tells whose it is.
    `shown` is what a verifier reads off the screen, in order.
    `dictionaries` are files, relative to this one, with what documents have in common, the newest
    first: those of the compact code are packed with it. One that was printed with stays as it is.
    `identifier` is the place of a text that the signature binds and no other document of its issuer
    has: where documents name no status list, theirs is told by it.

    A type of the model `plain` is JSON without linked data: no context, no classes, no IRIs. Its
    documents are known by their `marks`, paths at which each of them has a value. With `extensible`
    documents that others made may hold members that this file does not name; they are not shown.
    """

    name: Name
    version: Name
    title: Sentence
    about: Sentence
    model: Model
    context: ContextPart = ContextPart(base=())
    marks: tuple[Path, ...] = ()
    identifier: Path | None = None
    extensible: bool = False
    vocabulary: str = ""
    legacy: Literal["acknowledged"] | None = None
    profiles: tuple[Name, ...] = ()
    value_sets: tuple[SetFile, ...] = ()
    dictionaries: tuple[str, ...] = ()
    patterns: tuple[NamedPattern, ...] = ()
    classes: tuple[TypeClass, ...] = ()
    members: tuple[Term, ...]
    checks: tuple[RecordRule, ...] = ()
    guards: tuple[Guard, ...] = ()
    shown: tuple[Extract, ...]
    facts: tuple[Extract, ...] = ()

    @property
    def is_plain(self) -> bool:
        """Say whether documents of this type are JSON without linked data."""
        return self.model == "plain"

    def class_named(self, name: str) -> TypeClass | None:
        """Return the class of that name which this file defines, or None."""
        return next((each for each in self.classes if each.name == name), None)


def constant(term: Term) -> list[str]:
    """Return the texts of a constant that is a text or a list of texts, else nothing."""
    const = [term.const] if isinstance(term.const, str) else term.const
    return [text for text in const if isinstance(text, str)] if isinstance(const, list) else []


def types_of(members: Sequence[Term]) -> list[str]:
    """Return the node types that members of one object declare by their `type` term."""
    return [name for term in members if term.datatype == "type" for name in constant(term)]
