"""Step 3: an id and a status slot for each record, unique on (kind, natural key, revision)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from mohar.domain.findings import Finding
from mohar.domain.values import differing_paths, tellable_paths
from mohar.issuing.draft import BodyDraft, ItemDraft
from mohar.store.rows import ReservationRequest
from mohar.store.store import Store, Work

_ALREADY_ISSUED: Final = Finding(
    code="already-issued",
    message="a credential with this natural key and other content was issued before; "
    "send a correction",
)
_MOST_TOLD: Final = 20
_RECORD_GONE: Final = Finding(
    code="difference-unknown",
    severity="warning",
    message="the record issued before is no longer kept, so nobody can tell which fields differ",
)
_OUTDATED: Final = Finding(
    code="not-current",
    message="the credential is not current any more, or not the newest of its natural key; "
    "correct the one that is",
)


class Reserved(msgspec.Struct, frozen=True):
    """The drafts of a batch sorted by what their reservation said."""

    fresh: list[ItemDraft]
    known: list[ItemDraft]
    refused: list[ItemDraft]
    busy: list[ItemDraft]


def reserve(store: Store, drafts: Sequence[ItemDraft]) -> Reserved:
    """
    Reserve in one short transaction, and sort the drafts by the answer.

    Raises:
        Unavailable: nothing was reserved; the same call may be made again.
    """
    if not drafts:
        return Reserved([], [], [], [])
    with store.begin() as work:
        answers = work.credentials.reserve([_request(draft) for draft in drafts])
        pairs = list(zip(drafts, answers, strict=True))
        sorted_out = Reserved([], [], [], [])
        for draft, reservation in pairs:
            draft.reservation = reservation
            _sort(draft, reservation.state, sorted_out)
        differing = [draft for draft, reservation in pairs if reservation.state == "differs"]
        _sort_differing(work, differing, sorted_out)
        _note_what_they_lack(work, [each for each in sorted_out.known if each.item.bodies])
    return sorted_out


def _sort_differing(work: Work, differing: Sequence[ItemDraft], into: Reserved) -> None:
    """Who sends other content under a key that was issued learns which fields are meant."""
    numbers = {id(each): each.reservation.credential_id for each in differing if each.reservation}
    records = work.credentials.record_of(list(numbers.values())) if numbers else {}
    for draft in differing:
        kept = records.get(numbers[id(draft)])
        paths = differing_paths(kept.content, draft.record.content) if kept else []
        meant = [path for path in paths if not draft.kind.ignores(path)]
        if kept and not meant:
            into.known.append(draft)
            continue
        draft.is_conflict = True
        draft.findings += [_ALREADY_ISSUED, *(_differing(meant) if kept else (_RECORD_GONE,))]
        into.refused.append(draft)


def _differing(paths: Sequence[str]) -> Iterator[Finding]:
    told = tellable_paths(paths)
    for path in told[:_MOST_TOLD]:
        yield Finding(
            code="field-differs",
            where=path,
            message="this field differs from the record that was issued",
        )
    if len(told) > _MOST_TOLD:
        yield Finding(
            code="field-differs", message=f"{len(told) - _MOST_TOLD} more fields differ as well"
        )


def _note_what_they_lack(work: Work, chosen: Sequence[ItemDraft]) -> None:
    """Who chose the bodies of a record that is known learns which of them it was issued without."""
    numbers = {id(each): each.reservation.credential_id for each in chosen if each.reservation}
    names = work.credentials.body_names(list(numbers.values())) if numbers else {}
    for draft in chosen:
        there = names[numbers[id(draft)]]
        draft.findings += [_lacking(body) for body in draft.bodies if body.plan.name not in there]


def _lacking(body: BodyDraft) -> Finding:
    return Finding(
        code="issued-without",
        severity="warning",
        body=body.plan.name,
        message="this record was issued before, without this body; add it to the credential: "
        "POST /v1/credentials/{id}/bodies, or `mohar add-format`",
    )


def _request(draft: ItemDraft) -> ReservationRequest:
    assert draft.key is not None
    plan = draft.kind.corrections
    return ReservationRequest(
        kind=draft.kind.name,
        key=draft.key,
        group=draft.group,
        digest=draft.digest,
        intake_id=draft.item.intake_id,
        digits=draft.kind.digits,
        list_purpose="revocation" if draft.kind.has_status else None,
        supersedes=draft.correction.credential_id if draft.correction else None,
        again=draft.correction is not None and draft.correction.cause == "reissue",
        after_revocation=bool(plan and plan.after_revocation),
    )


def _sort(draft: ItemDraft, state: str, into: Reserved) -> None:
    if state in {"fresh", "resumed"}:
        into.fresh.append(draft)
    elif state == "known":
        into.known.append(draft)
    elif state == "busy" or (state == "outdated" and draft.may_be_outpaced):
        into.busy.append(draft)
    elif state == "outdated":
        draft.findings.append(_OUTDATED)
        into.refused.append(draft)
