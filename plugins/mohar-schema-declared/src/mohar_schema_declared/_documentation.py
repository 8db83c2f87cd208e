"""Derive the documentation of a type: one Markdown table for people who read credentials."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from mohar_schema_declared._context import absolute_iri
from mohar_schema_declared._typefile import Term, TypeFile

_HEAD = (
    "| member | meaning | IRI | form | present | profiles | from |\n|---|---|---|---|---|---|---|\n"
)


def documentation(type_file: TypeFile) -> str:
    """Return a page in Markdown that says what each member of a document means."""
    rows = "".join(_rows(type_file, type_file.members, ""))
    classes = "".join(
        f"| `{each.name}` | {_cell(each.about)} | {_link(absolute_iri(type_file, each.iri))} |\n"
        for each in type_file.classes
    )
    types = f"## Types\n\n| type | meaning | IRI |\n|---|---|---|\n{classes}" if classes else ""
    return (
        f"# {type_file.title} ({type_file.name}/{type_file.version})\n\n{type_file.about}\n\n"
        f"## Members\n\n{_HEAD}{rows}\n"
        f"{types}"
    )


def _rows(type_file: TypeFile, members: Sequence[Term], above: str) -> Iterator[str]:
    for term in members:
        path = f"{above}{term.term}{'[]' if term.repeated else ''}"
        cells = (
            f"`{path}`",
            _cell(term.about),
            _meaning(type_file, term),
            _form(term),
            _presence(term),
            ", ".join(term.profiles) or "all",
            _origin(term),
        )
        yield f"| {' | '.join(cells)} |\n"
        yield from _rows(type_file, term.members, f"{path}.")


def _meaning(type_file: TypeFile, term: Term) -> str:
    if term.iri:
        return _link(absolute_iri(type_file, term.iri))
    return "" if type_file.is_plain else "of the data model"


def _form(term: Term) -> str:
    return f"{term.datatype}: {', '.join(map(str, term.codes))}" if term.codes else term.datatype


def _presence(term: Term) -> str:
    if term.unused:
        return "never"
    also = f", required in {', '.join(term.required_in)}" if term.required_in else ""
    return f"{term.cardinality}{also}"


def _origin(term: Term) -> str:
    paths = [f"`{source.from_}`" for source in term.sources() if source.from_]
    if term.const is not msgspec.UNSET:
        const = term.const if isinstance(term.const, list) else [term.const]
        return f"always {', '.join(f'`{_cell(str(each))}`' for each in const)}"
    return ", else ".join(paths)


def _link(iri: str) -> str:
    return f"<{iri}>"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
