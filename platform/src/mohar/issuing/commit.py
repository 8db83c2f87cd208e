"""Step 6: credentials, proofs, events and answers, all in one transaction or not at all."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec

from mohar.domain.events import Event
from mohar.domain.values import JsonObject, at_path
from mohar.issuing.draft import BodyDraft, Draft, ItemDraft
from mohar.issuing.retry import next_try
from mohar.issuing.tell import Ended, told_of
from mohar.store.rows import AddedBodies, HandleValue, IssuedCredential, RefusedBody, Settled
from mohar.store.store import Store, Work


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """The drafts of one batch by what became of them."""

    issued: Sequence[ItemDraft]
    known: Sequence[ItemDraft]
    refused: Sequence[ItemDraft]
    busy: Sequence[ItemDraft]


def commit(
    store: Store, batch: Batch, config_digest: str, now: datetime, *, compares: bool = False
) -> None:
    """
    Keep everything this batch came to, in one transaction; with `compares` also what is due now.

    Raises:
        Unavailable: nothing was kept; the reservations stay and the batch is retried.
    """
    with store.begin() as work:
        work.credentials.commit([_issued(draft, config_digest) for draft in batch.issued])
        work.credentials.refuse(
            [
                draft.reservation.credential_id
                for draft in batch.refused
                if draft.reservation and draft.reservation.state in {"fresh", "resumed"}
            ]
        )
        work.outbox.append(_events(batch, now))
        _tell(work, batch, now)
        work.intake.settle(_settled(batch))
        for attempts, intake_ids in _by_attempts(batch.busy).items():
            work.intake.release(intake_ids, until=next_try(attempts, now))
        if compares:
            work.due.note(dict(_saying_news(batch.issued)), now)


def commit_added(
    store: Store, draft: Draft, config_digest: str, now: datetime, actor_id: str = ""
) -> bool:
    """
    Keep the signed bodies of a draft with the credential they were made for, in one transaction.

    `actor_id` is whoever asked for them.

    Returns whether one of them is new: where somebody else was quicker, theirs stays.

    Raises:
        Conflict: the credential is not current any more; nothing was kept.
        Unavailable: nothing was kept.
    """
    held = draft.reservation
    assert held is not None
    signed = [body for body in draft.bodies if body.secured]
    if not signed:
        return False
    added = AddedBodies(
        credential_id=held.credential_id,
        actor_id=actor_id,
        config_digest=config_digest,
        bodies=tuple(body.secured for body in signed if body.secured),
    )
    with store.begin() as work:
        new = work.credentials.add_bodies(added)
        work.outbox.append(
            [
                _event("credential.body-added", draft, now, _added_facts(body))
                for body in signed
                if body.plan.name in new
            ]
        )
    return bool(new)


def _tell(work: Work, batch: Batch, now: datetime) -> None:
    """Nobody is told of an item that another worker has answered meanwhile."""
    drafts = [*batch.issued, *batch.known, *batch.refused]
    if not drafts or not drafts[0].kind.channels:
        return
    open_items = work.intake.still_waiting([draft.item.intake_id for draft in drafts])
    ended = [
        Ended(
            item=draft.item,
            record=draft.record,
            outcome=draft.outcome(state),
            correction=draft.correction if state == "issued" else None,
        )
        for state, some in _by_state(batch).items()
        for draft in some
        if draft.item.intake_id in open_items
    ]
    work.deliveries.add(told_of(drafts[0].kind, ended, now))


def _by_state(batch: Batch) -> dict[str, Sequence[ItemDraft]]:
    return {"issued": batch.issued, "known": batch.known, "refused": batch.refused}


def _saying_news(issued: Sequence[ItemDraft]) -> Iterator[tuple[str, str]]:
    """What a record says of others is news where its source sent it, not where we kept it."""
    for draft in issued:
        wish = draft.correction
        is_sent = wish is None or (wish.cause == "correction" and wish.changes is None)
        if is_sent and draft.reservation:
            yield draft.reservation.credential_id, draft.kind.name


def _by_attempts(busy: Sequence[ItemDraft]) -> dict[int, list[str]]:
    sorted_out: dict[int, list[str]] = {}
    for draft in busy:
        sorted_out.setdefault(draft.item.attempts, []).append(draft.item.intake_id)
    return sorted_out


def _settled(batch: Batch) -> list[Settled]:
    return [
        Settled(intake_id=draft.item.intake_id, outcome=draft.outcome(state))
        for state, drafts in _by_state(batch).items()
        for draft in drafts
    ]


def _issued(draft: ItemDraft, config_digest: str) -> IssuedCredential:
    held, issued_at = draft.reservation, draft.issued_at
    assert held is not None
    assert issued_at is not None
    return IssuedCredential(
        credential_id=held.credential_id,
        revision=held.revision,
        issued_at=issued_at,
        config_digest=config_digest,
        actor_id=draft.item.actor_id or "",
        record=draft.record.content,
        variant=draft.record.variant,
        digest=draft.digest,
        predecessor=draft.correction,
        changed=draft.changed,
        handles=_handles(draft),
        bodies=tuple(body.secured for body in draft.bodies if body.secured),
        refused=tuple(
            RefusedBody(name=body.plan.name, findings=tuple(body.findings))
            for body in draft.bodies
            if body.secured is None
        ),
    )


def _handles(draft: ItemDraft) -> tuple[HandleValue, ...]:
    values = [(plan, at_path(draft.record.content, plan.path)) for plan in draft.kind.handles]
    return tuple(
        HandleValue(name=plan.name, value=str(value), visible=plan.visible)
        for plan, value in values
        if value not in (None, "")
    )


def _events(batch: Batch, now: datetime) -> list[Event]:
    facts = _facts(batch.issued)
    issued = [
        _event("credential.issued", draft, now, facts[id(draft)] | _bodies(draft))
        for draft in batch.issued
    ]
    superseded = [
        _event("credential.superseded", draft, now, _supersession(draft))
        for draft in batch.issued
        if draft.correction
    ]
    refused = [_event("credential.refused", draft, now, _reasons(draft)) for draft in batch.refused]
    return issued + superseded + refused


def _event(name: str, draft: Draft, now: datetime, facts: JsonObject) -> Event:
    return Event(
        event_id=uuid.uuid4().hex,
        type=name,
        occurred_at=now,
        kind=draft.kind.name,
        facts=facts,
    )


def _facts(issued: Sequence[ItemDraft]) -> dict[int, JsonObject]:
    """What the schema of each record's first issued body says may be counted."""
    first = [(draft, next(body for body in draft.bodies if body.secured)) for draft in issued]
    told: dict[int, JsonObject] = {}
    for name in {body.plan.name for _, body in first}:
        pairs = [(draft, body) for draft, body in first if body.plan.name == name]
        credentials = [body.credential for _, body in pairs if body.credential]
        answers = pairs[0][1].plan.schema.facts(credentials)
        told |= {id(draft): facts for (draft, _), facts in zip(pairs, answers, strict=True)}
    return told


def _bodies(draft: Draft) -> JsonObject:
    return {
        "bodies": {body.plan.name: "issued" if body.secured else "refused" for body in draft.bodies}
    }


def _supersession(draft: ItemDraft) -> JsonObject:
    assert draft.correction is not None
    return {
        "before": "current",
        "after": "superseded",
        "cause": draft.correction.cause,
        "changed": list(draft.changed),
    }


def _added_facts(body: BodyDraft) -> JsonObject:
    assert body.credential is not None
    (facts,) = body.plan.schema.facts([body.credential])
    return facts | {"bodies": {body.plan.name: "added"}}


def _reasons(draft: Draft) -> JsonObject:
    findings = [*draft.findings, *(each for body in draft.bodies for each in body.findings)]
    codes = Counter(finding.code for finding in findings if finding.is_error)
    return {"reasons": dict(sorted(codes.items()))}
