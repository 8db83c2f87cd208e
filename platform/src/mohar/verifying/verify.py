"""From what is presented to a verdict, in numbered steps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal

from mohar.domain.clock import Clock
from mohar.domain.errors import Unreadable, Unsupported
from mohar.domain.proof import Opened
from mohar.domain.values import Personal
from mohar.domain.verdict import Verdict
from mohar.plugin.roles import Format, Trust
from mohar.verifying.credential import CredentialJudge, Judged, KnownType, refusal_step
from mohar.verifying.decode import Decoded, Decoder, SignedText
from mohar.verifying.limits import Limits
from mohar.verifying.presentation import AUTHENTICATES, Asked, PresentationJudge
from mohar.verifying.signature import Signatures
from mohar.verifying.status import StatusTeller
from mohar.verifying.steps import PRECEDENCE, Step, printable, step, weighed

Wanted = Literal["anything", "credential", "presentation"]

_NOTHING: Final = Asked()
_OTHER_DOOR: Final = {
    "credential": "a presentation, and a credential is wanted",
    "presentation": "no presentation, and one is wanted",
}


class Presented(Personal, frozen=True, kw_only=True):
    """
    One input: a name to call it by in the answer, its bytes, and what it is wanted to be.

    `asked` is what a presentation must have been made for.
    """

    name: str
    data: bytes
    wanted: Wanted = "anything"
    asked: Asked = _NOTHING


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

    A presentation is asked for its `challenge`, `domain` and `holder` beside steps 4 to 8, of which
    each leads to `invalid`; then steps 2 to 9 are taken over every credential in it.
    """

    def __init__(
        self,
        *,
        formats: Sequence[Format],
        types: Sequence[KnownType],
        trust: Sequence[Trust],
        status: StatusTeller,
        clock: Clock,
        holders: Sequence[Trust] = (),
        limits: Limits | None = None,
    ) -> None:
        """`holders` tells whose keys count for presentations; where it is empty, `trust` does."""
        within = limits or Limits()
        self._decoder = Decoder(formats, within)
        self._credentials = CredentialJudge(types, Signatures(trust), status)
        self._presentations = PresentationJudge(
            formats,
            self._credentials,
            Signatures(holders or trust, AUTHENTICATES),
            within.max_credentials,
        )
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
        name = printable(presented.name)
        try:
            decoded = self._decoder.decode(presented.data)  # 1
        except (Unreadable, Unsupported) as error:
            return _told(name, [refusal_step("decode", error)])
        verdicts = [self._judge(name, presented, decoded, text, at) for text in decoded.texts]
        return min(verdicts, key=lambda verdict: PRECEDENCE.index(verdict.verdict))

    def _judge(
        self, name: str, presented: Presented, decoded: Decoded, text: SignedText, at: datetime
    ) -> Verdict:
        steps = [step("decode", "passed", _what_was_read(decoded))]
        try:
            opened = text.format.open(text.data)  # 2
        except (Unreadable, Unsupported) as error:
            return _told(name, [*steps, refusal_step("format", error)], text.format.name)
        steps.append(step("format", "passed", opened.format))
        judged = self._judged(presented, text.format, opened, at)
        return _told(name, [*steps, *judged.steps], opened.format, opened, judged)

    def _judged(self, presented: Presented, form: Format, opened: Opened, at: datetime) -> Judged:
        is_presentation = opened.credentials is not None
        if presented.wanted == ("credential" if is_presentation else "presentation"):
            other = step("type", "failed", _OTHER_DOOR[presented.wanted], "unsupported")
            return Judged(steps=(other,), issuer=opened.issuer)
        if is_presentation:
            return self._presentations.judge(form, opened, presented.asked, at)
        return self._credentials.judge(form, opened, at)


def _what_was_read(decoded: Decoded) -> str:
    source = "text" if decoded.medium == "text" else f"{decoded.medium}, QR codes: {decoded.codes}"
    if len(decoded.texts) == 1:
        return source
    return f"{source}; {len(decoded.texts)} signed documents, the worst verdict is told"


def _told(
    name: str,
    steps: Sequence[Step],
    format_name: str | None = None,
    opened: Opened | None = None,
    judged: Judged | None = None,
) -> Verdict:
    key_id = opened.proofs[0].key_id if opened and opened.proofs else None
    return Verdict(
        input=name,
        verdict=weighed(steps),
        format=format_name,
        kind=judged.kind if judged else None,
        issuer=printable(judged.issuer) if judged else None,
        key_id=printable(key_id) if key_id else None,
        checks=tuple(each.check for each in steps),
        shown=judged.shown if judged else {},
    )
