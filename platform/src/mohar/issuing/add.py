"""Add a body to a credential that is issued: the whole story on one page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from functools import partial

from mohar.domain.clock import Clock
from mohar.domain.credential import BodyOutcome, Secured
from mohar.domain.errors import Failed, InvalidInput, NotFound
from mohar.domain.findings import Finding
from mohar.domain.record import Record
from mohar.domain.values import Personal
from mohar.issuing.admit import kept_record, must_be_addable, must_be_current
from mohar.issuing.check import check_bodies
from mohar.issuing.choice import chosen
from mohar.issuing.commit import commit_added
from mohar.issuing.compose import compose
from mohar.issuing.draft import Draft
from mohar.issuing.plan import BodyPlan, KindPlan, Setting, Workshop
from mohar.issuing.review import review
from mohar.issuing.secure import secure
from mohar.plugin import Telemetry
from mohar.plugin.caller import HookCaller, guarded
from mohar.store.rows import Reservation, StoredCredential
from mohar.store.store import Store


class Added(Personal, frozen=True, kw_only=True):
    """
    What became of the bodies asked for, in the kind's own order.

    `is_new` says whether one of them was added now; `secured` are those that are there.
    """

    credential_id: str
    revision: int
    bodies: tuple[BodyOutcome, ...]
    is_new: bool
    secured: tuple[Secured, ...]


class _Held(Personal, frozen=True, kw_only=True):
    """
    A credential as it was found, with the record it was issued from where that is kept.

    Its bodies are known by name alone: nothing of them can find its way into another.
    """

    stored: StoredCredential
    issued_at: datetime
    names: frozenset[str]
    record: Record | None


class Adder:
    """
    Adds bodies to issued credentials, from the kept record and never from another body.

    A new body has the id, revision, subject and status slot of the others, and says that it was
    issued when they were; only its signature is of now.
    """

    def __init__(
        self,
        *,
        store: Store,
        kinds: Mapping[str, KindPlan],
        setting: Setting,
        workshop: Workshop,
        caller: HookCaller,
        telemetry: Telemetry,
        clock: Clock,
    ) -> None:
        self._store = store
        self._kinds = kinds
        self._setting = setting
        self._workshop = workshop
        self._caller = caller
        self._telemetry = telemetry
        self._clock = clock

    def add(self, credential_id: str, formats: Sequence[str], *, actor_id: str = "") -> Added:
        """
        Add the bodies that these names of bodies or formats mean; one that is there stays.

        `actor_id` is whoever asks for them, for the audit log.

        Raises:
            NotFound: there is no such credential of a kind that is still issued.
            InvalidInput: no name, one that means nothing, or none of the bodies can be made; the
                findings say why.
            NotCurrent, NotAddable, RecordGone: see there.
            Unavailable: nothing was added; the same call may be made again.
        """
        held = self._look(credential_id)
        kind = self._kinds[held.stored.kind]
        wanted = _wanted(kind, formats)
        must_be_current(held.stored)
        missing = [plan for plan in wanted if plan.name not in held.names]
        if not missing:
            return self._answer(held, wanted, {}, is_new=False)
        must_be_addable(missing)
        draft = self._draft(held, kind, missing)
        make = partial(self._make, draft, held.issued_at, actor_id)
        is_new = guarded(f"adding to {kind.name}", make, Failed, self._telemetry)
        return self._answer(held, wanted, _told(draft, missing), is_new=is_new)

    def _look(self, credential_id: str) -> _Held:
        with self._store.read() as work:
            stored = work.credentials.find([credential_id]).get(credential_id)
            if stored is None or stored.issued_at is None or stored.kind not in self._kinds:
                raise NotFound("there is no such credential")
            return _Held(
                stored=stored,
                issued_at=stored.issued_at,
                names=work.credentials.body_names([credential_id])[credential_id],
                record=work.credentials.record_of([credential_id]).get(credential_id),
            )

    def _draft(self, held: _Held, kind: KindPlan, missing: Sequence[BodyPlan]) -> Draft:
        record = kept_record(kind, held.issued_at, held.record, self._clock())
        draft = Draft(record, kind, missing)
        draft.reservation = Reservation(
            state="known",
            credential_id=held.stored.credential_id,
            revision=held.stored.revision,
            slot=held.stored.slot,
            subject=held.stored.subject,
        )
        return draft

    def _make(self, draft: Draft, issued_at: datetime, actor_id: str) -> bool:
        """Take the steps of issuing that come after the reservation; say whether a body is new."""
        kind, drafts = draft.kind.name, [draft]
        with self._step("check", kind):
            check_bodies(drafts)
        with self._step("compose", kind):
            compose(self._setting, drafts, issued_at)
        with self._step("review", kind):
            review(self._caller, drafts)
        with self._step("secure", kind):
            secure(self._workshop, kind, drafts)
        with self._step("commit", kind):
            digest, now = self._setting.config_digest, self._clock()
            return commit_added(self._store, draft, digest, now, actor_id)

    def _answer(
        self,
        held: _Held,
        wanted: Sequence[BodyPlan],
        told: Mapping[str, BodyOutcome],
        *,
        is_new: bool,
    ) -> Added:
        number, names = held.stored.credential_id, [plan.name for plan in wanted]
        with self._store.read() as work:
            bodies = work.credentials.bodies([number]).get(number, ())
        there = tuple(each for each in bodies if each.body in names)
        if not there:
            raise _none_of_them(told)
        return Added(
            credential_id=number,
            revision=held.stored.revision,
            bodies=tuple(told.get(name, BodyOutcome(name=name, issued=True)) for name in names),
            is_new=is_new,
            secured=there,
        )

    def _step(self, name: str, kind: str) -> AbstractContextManager[None]:
        return self._telemetry.span(f"add.{name}", kind=kind)


def _wanted(kind: KindPlan, formats: Sequence[str]) -> tuple[BodyPlan, ...]:
    names = chosen(kind, formats)
    if names is None:
        raise InvalidInput("name the formats to add, at least one")
    return kind.chosen(names)


def _told(draft: Draft, missing: Sequence[BodyPlan]) -> dict[str, BodyOutcome]:
    """What became of each body that was missing; one that was not drafted does not suit."""
    made = {body.plan.name: body.outcome() for body in draft.bodies}
    return {plan.name: _unsuited(plan.name) for plan in missing} | made


def _unsuited(name: str) -> BodyOutcome:
    finding = Finding(
        code="no-body", body=name, message="this body does not take the variant of the record"
    )
    return BodyOutcome(name=name, issued=False, findings=(finding,))


def _none_of_them(told: Mapping[str, BodyOutcome]) -> InvalidInput:
    findings = [finding for each in told.values() for finding in each.findings]
    return InvalidInput("none of them can be made from the record of this credential", findings)
