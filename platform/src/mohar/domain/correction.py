"""A correction: what takes the place of a credential, and why."""

from __future__ import annotations

from typing import Any, Literal

from mohar.domain.values import Personal

Cause = Literal["correction", "reissue", "reconciliation"]


class Correction(Personal, frozen=True, kw_only=True):
    """
    The wish that a new credential supersedes this one.

    `changes` are new values by their paths in the record, and nothing where a whole record comes
    with it. `before` are the values in their place that were looked at: where they are still true of
    what has meanwhile superseded the credential, that is corrected in its stead. `reason` is a person's text; `evidence` refers to what proves it, and is none itself.
    """

    credential_id: str
    cause: Cause = "correction"
    reason: str
    actor_id: str
    evidence: str = ""
    changes: dict[str, Any] | None = None
    before: dict[str, Any] | None = None
