"""Tell what the log says of one credential, in the order it happened."""

from __future__ import annotations

from collections.abc import Sequence

from mohar.domain.audit import AuditEntry
from mohar.domain.errors import NotFound
from mohar.domain.values import Personal
from mohar.store import Store, Work


class Told(Personal, frozen=True, kw_only=True):
    """An entry, with the reason that a person gave for a change."""

    entry: AuditEntry
    reason: str = ""
    evidence: str = ""


def tell(store: Store, credential_id: str) -> Sequence[Told]:
    """
    Return every entry about a credential, the one of its issuing first.

    Raises:
        NotFound: there is no such credential, and no entry about one.
        Damaged: a reason does not open.
        Unavailable: the store did not answer.
    """
    with store.read_steadily() as work:
        entries = work.audit.about(credential_id, work.evidence.batch_of(credential_id))
        whys = _whys(work, credential_id)
    if not entries:
        raise NotFound("the log has no entry about such a credential")
    return [
        Told(entry=entry, reason=reason, evidence=evidence)
        for entry in entries
        for reason, evidence in [whys.get(entry.digest, ("", ""))]
    ]


def _whys(work: Work, credential_id: str) -> dict[bytes, tuple[str, str]]:
    """Return reason and evidence of each change by its digest, which its entry names."""
    rows = work.evidence.changes([credential_id]).get(credential_id, ())
    kept = work.lifecycle.history([credential_id])[credential_id]
    return {
        row.digest: (each.reason, each.evidence)
        for row, each in zip(rows, kept, strict=True)
        if row.digest is not None
    }
