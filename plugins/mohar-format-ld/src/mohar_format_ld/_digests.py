"""The digest of a document in the way a suite asks for, and what stands against it."""

from __future__ import annotations

from collections.abc import Sequence

from mohar.codec import jcs
from mohar.domain.errors import Unreadable
from mohar.domain.values import JsonObject
from mohar_format_ld._canonical import Dialect
from mohar_format_ld._contexts import Contexts
from mohar_format_ld._linked import LinkedData, refuse_unpinned
from mohar_format_ld._plans import Plans
from mohar_format_ld._presentation import Presentations, is_presentation
from mohar_format_ld._problems import Problem, Unsafe, problems
from mohar_format_ld._suites import Jcs


class Digests:
    """Digests documents as RDF or as the JSON they are. One for each format."""

    def __init__(self, plans: Plans, contexts: Contexts) -> None:
        self._plans = plans
        self._presentations = Presentations(LinkedData(contexts))
        self._contexts = contexts

    def of(
        self,
        document: JsonObject,
        dialect: Dialect | Jcs,
        *,
        before_signing: bool,
        text: bytes | None = None,
    ) -> tuple[bytes, Sequence[Problem]]:
        """
        Return the digest of a document, and what it says that the digest does not cover.

        Raises:
            Unsafe: it has no canonical form, or none that means what it says.
            Unsupported: a context that is not pinned.
        """
        if isinstance(dialect, Jcs):
            return self._of_json(document, dialect, before_signing=before_signing), ()
        if is_presentation(document):
            read = self._presentations.read(document, dialect, before_signing=before_signing)
            return read.digest, read.problems
        linked = self._plans.read(document, dialect, before_signing=before_signing, text=text)
        return linked.digest, linked.problems

    def _of_json(self, document: JsonObject, form: Jcs, *, before_signing: bool) -> bytes:
        """Everything is covered, null and empty lists too; only what nobody should sign is refused."""
        if before_signing:
            refuse_unpinned(document, self._contexts)
            found = problems(document, before_signing=True)
            if refused := [problem for problem in found if not problem.is_loss]:
                raise Unsafe(refused)
        try:
            return form.hash(jcs.canonical(document)).digest()
        except Unreadable as error:
            raise Unsafe([Problem(code="ld-number", message=str(error))]) from error
