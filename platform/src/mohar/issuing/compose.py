"""Step 4: the unsigned credential of every open body. Data in, data out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from mohar.domain.credential import Issue
from mohar.domain.findings import Refusal
from mohar.domain.status import StatusReference, StatusSlot
from mohar.issuing.draft import BodyDraft, Draft, by_body
from mohar.issuing.plan import Setting


def compose(setting: Setting, drafts: Sequence[Draft], issued_at: datetime) -> None:
    """Give each open body its credential, or the findings that refuse it."""
    for draft in drafts:
        draft.issued_at = issued_at
    for pairs in by_body(drafts).values():
        schema = pairs[0][1].plan.schema
        answers = schema.compose(
            [draft.record for draft, _ in pairs],
            [_issue(setting, draft, body, issued_at) for draft, body in pairs],
        )
        for (_, body), answer in zip(pairs, answers, strict=True):
            if isinstance(answer, Refusal):
                body.add(answer.findings)
            else:
                body.credential = answer


def _issue(setting: Setting, draft: Draft, body: BodyDraft, issued_at: datetime) -> Issue:
    held = draft.reservation
    assert held is not None
    return Issue(
        kind=draft.kind.name,
        body=body.plan.name,
        profile=body.plan.profile,
        credential_id=held.credential_id,
        revision=held.revision,
        issued_at=issued_at,
        subject=held.subject,
        issuer=setting.issuer,
        issuer_name=setting.issuer_name,
        country=setting.country,
        time_zone=setting.time_zone,
        public_url=setting.public_url,
        contexts_url=setting.contexts_url,
        status=_status(setting, held.slot),
    )


def _status(setting: Setting, slot: StatusSlot | None) -> StatusReference | None:
    if slot is None:
        return None
    return StatusReference(
        list_url=f"{setting.public_url}/v1/status/{slot.list_id}", index=slot.index
    )
