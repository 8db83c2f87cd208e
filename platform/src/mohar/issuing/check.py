"""Step 2: what speaks against these records. Nothing is reserved yet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mohar.domain.findings import Finding
from mohar.domain.values import at_path
from mohar.issuing.draft import Draft, ItemDraft, by_body

LONGEST_KEY: Final = 200


def check(drafts: Sequence[ItemDraft]) -> None:
    """Note all findings of each draft, those of the record and those of each body."""
    for draft in drafts:
        # What the source could not read is refused for that, and not for what it lacks as well.
        if not draft.has_error:
            draft.findings += _about_identity(draft)
    check_bodies([draft for draft in drafts if not draft.is_refused])


def check_bodies(drafts: Sequence[Draft]) -> None:
    """Note what the schema of each body finds."""
    for pairs in by_body(drafts).values():
        plan = pairs[0][1].plan
        answers = plan.schema.check([draft.record for draft, _ in pairs], plan.profile)
        for (_, body), findings in zip(pairs, answers, strict=True):
            body.add(findings)


def _about_identity(draft: ItemDraft) -> list[Finding]:
    findings = []
    if len(draft.key or "") > LONGEST_KEY:
        findings.append(
            Finding(
                code="key-too-long",
                where=", ".join(draft.kind.key),
                message=f"the natural key is longer than {LONGEST_KEY} characters; "
                "no such number is given out",
            )
        )
    if not draft.group:
        findings.append(
            Finding(
                code="group-missing",
                where=draft.kind.group,
                message="the value that ties a holder's credentials together is not there; "
                "without it strangers would share one document",
            )
        )
    if draft.key is None:
        findings += [
            Finding(code="key-missing", where=path, message=f"{path} is part of the natural key")
            for path in draft.kind.key
            if at_path(draft.record.content, path) in (None, "")
        ]
    if not draft.bodies:
        names = ", ".join(plan.name for plan in draft.wanted)
        findings.append(
            Finding(code="no-body", message=f"none of the bodies ({names}) takes this variant")
        )
    return findings
