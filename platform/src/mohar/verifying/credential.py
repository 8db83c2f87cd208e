"""What one credential that was taken apart is worth: its type, its proofs, and all it says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from mohar.domain.errors import Unreadable, Unsupported
from mohar.domain.proof import Opened
from mohar.domain.values import JsonObject, Personal
from mohar.domain.verdict import Check, VerdictName
from mohar.plugin.roles import Format, Schema
from mohar.verifying.signature import Signatures
from mohar.verifying.status import StatusTeller, status_step
from mohar.verifying.steps import Step, printable, skipped, step, weighed

_SKEW: Final = timedelta(minutes=5)
_NOT_BELIEVED: Final = "nothing in the document is believed"


class KnownType(msgspec.Struct, frozen=True, kw_only=True):
    """A credential type this verifier knows, and the kind it is called by."""

    kind: str
    schema: Schema


class Judged(Personal, frozen=True, kw_only=True):
    """The steps that were taken over one document, what it is called, and what may be shown."""

    steps: tuple[Step, ...]
    issuer: str
    kind: str | None = None
    shown: JsonObject = msgspec.field(default_factory=dict)


class CredentialJudge:
    """Takes the steps 3 to 9 of the verifier over one credential."""

    def __init__(
        self, types: Sequence[KnownType], signatures: Signatures, status: StatusTeller
    ) -> None:
        self._types = tuple(types)
        self._signatures = signatures
        self._status = status

    def judge(self, form: Format, opened: Opened, at: datetime) -> Judged:
        """Return how the credential stood at that moment."""
        known = self._type_of(opened.document)  # 3
        if known is None:
            unknown = step("type", "failed", "no type configured here knows it", "unsupported")
            return Judged(steps=(unknown,), issuer=opened.issuer)
        steps = [step("type", "passed", f"{known.schema.name} {known.schema.version}")]
        steps += self._believed(form, known.schema, opened, at)
        shown = known.schema.shown(opened.document) if may_show(steps) else {}
        return Judged(steps=tuple(steps), issuer=opened.issuer, kind=known.kind, shown=shown)

    def _believed(
        self, form: Format, schema: Schema, opened: Opened, at: datetime
    ) -> Sequence[Step]:
        steps = [*self._signatures.judge(form, opened, at)]  # 4, 5, 6
        if weighed(steps) != "valid":
            return [*steps, *not_believed("structure", "validity", "status")]
        steps += examined([*opened.checks, *schema.examine(opened.document)])  # 7
        if weighed(steps) == "invalid":
            return [*steps, *not_believed("validity", "status")]
        steps.append(validity_step(opened, at))  # 8
        steps.append(status_step(self._status, opened, schema.identifier(opened.document), at))  # 9
        return steps

    def _type_of(self, document: JsonObject) -> KnownType | None:
        return next((each for each in self._types if each.schema.recognises(document)), None)


def examined(checks: Sequence[Check]) -> Sequence[Step]:
    """Return checks of a document whose signature was right as steps."""
    leads_to: dict[str, VerdictName] = {"failed": "invalid", "unknown": "limited"}
    return [Step(check=check, leads_to=leads_to.get(check.outcome, "valid")) for check in checks]


def validity_step(opened: Opened, at: datetime) -> Step:
    """Judge by differences: a far date plus five minutes would be no date at all."""
    starts = [opened.valid_from, *(proof.created for proof in opened.proofs)]
    late = [start for start in starts if start is not None and start - at > _SKEW]
    if late:
        return step("validity", "failed", f"begins on {max(late).isoformat()}", "not-yet-valid")
    if opened.valid_until is not None and at - opened.valid_until > _SKEW:
        return step("validity", "failed", f"ended on {opened.valid_until.isoformat()}", "expired")
    return step("validity", "passed")


def refusal_step(name: str, error: Unreadable | Unsupported) -> Step:
    """Return a step that ended with a document that cannot be read."""
    leads_to: VerdictName = "unreadable" if isinstance(error, Unreadable) else "unsupported"
    return step(name, "failed", printable(str(error)), leads_to)


def not_believed(*names: str) -> Sequence[Step]:
    """Return the steps that are not taken over a document that is not believed."""
    return skipped(*names, because=_NOT_BELIEVED)


def may_show(steps: Sequence[Step]) -> bool:
    """Say whether the signature was right and nothing else is known to be wrong."""
    believed = any(each.check.name == "key" and each.check.outcome == "passed" for each in steps)
    return believed and weighed(steps) != "invalid"
