"""Step 3: an id and a status slot for each record, unique on (kind, natural key, revision)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from mohar.domain.findings import Finding
from mohar.issuing.draft import BodyDraft, ItemDraft
from mohar.store.rows import ReservationRequest
from mohar.store.store import Store, Work

_ALREADY_ISSUED: Final = Finding(
    code="already-issued",
    message="a credential with this natural key and other content was issued before; "
    "send a correction",
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
        sorted_out = Reserved([], [], [], [])
        for draft, reservation in zip(drafts, answers, strict=True):
            draft.reservation = reservation
            _sort(draft, reservation.state, sorted_out)
        _note_what_they_lack(work, [each for each in sorted_out.known if each.item.bodies])
    return sorted_out


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
    elif state == "busy":
        into.busy.append(draft)
    else:
        draft.findings.append(_OUTDATED if state == "outdated" else _ALREADY_ISSUED)
        into.refused.append(draft)
