"""Walk the chain of seals: is each what it was when it was made, and so is each of its entries?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from mohar.domain.audit import (
    FIRST_PREVIOUS,
    AuditEntry,
    AuditSeal,
    entry_hash,
    leaves_of,
    seal_hash,
)
from mohar.domain.findings import Finding
from mohar.store import Work

_AT_ONCE: Final = 50
LONGEST_UNSEALED: Final = timedelta(minutes=10)


class Chain:
    """
    One walk along all seals. `hashes` and `count` are there once it has come to the end.

    A house at work seals within seconds, so what has no seal after minutes is told, too.
    """

    def __init__(self, work: Work, now: datetime) -> None:
        self._work = work
        self._now = now
        self._last = 0
        self._previous: bytes | None = FIRST_PREVIOUS
        self.hashes: set[str] = set()
        self.entries = 0

    def walk(self) -> Iterator[Finding]:
        """Return what is wrong with seals and entries, in their order."""
        while page := self._work.audit.seals(self._last, _AT_ONCE):
            seals = [seal for seal, _ in page]
            entries = self._entries(seals)
            for seal, is_ours in page:
                yield from self._seal(seal, is_ours=is_ours)
                yield from self._contents(seal, entries.get(seal.number, []))
        yield from self._orphans()
        yield from self._unsealed()

    def _entries(self, seals: Sequence[AuditSeal]) -> Mapping[int, list[AuditEntry]]:
        found: dict[int, list[AuditEntry]] = {}
        for number, entry in self._work.audit.sealed_by(seals[0].number, seals[-1].number):
            found.setdefault(number, []).append(entry)
        return found

    def _seal(self, seal: AuditSeal, *, is_ours: bool) -> Iterator[Finding]:
        name = f"seal {seal.number}"
        if seal.number != self._last + 1:
            yield _gap(self._last + 1, seal.number - 1)
            self._previous = None
        if self._previous not in {None, seal.previous}:
            yield Finding(
                code="audit-seal-unlinked",
                message="the seal does not follow the one before it: one of the two was altered",
                where=name,
            )
        computed = seal_hash(seal)
        if computed != seal.hash:
            yield Finding(
                code="audit-seal-altered",
                message="the seal is not what it was when it was made",
                where=name,
            )
        elif not is_ours:
            yield Finding(
                code="audit-seal-foreign",
                message="the seal was made by somebody without the keys of this deployment",
                where=name,
            )
        self.hashes |= {seal.hash.hex()} if computed == seal.hash else set()
        self._last, self._previous = seal.number, seal.hash

    def _contents(self, seal: AuditSeal, entries: Sequence[AuditEntry]) -> Iterator[Finding]:
        self.entries += len(entries)
        leaves = leaves_of(seal)
        if leaves is None:
            yield Finding(
                code="audit-seal-altered",
                message="the seal does not hold the hashes that it was made over, so what was "
                "altered of its entries cannot be told",
                where=f"seal {seal.number}",
            )
            return
        there = {entry.entry_id: entry for entry in entries}
        for number, hashed in leaves.items():
            entry = there.get(number)
            if entry is None:
                yield _gone(number, seal.number)
            elif entry_hash(entry) != hashed:
                yield Finding(
                    code="audit-entry-altered",
                    message="the entry is not what it was when it was sealed",
                    where=f"entry {number}",
                )
        for number in sorted(there.keys() - leaves.keys()):
            yield Finding(
                code="audit-entry-added",
                message=f"the entry was put under seal {seal.number} after that was made",
                where=f"entry {number}",
            )

    def _orphans(self) -> Iterator[Finding]:
        """The last seals may be gone, which no gap tells: their entries still name them."""
        orphans = self._work.audit.orphans()
        for number in sorted({seal for _, seal in orphans if seal > self._last}):
            yield _gap(number, number)
        for entry, seal in orphans:
            if seal <= 0:
                yield Finding(
                    code="audit-entry-added",
                    message=f"the entry names seal {seal}, which there cannot be",
                    where=f"entry {entry}",
                )

    def _unsealed(self) -> Iterator[Finding]:
        for number, at in self._work.audit.unsealed():
            if self._now - at > LONGEST_UNSEALED:
                yield Finding(
                    code="audit-entry-unsealed",
                    message="no worker has sealed the entry: run one, or `mohar audit seal`",
                    where=f"entry {number}",
                )


def _gap(first: int, last: int) -> Finding:
    where = f"seal {first}" if first == last else f"seals {first} to {last}"
    return Finding(code="audit-seal-missing", message="it was removed from the log", where=where)


def _gone(entry: int, seal: int) -> Finding:
    return Finding(
        code="audit-entry-missing",
        message=f"the entry was removed from the log, or from under seal {seal}",
        where=f"entry {entry}",
    )
