"""What `checks:` may say about a record, and `guards:` about a document of a legacy type."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from mohar_schema_declared._part import Name, Part, Path, Sentence

Form: TypeAlias = Literal["date", "date-time", "partial-date", "full-date"]


class Rule(Part, frozen=True, kw_only=True):
    """
    One check of a record before anything is reserved.

    A value that is absent or empty passes every rule but `required`. `code` and `message` are what
    the sender of the record reads; a message holds no value. `does: warn` tells and goes on.
    """

    path: Path
    code: Name
    message: Sentence
    does: Literal["refuse", "warn"] = "refuse"
    profiles: tuple[str, ...] = ()


class Required(Rule, frozen=True, kw_only=True, tag_field="rule", tag="required"):
    """Something must stand at `path`, or else at one of `or`."""

    or_: tuple[Path, ...] = msgspec.field(default=(), name="or")


class Range(Rule, frozen=True, kw_only=True, tag_field="rule", tag="range"):
    """A number (or the digits of one) within bounds, both included."""

    min: int | None = None
    max: int | None = None


class Pattern(Rule, frozen=True, kw_only=True, tag_field="rule", tag="pattern"):
    """The whole text matches a regular expression."""

    pattern: str


class Length(Rule, frozen=True, kw_only=True, tag_field="rule", tag="length"):
    """So many characters."""

    min: int = 0
    max: int | None = None


class WellFormed(Rule, frozen=True, kw_only=True, tag_field="rule", tag="form"):
    """A day `YYYY-MM-DD`, a partial date, or a date-time with its offset."""

    form: Form


class NotInFuture(Rule, frozen=True, kw_only=True, tag_field="rule", tag="not-in-future"):
    """A date-time that is past, or a day that has begun in the deployment's time zone."""


class NotBefore(Rule, frozen=True, kw_only=True, tag_field="rule", tag="not-before"):
    """A day not before a fixed one."""

    date: str


class BeforeOrEqual(Rule, frozen=True, kw_only=True, tag_field="rule", tag="before-or-equal"):
    """A (partial) date not after the one at `other`, as far as both are known."""

    other: Path


class OneOf(Rule, frozen=True, kw_only=True, tag_field="rule", tag="one-of"):
    """One of these values."""

    values: tuple[str | int, ...]


class InSet(Rule, frozen=True, kw_only=True, tag_field="rule", tag="in-set"):
    """A code or a name of a value set, whose entry says something at `has` where that is asked."""

    set: str
    has: Path | None = None


class InSchedule(Rule, frozen=True, kw_only=True, tag_field="rule", tag="schedule"):
    """
    The number at `path` fits the schedule that was in force at the day `at`.

    `by` finds the entry in the value set, `of` is the total that the record gives (the schedule's
    own where it gives none, or `assumed`). Entries without a schedule for that day pass.
    """

    set: str
    by: Path
    at: Path
    of: Path
    assumed: int | None = None


class Expression(Rule, frozen=True, kw_only=True, tag_field="rule", tag="expression"):
    """A CEL expression over `record` and `value` that must be true; one that fails is not."""

    expression: str


RecordRule: TypeAlias = (
    Required
    | Range
    | Pattern
    | Length
    | WellFormed
    | NotInFuture
    | NotBefore
    | BeforeOrEqual
    | OneOf
    | InSet
    | InSchedule
    | Expression
)


class GuardRule(Part, frozen=True, kw_only=True):
    """One question to a document of a legacy type: passed, failed, or it cannot be told."""

    name: Name
    about: Sentence


class IntegersGuard(GuardRule, frozen=True, kw_only=True, tag_field="rule", tag="integers"):
    """JSON integers stand at all paths: no text, no fraction, no boolean."""

    paths: tuple[Path, ...]


class PatternGuard(GuardRule, frozen=True, kw_only=True, tag_field="rule", tag="pattern"):
    """The text matches a named pattern. Absent: cannot be told."""

    path: Path
    pattern: Name


class FormGuard(GuardRule, frozen=True, kw_only=True, tag_field="rule", tag="form"):
    """The text has the form of a day or a date-time. `optional` passes what is absent or empty."""

    path: Path
    form: Form
    optional: bool = False


class OrderedGuard(GuardRule, frozen=True, kw_only=True, tag_field="rule", tag="ordered"):
    """The days at these paths, those that are there, do not go backwards."""

    paths: tuple[Path, ...]


class TogetherGuard(GuardRule, frozen=True, kw_only=True, tag_field="rule", tag="together"):
    """All of the paths are filled, or none is; otherwise it cannot be told which one was."""

    paths: tuple[Path, ...]


class SameGuard(GuardRule, frozen=True, kw_only=True, tag_field="rule", tag="same"):
    """The same value at all paths; otherwise it cannot be told which is which."""

    paths: tuple[Path, ...]


class StandsOutGuard(GuardRule, frozen=True, kw_only=True, tag_field="rule", tag="stands-out"):
    """
    Among terms that share an IRI only the value at `path` fits, so none can have been exchanged.

    What fits is told by one of three: a named `pattern`; a `set` where the value must be found; or
    a `set` with `by` and `take`, where the value must be (one of) what the entry found by `by` says
    at `take`. Another that fits as well, and means something else: cannot be told. None fits:
    `otherwise`. Only another fits: failed. An empty value cannot be told.
    """

    path: Path
    among: tuple[Path, ...]
    pattern: Name | None = None
    set: str | None = None
    by: Path | None = None
    take: Path | None = None
    otherwise: Literal["failed", "unknown"] = "failed"


class ScheduleGuard(GuardRule, frozen=True, kw_only=True, tag_field="rule", tag="schedule"):
    """
    1 ≤ number ≤ total + boosters, and the total is that of the schedule in force that day.

    An entry or a schedule that is not known: cannot be told.
    """

    number: Path
    of: Path
    set: str
    by: Path
    at: Path


class ExpressionGuard(GuardRule, frozen=True, kw_only=True, tag_field="rule", tag="expression"):
    """A CEL expression over `document`: true passes, false fails, an error cannot be told."""

    expression: str


Guard: TypeAlias = (
    IntegersGuard
    | PatternGuard
    | FormGuard
    | OrderedGuard
    | TogetherGuard
    | SameGuard
    | StandsOutGuard
    | ScheduleGuard
    | ExpressionGuard
)
