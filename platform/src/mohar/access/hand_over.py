"""Signed bodies are opened and handed over in batches, each with its row in the log of reads."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from mohar.access.read_log import ReadLog
from mohar.access.together import Together
from mohar.access.visit import Visit
from mohar.domain.credential import Secured
from mohar.store import Store, Work
from mohar.store.read_rows import NewRead
from mohar.store.rows import StoredCredential
from mohar.store.vault import Damaged


class Wish(msgspec.Struct, frozen=True):
    """Bodies of one credential that somebody may read: all of them, or those named."""

    visit: Visit
    stored: StoredCredential
    body: str | None


class HandOver:
    """
    Finds credentials, and hands over their bodies, for all who ask at the same time.

    Whether somebody may read what was found is asked in between, by each for itself: what nobody
    may see is not opened, and a plugin that thinks it over keeps nobody else waiting.
    """

    def __init__(self, store: Store, log: ReadLog) -> None:
        self._store = store
        self._log = log
        self._finding: Together[str, StoredCredential | None] = Together(self._find)
        self._opening: Together[Wish, Sequence[Secured] | Damaged] = Together(self._open)

    def find(self, credential_id: str) -> StoredCredential | None:
        """Return the credential of an id, in whatever state. Raises Unavailable."""
        return self._finding.ask(credential_id)

    def bodies(self, wish: Wish) -> Sequence[Secured]:
        """
        Return the bodies that are there, written down as shown, or as refused if there is none.

        Raises:
            Damaged: they do not open.
            Unavailable: they could not be read, or not be written down.
        """
        answer = self._opening.ask(wish)
        if isinstance(answer, Damaged):
            raise answer
        return answer

    def _find(self, numbers: Sequence[str]) -> Sequence[StoredCredential | None]:
        with self._store.read() as work:
            found = work.credentials.find(list(set(numbers)))
        return [found.get(number) for number in numbers]

    def _open(self, wishes: Sequence[Wish]) -> Sequence[Sequence[Secured] | Damaged]:
        with self._store.begin() as work:
            answers = _opened(work, wishes)
            self._log.keep(work, [_read(*pair) for pair in zip(wishes, answers, strict=True)])
        return answers


def of_body(found: Sequence[Secured], body: str | None) -> Sequence[Secured]:
    """Return those bodies that have this name or profile; all where none is named."""
    return [each for each in found if body in (None, each.body, each.profile)]


def _opened(work: Work, wishes: Sequence[Wish]) -> Sequence[Sequence[Secured] | Damaged]:
    numbers = list({each.stored.credential_id for each in wishes})
    try:
        found = work.credentials.bodies(numbers)
    except Damaged as error:
        if len(wishes) == 1:
            return [error]
        # One that does not open must not keep the others from theirs.
        return [_opened(work, [each])[0] for each in wishes]
    return [of_body(found.get(each.stored.credential_id, ()), each.body) for each in wishes]


def _read(wish: Wish, answer: Sequence[Secured] | Damaged) -> NewRead:
    is_shown = not isinstance(answer, Damaged) and bool(answer)
    return wish.visit.to(wish.stored, "shown" if is_shown else "refused")
