"""One record on its way through the house, and what has become of it so far."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cached_property

import msgspec

from mohar.domain.correction import Correction
from mohar.domain.credential import BodyOutcome, Credential, Outcome, Secured
from mohar.domain.findings import Finding
from mohar.domain.record import Record, content_digest
from mohar.domain.values import at_path
from mohar.issuing.plan import BodyPlan, KindPlan
from mohar.store.rows import IntakeItem, Reservation


class BodyDraft:
    """One body in the making: its plan, its findings, then its credential, then its proof."""

    def __init__(self, plan: BodyPlan) -> None:
        self.plan = plan
        self.findings: list[Finding] = []
        self.credential: Credential | None = None
        self.secured: Secured | None = None

    @property
    def is_refused(self) -> bool:
        """Say whether an error has been found."""
        return bool(self.findings) and any(finding.is_error for finding in self.findings)

    def add(self, findings: Iterable[Finding]) -> None:
        """Note findings as being about this body."""
        self.findings += [msgspec.structs.replace(each, body=self.plan.name) for each in findings]

    def outcome(self) -> BodyOutcome:
        """Return what became of this body."""
        return BodyOutcome(
            name=self.plan.name,
            issued=self.secured is not None,
            findings=tuple(self.findings),
        )


class Draft:
    """A record and those of its kind's bodies that are wanted, as far as they suit it."""

    def __init__(self, record: Record, kind: KindPlan, wanted: Iterable[BodyPlan]) -> None:
        self.record = record
        self.kind = kind
        self.findings: list[Finding] = list(record.findings)
        self.bodies = [BodyDraft(plan) for plan in wanted if plan.suits(record)]
        self.reservation: Reservation | None = None
        self.issued_at: datetime | None = None

    @property
    def open_bodies(self) -> list[BodyDraft]:
        """Return the bodies that nothing speaks against so far."""
        return [body for body in self.bodies if not body.is_refused]


class ItemDraft(Draft):
    """One record of a batch: the claimed item, the record read from it, and the bodies chosen."""

    def __init__(self, item: IntakeItem, record: Record, kind: KindPlan) -> None:
        self.item = item
        self.wanted = kind.chosen(item.bodies)
        self.digest = content_digest(record.content)
        self.correction: Correction | None = None
        self.is_conflict = False
        # What it corrects was current when it was read: found otherwise, it is judged anew.
        self.may_be_outpaced = False
        self.changed: tuple[str, ...] = ()
        super().__init__(record, kind, self.wanted)

    @cached_property
    def key(self) -> str | None:
        """Return the natural key as text, or None where a part of it is missing."""
        parts = [at_path(self.record.content, path) for path in self.kind.key]
        whole = all(part not in (None, "") for part in parts)
        return msgspec.json.encode(parts).decode() if whole else None

    @cached_property
    def group(self) -> str:
        """Return the value that ties a holder's credentials together; empty where it is missing."""
        value = at_path(self.record.content, self.kind.group)
        return "" if value is None else str(value)

    @property
    def has_error(self) -> bool:
        """Say whether something speaks against the record itself, whatever its bodies."""
        return bool(self.findings) and any(finding.is_error for finding in self.findings)

    @property
    def is_refused(self) -> bool:
        """Say whether this record can lead to no credential."""
        if self.has_error:
            return True
        refused = [body for body in self.bodies if body.is_refused]
        return len(refused) == len(self.bodies) or any(body.plan.required for body in refused)

    def outcome(self, state: str) -> Outcome:
        """Return what became of this record, with all findings."""
        if state == "refused" and self.is_conflict:
            state = "conflict"
        held = self.reservation if state in {"issued", "known"} else None
        is_about_bodies = state not in {"known", "conflict"}
        return Outcome(
            position=self.item.position,
            state=state,
            credential_id=held.credential_id if held else None,
            revision=held.revision if held else None,
            bodies=tuple(body.outcome() for body in self.bodies) if is_about_bodies else (),
            findings=tuple(self.findings),
        )


def in_open_bodies(drafts: Sequence[Draft]) -> list[tuple[Draft, BodyDraft]]:
    """Return every body of every draft that is still open, side by side with its draft."""
    return [(draft, body) for draft in drafts for body in draft.open_bodies]


def by_body(drafts: Sequence[Draft]) -> dict[str, list[tuple[Draft, BodyDraft]]]:
    """Return the open bodies of a batch sorted into one list a body, so each is done at once."""
    sorted_out: dict[str, list[tuple[Draft, BodyDraft]]] = {}
    for draft, body in in_open_bodies(drafts):
        sorted_out.setdefault(body.plan.name, []).append((draft, body))
    return sorted_out
