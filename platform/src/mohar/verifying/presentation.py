"""What a presentation is worth: who shows it, to whom and when, and every credential in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

import msgspec

from mohar.domain.errors import Unreadable, Unsupported
from mohar.domain.proof import Opened
from mohar.domain.values import JsonObject, Personal
from mohar.domain.verdict import VerdictName
from mohar.plugin.roles import Format
from mohar.verifying.credential import (
    CredentialJudge,
    Judged,
    examined,
    may_show,
    not_believed,
    refusal_step,
    validity_step,
)
from mohar.verifying.signature import Signatures, did_of
from mohar.verifying.steps import Step, skipped, step, weighed

AUTHENTICATES: Final = ("authentication",)
KIND: Final = "presentation"
_WRONG: Final[frozenset[VerdictName]] = frozenset({"invalid", "key-not-valid"})
# What is wrong costs more to look at than what is right, and a stranger sends it.
_MOST_NOT_VALID: Final = 5


class Asked(Personal, frozen=True, kw_only=True):
    """What a presentation must have been made for; nothing is compared where nothing is asked."""

    challenge: str | None = None
    domains: tuple[str, ...] = ()


class PresentationJudge:
    """
    Takes the verifier's steps over a presentation, and over each credential in it.

    Its proof must be for `authentication`, with the very challenge and domains that were asked, and
    by a key of its holder. Credentials are looked at unless the presentation is known to be wrong.
    """

    def __init__(
        self,
        formats: Sequence[Format],
        credentials: CredentialJudge,
        holders: Signatures,
        most_credentials: int,
    ) -> None:
        self._formats = tuple(formats)
        self._credentials = credentials
        self._holders = holders
        self._most_credentials = most_credentials

    def judge(self, form: Format, opened: Opened, asked: Asked, at: datetime) -> Judged:
        """Return how the presentation stood at that moment; the worst of all steps decides."""
        held = opened.credentials or ()
        if len(held) > self._most_credentials:
            told = f"more than {self._most_credentials} credentials in it; show fewer at a time"
            return _judged(opened, [step("type", "failed", told, "unreadable")])
        steps = [step("type", "passed", f"a presentation, credentials in it: {len(held)}")]
        steps += self._itself(form, opened, asked, at)
        if weighed(steps) in _WRONG:
            return _judged(opened, [*steps, *not_believed("credentials")])
        judged = self._held(held, at)
        return _judged(opened, [*steps, *_numbered(judged, len(held))], judged)

    def _itself(self, form: Format, opened: Opened, asked: Asked, at: datetime) -> Sequence[Step]:
        steps = [_challenge(opened, asked), _domain(opened, asked)]
        steps += self._by_holder(form, opened, at)
        if weighed(steps) not in _WRONG:
            steps += examined(opened.checks)
        if weighed(steps) in _WRONG:
            return [*steps, *not_believed("validity")]
        return [*steps, validity_step(opened, at)]

    def _by_holder(self, form: Format, opened: Opened, at: datetime) -> Sequence[Step]:
        """A key that is known, and not the holder's, is wrong; one that is not known is unknown."""
        asked = opened.issuer
        steps = self._holders.judge(form, opened, at, issuer=asked)
        if asked and weighed(steps) == "unknown-issuer":
            others = self._holders.judge(form, opened, at, issuer="")
            if weighed(others) == "valid":
                steps, asked = others, ""
        if weighed(steps) != "valid":
            return [*steps, *skipped("holder", because="nobody is known to have signed it")]
        return [*steps, self._holder(form, opened, at, asked)]

    def _holder(self, form: Format, opened: Opened, at: datetime, asked: str) -> Step:
        if not opened.issuer:
            return step("holder", "skipped", "it names no holder; its key tells who shows it")
        for index, proof in enumerate(opened.proofs):
            made_by = self._holders.made_by(form, opened, index, at, issuer=asked)
            if all((key.controller or did_of(proof)) != opened.issuer for key in made_by):
                return step("holder", "failed", "a key that is not its holder's", "invalid")
        return step("holder", "passed")

    def _held(self, credentials: Sequence[bytes], at: datetime) -> Sequence[Judged]:
        judged: list[Judged] = []
        not_valid = 0
        for data in credentials:
            judged.append(self._one(data, at))
            not_valid += weighed(judged[-1].steps) != "valid"
            if not_valid == _MOST_NOT_VALID:
                break
        return judged

    def _one(self, data: bytes, at: datetime) -> Judged:
        """No carrier, picture or presentation is opened inside of a presentation."""
        form = next((each for each in self._formats if each.recognise(data)), None)
        if form is None:
            return _unread(step("format", "failed", "no format that is enabled knows it"))
        try:
            opened = form.open(data)
        except (Unreadable, Unsupported) as error:
            return Judged(steps=(refusal_step("format", error),), issuer="")
        if opened.credentials is not None:
            return _unread(step("type", "failed", "a presentation in a presentation"))
        judged = self._credentials.judge(form, opened, at)
        steps = (step("format", "passed", opened.format), *judged.steps)
        return msgspec.structs.replace(judged, steps=steps)


def _judged(opened: Opened, steps: Sequence[Step], held: Sequence[Judged] = ()) -> Judged:
    holder = opened.issuer or (did_of(opened.proofs[0]) if opened.proofs else "")
    shown = _shown(holder, held) if may_show(steps) else {}
    return Judged(steps=tuple(steps), issuer=holder, kind=KIND, shown=shown)


def _challenge(opened: Opened, asked: Asked) -> Step:
    if asked.challenge is None:
        return step("challenge", "skipped", "nobody asked for one, so this may be a copy")
    if any(proof.challenge is None for proof in opened.proofs):
        return step("challenge", "failed", "the proof has none, and one was asked for", "invalid")
    if any(proof.challenge != asked.challenge for proof in opened.proofs):
        return step("challenge", "failed", "it was made for another occasion", "invalid")
    return step("challenge", "passed")


def _domain(opened: Opened, asked: Asked) -> Step:
    """VC-DI §4.4: the same texts, in any order."""
    if not asked.domains:
        return step("domain", "skipped", "nobody asked for one")
    if any(not proof.domains for proof in opened.proofs):
        return step("domain", "failed", "the proof has none, and one was asked for", "invalid")
    if any(set(proof.domains) != set(asked.domains) for proof in opened.proofs):
        return step("domain", "failed", "it was made for another verifier", "invalid")
    return step("domain", "passed")


def _unread(refused: Step) -> Judged:
    return Judged(steps=(msgspec.structs.replace(refused, leads_to="unsupported"),), issuer="")


def _numbered(judged: Sequence[Judged], count: int) -> Iterator[Step]:
    """Yield the steps of each credential under its number, counted from one."""
    for number, each in enumerate(judged, 1):
        for taken in each.steps:
            name = f"credential.{number}.{taken.check.name}"
            check = msgspec.structs.replace(taken.check, name=name)
            yield msgspec.structs.replace(taken, check=check)
    for number in range(len(judged) + 1, count + 1):
        told = f"{_MOST_NOT_VALID} of them are not valid, and the others were not looked at"
        yield step(f"credential.{number}", "skipped", told)


def _shown(holder: str, held: Sequence[Judged]) -> JsonObject:
    credentials = [{"kind": each.kind, **each.shown} for each in held if each.shown]
    return {"holder": holder, "credentials": credentials} if credentials else {"holder": holder}
