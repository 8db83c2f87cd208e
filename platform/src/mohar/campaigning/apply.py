"""Do to credentials as was approved, some at a time, and take that back or make it final."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from mohar.campaigning.select import waiting
from mohar.domain.campaign import UNDOABLE_ACTIONS, is_possible
from mohar.domain.lifecycle import CredentialState
from mohar.revoking.change import Tell, event_of
from mohar.store.campaign_rows import Campaign, CampaignItem, Candidate
from mohar.store.rows import NewChange
from mohar.store.store import Work

_AT_ONCE: Final = 500
_GOALS: Final[Mapping[str, CredentialState]] = {
    "revoke": "revoked",
    "suspend": "suspended",
    "restore": "current",
}

Decided = tuple[CampaignItem, NewChange | None]


class Apply:
    """
    Suspends, restores and revokes.

    A revocation is for good, so it is a suspension first: it can be taken back for some hours, and
    becomes a revocation when they are over. Somebody else's later decision always stays.
    """

    def __init__(self, undo: timedelta, tell: Tell) -> None:
        self._undo = undo
        self._tell = tell

    def step(self, work: Work, locked: Campaign, now: datetime) -> int:
        """Do some more of what was approved; return how many credentials were looked at."""
        items = self._next(work, locked)
        if not items:
            self._end_applying(work, locked, now)
            return 1
        open_ones = waiting(items)
        numbers = [each.credential_id for each in open_ones]
        there = work.campaigns.lock_credentials(numbers)
        held = work.campaigns.held_by_others(locked.campaign_id, numbers)

        def decide(item: CampaignItem) -> Decided:
            return _applied(locked, item, there.get(item.credential_id), held, now)

        return self._walk(work, locked, items, open_ones, decide)

    def settle(self, work: Work, locked: Campaign, now: datetime) -> int:
        """Make some more suspensions the revocations that were approved."""
        return self._go_back(work, locked, now, _settled, end="done")

    def undo(self, work: Work, locked: Campaign, now: datetime) -> int:
        """Take some more of what was done back."""
        return self._go_back(work, locked, now, _undone, end="undone")

    def end_of_window(self, work: Work, locked: Campaign, now: datetime) -> int:
        """Go on where the time to take it back is over; return how much was done."""
        if locked.undo_until is None or now < locked.undo_until:
            return 0
        after = "settling" if locked.action == "revoke" else "done"
        work.campaigns.update(locked, state=after, walked=0)
        return 1

    def _end_applying(self, work: Work, locked: Campaign, now: datetime) -> None:
        if locked.action in UNDOABLE_ACTIONS:
            work.campaigns.update(locked, state="undoable", walked=0, undo_until=now + self._undo)
        else:
            work.campaigns.update(locked, state="done")

    def _go_back(
        self,
        work: Work,
        locked: Campaign,
        now: datetime,
        decide: Callable[..., Decided],
        *,
        end: str,
    ) -> int:
        items = self._next(work, locked)
        if not items:
            work.campaigns.update(locked, state=end)
            return 1
        own = [each for each in items if each.state == "changed"]
        numbers = [each.credential_id for each in own]
        there = work.campaigns.lock_credentials(numbers)
        since = work.campaigns.changed_since(locked.campaign_id, numbers)

        def decided(item: CampaignItem) -> Decided:
            number = item.credential_id
            return decide(locked, item, there[number], since[number], now)

        return self._walk(work, locked, items, own, decided)

    def _next(self, work: Work, locked: Campaign) -> Sequence[CampaignItem]:
        return work.campaigns.items(locked.campaign_id, locked.walked, _AT_ONCE)

    def _walk(
        self,
        work: Work,
        locked: Campaign,
        items: Sequence[CampaignItem],
        chosen: Sequence[CampaignItem],
        decide: Callable[[CampaignItem], Decided],
    ) -> int:
        """Write down what was decided for the chosen ones of these items, and go on behind them."""
        decided = [decide(each) for each in chosen]
        changes = [change for _, change in decided if change]
        held = work.credentials.find([each.credential_id for each in changes])
        work.lifecycle.change(changes)
        work.outbox.append([event_of(each, held[each.credential_id].kind) for each in changes])
        self._tell(work, changes, held)
        counts = work.campaigns.change_items(locked, chosen, [item for item, _ in decided])
        work.campaigns.update(locked, walked=items[-1].position, counts=counts)
        return len(items)


def _applied(
    locked: Campaign,
    item: CampaignItem,
    there: Candidate | None,
    held: Collection[str],
    now: datetime,
) -> Decided:
    if there is None:
        return msgspec.structs.replace(item, state="missing"), None
    if there.state == "suspended" and item.credential_id in held:
        return msgspec.structs.replace(item, state="held"), None
    if not is_possible(locked.action, there.state):
        is_so = there.state == _GOALS[locked.action]
        return msgspec.structs.replace(item, state="unchanged" if is_so else "impossible"), None
    changed = msgspec.structs.replace(
        item, state="changed", before=there.state, earlier_until=there.suspended_until
    )
    after: CredentialState = "current" if locked.action == "restore" else "suspended"
    return changed, _change(locked, there, after, now, until=locked.until)


def _settled(
    locked: Campaign,
    item: CampaignItem,
    there: Candidate,
    since: tuple[CredentialState, ...],
    now: datetime,
) -> Decided:
    """Who restored it meanwhile has decided otherwise, even where it was suspended again."""
    if there.state != "suspended" or "current" in since:
        return msgspec.structs.replace(item, state="left"), None
    return msgspec.structs.replace(item, state="revoked"), _change(locked, there, "revoked", now)


def _undone(
    locked: Campaign,
    item: CampaignItem,
    there: Candidate,
    since: tuple[CredentialState, ...],
    now: datetime,
) -> Decided:
    if there.state != "suspended" or since:
        return msgspec.structs.replace(item, state="left"), None
    restored = msgspec.structs.replace(item, state="restored")
    until = item.earlier_until
    if item.before == "suspended" and (until is None or until > now):
        return restored, _change(locked, there, "suspended", now, until=until)
    return restored, _change(locked, there, "current", now)


def _change(
    locked: Campaign,
    there: Candidate,
    after: CredentialState,
    now: datetime,
    *,
    until: datetime | None = None,
) -> NewChange:
    is_undone = locked.state == "undoing"
    return NewChange(
        credential_id=there.credential_id,
        at=now,
        before=there.state,
        after=after,
        cause="bulk-undo" if is_undone else "bulk",
        actor_id=locked.ended_by if is_undone and locked.ended_by else locked.actor_id,
        reason=locked.reason,
        evidence=f"campaign {locked.campaign_id}, approved by {locked.approved_by}",
        until=until,
        campaign_id=locked.campaign_id,
    )
