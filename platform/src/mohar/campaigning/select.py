"""Which credentials does a campaign mean? One page of an answer, in one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from mohar.domain.campaign import ItemState, is_possible
from mohar.domain.values import at_path
from mohar.issuing.plan import KindPlan
from mohar.issuing.retention import kept_until
from mohar.store.campaign_rows import Campaign, CampaignItem, Candidate
from mohar.store.store import Work

_PAGE: Final = 2_000
_LISTED_AT_ONCE: Final = 1_000


class Select:
    """
    Looks through the credentials issued before the proposal, or through those listed in it.

    Where the selection asks for a value of the record and that is no longer kept, nobody can tell:
    such a credential is counted as `untellable`, and nothing is done to it.
    """

    def __init__(self, kinds: Mapping[str, KindPlan]) -> None:
        self._kinds = kinds

    def step(self, work: Work, locked: Campaign, now: datetime) -> int:
        """Look at some more; return how many it were, and propose what was found after the last."""
        looked_at = (
            self._listed(work, locked, now) if locked.is_listed else self._asked(work, locked, now)
        )
        if looked_at:
            return looked_at
        found = locked.counts.get("waiting", 0)
        work.campaigns.update(locked, state="proposed", walked=0, found=found)
        return 1

    def _asked(self, work: Work, locked: Campaign, now: datetime) -> int:
        page = work.campaigns.page(locked.cursor, locked.proposed_at, _PAGE)
        if page is None:
            return 0
        last, looked_at = page
        candidates = [
            each
            for each in work.campaigns.between(locked, locked.cursor, last)
            if is_possible(locked.action, each.state)
        ]
        judged = {
            each.credential_id: self._judged(each, locked.selection.where, now)
            for each in candidates
        }
        chosen = [number for number, state in judged.items() if state == "waiting"]
        counts = Counter(locked.counts)
        counts.update(state for state in judged.values() if state != "unmatched")
        work.campaigns.append_items(locked, chosen)
        work.campaigns.update(
            locked,
            cursor=last,
            looked_at=locked.looked_at + looked_at,
            size=locked.size + len(chosen),
            counts=dict(counts),
        )
        return looked_at

    def _listed(self, work: Work, locked: Campaign, now: datetime) -> int:
        items = work.campaigns.items(locked.campaign_id, locked.walked, _LISTED_AT_ONCE)
        if not items:
            return 0
        numbers = [each.credential_id for each in items]
        found = work.credentials.find(numbers)
        issued = {number for number, each in found.items() if each.issued_at is not None}
        meant = {each.credential_id: each for each in work.campaigns.among(locked, numbers)}
        judged = [
            msgspec.structs.replace(
                each, state=self._of_listed(each, issued, meant, locked=locked, now=now)
            )
            for each in items
        ]
        counts = work.campaigns.change_items(locked, items, judged)
        work.campaigns.update(
            locked,
            walked=items[-1].position,
            looked_at=locked.looked_at + len(items),
            counts=counts,
        )
        return len(items)

    def _of_listed(
        self,
        item: CampaignItem,
        issued: set[str],
        meant: Mapping[str, Candidate],
        *,
        locked: Campaign,
        now: datetime,
    ) -> ItemState:
        if item.credential_id not in issued:
            return "missing"
        candidate = meant.get(item.credential_id)
        if candidate is None:
            return "unmatched"
        judged = self._judged(candidate, locked.selection.where, now)
        if judged == "waiting" and not is_possible(locked.action, candidate.state):
            return "impossible"
        return judged

    def _judged(self, candidate: Candidate, where: Mapping[str, str], now: datetime) -> ItemState:
        if not where:
            return "waiting"
        if candidate.record is None or self._is_over(candidate, now):
            return "untellable"
        told = [_text(at_path(candidate.record, path)) == text for path, text in where.items()]
        return "waiting" if all(told) else "unmatched"

    def _is_over(self, candidate: Candidate, now: datetime) -> bool:
        """A record whose time is over is not read, even where it still lies there."""
        plan = self._kinds.get(candidate.kind)
        until = kept_until(plan, candidate.issued_at) if plan else None
        return until is not None and until <= now


def _text(value: Any) -> str:
    """A number or a truth of the record is compared as JSON writes it."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def waiting(items: Sequence[CampaignItem]) -> list[CampaignItem]:
    """Return those that something is still to be done to."""
    return [each for each in items if each.state == "waiting"]
