"""What other rooms hand to the store and get back from it about campaigns."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from mohar.domain.campaign import CampaignAction, CampaignState, ItemState, Selection
from mohar.domain.lifecycle import CredentialState
from mohar.domain.values import JsonObject, Personal


class NewCampaign(Personal, frozen=True, kw_only=True):
    """
    A campaign on its way into the store.

    `credential_ids` are those listed in a file, each once; None where a query is to find them.
    """

    campaign_id: str
    action: CampaignAction
    kind: str | None
    actor_id: str
    proposed_at: datetime
    reason: str
    selection: Selection
    until: datetime | None = None
    credential_ids: tuple[str, ...] | None = None


class Campaign(Personal, frozen=True, kw_only=True):
    """
    A campaign as it is kept, and how far it is.

    `counts` says how many items are in each state, `found` how many there were to do something to
    when all were found, and None before. `cursor` is the last credential a query has
    looked at, `looked_at` how many it were, and `walked` the last position that is done with.
    """

    campaign_id: str
    action: CampaignAction
    kind: str | None
    actor_id: str
    proposed_at: datetime
    reason: str
    selection: Selection
    until: datetime | None
    is_listed: bool
    state: CampaignState
    is_paused: bool
    approved_by: str | None
    approved_at: datetime | None
    ended_by: str | None
    undo_until: datetime | None
    cursor: str
    looked_at: int
    walked: int
    size: int
    found: int | None
    counts: Mapping[ItemState, int]


class CampaignItem(msgspec.Struct, frozen=True, kw_only=True):
    """
    One credential of a campaign; positions count from 1.

    `before` and `earlier_until` are its state and the end of its suspension before it was changed.
    """

    position: int
    credential_id: str
    state: ItemState
    before: CredentialState | None = None
    earlier_until: datetime | None = None


class Candidate(Personal, frozen=True, kw_only=True):
    """A credential that a selection may mean; its record is there where it was asked for and kept."""

    credential_id: str
    kind: str
    state: CredentialState
    issued_at: datetime
    suspended_until: datetime | None = None
    record: JsonObject | None = None
