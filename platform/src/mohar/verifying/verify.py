"""From what is presented to a verdict, in numbered steps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from mohar.domain.clock import Clock
from mohar.domain.errors import Unreadable, Unsupported
from mohar.domain.proof import Opened
from mohar.domain.values import JsonObject, Personal
from mohar.domain.verdict import Check, Verdict, VerdictName
from mohar.plugin.roles import Format, Schema, Trust
from mohar.verifying.decode import Decoded, Decoder, SignedText
from mohar.verifying.limits import Limits
from mohar.verifying.signature import Signatures
from mohar.verifying.status import StatusTeller, status_step
from mohar.verifying.steps import PRECEDENCE, Step, skipped, step, weighed

_SKEW: Final = timedelta(minutes=5)
_NOT_BELIEVED: Final = "nothing in the document is believed"


class KnownType(msgspec.Struct, frozen=True, kw_only=True):
    """A credential type this verifier knows, and the kind it is called by."""

    kind: str
    schema: Schema


class Presented(Personal, frozen=True, kw_only=True):
    """One input: a name to call it by in the answer, and its bytes."""

    name: str
    data: bytes


class Verifier:
    """
    Says of anything presented whether it is a genuine credential. Keeps nothing.

    The steps, and the verdict each leads to when it does not pass:

    | step | failed | could not tell |
    |---|---|---|
    | 1 decode | `unreadable`, `unsupported` | – |
    | 2 format | `unreadable`, `unsupported` | – |
    | 3 type | `unsupported` | – |
    | 4 trust (`proof`: is there a signature at all) | `unknown-issuer` (`invalid`) | `not-checked` |
    | 5 signature | `invalid` | – |
    | 6 key | `key-not-valid` | – |
    | 7 structure, guards | `invalid` | `limited` |
    | 8 validity | `expired`, `not-yet-valid` | – |
    | 9 status | `revoked`, `suspended`, `superseded` | `not-checked` |

    Steps 1 to 6 end the verifying when they do not pass, as does a failed step 7: nothing in the
    document is believed then, nothing is shown, and the later steps are `skipped`. A wrong signature
    is therefore `invalid` however old it is. From there on all steps are taken and the worst wins, in
    the order of `PRECEDENCE`: `limited` never hides `revoked` or `expired`, and `not-checked` hides
    neither.
    """

    def __init__(
        self,
        *,
        formats: Sequence[Format],
        types: Sequence[KnownType],
        trust: Sequence[Trust],
        status: StatusTeller,
        clock: Clock,
        limits: Limits | None = None,
    ) -> None:
        self._decoder = Decoder(formats, limits or Limits())
        self._types = tuple(types)
        self._signatures = Signatures(trust)
        self._status = status
        self._clock = clock

    def verify(
        self, inputs: Sequence[Presented], *, at: datetime | None = None
    ) -> Sequence[Verdict]:
        """
        Return one verdict for each input, in order; no input makes it raise.

        `at` (aware) asks how things stood at that moment instead of now. Where an input holds
        several documents all are verified and the worst verdict is told, the first among equals.
        """
        moment = at or self._clock()
        return [self._verdict(presented, moment) for presented in inputs]

    def _verdict(self, presented: Presented, at: datetime) -> Verdict:
        name = _printable(presented.name)
        try:
            decoded = self._decoder.decode(presented.data)  # 1
        except (Unreadable, Unsupported) as error:
            return _told(name, [_refusal("decode", error)])
        verdicts = [self._judge(name, decoded, text, at) for text in decoded.texts]
        return min(verdicts, key=lambda verdict: PRECEDENCE.index(verdict.verdict))

    def _judge(self, name: str, decoded: Decoded, text: SignedText, at: datetime) -> Verdict:
        steps = [step("decode", "passed", _what_was_read(decoded))]
        try:
            opened = text.format.open(text.data)  # 2
        except (Unreadable, Unsupported) as error:
            return _told(name, [*steps, _refusal("format", error)], format_name=text.format.name)
        steps.append(step("format", "passed", opened.format))
        known = self._type_of(opened.document)  # 3
        if known is None:
            unknown = step("type", "failed", "no type configured here knows it", "unsupported")
            return _told(name, [*steps, unknown], opened=opened)
        steps.append(step("type", "passed", f"{known.schema.name} {known.schema.version}"))
        steps += self._believed(text.format, known.schema, opened, at)
        shown = known.schema.shown(opened.document) if _may_show(steps) else {}
        return _told(name, steps, opened=opened, kind=known.kind, shown=shown)

    def _believed(
        self, form: Format, schema: Schema, opened: Opened, at: datetime
    ) -> Sequence[Step]:
        steps = [*self._signatures.judge(form, opened, at)]  # 4, 5, 6
        if weighed(steps) != "valid":
            return [*steps, *skipped("structure", "validity", "status", because=_NOT_BELIEVED)]
        steps += _examined([*opened.checks, *schema.examine(opened.document)])  # 7
        if weighed(steps) == "invalid":
            return [*steps, *skipped("validity", "status", because=_NOT_BELIEVED)]
        steps.append(_validity(opened, at))  # 8
        steps.append(status_step(self._status, opened.status, at))  # 9
        return steps

    def _type_of(self, document: JsonObject) -> KnownType | None:
        return next((each for each in self._types if each.schema.recognises(document)), None)


def _examined(checks: Sequence[Check]) -> Sequence[Step]:
    leads_to: dict[str, VerdictName] = {"failed": "invalid", "unknown": "limited"}
    return [Step(check=check, leads_to=leads_to.get(check.outcome, "valid")) for check in checks]


def _validity(opened: Opened, at: datetime) -> Step:
    """Judge by differences: a far date plus five minutes would be no date at all."""
    starts = [opened.valid_from, *(proof.created for proof in opened.proofs)]
    late = [start for start in starts if start is not None and start - at > _SKEW]
    if late:
        return step("validity", "failed", f"begins on {max(late).isoformat()}", "not-yet-valid")
    if opened.valid_until is not None and at - opened.valid_until > _SKEW:
        return step("validity", "failed", f"ended on {opened.valid_until.isoformat()}", "expired")
    return step("validity", "passed")


def _refusal(name: str, error: Unreadable | Unsupported) -> Step:
    leads_to: VerdictName = "unreadable" if isinstance(error, Unreadable) else "unsupported"
    return step(name, "failed", _printable(str(error)), leads_to)


def _may_show(steps: Sequence[Step]) -> bool:
    believed = any(each.check.name == "key" and each.check.outcome == "passed" for each in steps)
    return believed and weighed(steps) != "invalid"


def _what_was_read(decoded: Decoded) -> str:
    source = "text" if decoded.medium == "text" else f"{decoded.medium}, QR codes: {decoded.codes}"
    if len(decoded.texts) == 1:
        return source
    return f"{source}; {len(decoded.texts)} signed documents, the worst verdict is told"


def _told(
    name: str,
    steps: Sequence[Step],
    *,
    format_name: str | None = None,
    opened: Opened | None = None,
    kind: str | None = None,
    shown: JsonObject | None = None,
) -> Verdict:
    key_id = opened.proofs[0].key_id if opened and opened.proofs else None
    return Verdict(
        input=name,
        verdict=weighed(steps),
        format=opened.format if opened else format_name,
        kind=kind,
        issuer=_printable(opened.issuer) if opened else None,
        key_id=_printable(key_id) if key_id else None,
        checks=tuple(each.check for each in steps),
        shown=shown or {},
    )


def _printable(text: str) -> str:
    """Return text that can be written as UTF-8: a file name or a JSON escape may hold half a pair."""
    return text.encode("utf-8", "replace").decode("utf-8")
