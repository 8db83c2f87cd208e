"""Step 4, second half: plugins look at what is about to be signed."""

from __future__ import annotations

from collections.abc import Sequence

from mohar.domain.findings import Finding
from mohar.issuing.draft import Draft, in_open_bodies
from mohar.plugin.caller import HookCaller


def review(caller: HookCaller, drafts: Sequence[Draft]) -> None:
    """Note what `mohar_review` finds; a plugin that fails refuses what it was asked about."""
    pairs = in_open_bodies(drafts)
    credentials = [body.credential for _, body in pairs if body.credential]
    records = [draft.record for draft, body in pairs if body.credential]
    if not credentials:
        return
    reviewed = [body for _, body in pairs if body.credential]
    for answer in caller.call("mohar_review", credentials=credentials, records=records):
        if answer.error is not None or not _is_review(answer.value, len(reviewed)):
            for body in reviewed:
                body.add([_unreviewed(answer.plugin)])
        elif answer.value is not None:
            for body, findings in zip(reviewed, answer.value, strict=True):
                body.add(findings)


def _is_review(value: object, wanted: int) -> bool:
    """Say whether this is findings for each body, or no opinion at all."""
    if value is None:
        return True
    return (
        isinstance(value, Sequence)
        and len(value) == wanted
        and all(isinstance(each, Sequence) for each in value)
        and all(isinstance(finding, Finding) for each in value for finding in each)
    )


def _unreviewed(plugin: str) -> Finding:
    return Finding(
        code="review-failed",
        message=f"the plugin {plugin} could not review this credential, so it was not signed",
    )
