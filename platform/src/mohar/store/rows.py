"""What other rooms hand to the store and get back from it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

import msgspec

from mohar.domain.correction import Correction
from mohar.domain.credential import Outcome, Secured
from mohar.domain.events import Event
from mohar.domain.findings import Finding
from mohar.domain.lifecycle import ISSUED_STATES, CredentialState
from mohar.domain.status import StatusSlot
from mohar.domain.values import JsonObject, Personal

ReservationState = Literal["fresh", "resumed", "known", "busy", "differs", "outdated"]


PauseScope = Literal["kind", "signer", "partner", "plugin"]


class NewSubmission(msgspec.Struct, frozen=True, kw_only=True):
    """
    One request with records: who sent it, by which door, and under which idempotency key.

    `bodies` are the names of those to be issued; None means all that suit.
    """

    submission_id: str
    kind: str
    actor_id: str
    source: str
    idempotency_key: str | None = None
    received_at: datetime
    bodies: tuple[str, ...] | None = None


class Submission(msgspec.Struct, frozen=True, kw_only=True):
    """A submission that is kept."""

    submission_id: str
    kind: str
    actor_id: str
    source: str
    received_at: datetime
    bodies: tuple[str, ...] | None = None


class NewItem(Personal, frozen=True, kw_only=True):
    """One raw message of a submission; `position` counts from 0."""

    position: int
    variant: str = ""
    content: JsonObject
    correction: Correction | None = None


class NewUpload(Personal, frozen=True, kw_only=True):
    """A file of records as it was sent; `form` is csv, jsonl or xlsx."""

    name: str
    form: str
    variant: str
    data: bytes


class KeptUpload(Personal, frozen=True, kw_only=True):
    """
    A file of records that is kept, and how far it was taken.

    `last_row` is the number of the last row that was taken; the header of a table is row 1.
    """

    submission_id: str
    kind: str
    actor_id: str
    source: str
    received_at: datetime
    name: str
    form: str
    variant: str
    file_hash: bytes
    last_row: int
    is_complete: bool


class IntakeItem(Personal, frozen=True, kw_only=True):
    """
    A message leased to a worker. `attempts` counts this lease too.

    `trouble` is what the last attempt failed with; None also where its process ended in the midst.
    `actor_id` is whoever sent it; None for what came before that was noted.
    """

    intake_id: str
    submission_id: str
    position: int
    kind: str
    source: str
    variant: str
    content: JsonObject
    received_at: datetime
    attempts: int
    bodies: tuple[str, ...] | None = None
    correction: Correction | None = None
    trouble: str | None = None
    actor_id: str | None = None


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """The final answer for one intake item."""

    intake_id: str
    outcome: Outcome


class Pause(Personal, frozen=True, kw_only=True):
    """Something an operator paused: a kind, a signer, a partner or a plugin, by its name."""

    scope: PauseScope
    name: str
    since: datetime
    actor_id: str
    reason: str = ""


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """Whose items are not claimed at the moment."""

    kinds: frozenset[str] = frozenset()
    actors: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.kinds or self.actors)


class DeadItem(msgspec.Struct, frozen=True, kw_only=True):
    """
    An item that led to no credential, as an operator may see it: nothing of what was sent.

    `trouble` is what its last attempt failed with, where it failed.
    """

    intake_id: str
    submission_id: str
    position: int
    kind: str
    actor_id: str
    state: str
    attempts: int
    received_at: datetime
    settled_at: datetime | None
    trouble: str | None
    outcome: Outcome | None


class DueComparison(msgspec.Struct, frozen=True, kw_only=True):
    """A credential leased for comparing with those before it; `attempts` counts this lease too."""

    credential_id: str
    kind: str
    noted_at: datetime
    attempts: int


class Approval(msgspec.Struct, frozen=True, kw_only=True):
    """
    That somebody has looked at a plan of corrections and wants it done.

    `digest` names the plan, `marks` the single corrections in it; both are keyed hashes.
    """

    digest: str
    kind: str
    actor_id: str
    approved_at: datetime
    marks: frozenset[str]


class ReservationRequest(Personal, frozen=True, kw_only=True):
    """
    Ask for the number and the slot of one record.

    `key` and `group` are canonical texts, `digest` tells one content of the same key from
    another; only keyed hashes of the three can be searched. `list_purpose` is None where the
    kind has no status. `supersedes` is the credential whose place the new one is to take; with
    `again` it may say the same. `after_revocation` lets other content follow a revoked one.
    """

    kind: str
    key: str
    group: str
    digest: str
    intake_id: str
    digits: int
    list_purpose: str | None = None
    supersedes: str | None = None
    again: bool = False
    after_revocation: bool = False


class Reservation(Personal, frozen=True, kw_only=True):
    """
    What a record may use.

    `fresh` and `resumed` may be signed; `known` was issued before with the same content and
    `differs` with another; `busy` belongs to an item that is still under way: leave it waiting;
    `outdated` was to take the place of one that is not current any more.
    """

    state: ReservationState
    credential_id: str
    revision: int
    slot: StatusSlot | None = None
    subject: str


class HandleValue(Personal, frozen=True, kw_only=True):
    """A value a holder is found by, and how many of its last characters may be shown."""

    name: str
    value: str
    visible: int = 4


class RefusedBody(msgspec.Struct, frozen=True, kw_only=True):
    """An optional body that was not issued, and why."""

    name: str
    findings: tuple[Finding, ...]


class NewChange(Personal, frozen=True, kw_only=True):
    """
    A change in the life of a credential, on its way into the store.

    `cause` is what was done (`revoke`, `correction`, …), `actor_id` who did it; `reason` is a
    person's text and kept sealed, as is `evidence`, a reference to what proves it. `until` is the end of a suspension.
    `campaign_id` is there where a campaign did it.
    """

    credential_id: str
    at: datetime
    before: CredentialState
    after: CredentialState
    cause: str
    actor_id: str
    reason: str = ""
    evidence: str = ""
    until: datetime | None = None
    campaign_id: str | None = None


class IssuedCredential(Personal, frozen=True, kw_only=True):
    """
    A signed credential on its way into the store.

    `actor_id` is whoever sent the record, empty where nobody knows. `digest` is the one it was
    reserved with: a credential whose reservation has meanwhile been taken over for other content is not accepted. `predecessor` is the credential whose
    place it takes, and why; `changed` are the paths of what differs.
    """

    credential_id: str
    revision: int
    issued_at: datetime
    config_digest: str
    actor_id: str = ""
    digest: str
    record: JsonObject
    variant: str = ""
    handles: tuple[HandleValue, ...] = ()
    bodies: tuple[Secured, ...]
    refused: tuple[RefusedBody, ...] = ()
    predecessor: Correction | None = None
    changed: tuple[str, ...] = ()


class AddedBodies(Personal, frozen=True, kw_only=True):
    """Signed bodies on their way to a credential that is there already, and who asked for them."""

    credential_id: str
    actor_id: str = ""
    config_digest: str
    bodies: tuple[Secured, ...]


class StoredCredential(Personal, frozen=True, kw_only=True):
    """A credential as the store knows it, without its bodies and its record."""

    credential_id: str
    kind: str
    revision: int
    state: CredentialState
    subject: str
    key_hash: bytes = b""
    group_hash: bytes
    slot: StatusSlot | None = None
    issued_at: datetime | None = None
    config_digest: str | None = None
    supersedes: str | None = None
    superseded_by: str | None = None
    cause: str | None = None
    changed: tuple[str, ...] = ()
    refused: tuple[RefusedBody, ...] = ()


class KeptChange(Personal, frozen=True, kw_only=True):
    """A change as it was written down."""

    at: datetime
    before: CredentialState
    after: CredentialState
    cause: str
    actor_id: str
    reason: str = ""
    evidence: str = ""
    until: datetime | None = None


class StatusSheet(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a status list of `size` entries says: the state in every entry that is not good.

    `version` counts its changes: two sheets of one version say the same.
    """

    list_id: str
    kind: str
    size: int
    version: int
    flagged: Mapping[int, CredentialState]


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """The credential, or the reservation, that has a slot or binds an identifier."""

    credential_id: str
    state: CredentialState
    slot: StatusSlot | None

    @property
    def is_issued(self) -> bool:
        """Say whether it is a credential."""
        return self.state in ISSUED_STATES


class LostState(msgspec.Struct, frozen=True, kw_only=True):
    """What a credential was told to be that a restore lost, and the moment by which it was told."""

    state: CredentialState
    since: datetime


class LostCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Of how many credentials is told what a restore lost: by their slots, and by identifiers."""

    slots: int
    identifiers: int


class ListedNumber(msgspec.Struct, frozen=True, kw_only=True):
    """Identifiers that one key signed and that are not current; `count` rises with each change."""

    count: int
    identifiers: tuple[str, ...]


class MaskedHandle(Personal, frozen=True, kw_only=True):
    """What may be shown of a handle."""

    name: str
    masked: str


class ObserverState(msgspec.Struct, frozen=True, kw_only=True):
    """
    How far an observer has come.

    `behind` counts events it has not seen; `why` is the reason of its last failure.
    """

    name: str
    cursor: int
    attempts: int
    next_try_at: datetime | None
    why: str
    behind: int


class SetAsideEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event that an observer could not take, kept for a person to look at."""

    observer: str
    event: Event
    why: str
    set_aside_at: datetime


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """A caller's key as it may be listed: never the key itself."""

    key_id: str
    name: str
    scopes: frozenset[str]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


class Sought(Personal, frozen=True, kw_only=True):
    """What is known of a credential that is looked up; each part that is given must be so."""

    kind: str
    credential_id: str | None = None
    group: str | None = None
    key: str | None = None
    handles: tuple[tuple[str, str], ...] = ()
