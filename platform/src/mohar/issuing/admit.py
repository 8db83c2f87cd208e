"""May a body be added to this credential? What speaks against it, before anything is made."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from mohar.domain.clock import rfc3339
from mohar.domain.errors import Conflict
from mohar.domain.record import Record
from mohar.issuing.plan import BodyPlan, KindPlan
from mohar.issuing.retention import kept_until
from mohar.store.rows import StoredCredential


class NotCurrent(Conflict):
    """The credential was superseded, revoked or suspended, so nothing is added to it."""

    code = "not-current"


class NotAddable(Conflict):
    """The deployment does not let this body be added to a credential later."""

    code = "not-addable"


class RecordGone(Conflict):
    """The record behind the credential is no longer kept, so no body can be made from it."""

    code = "record-gone"


def must_be_current(stored: StoredCredential) -> None:
    """Raise NotCurrent unless the credential is."""
    if stored.state != "current":
        raise NotCurrent(f"the credential is {stored.state}; a body is added to a current one only")


def must_be_addable(missing: Sequence[BodyPlan]) -> None:
    """Raise NotAddable, naming all that are not."""
    fixed = [plan.name for plan in missing if not plan.later]
    if fixed:
        raise NotAddable(
            f"{', '.join(fixed)} can only be issued together with the record; "
            "`later: true` in the body's configuration would let it be added"
        )


def kept_record(
    kind: KindPlan, issued_at: datetime, record: Record | None, now: datetime
) -> Record:
    """Return the record. Raises RecordGone where its time is over, even if it still lies there."""
    until = kept_until(kind, issued_at)
    if until is not None and until <= now:
        raise RecordGone(
            f"records of {kind.name} are kept for {kind.record_days} days; "
            f"the time of this one was over on {rfc3339(until)}"
        )
    if record is None:
        raise RecordGone(
            f"the record of this credential was removed under an earlier retention of {kind.name}"
        )
    return record
