"""Examine the audit log and what it speaks of: what was removed, altered or never written down."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from mohar.auditing.chain import Chain
from mohar.auditing.explain import Explaining
from mohar.domain.audit import AuditSeal
from mohar.domain.clock import Clock
from mohar.domain.findings import Finding
from mohar.store import Store


class Examined(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it: counts, the last seal, and everything that is wrong."""

    head: AuditSeal | None
    entries: int
    unsealed: int
    credentials: int
    findings: tuple[Finding, ...]


class Examiner:
    """Looks through a log of any length, in pages, as it stood at one moment."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def examine(self, head: str | None = None) -> Examined:
        """
        Return everything that was removed, altered, not sealed for too long, or is not explained.

        `head` is the hash of a seal that was kept elsewhere: whoever can write the database and has
        the deployment's keys may make a whole new chain, but not one with that seal in it.

        Raises:
            Unavailable: the store did not answer, so nobody can tell.
        """
        with self._store.read_steadily() as work:
            chain, explaining = Chain(work, self._clock()), Explaining(work)
            findings = [
                *_readable(chain.walk()),
                *_head(chain, head),
                *_readable(explaining.look()),
            ]
            return Examined(
                head=work.audit.head(),
                entries=chain.entries,
                unsealed=len(work.audit.unsealed()),
                credentials=explaining.credentials,
                findings=tuple(findings),
            )


def _readable(findings: Iterator[Finding]) -> Iterator[Finding]:
    """A value that is not of its column's sort ends a walk: only somebody else can have put it."""
    try:
        yield from findings
    except (ValueError, OverflowError, msgspec.MsgspecError):
        yield Finding(
            code="audit-unreadable",
            message="a value is none that the house writes, so what follows it was not looked at",
            where="database",
        )


def _head(chain: Chain, head: str | None) -> Iterator[Finding]:
    if head is not None and head.lower() not in chain.hashes:
        yield Finding(
            code="audit-head-unknown",
            message="no seal has the hash that was kept: the log was cut off or written anew",
            where="head",
        )
