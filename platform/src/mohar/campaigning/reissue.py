"""Issue credentials once more, under the keys and types of today, by the way all records go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec

from mohar.campaigning.select import waiting
from mohar.domain.campaign import ItemState
from mohar.domain.correction import Correction
from mohar.issuing.plan import KindPlan
from mohar.store.campaign_rows import Campaign, CampaignItem
from mohar.store.rows import NewItem, NewSubmission
from mohar.store.store import Work

_AT_ONCE: Final = 500
# So few wait in the intake at once that nobody else's records wait behind them for long.
_MOST_WAITING: Final = 1_000
_BECAME: Final[Mapping[str, ItemState]] = {
    "issued": "issued",
    "known": "issued",
    "refused": "refused",
    "conflict": "refused",
    "failed": "failed",
}


class Reissue:
    """
    Lets credentials be issued anew from their kept records, as items of one submission.

    The submission has the campaign's own id, and an item the position it has there: so what is
    submitted and what is noted as submitted are one transaction, and each is issued once.
    """

    def __init__(self, kinds: Mapping[str, KindPlan]) -> None:
        self._kinds = kinds

    def step(self, work: Work, locked: Campaign, now: datetime) -> int:
        """Note what was issued meanwhile and submit some more; return how many it were."""
        plan = self._kinds.get(locked.kind or "")
        if plan is None:
            return 0
        locked, gathered = self._gather(work, locked)
        items = self._next(work, locked)
        if items:
            self._submit(work, locked, items, plan, now)
        elif not locked.counts.get("submitted", 0) and locked.walked >= locked.size:
            work.campaigns.update(locked, state="done")
            return gathered + 1
        return gathered + len(items)

    def _gather(self, work: Work, locked: Campaign) -> tuple[Campaign, int]:
        answered = work.campaigns.settled(locked.campaign_id, _MOST_WAITING)
        before = [item for item, _ in answered]
        after = [
            msgspec.structs.replace(item, state=_BECAME.get(outcome.state, "failed"))
            for item, outcome in answered
        ]
        if not answered:
            return locked, 0
        counts = work.campaigns.change_items(locked, before, after)
        return work.campaigns.update(locked, counts=counts), len(answered)

    def _next(self, work: Work, locked: Campaign) -> Sequence[CampaignItem]:
        free = _MOST_WAITING - locked.counts.get("submitted", 0)
        if free <= 0:
            return ()
        return work.campaigns.items(locked.campaign_id, locked.walked, min(free, _AT_ONCE))

    def _submit(
        self,
        work: Work,
        locked: Campaign,
        items: Sequence[CampaignItem],
        plan: KindPlan,
        now: datetime,
    ) -> None:
        new = NewSubmission(
            submission_id=locked.campaign_id,
            kind=plan.name,
            actor_id=locked.actor_id,
            source=plan.source_name,
            received_at=now,
        )
        open_ones = waiting(items)
        work.intake.add(new, [])
        work.intake.append(new, [_item(locked, each) for each in open_ones])
        after = [msgspec.structs.replace(each, state="submitted") for each in open_ones]
        counts = work.campaigns.change_items(locked, open_ones, after)
        work.campaigns.update(locked, walked=items[-1].position, counts=counts)


def _item(locked: Campaign, item: CampaignItem) -> NewItem:
    return NewItem(
        position=item.position,
        content={},
        correction=Correction(
            credential_id=item.credential_id,
            cause="reissue",
            reason=locked.reason,
            actor_id=locked.actor_id,
            evidence=f"campaign {locked.campaign_id}, approved by {locked.approved_by}",
            changes={},
        ),
    )
