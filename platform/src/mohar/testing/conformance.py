"""What the cases of published suites came to in a run of the tests, and why some came out otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final, Literal, TypeAlias

import msgspec

CaseOutcome: TypeAlias = Literal["passed", "failed", "not-applicable"]

PROPERTY: Final = "mohar-conformance"
# A case may be asked for several things; the page tells the worst of what was found.
_WORST_FIRST: Final[Sequence[CaseOutcome]] = ("failed", "not-applicable", "passed")


class Told(msgspec.Struct, frozen=True):
    """One case of a suite, what it came to, and for what reason unless it passed."""

    suite: str
    case: str
    outcome: CaseOutcome
    reason: str = ""


class Conformance:
    """
    Notes in one test what became of cases that others published.

    It asserts nothing. What it notes counts only when the test passes, so a test notes a case
    after it asserted what is true of it.
    """

    def __init__(self, notes: list[tuple[str, object]]) -> None:
        self._notes = notes

    def passed(self, suite: str, case: str) -> None:
        """Note that a case came out as its makers say."""
        self._note(Told(suite, case, "passed"))

    def failed(self, suite: str, case: str, reason: str) -> None:
        """Note that a case comes out otherwise than its makers say, and why it may."""
        self._note(Told(suite, case, "failed", reason))

    def not_applicable(self, suite: str, case: str, reason: str) -> None:
        """Note that a case is about something that is not offered here."""
        self._note(Told(suite, case, "not-applicable", reason))

    def all_passed(
        self, suite: str, cases: Iterable[str], *, but: Mapping[str, str] | None = None
    ) -> None:
        """Note that cases passed, but for those that failed for a reason."""
        reasons = but or {}
        for case in cases:
            if case in reasons:
                self.failed(suite, case, reasons[case])
            else:
                self.passed(suite, case)

    def _note(self, told: Told) -> None:
        self._notes.append((PROPERTY, msgspec.to_builtins(told)))


class Collected:
    """Gathers what the tests of a run noted."""

    def __init__(self) -> None:
        self._told: dict[tuple[str, str], Told] = {}

    def add(self, notes: Iterable[Sequence[object]]) -> None:
        """Add the notes of one test that passed."""
        for name, value in notes:
            if name == PROPERTY:
                told = msgspec.convert(value, Told)
                key = (told.suite, told.case)
                self._told[key] = min(self._told.get(key, told), told, key=_rank)

    @property
    def told(self) -> Sequence[Told]:
        """Return each case once, in order, with the worst of what was noted of it."""
        return [self._told[key] for key in sorted(self._told)]

    def write(self, file: Path) -> None:
        """Write them as a JSON array."""
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(msgspec.json.format(msgspec.json.encode(self.told), indent=1))


def read_told(file: Path) -> Sequence[Told]:
    """Return what a run wrote."""
    return msgspec.json.decode(file.read_bytes(), type=list[Told])


def _rank(told: Told) -> tuple[int, int, str]:
    """Worst first, and of two reasons the fuller one, whichever test came first."""
    return _WORST_FIRST.index(told.outcome), -len(told.reason), told.reason
