"""Something is to be done to many credentials: one person proposes it, and another approves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec

from mohar.access.ids import can_be_an_id
from mohar.access.permit import Permits
from mohar.domain.access import Actor
from mohar.domain.campaign import (
    ENDED_STATES,
    UNDOABLE_ACTIONS,
    CampaignAction,
    CampaignState,
    ItemState,
    Selection,
)
from mohar.domain.clock import Clock
from mohar.domain.errors import Conflict, InvalidInput, NotFound, NotPermitted
from mohar.domain.findings import Finding
from mohar.domain.values import Personal
from mohar.issuing.plan import KindPlan
from mohar.store import Store, Work
from mohar.store.campaign_rows import Campaign, CampaignItem, NewCampaign

_NOT_FOUND: Final = "there is no such campaign for this caller"
_LONGEST_TEXT: Final = 2_000
_LONGEST_ID: Final = 64
_MOST_IDS: Final = 100_000
_MOST_TOLD: Final = 10
_MOST_VALUES: Final = 20
_LATEST_REVISION: Final = 2_147_483_647
_YEARS: Final = range(1900, 9000)


class FourEyes(NotPermitted):
    """Who proposed a campaign may not approve it: another person has to look at it."""

    code = "four-eyes"


class NotNow(Conflict):
    """The state of the campaign does not allow what was asked for."""

    code = "campaign-state"


class Proposal(Personal, frozen=True, kw_only=True):
    """
    What is to be done, to which credentials and why.

    `credential_ids` are those of a file, of which those count that are also in the selection; None
    where the selection alone says which. `until` ends suspensions by itself.
    """

    action: CampaignAction
    reason: str
    kind: str | None = None
    selection: Selection = Selection()
    credential_ids: tuple[str, ...] | None = None
    until: datetime | None = None


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """
    A campaign, as those who may act in it see it.

    `count` is how many credentials it is about, None until all were found. `items` says how many
    are in which state, and `looked_at` how many were looked at to find them.
    """

    id: str
    action: CampaignAction
    kind: str | None
    state: CampaignState
    paused: bool
    count: int | None
    looked_at: int
    items: Mapping[ItemState, int]
    reason: str
    selection: Selection
    listed: bool
    until: datetime | None
    proposed_by: str
    proposed_at: datetime
    approved_by: str | None
    approved_at: datetime | None
    undone_by: str | None
    undo_until: datetime | None

    def __repr__(self) -> str:
        return f"‹campaign {self.id}›"


class Bulk:
    """
    Campaigns for actors whose scopes say so.

    `revoke` proposes to revoke, suspend or restore, `correct` to issue anew, `approve` approves;
    each of them may look, pause, resume and undo.
    """

    def __init__(
        self,
        *,
        store: Store,
        permits: Permits,
        kinds: Mapping[str, KindPlan],
        clock: Clock,
        new_id: Callable[[], str],
    ) -> None:
        self._store = store
        self._permits = permits
        self._kinds = kinds
        self._clock = clock
        self._new_id = new_id

    def propose(self, actor: Actor, proposal: Proposal) -> Progress:
        """
        Keep a campaign; a worker finds what it is about, and nothing is done before approval.

        Raises:
            NotFound: there is no such kind.
            NotPermitted: the actor may not do this to credentials of the kind, or of all.
            InvalidInput: all that is wrong with the proposal.
        """
        if proposal.kind is not None and proposal.kind not in self._kinds:
            raise NotFound("there is no such kind in this deployment; see /v1/kinds")
        self._permits.require(actor, _scope_of(proposal.action), proposal.kind)
        now = self._clock()
        _must_make_sense(proposal, now)
        ids = proposal.credential_ids
        new = NewCampaign(
            campaign_id=self._new_id(),
            action=proposal.action,
            kind=proposal.kind,
            actor_id=actor.actor_id,
            proposed_at=now,
            reason=proposal.reason.strip(),
            selection=proposal.selection,
            until=proposal.until,
            credential_ids=None if ids is None else tuple(dict.fromkeys(ids)),
        )
        with self._store.begin() as work:
            work.campaigns.add(new)
            kept = work.campaigns.find(new.campaign_id)
        assert kept is not None
        return _progress(kept)

    def show(self, actor: Actor, campaign_id: str) -> Progress:
        """Return a campaign. Raises NotFound where it is not there, or not for this actor."""
        with self._store.read() as work:
            return _progress(self._visible(actor, _found(work.campaigns.find, campaign_id)))

    def listed(self, actor: Actor, limit: int = 100) -> Sequence[Progress]:
        """Return the campaigns proposed last that this actor may see, the newest first."""
        with self._store.read() as work:
            found = work.campaigns.newest(limit)
        return [_progress(each) for each in found if self._may_see(actor, each)]

    def items(
        self,
        actor: Actor,
        campaign_id: str,
        *,
        after: int = 0,
        limit: int = 1_000,
        state: ItemState | None = None,
    ) -> Sequence[CampaignItem]:
        """Return what became of each credential, behind a position. Raises as `show` does."""
        with self._store.read() as work:
            self._visible(actor, _found(work.campaigns.find, campaign_id))
            return work.campaigns.items(campaign_id, after, limit, state)

    def approve(self, actor: Actor, campaign_id: str) -> Progress:
        """
        Let a worker do what was proposed. Approving again changes nothing.

        Raises:
            NotFound: as `show` does.
            NotPermitted: the actor may not approve.
            FourEyes: the actor has proposed it.
            NotNow: it is not known yet what it is about, or it was withdrawn.
        """
        with self._store.begin() as work:
            locked = self._locked(work, actor, campaign_id)
            self._permits.require(actor, "approve", locked.kind)
            if locked.actor_id == actor.actor_id:
                raise FourEyes("who proposed this campaign may not approve it; ask somebody else")
            if locked.approved_by == actor.actor_id:
                return _progress(locked)
            if locked.state != "proposed":
                raise NotNow(_not_proposed(locked))
            return _progress(
                work.campaigns.update(
                    locked,
                    state="applying",
                    approved_by=actor.actor_id,
                    approved_at=self._clock(),
                )
            )

    def pause(self, actor: Actor, campaign_id: str) -> Progress:
        """Let a campaign rest after the batch under way. Raises NotFound, or NotNow at its end."""
        return self._set_paused(actor, campaign_id, is_paused=True)

    def resume(self, actor: Actor, campaign_id: str) -> Progress:
        """Let a paused campaign go on. Raises as `pause` does."""
        return self._set_paused(actor, campaign_id, is_paused=False)

    def undo(self, actor: Actor, campaign_id: str) -> Progress:
        """
        Take back what a campaign did, or withdraw it where it did nothing yet.

        Raises:
            NotFound: as `show` does.
            NotNow: the time for it is over, or what it did cannot be taken back.
        """
        with self._store.begin() as work:
            locked = self._locked(work, actor, campaign_id)
            if locked.state in {"undoing", "undone", "withdrawn"}:
                return _progress(locked)
            after = _undone(locked, self._clock())
            changed = work.campaigns.update(
                locked, state=after, walked=0, is_paused=False, ended_by=actor.actor_id
            )
            return _progress(changed)

    def _set_paused(self, actor: Actor, campaign_id: str, *, is_paused: bool) -> Progress:
        with self._store.begin() as work:
            locked = self._locked(work, actor, campaign_id)
            if locked.state in ENDED_STATES:
                raise NotNow(f"the campaign is {locked.state}, so it neither rests nor goes on")
            return _progress(work.campaigns.update(locked, is_paused=is_paused))

    def _locked(self, work: Work, actor: Actor, campaign_id: str) -> Campaign:
        return self._visible(actor, _found(work.campaigns.lock, campaign_id))

    def _visible(self, actor: Actor, found: Campaign | None) -> Campaign:
        if found is None or not self._may_see(actor, found):
            raise NotFound(_NOT_FOUND)
        return found

    def _may_see(self, actor: Actor, found: Campaign) -> bool:
        scopes = (_scope_of(found.action), "approve")
        return any(self._permits.allows(actor, each, found.kind) for each in scopes)


def _found(find: Callable[[str], Campaign | None], campaign_id: str) -> Campaign | None:
    return find(campaign_id) if can_be_an_id(campaign_id) else None


def _scope_of(action: CampaignAction) -> str:
    return "correct" if action == "reissue" else "revoke"


def _not_proposed(locked: Campaign) -> str:
    if locked.state == "selecting":
        return "it is not known yet what the campaign is about; approve it when `count` is there"
    return f"the campaign is {locked.state}, so there is nothing to approve"


def _undone(locked: Campaign, now: datetime) -> CampaignState:
    if locked.state in {"selecting", "proposed"}:
        return "withdrawn"
    if locked.action not in UNDOABLE_ACTIONS:
        raise NotNow("what was restored or issued anew is not taken back; pause what is not done")
    is_over = locked.undo_until is not None and locked.undo_until <= now
    if is_over or locked.state not in {"applying", "undoable"}:
        raise NotNow("the time in which this campaign could be taken back is over")
    return "undoing"


def _progress(kept: Campaign) -> Progress:
    return Progress(
        id=kept.campaign_id,
        action=kept.action,
        kind=kept.kind,
        state=kept.state,
        paused=kept.is_paused,
        count=kept.found,
        looked_at=kept.looked_at,
        items=kept.counts,
        reason=kept.reason,
        selection=kept.selection,
        listed=kept.is_listed,
        until=kept.until,
        proposed_by=kept.actor_id,
        proposed_at=kept.proposed_at,
        approved_by=kept.approved_by,
        approved_at=kept.approved_at,
        undone_by=kept.ended_by,
        undo_until=kept.undo_until,
    )


def _must_make_sense(proposal: Proposal, now: datetime) -> None:
    wrong = [
        *_wrong_reason(proposal.reason),
        *_wrong_aim(proposal),
        *_wrong_ids(proposal.credential_ids),
        *_wrong_end(proposal, now),
        *_wrong_selection(proposal.selection),
    ]
    if wrong:
        told = "; ".join(f"{where}: {what}" for where, what in wrong)
        raise InvalidInput(
            f"the proposal cannot be kept as it is: {told}",
            [
                Finding(
                    code="proposal-unusable",
                    where=where,
                    message=f"this part of the proposal cannot be kept: {what}",
                )
                for where, what in wrong
            ],
        )


Wrong = Iterable[tuple[str, str]]


def _wrong_reason(reason: str) -> Wrong:
    if not reason.strip():
        yield "reason", "say why: it is kept with the history of each credential"
    if len(reason) > _LONGEST_TEXT:
        yield "reason", f"a reason has at most {_LONGEST_TEXT} characters"


def _wrong_aim(proposal: Proposal) -> Wrong:
    if proposal.action == "reissue" and proposal.kind is None:
        yield "kind", "say of which kind credentials are to be issued anew"
    has_aim = proposal.kind is not None or proposal.credential_ids is not None
    if not has_aim and proposal.selection == Selection():
        yield "selection", "name a kind, a selection or ids: not every credential can be meant"


def _wrong_ids(ids: tuple[str, ...] | None) -> Wrong:
    if ids is None:
        return
    if not 1 <= len(ids) <= _MOST_IDS:
        yield "ids", f"a campaign lists 1 to {_MOST_IDS} ids, this one {len(ids)}"
        return
    bad = [
        position
        for position, each in enumerate(ids)
        if not can_be_an_id(each) or len(each) > _LONGEST_ID
    ]
    if bad:
        some = ", ".join(map(str, bad[:_MOST_TOLD]))
        yield "ids", f"{len(bad)} of them can be no ids, at the positions {some}"


def _wrong_end(proposal: Proposal, now: datetime) -> Wrong:
    if proposal.until is None:
        return
    if proposal.action != "suspend":
        yield "until", "only a suspension has an end"
    elif not _is_moment(proposal.until) or proposal.until <= now:
        yield "until", "the end of a suspension is a moment to come, with its time zone"


def _wrong_selection(selection: Selection) -> Wrong:
    for name in ("issued_from", "issued_until"):
        moment = getattr(selection, name)
        if moment is not None and not _is_moment(moment):
            yield name, "it lacks its time zone, or its year: 2027-01-31T00:00:00+05:30"
    for name in ("config_digest", "key_id", "schema"):
        text = getattr(selection, name)
        if text is not None and not _is_text(text):
            yield name, "it is empty, too long, or holds what no text does"
    if selection.revision is not None and not 1 <= selection.revision <= _LATEST_REVISION:
        yield "revision", "revisions count from 1"
    if len(selection.where) > _MOST_VALUES:
        yield "where", f"at most {_MOST_VALUES} values of the record can be asked for"
    if not all(
        path and _is_text(path) and len(text) <= _LONGEST_TEXT
        for path, text in selection.where.items()
    ):
        yield "where", "a path is empty or too long, or a value is too long"


def _is_moment(moment: datetime) -> bool:
    return moment.tzinfo is not None and moment.year in _YEARS


def _is_text(text: str) -> bool:
    return 0 < len(text) <= _LONGEST_TEXT and text.isprintable()
