"""Step 3: an id and a status slot for each record, unique on (kind, natural key, revision)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from mohar.domain.findings import Finding
from mohar.issuing.draft import Draft
from mohar.store.rows import ReservationRequest
from mohar.store.store import Store


class Reserved(msgspec.Struct, frozen=True):
    """The drafts of a batch sorted by what their reservation said."""

    fresh: list[Draft]
    known: list[Draft]
    refused: list[Draft]
    busy: list[Draft]


def reserve(store: Store, drafts: Sequence[Draft]) -> Reserved:
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
    return sorted_out


def _request(draft: Draft) -> ReservationRequest:
    assert draft.key is not None
    return ReservationRequest(
        kind=draft.kind.name,
        key=draft.key,
        group=draft.group,
        digest=draft.digest,
        intake_id=draft.item.intake_id,
        digits=draft.kind.digits,
        list_purpose="revocation" if draft.kind.has_status else None,
    )


def _sort(draft: Draft, state: str, into: Reserved) -> None:
    if state in {"fresh", "resumed"}:
        into.fresh.append(draft)
    elif state == "known":
        into.known.append(draft)
    elif state == "busy":
        into.busy.append(draft)
    else:
        draft.findings.append(
            Finding(
                code="already-issued",
                message="a credential with this natural key and other content was issued before; "
                "send a correction",
            )
        )
        into.refused.append(draft)
