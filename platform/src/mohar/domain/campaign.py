"""A campaign: one thing done to many credentials, proposed by one person and approved by another."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal

import msgspec

from mohar.domain.lifecycle import CredentialState, LifecycleAction, may_start_from
from mohar.domain.values import Personal

CampaignAction = Literal["revoke", "suspend", "restore", "reissue"]
CampaignState = Literal[
    "selecting",
    "proposed",
    "applying",
    "undoable",
    "settling",
    "undoing",
    "done",
    "undone",
    "withdrawn",
]

# What only a campaign does that can be taken back; a new credential is there for good.
UNDOABLE_ACTIONS: Final[frozenset[CampaignAction]] = frozenset({"revoke", "suspend"})
ENDED_STATES: Final[tuple[CampaignState, ...]] = ("done", "undone", "withdrawn")
# While a campaign is in one of these, its suspensions are its own.
HOLDING_STATES: Final[tuple[CampaignState, ...]] = ("applying", "undoable", "settling", "undoing")

ItemState = Literal[
    "listed",
    "waiting",
    "missing",
    "unmatched",
    "untellable",
    "changed",
    "unchanged",
    "impossible",
    "held",
    "submitted",
    "issued",
    "refused",
    "failed",
    "revoked",
    "restored",
    "left",
]


class Selection(Personal, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    Which credentials are meant: those that everything said here is true of.

    `where` has texts by their paths in the kept record. `issued_from` counts, `issued_until` does
    not. `key_id` and `schema` must be those of one body. What is None is not asked about.
    """

    issued_from: datetime | None = None
    issued_until: datetime | None = None
    config_digest: str | None = None
    key_id: str | None = None
    schema: str | None = None
    state: CredentialState | None = None
    revision: int | None = None
    where: dict[str, str] = msgspec.field(default_factory=dict)


def is_possible(action: CampaignAction, state: CredentialState) -> bool:
    """Say whether a credential in this state can be selected; only current ones are reissued."""
    if action == "reissue":
        return state == "current"
    lifecycle: LifecycleAction = action
    return may_start_from(lifecycle, state)
