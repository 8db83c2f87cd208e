"""Campaigns: what was proposed, what it means, and how far a worker has come with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from mohar.domain.campaign import (
    ENDED_STATES,
    HOLDING_STATES,
    ItemState,
    Selection,
)
from mohar.domain.credential import Outcome
from mohar.domain.lifecycle import CredentialState
from mohar.domain.values import Personal
from mohar.store import hashes
from mohar.store.campaign_rows import Campaign, CampaignItem, Candidate, NewCampaign
from mohar.store.campaign_tables import campaign, campaign_item
from mohar.store.tables import body, credential, intake, state_change
from mohar.store.unit import Query, Row, Section, named

_PURPOSE: Final = "record"
_ITEMS_AT_ONCE: Final = 10_000
# Written out: with bound values no database would know that the index of what is open is enough.
_OPEN: Final = campaign.c.state.not_in([sa.literal_column(f"'{each}'") for each in ENDED_STATES])
_SUBMITTED: Final = campaign_item.c.state == sa.literal_column("'submitted'")
_ITEM: Final = (
    campaign_item.c.position,
    campaign_item.c.credential_id,
    campaign_item.c.state,
    campaign_item.c.before,
    campaign_item.c.earlier_until,
)

_ITEM_NAMES: Final = [each.name for each in _ITEM]


class _Sealed(Personal, frozen=True, kw_only=True):
    """What of a campaign may name somebody."""

    reason: str
    selection: Selection


class Campaigns(Section):
    """
    Campaigns and their items.

    Whoever changes one has it locked: first the campaign, then credentials, then status lists.
    """

    def add(self, new: NewCampaign) -> None:
        """Keep a campaign that is to be selected for, with the credentials listed in it."""
        listed = new.credential_ids or ()
        sealed = _Sealed(reason=new.reason, selection=new.selection)
        self._unit.insert(
            campaign,
            [
                {
                    "campaign_id": new.campaign_id,
                    "action": new.action,
                    "kind": new.kind,
                    "actor_id": new.actor_id,
                    "proposed_at": new.proposed_at,
                    "content": self._unit.seal_json(
                        _PURPOSE, campaign_place(new.campaign_id), sealed
                    ),
                    "until": new.until,
                    "is_listed": new.credential_ids is not None,
                    "state": "selecting",
                    "is_paused": False,
                    "cursor": "",
                    "looked_at": 0,
                    "walked": 0,
                    "size": len(listed),
                    "counts": {"listed": len(listed)} if listed else {},
                }
            ],
        )
        items = [
            CampaignItem(position=position, credential_id=number, state="listed")
            for position, number in enumerate(listed, 1)
        ]
        for start in range(0, len(items), _ITEMS_AT_ONCE):
            self._insert_items(new.campaign_id, items[start : start + _ITEMS_AT_ONCE])

    def find(self, campaign_id: str) -> Campaign | None:
        """Return a campaign, or None."""
        return self._one(sa.select(campaign).where(campaign.c.campaign_id == campaign_id))

    def newest(self, limit: int) -> Sequence[Campaign]:
        """Return the campaigns proposed last, the newest first."""
        query = sa.select(campaign).order_by(campaign.c.proposed_at.desc(), campaign.c.campaign_id)
        return [self._kept(row) for row in self._unit.connection.execute(query.limit(limit))]

    def open_ids(self, now: datetime) -> Sequence[str]:
        """Return every campaign that a worker may go on with at this moment, oldest first."""
        rests = sa.or_(
            campaign.c.state == "proposed",
            sa.and_(campaign.c.state == "undoable", campaign.c.undo_until > now),
        )
        query = (
            sa.select(campaign.c.campaign_id)
            .where(_OPEN, sa.not_(campaign.c.is_paused), sa.not_(rests))
            .order_by(campaign.c.proposed_at, campaign.c.campaign_id)
        )
        return list(self._unit.connection.execute(query).scalars())

    def lock(self, campaign_id: str) -> Campaign | None:
        """Return a campaign, which nobody else changes until this transaction ends, or None."""
        wanted = campaign.c.campaign_id == campaign_id
        return self._one(sa.select(campaign).where(wanted).with_for_update())

    def lock_free(self, campaign_id: str) -> Campaign | None:
        """As `lock`, but None also where somebody else has it at this moment."""
        wanted = campaign.c.campaign_id == campaign_id
        return self._one(sa.select(campaign).where(wanted).with_for_update(skip_locked=True))

    def update(self, locked: Campaign, **values: Any) -> Campaign:
        """Write new values of a locked campaign down, and return it with them."""
        changing = sa.update(campaign).where(campaign.c.campaign_id == locked.campaign_id)
        self._unit.connection.execute(changing.values(**values))
        return msgspec.structs.replace(locked, **values)

    def page(self, after: str, issued_until: datetime, limit: int) -> tuple[str, int] | None:
        """
        Return the last of the next credentials by number, and how many they are.

        None means that there are no more. Those issued later than `issued_until` are stepped over.
        """
        some = (
            sa.select(credential.c.credential_id)
            .where(credential.c.credential_id > after, credential.c.issued_at <= issued_until)
            .order_by(credential.c.credential_id)
            .limit(limit)
            .subquery()
        )
        query = sa.select(sa.func.max(some.c.credential_id), sa.func.count())
        last, count = self._unit.connection.execute(query).one()
        return (last, count) if count else None

    def between(self, kept: Campaign, after: str, last: str) -> Sequence[Candidate]:
        """Return what a campaign may mean among the credentials of these numbers, by number."""
        query = (
            self._candidates(kept)
            .where(credential.c.credential_id > after, credential.c.credential_id <= last)
            .order_by(credential.c.credential_id)
        )
        return [self._candidate(row) for row in self._unit.connection.execute(query)]

    def among(self, kept: Campaign, credential_ids: Sequence[str]) -> Sequence[Candidate]:
        """Return what a campaign may mean among these credentials."""
        query = self._candidates(kept)
        rows = self._unit.select_in(query, credential.c.credential_id, credential_ids)
        return [self._candidate(row) for row in rows]

    def append_items(self, locked: Campaign, credential_ids: Sequence[str]) -> int:
        """Add credentials that a query has found, behind those there are; return how many."""
        items = [
            CampaignItem(position=position, credential_id=number, state="waiting")
            for position, number in enumerate(credential_ids, locked.size + 1)
        ]
        self._insert_items(locked.campaign_id, items)
        return len(items)

    def items(
        self, campaign_id: str, after: int, limit: int, state: ItemState | None = None
    ) -> Sequence[CampaignItem]:
        """Return items behind a position, in their order, all or those in one state."""
        query = (
            sa.select(*_ITEM)
            .where(campaign_item.c.campaign_id == campaign_id, campaign_item.c.position > after)
            .order_by(campaign_item.c.position)
            .limit(limit)
        )
        narrowed = query if state is None else query.where(campaign_item.c.state == state)
        rows = self._unit.connection.execute(narrowed)
        return [CampaignItem(**named(row)) for row in rows]

    def change_items(
        self, locked: Campaign, before: Sequence[CampaignItem], after: Sequence[CampaignItem]
    ) -> Mapping[ItemState, int]:
        """Write what has become of items down; return the counts of the campaign as they are now."""
        rows = [
            {"campaign_id": locked.campaign_id, **msgspec.structs.asdict(each)}
            for each, earlier in zip(after, before, strict=True)
            if each != earlier
        ]
        self._unit.update(campaign_item, rows, by=["campaign_id", "position"])
        return counted(locked.counts, add=after, take=before)

    def settled(self, campaign_id: str, limit: int) -> Sequence[tuple[CampaignItem, Outcome]]:
        """Return submitted items that have their answer, with it."""
        query = (
            sa.select(*_ITEM, intake.c.outcome)
            .join(
                intake,
                sa.and_(
                    intake.c.submission_id == campaign_item.c.campaign_id,
                    intake.c.position == campaign_item.c.position,
                ),
            )
            .where(campaign_item.c.campaign_id == campaign_id, _SUBMITTED)
            .where(intake.c.outcome.is_not(None))
            .order_by(campaign_item.c.position)
            .limit(limit)
        )
        return [
            (CampaignItem(**dict(zip(_ITEM_NAMES, row, strict=False))), row.outcome)
            for row in self._unit.connection.execute(query)
        ]

    def lock_credentials(self, credential_ids: Sequence[str]) -> Mapping[str, Candidate]:
        """Return credentials as they are; nobody else changes one until this transaction ends."""
        query = (
            self._bare()
            .where(credential.c.issued_at.is_not(None))
            .order_by(credential.c.credential_id)
            .with_for_update()
        )
        numbers = sorted(credential_ids)
        rows = self._unit.select_in(query, credential.c.credential_id, numbers)
        return {row.credential_id: self._candidate(row) for row in rows}

    def held_by_others(self, campaign_id: str, credential_ids: Sequence[str]) -> Collection[str]:
        """Return those that another campaign has suspended, which may still take that back."""
        query = (
            sa.select(state_change.c.credential_id)
            .distinct()
            .join(campaign, campaign.c.campaign_id == state_change.c.campaign_id)
            .where(
                state_change.c.campaign_id != campaign_id,
                campaign.c.state.in_(HOLDING_STATES),
                campaign.c.action.in_(["revoke", "suspend"]),
            )
        )
        rows = self._unit.select_in(query, state_change.c.credential_id, credential_ids)
        return {row.credential_id for row in rows}

    def changed_since(
        self, campaign_id: str, credential_ids: Sequence[str]
    ) -> Mapping[str, tuple[CredentialState, ...]]:
        """Return the states that credentials went to after this campaign changed them."""
        query = sa.select(
            state_change.c.credential_id, state_change.c.after, state_change.c.campaign_id
        ).order_by(state_change.c.change_id)
        found: dict[str, tuple[CredentialState, ...]] = dict.fromkeys(credential_ids, ())
        for row in self._unit.select_in(query, state_change.c.credential_id, credential_ids):
            number, after = row.credential_id, row.after
            is_own = row.campaign_id == campaign_id
            found[number] = () if is_own else (*found[number], after)
        return found

    def _insert_items(self, campaign_id: str, items: Sequence[CampaignItem]) -> None:
        rows = [
            {
                "campaign_id": campaign_id,
                "position": each.position,
                "credential_id": each.credential_id,
                "state": each.state,
            }
            for each in items
        ]
        self._unit.insert(campaign_item, rows)

    def _bare(self) -> Query:
        return sa.select(
            credential.c.credential_id,
            credential.c.kind,
            credential.c.state,
            credential.c.issued_at,
            credential.c.suspended_until,
            sa.null().label("record"),
        )

    def _candidates(self, kept: Campaign) -> Query:
        query = self._bare() if not kept.selection.where else _with_record()
        return query.where(
            credential.c.issued_at <= kept.proposed_at,
            *_conditions(kept.kind, kept.selection),
        )

    def _candidate(self, row: Row) -> Candidate:
        place = hashes.record_place(row.credential_id)
        record = self._unit.open_json(place, row.record) if row.record else None
        return Candidate(**{**named(row), "record": record})

    def _one(self, query: Query) -> Campaign | None:
        row = self._unit.connection.execute(query).one_or_none()
        return None if row is None else self._kept(row)

    def _kept(self, row: Row) -> Campaign:
        opened = self._unit.safe.open(campaign_place(row.campaign_id), row.content)
        sealed = msgspec.json.decode(opened, type=_Sealed)
        values = {name: value for name, value in named(row).items() if name != "content"}
        return Campaign(**values, reason=sealed.reason, selection=sealed.selection)


def counted(
    counts: Mapping[ItemState, int],
    *,
    add: Iterable[CampaignItem] = (),
    take: Iterable[CampaignItem] = (),
) -> Mapping[ItemState, int]:
    """Return counts with some items more and others less; what is zero is left out."""
    result = Counter(counts)
    result.update(each.state for each in add)
    result.subtract(Counter(each.state for each in take))
    return {state: count for state, count in sorted(result.items()) if count}


def _with_record() -> Query:
    return sa.select(
        credential.c.credential_id,
        credential.c.kind,
        credential.c.state,
        credential.c.issued_at,
        credential.c.suspended_until,
        credential.c.record,
    )


def _conditions(kind: str | None, selection: Selection) -> list[sa.ColumnElement[bool]]:
    plain: list[tuple[sa.Column[Any], object]] = [
        (credential.c.kind, kind),
        (credential.c.state, selection.state),
        (credential.c.revision, selection.revision),
    ]
    told = [column == value for column, value in plain if value is not None]
    if selection.issued_from is not None:
        told.append(credential.c.issued_at >= selection.issued_from)
    if selection.issued_until is not None:
        told.append(credential.c.issued_at < selection.issued_until)
    if selection.config_digest is not None:
        told.append(_made_under(selection.config_digest))
    return [*told, *_of_a_body(selection)]


def _made_under(digest: str) -> sa.ColumnElement[bool]:
    """A body that was added later may be made under another configuration than the others."""
    added = sa.exists().where(
        body.c.credential_id == credential.c.credential_id, body.c.config_digest == digest
    )
    return sa.or_(credential.c.config_digest == digest, added)


def _of_a_body(selection: Selection) -> list[sa.ColumnElement[bool]]:
    wanted = [(body.c.key_id, selection.key_id), (body.c.schema, selection.schema)]
    asked = [column == value for column, value in wanted if value is not None]
    if not asked:
        return []
    return [sa.exists().where(body.c.credential_id == credential.c.credential_id, *asked)]


def campaign_place(campaign_id: str) -> str:
    """Return where what a campaign is about is sealed for."""
    return f"campaign.content/{campaign_id}"
