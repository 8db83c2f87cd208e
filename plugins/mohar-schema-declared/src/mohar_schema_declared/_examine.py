"""Judge a signed document: its contexts, its structure, and what only guards can tell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from jsonschema_rs import Draft202012Validator, ValidationError

from mohar.domain.values import JsonObject
from mohar.domain.verdict import Check
from mohar_schema_declared._frame import Kit
from mohar_schema_declared._guard import Guards
from mohar_schema_declared._typefile import TypeFile


class Examiner:
    """All that one type can say about a document whose signature was right."""

    def __init__(
        self,
        type_file: TypeFile,
        contexts: Sequence[list[str]],
        schemas: Sequence[JsonObject],
        kit: Kit,
    ) -> None:
        self._contexts = list(contexts)
        self._validators = [Draft202012Validator(schema) for schema in schemas]
        self._guards = Guards(type_file.guards, kit)

    def checks(self, document: JsonObject) -> Sequence[Check]:
        """Return every check, also after one has failed."""
        bare = {name: value for name, value in document.items() if name != "proof"}
        contexts = [self._context(bare)] if self._contexts else []
        return [*contexts, self._structure(bare), *self._guards.checks(bare)]

    def _context(self, document: JsonObject) -> Check:
        if document.get("@context") in self._contexts:
            return Check(name="context", outcome="passed")
        return Check(
            name="context",
            outcome="failed",
            detail="@context is not exactly the list registered for this type",
        )

    def _structure(self, document: JsonObject) -> Check:
        try:
            mistakes = [list(validator.iter_errors(document)) for validator in self._validators]
        except ValueError:
            return _malformed("the document holds text that is not Unicode")
        if any(not each for each in mistakes):
            return Check(name="structure", outcome="passed")
        nearest = min(mistakes, key=len)
        return _malformed("; ".join(sorted(set(_told(nearest)))))


def _malformed(detail: str) -> Check:
    return Check(name="structure", outcome="failed", detail=detail)


def _told(errors: Sequence[ValidationError]) -> Iterator[str]:
    """Name place and rule, and nothing that the document says: member names may be hostile, too."""
    for error in errors:
        place = ".".join(_step(step) for step in error.instance_path) or "the document"
        yield f"{place}: {error.kind.name}"


def _step(step: str | int) -> str:
    return str(step) if isinstance(step, int) or step.isidentifier() else "…"
