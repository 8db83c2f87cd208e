"""What a deployment lets holders ask for, and what may be wished in each such request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

import msgspec

from mohar.domain.errors import InvalidInput
from mohar.domain.findings import Finding
from mohar.domain.request import Decider, RequestAction
from mohar.store.request_rows import Contents

LONGEST_TEXT: Final = 1_500
_MOST_BYTES: Final = 50_000

RequestPlans: TypeAlias = "Mapping[str, Mapping[str, RequestPlan]]"


class UnknownRequestType(InvalidInput):
    """This deployment has no such request for that kind, or has it no longer."""

    code = "unknown-request-type"


class RequestPlan(msgspec.Struct, frozen=True, kw_only=True):
    """One type of request. `changes` are the paths that may be wished anew."""

    name: str
    title: str
    changes: tuple[str, ...] = ()
    action: RequestAction = "correct"
    decides: Decider = "officer"
    evidence: tuple[str, ...] = ()

    def may_change(self, path: str) -> bool:
        """Say whether a path is one of those that may be wished anew, or lies below one."""
        return any(path == each or path.startswith(f"{each}.") for each in self.changes)

    @property
    def is_about_two(self) -> bool:
        """Say whether such a request names a second credential."""
        return self.action == "revoke-one"


def plan_of(plans: RequestPlans, kind: str, name: str) -> RequestPlan:
    """Return a type of request by its name. Raises UnknownRequestType, naming those there are."""
    known = plans.get(kind, {})
    if name not in known:
        raise UnknownRequestType(f"of this kind one can request: {', '.join(known) or 'nothing'}")
    return known[name]


def must_suit(plan: RequestPlan, contents: Contents) -> None:
    """Raise InvalidInput with everything that is wrong with the contents of a request."""
    must_be_text(contents.reason, "reason")
    findings = [*_about_changes(plan, contents), *_about_evidence(plan, contents)]
    if findings:
        raise InvalidInput("the request does not fit what one may ask for", findings)
    if len(msgspec.json.encode(contents)) > _MOST_BYTES:
        raise InvalidInput(f"a request has at most {_MOST_BYTES} bytes")


def must_be_text(text: str, name: str) -> None:
    """Raise InvalidInput for a text that says nothing, or is too long to be read."""
    if not text.strip():
        raise InvalidInput(f"say why, in `{name}`: it is kept sealed with the request")
    if len(text) > LONGEST_TEXT:
        raise InvalidInput(f"`{name}` has at most {LONGEST_TEXT} characters")


def in_words(evidence: Mapping[str, str]) -> str:
    """Return references as one text."""
    return "; ".join(f"{name}: {reference}" for name, reference in evidence.items())


def _about_changes(plan: RequestPlan, contents: Contents) -> Sequence[Finding]:
    if not contents.changes and plan.changes and not plan.is_about_two:
        return [
            Finding(
                code="nothing-wished",
                message=f"wish a new value for one of {', '.join(plan.changes)}",
                where="changes",
            )
        ]
    refused = sum(not plan.may_change(path) for path in contents.changes)
    if not refused:
        return []
    allowed = ", ".join(plan.changes) or "nothing"
    # A path that is not ours could be anything, somebody's name among it: it is not repeated.
    return [
        Finding(
            code="not-in-this-request",
            message=f"{refused} of the changes are none of this type, which changes {allowed}",
            where="changes",
        )
    ]


def _about_evidence(plan: RequestPlan, contents: Contents) -> Sequence[Finding]:
    given = {name for name, reference in contents.evidence.items() if reference.strip()}
    findings = [
        Finding(
            code="evidence-missing",
            message="refer to what proves the request",
            where=f"evidence.{name}",
        )
        for name in plan.evidence
        if name not in given
    ]
    if len(in_words(contents.evidence)) > LONGEST_TEXT:
        findings.append(
            Finding(
                code="evidence-too-long",
                message=f"all references together have at most {LONGEST_TEXT} characters",
                where="evidence",
            )
        )
    return findings
