"""What the issuing side gives, as terms see it under `issue.`."""

from __future__ import annotations

from datetime import datetime

import msgspec

from mohar.domain.credential import Issue
from mohar.domain.status import StatusReference
from mohar.domain.values import JsonObject


def seen_by_terms(issue: Issue) -> JsonObject:
    """Return the members of an Issue by name, with `status` a tree of its own."""
    seen = msgspec.structs.asdict(issue)
    if issue.status is not None:
        seen["status"] = msgspec.structs.asdict(issue.status)
    return seen


def probe(now: datetime, country: str) -> JsonObject:
    """Return what an Issue might give, so that a record can be tried before one is reserved."""
    return seen_by_terms(
        Issue(
            kind="probe",
            body="probe",
            credential_id="0",
            revision=1,
            issued_at=now,
            subject="urn:uuid:00000000-0000-0000-0000-000000000000",
            issuer="urn:probe",
            issuer_name="probe",
            country=country,
            time_zone="UTC",
            public_url="https://probe.invalid",
            contexts_url="https://probe.invalid",
            status=StatusReference(list_url="https://probe.invalid/status", index=0),
        )
    )
