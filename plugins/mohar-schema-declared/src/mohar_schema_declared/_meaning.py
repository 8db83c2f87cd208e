"""The linter's first half: does every term mean one thing, and a thing of its own?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mohar.domain.findings import Finding
from mohar_schema_declared._context import absolute_iri
from mohar_schema_declared._models import global_terms, terms_of_type
from mohar_schema_declared._typefile import Term, TypeFile, types_of


def meaning(type_file: TypeFile) -> list[Finding]:
    """
    Return the terms of one scope that share an IRI, are not defined, or redefine the model's own.

    In a legacy type the first and the last are warnings: they are shown as a risk. In a plain type
    no term means anything to a machine.
    """
    if type_file.is_plain:
        return []
    return [*_scope(type_file, type_file.members, frozenset()), *_classes(type_file)]


def _scope(
    type_file: TypeFile, members: Sequence[Term], around: frozenset[str]
) -> Iterator[Finding]:
    types = types_of(members)
    own = frozenset(term.term for term in members if term.iri)
    yield from _shared(type_file, members)
    yield from _undefined(type_file, members, around)
    yield from _redefined(type_file, members)
    for term in members:
        # A type-scoped context ends with its node, a property-scoped one reaches further down.
        yield from _scope(type_file, term.members, around if types else around | own)


def _shared(type_file: TypeFile, members: Sequence[Term]) -> Iterator[Finding]:
    groups: dict[str, list[str]] = {}
    for term in members:
        if term.iri:
            groups.setdefault(absolute_iri(type_file, term.iri), []).append(term.term)
    for iri, names in groups.items():
        if len(names) > 1:
            terms = ", ".join(names)
            yield _judged(
                type_file,
                "terms-share-iri",
                f"{terms} all mean {iri}: a signature does not tell their values apart; "
                "give each its own IRI",
                f"{terms} all mean {iri}: a signature over this type does not tell their values "
                "apart, only its guards do",
            )


def _undefined(
    type_file: TypeFile, members: Sequence[Term], around: frozenset[str]
) -> Iterator[Finding]:
    known = around | global_terms(type_file.model)
    for name in types_of(members):
        known |= terms_of_type(type_file.model, name)
    for term in members:
        if term.iri is None and term.term not in known:
            yield Finding(
                code="term-undefined",
                message=f"{term.term}: no context defines it here; give it an `iri`",
            )
        if term.iri is not None and not _is_absolute(type_file, term.iri):
            yield Finding(
                code="iri-invalid",
                message=f"{term.term}: {term.iri!r} is no absolute IRI; declare its prefix "
                "or the `vocabulary`",
            )
    yield from _homeless(type_file, members)


def _homeless(type_file: TypeFile, members: Sequence[Term]) -> Iterator[Finding]:
    """An object without a class of ours, and without an IRI of its own, cannot hold definitions."""
    for term in members:
        ours = any(type_file.class_named(name) for name in types_of(term.members))
        if term.members and term.iri is None and not ours:
            for member in term.members:
                if member.iri is not None:
                    yield Finding(
                        code="term-undefined",
                        message=f"{term.term}.{member.term}: no context can define it; give "
                        f"{term.term} an `iri` or a type of this file",
                    )


def _redefined(type_file: TypeFile, members: Sequence[Term]) -> Iterator[Finding]:
    protected = global_terms(type_file.model)
    for name in types_of(members):
        protected |= terms_of_type(type_file.model, name)
    for term in members:
        if term.iri is not None and term.term in protected:
            yield _judged(
                type_file,
                "term-protected",
                f"{term.term}: the model's own context defines and protects it; leave out its "
                "`iri`, or name the term otherwise",
                f"{term.term}: means something else here than in the model's own context",
            )


def _classes(type_file: TypeFile) -> Iterator[Finding]:
    declared = {each.name for each in type_file.classes}
    known = declared | global_terms(type_file.model)
    for name in sorted(set(_used_types(type_file.members)) - known):
        yield Finding(code="class-undefined", message=f"{name}: declare this type in `classes`")
    for name in sorted(declared & global_terms(type_file.model)):
        yield Finding(
            code="term-protected",
            message=f"class {name}: the model's own context defines it; take another name",
        )
    iris = [absolute_iri(type_file, each.iri) for each in type_file.classes]
    for each in type_file.classes:
        if iris.count(absolute_iri(type_file, each.iri)) > 1:
            yield Finding(
                code="terms-share-iri", message=f"class {each.name}: give it an IRI of its own"
            )


def _used_types(members: Sequence[Term]) -> Iterator[str]:
    yield from types_of(members)
    for term in members:
        yield from _used_types(term.members)


def _is_absolute(type_file: TypeFile, iri: str) -> bool:
    start, colon, rest = absolute_iri(type_file, iri).partition(":")
    written = iri.partition(":")
    declared = {prefix.prefix for prefix in type_file.context.prefixes}
    is_web = written[2].startswith("//") or written[0] in {*declared, "urn"} or not written[1]
    return bool(start and colon and rest) and is_web


def _judged(type_file: TypeFile, code: str, error: str, risk: str) -> Finding:
    if type_file.legacy == "acknowledged":
        return Finding(code=code, message=risk, severity="warning")
    return Finding(code=code, message=error)
