"""Does the log explain what is in the store: credentials, their states and bodies, API keys?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC
from typing import Final

from mohar.domain.audit import AuditEntry, set_digest
from mohar.domain.findings import Finding
from mohar.domain.lifecycle import ISSUED_STATES
from mohar.store import Work
from mohar.store.evidence import Bodies, ChangeRow, Life

_AT_ONCE: Final = 500


class Explaining:
    """One look through the store. `credentials` counts those seen, once it has come to the end."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self.credentials = 0

    def look(self) -> Iterator[Finding]:
        """Return what the log does not explain."""
        yield from self._batches()
        yield from self._lives()
        yield from self._keys()

    def _batches(self) -> Iterator[Finding]:
        """What was issued together must be there, all of it, as it was issued."""
        after = 0
        while page := self._work.audit.page(after, _AT_ONCE):
            issued = {each.batch: each for each in page if each.action == "issue" and each.batch}
            found = self._work.evidence.batches(list(issued))
            for batch, entry in issued.items():
                yield from _of_batch(entry, found[batch])
            after = page[-1].entry_id

    def _lives(self) -> Iterator[Finding]:
        after = ""
        while page := self._work.evidence.lives(after, _AT_ONCE):
            yield from self._page(page)
            self.credentials += sum(life.batch is not None for life in page)
            after = page[-1].credential_id

    def _page(self, page: Sequence[Life]) -> Iterator[Finding]:
        numbers = [life.credential_id for life in page]
        batches = {life.batch for life in page if life.batch is not None}
        known = {each.batch for each in self._work.audit.of_batches(sorted(batches))}
        changes = self._work.evidence.changes(numbers)
        told = self._told(numbers, "change")
        bodies, added = self._work.evidence.bodies(numbers), self._told(numbers, "add-body")
        for life in page:
            number = life.credential_id
            rows = changes.get(number, ())
            if life.batch is None or life.batch not in known:
                yield from _of_nobody(life, rows)
            else:
                yield from _of_state(life, rows)
            yield from _of_changes(number, rows, told.get(number, ()))
            yield from _of_bodies(number, bodies, added.get(number, ()))
        yield from self._links(page)

    def _told(self, numbers: Sequence[str], action: str) -> Mapping[str, Sequence[AuditEntry]]:
        found: dict[str, list[AuditEntry]] = {}
        for entry in self._work.audit.of_subjects(numbers, action):
            found.setdefault(entry.subject, []).append(entry)
        return found

    def _links(self, page: Sequence[Life]) -> Iterator[Finding]:
        """Which one a credential supersedes was bound when it was issued; the way back was not."""
        named = {each for life in page for each in (life.supersedes, life.superseded_by) if each}
        links = self._work.evidence.links(sorted(named))
        for life in page:
            back = links.get(life.superseded_by or "", (None, None))[0]
            forth = links.get(life.supersedes or "", (None, None))[1]
            is_lost = life.superseded_by is not None and back != life.credential_id
            is_hidden = life.supersedes is not None and life.issued_at is not None and forth is None
            if is_lost or is_hidden:
                yield _unexplained(
                    life.credential_id, "what it supersedes and what supersedes it disagree"
                )

    def _keys(self) -> Iterator[Finding]:
        rows = self._work.evidence.keys()
        numbers = [row.key_id for row in rows]
        made, revoked = self._told(numbers, "make-key"), self._told(numbers, "revoke-key")
        for row in rows:
            at = row.revoked_at and row.revoked_at.astimezone(UTC).isoformat()
            ends = [each.facts.get("at") for each in revoked.get(row.key_id, ())]
            if [each.digest for each in made.get(row.key_id, ())] != [row.digest] or ends != (
                [at] if at else []
            ):
                yield Finding(
                    code="audit-key-unexplained",
                    message="the API key is not as the log says that it was made and revoked",
                    where=f"API key {row.key_id}",
                )


def _of_batch(entry: AuditEntry, digests: Sequence[bytes]) -> Iterator[Finding]:
    where = f"entry {entry.entry_id}"
    if len(digests) != entry.count:
        yield Finding(
            code="audit-batch-altered",
            message=f"{entry.count} credentials were issued together, and {len(digests)} are there",
            where=where,
        )
    elif set_digest(digests) != entry.digest:
        yield Finding(
            code="audit-batch-altered",
            message=f"one of the {entry.count} credentials that were issued together, or a body "
            "of it, is not as it was issued",
            where=where,
        )


def _of_nobody(life: Life, rows: Sequence[ChangeRow]) -> Iterator[Finding]:
    """What is only reserved, or was refused, is no credential yet."""
    if life.state in ISSUED_STATES or life.issued_at is not None or life.batch is not None or rows:
        yield _unexplained(life.credential_id, "no entry tells of its issuing")


def _of_state(life: Life, rows: Sequence[ChangeRow]) -> Iterator[Finding]:
    states = ["current", *(row.after for row in rows)]
    if states[-1] != life.state:
        yield _unexplained(life.credential_id, f"it is {life.state}, and was left {states[-1]}")
    if any(row.before != state for row, state in zip(rows, states, strict=False)):
        yield _unexplained(life.credential_id, "a change does not begin where the last one ended")
    until = rows[-1].until if rows and rows[-1].after == "suspended" else None
    if life.suspended_until != until:
        yield _unexplained(life.credential_id, "its suspension has another end than was given")


def _of_changes(
    number: str, rows: Sequence[ChangeRow], told: Sequence[AuditEntry]
) -> Iterator[Finding]:
    left = Counter(entry.digest for entry in told)
    for row in rows:
        if row.digest is not None and left[row.digest]:
            left[row.digest] -= 1
            continue
        yield Finding(
            code="audit-change-altered",
            message=f"row {row.change_id} of its changes was altered, or put there, since",
            where=f"credential {number}",
        )
    for entry in told:
        if left[entry.digest] > 0:
            left[entry.digest] -= 1
            yield Finding(
                code="audit-change-missing",
                message=f"the change that entry {entry.entry_id} tells of is not there as it was",
                where=f"credential {number}",
            )


def _of_bodies(number: str, bodies: Bodies, told: Sequence[AuditEntry]) -> Iterator[Finding]:
    named: set[str] = set()
    for entry in told:
        names = entry.facts.get("bodies")
        names = [str(each) for each in names] if isinstance(names, list) else []
        named.update(names)
        if bodies.digest(number, names) != entry.digest:
            yield Finding(
                code="audit-body-altered",
                message=f"a body that entry {entry.entry_id} tells of is not as it was added",
                where=f"credential {number}",
            )
    if any(row["name"] not in named for row in bodies.added(number)):
        yield Finding(
            code="audit-body-unexplained",
            message="a body is there that no entry tells of",
            where=f"credential {number}",
        )


def _unexplained(number: str, why: str) -> Finding:
    return Finding(
        code="audit-state-unexplained",
        message=f"the log does not explain it: {why}",
        where=f"credential {number}",
    )
