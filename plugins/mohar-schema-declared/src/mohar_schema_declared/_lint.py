"""Say what is wrong with a type itself, before a credential of it can exist."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

import cel
import msgspec

from mohar.domain.findings import Finding
from mohar.domain.valueset import ValueSet
from mohar_schema_declared import _rules as rules
from mohar_schema_declared._converters import Course, Lookup
from mohar_schema_declared._frame import ISSUE, entry_member
from mohar_schema_declared._meaning import meaning
from mohar_schema_declared._sources import paths_of
from mohar_schema_declared._typefile import Extract, Term, TypeFile, Value


def lint(type_file: TypeFile, sets: Sequence[ValueSet]) -> list[Finding]:
    """
    Return every mistake of a type file that its shape alone cannot tell.

    Errors stop the start; a legacy type's shared IRIs are warnings, one for each group.
    """
    named = {part.name: found for part, found in zip(type_file.value_sets, sets, strict=True)}
    return [
        *meaning(type_file),
        *_model(type_file),
        *_terms(type_file, type_file.members, ""),
        *_profiles(type_file),
        *_values(type_file, named),
        *_rules(type_file),
        *_document_paths(type_file),
    ]


def every_term(members: Sequence[Term]) -> Iterator[Term]:
    """Return all terms of a tree, each before its members."""
    for term in members:
        yield term
        yield from every_term(term.members)


def _wrong(code: str, message: str) -> Finding:
    return Finding(code=code, message=message)


def _model(type_file: TypeFile) -> Iterator[Finding]:
    """A linked type needs the context of its model, a plain one whatever its documents go by."""
    if not type_file.is_plain:
        if not type_file.context.base:
            yield _wrong("context-missing", "name in `context.base` the contexts of the data model")
        if type_file.marks:
            yield _wrong("marks-unused", "only a plain type goes by `marks`; leave them out")
        return
    if not type_file.marks:
        yield _wrong("marks-missing", "name in `marks` what every document of a plain type holds")
    if type_file.context.base or type_file.classes:
        yield _wrong("context-unused", "a plain type has no `context` and no `classes`")
    yield from (
        _wrong("iri-unused", f"{term.term}: a plain type has no IRIs; leave out its `iri`")
        for term in _all(type_file)
        if term.iri is not None
    )


def _terms(type_file: TypeFile, members: Sequence[Term], above: str) -> Iterator[Finding]:
    names = [term.term for term in members]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield _wrong("term-twice", f"{above}{name}: stands twice in one object; keep one")
    for term in members:
        path = f"{above}{term.term}"
        if not term.about:
            yield _wrong("term-undocumented", f"{path}: say in `about` what it means")
        if term.datatype == "type" and not isinstance(term.const, str | list):
            yield _wrong("type-without-name", f"{path}: give the type's name as `const`")
        if bool(term.members) != (term.datatype == "object"):
            yield _wrong("term-shape", f"{path}: `members` and `datatype: object` go together")
        if term.listed and not _is_list(term):
            told = "the members of a list are called 0, 1, 2 in order and are all required"
            yield _wrong("list-shape", f"{path}: {told}")
        if _has_no_source(term):
            yield _wrong(
                "term-without-source", f"{path}: needs `from`, `const`, `default` or `unused: true`"
            )
        yield from _terms(type_file, term.members, f"{path}.")


def _is_list(term: Term) -> bool:
    names = [str(number) for number in range(len(term.members))]
    firm = all(
        each.cardinality == "required" and not each.profiles and not each.unused
        for each in term.members
    )
    return not term.repeated and firm and [each.term for each in term.members] == names


def _has_no_source(term: Term) -> bool:
    if term.unused or term.datatype == "object" or term.default is not msgspec.UNSET:
        return False
    return all(each.from_ is None and each.const is msgspec.UNSET for each in term.sources())


def _profiles(type_file: TypeFile) -> Iterator[Finding]:
    named = [(term.term, [*term.profiles, *term.required_in]) for term in _all(type_file)]
    named += [(f"check {rule.code}", [*rule.profiles]) for rule in type_file.checks]
    for who, profiles in named:
        for profile in set(profiles) - set(type_file.profiles):
            yield _wrong(
                "profile-unknown", f"{who}: {profile!r} is not among the type's `profiles`"
            )


def _all(type_file: TypeFile) -> Iterator[Term]:
    return every_term(type_file.members)


def _values(type_file: TypeFile, sets: dict[str, ValueSet]) -> Iterator[Finding]:
    for where, source in _sources(type_file):
        for step in source.with_:
            if isinstance(step, Lookup):
                yield from _lookup(where, step, sets, step.take)
            elif isinstance(step, Course):
                yield from _lookup(where, step, sets, "schedules")
    for rule in [*type_file.checks, *type_file.guards]:
        name = getattr(rule, "set", None)
        if name is not None and name not in sets:
            yield _wrong("value-set-unknown", f"{_label(rule)}: no value set {name!r} is declared")


def _lookup(
    where: str, step: Lookup | Course, sets: dict[str, ValueSet], take: str
) -> Iterator[Finding]:
    if step.set not in sets:
        yield _wrong("value-set-unknown", f"{where}: no value set {step.set!r} is declared")
    elif all(entry_member(entry, take) is None for entry in sets[step.set].entries):
        yield _wrong("lookup-empty", f"{where}: no entry of {step.set!r} has {take!r}")


def _sources(type_file: TypeFile) -> Iterator[tuple[str, Value]]:
    for term in _all(type_file):
        yield from ((term.term, source) for source in term.sources())
    for extract in [*type_file.shown, *type_file.facts]:
        yield from ((extract.name, source) for source in extract.sources())


def _rules(type_file: TypeFile) -> Iterator[Finding]:
    patterns = {pattern.name for pattern in type_file.patterns}
    regular = [(pattern.name, pattern.pattern) for pattern in type_file.patterns]
    regular += [(term.term, term.pattern) for term in _all(type_file) if term.pattern is not None]
    for rule in type_file.checks:
        if isinstance(rule, rules.Pattern):
            regular.append((_label(rule), rule.pattern))
        if isinstance(rule, rules.NotBefore) and not _is_day(rule.date):
            yield _wrong("date-invalid", f"{_label(rule)}: `date` is not a day YYYY-MM-DD")
    for who, pattern in regular:
        yield from _pattern(who, pattern)
    for guard in type_file.guards:
        used = getattr(guard, "pattern", None)
        if used is not None and used not in patterns:
            yield _wrong("pattern-unknown", f"{_label(guard)}: no pattern {used!r} is declared")
        if isinstance(guard, rules.StandsOutGuard) and not _tells_what_fits(guard):
            yield _wrong("guard-incomplete", f"{_label(guard)}: needs `pattern`, or `set`")
    yield from _expressions(type_file)


def _tells_what_fits(guard: rules.StandsOutGuard) -> bool:
    return (guard.pattern is None) != (guard.set is None) and (guard.by is None) == (
        guard.take is None
    )


def _pattern(who: str, pattern: str) -> Iterator[Finding]:
    try:
        re.compile(pattern)
    except re.error as error:
        yield _wrong("pattern-invalid", f"{who}: {pattern!r} is no regular expression: {error}")


def _expressions(type_file: TypeFile) -> Iterator[Finding]:
    for rule in [*type_file.checks, *type_file.guards]:
        if isinstance(rule, rules.Expression | rules.ExpressionGuard):
            try:
                cel.compile(rule.expression)
            except ValueError as error:
                yield _wrong("expression-invalid", f"{_label(rule)}: not CEL: {error}")


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _label(rule: rules.RecordRule | rules.Guard) -> str:
    return f"check {rule.code}" if isinstance(rule, rules.Rule) else f"guard {rule.name}"


def _document_paths(type_file: TypeFile) -> Iterator[Finding]:
    asked = [(extract.name, _extract_paths(extract)) for extract in type_file.shown]
    asked += [(extract.name, _extract_paths(extract)) for extract in type_file.facts]
    asked.append(("marks", list(type_file.marks)))
    asked.append(("identifier", [type_file.identifier] if type_file.identifier else []))
    asked += [(_label(guard), list(_guard_paths(guard))) for guard in type_file.guards]
    for who, paths in asked:
        for path in paths:
            if not path.startswith(f"{ISSUE}.") and not _leads(type_file.members, path.split(".")):
                yield _wrong("path-unknown", f"{who}: no term of this type stands at {path!r}")


def _extract_paths(extract: Extract) -> list[str]:
    return [path for source in extract.sources() for path in paths_of(source)]


def _guard_paths(guard: rules.Guard) -> Iterator[str]:
    for field in ("path", "number", "of", "by", "at"):
        path = getattr(guard, field, None)
        if path is not None:
            yield path
    yield from getattr(guard, "paths", [])
    yield from getattr(guard, "among", [])


def _leads(members: Sequence[Term], steps: Sequence[str]) -> bool:
    if not steps:
        return True
    term = next((each for each in members if each.term == steps[0] and not each.unused), None)
    if term is None or (term.repeated and steps[1:2] not in ([], ["0"])):
        return False
    return _leads(term.members, steps[2:] if term.repeated else steps[1:])
