"""A holder asks that a credential be put right: the states of such a request, and its number."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Literal

from mohar.domain.findings import Finding
from mohar.domain.values import JsonObject, Personal

RequestState = Literal["open", "forwarded", "approved", "declined", "withdrawn", "done", "failed"]
RequestStep = Literal["forward", "approve", "decline", "withdraw", "finish", "fail"]
RequestAction = Literal["correct", "revoke-one", "forward"]
Decider = Literal["officer", "source"]

_LEADS_TO: Final[Mapping[RequestStep, RequestState]] = {
    "forward": "forwarded",
    "approve": "approved",
    "decline": "declined",
    "withdraw": "withdrawn",
    "finish": "done",
    "fail": "failed",
}
_UNDECIDED: Final[tuple[RequestState, ...]] = ("open", "forwarded", "failed")
_STARTS_FROM: Final[Mapping[RequestStep, tuple[RequestState, ...]]] = {
    "forward": ("open",),
    "approve": _UNDECIDED,
    "decline": _UNDECIDED,
    "withdraw": _UNDECIDED,
    # A source may have done by itself what it was asked for.
    "finish": ("approved", "forwarded"),
    "fail": ("approved",),
}

# Digits and capitals of which no two look alike, in print or in handwriting; 23 is a prime.
_LETTERS: Final = "34679ACDEFHJKMNPQRTVWXY"
_RANDOM_LETTERS: Final = 11
_GROUP: Final = 4


class SourceAnswer(Personal, frozen=True, kw_only=True):
    """
    What a source says to a request that was forwarded to it.

    `accepted` has the wish carried out here; `done` says that the source has seen to all of it
    itself, so that nothing is changed here but by its records. `waiting` means that it has the
    request and decides later: it is asked again after `again_after_seconds`, and never where that
    is None. `reason` is its own words or reference.
    """

    state: Literal["waiting", "accepted", "declined", "done"]
    reason: str = ""
    again_after_seconds: int | None = None


class ForwardedRequest(Personal, frozen=True, kw_only=True):
    """
    A request on its way to the source that the credential's record came from.

    `key` is the natural key by its paths, as far as the record is still kept. `changes` are the
    wished values by their paths in the record, `evidence` references by the name of what is asked.
    `other_id` is the second credential of a request that is about two.
    """

    tracking: str
    kind: str
    type: str
    credential_id: str
    other_id: str | None = None
    key: JsonObject
    reason: str
    changes: JsonObject
    evidence: dict[str, str]


class Failure(Personal, frozen=True, kw_only=True):
    """Why an approved request did not end well: an error's code, and all that was found."""

    code: str
    findings: tuple[Finding, ...] = ()


def leads_to(step: RequestStep) -> RequestState:
    """Return the state a step leads to."""
    return _LEADS_TO[step]


def may_step_from(step: RequestStep, state: RequestState) -> bool:
    """Say whether a step is possible in a state."""
    return state in _STARTS_FROM[step]


def new_tracking(random_below: Callable[[int], int]) -> str:
    """
    Return a tracking number that nobody can guess: eleven random letters and a check letter.

    It is written without hyphens; `spelt` puts them in for people.
    """
    letters = [random_below(len(_LETTERS)) for _ in range(_RANDOM_LETTERS)]
    return "".join(_LETTERS[each] for each in [*letters, _check(letters)])


def read_tracking(text: str) -> str | None:
    """
    Return the tracking number that a person wrote or heard, or None where it cannot be one.

    One wrong letter, and two that changed places, are always noticed.
    """
    letters = [_LETTERS.find(each) for each in text.upper() if each not in " -"]
    if len(letters) != _RANDOM_LETTERS + 1 or -1 in letters:
        return None
    if letters[-1] != _check(letters[:-1]):
        return None
    return "".join(_LETTERS[each] for each in letters)


def spelt(tracking: str) -> str:
    """Return a tracking number in groups, as it is shown and read aloud."""
    return "-".join(tracking[start : start + _GROUP] for start in range(0, len(tracking), _GROUP))


def _check(letters: list[int]) -> int:
    """Weights that differ, below a prime: no single letter and no exchange goes unnoticed."""
    weighted = sum(weight * letter for weight, letter in enumerate(letters, 2))
    return -weighted % len(_LETTERS)
