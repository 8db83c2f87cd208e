"""How a file of records is compared with what was issued: which fields, and what counts as equal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo

import msgspec

from mohar.config.load import load_yaml
from mohar.domain.errors import ConfigError
from mohar.domain.record import content_digest
from mohar.domain.values import differing_paths
from mohar.domain.valueset import normalised

Way = Literal["exact", "case", "blanks", "letters", "day", "number"]
_Path = Annotated[str, msgspec.Meta(pattern=r"^[^.\s]+(\.[^.\s]+)*$")]
_Days = Annotated[int, msgspec.Meta(ge=0, le=36_600)]
_UNKNOWN: Final = ("NA", "N/A", "nil", "none", "null", "unknown", "not available", "-")


class FieldRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    A part of the record, and what counts as equal in it.

    `compare` lists the ways: `case` and `blanks` do not count, only `letters` (and digits) do,
    only the local `day` of a time does, or the `number` that is written. `dates` are other forms
    that a day may have (strptime); `within_days` and `within` are tolerances.
    """

    path: _Path
    compare: tuple[Way, ...] = ()
    dates: tuple[str, ...] = ()
    within_days: _Days = 0
    within: Annotated[float, msgspec.Meta(ge=0)] = 0


class Rules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    The rules of one comparison; without a file all fields are compared as they are.

    No `fields` means every field. `ignored` parts are never compared, and never changed.
    `unknown` are texts that mean nothing is known; like a blank, they take the place of no value.
    """

    fields: tuple[FieldRule, ...] = ()
    ignored: tuple[_Path, ...] = ()
    unknown: tuple[str, ...] = _UNKNOWN

    @property
    def digest(self) -> str:
        """Return what tells these rules from all others."""
        return content_digest(msgspec.to_builtins(self))


def read_rules(path: Path | None) -> Rules:
    """
    Return the rules of a file, or those that hold without one.

    Raises:
        ConfigError: the file cannot be read, or holds mistakes; each with its place.
    """
    if path is None:
        return Rules()
    rules = load_yaml(path, Rules, name=path.name)
    for field in rules.fields:
        for form in field.dates:
            if not _is_form(form):
                raise ConfigError(f"{path.name}: {field.path}: {form!r} is no form of a day")
    return rules


class Judge:
    """Says what differs between the content of a kept record and that of another."""

    def __init__(self, rules: Rules, ignores: Callable[[str], bool], zone: str) -> None:
        self._rules = rules
        self._ignores = ignores
        self._zone = ZoneInfo(zone)
        self._unknown = frozenset(map(_squeezed, rules.unknown))

    def changes(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values that differ, by their paths; one that is not known is none."""
        return {
            path: now
            for path in differing_paths(_with_objects(before, after), after)
            if self._is_compared(path)
            and not self.is_unknown(now := _value(after, path))
            and not self._is_same(path, _value(before, path), now)
        }

    def is_unknown(self, value: Any) -> bool:
        """Say whether a value says nothing."""
        if isinstance(value, str):
            return not value.strip() or _squeezed(value) in self._unknown
        return value is None or value in ([], {})

    def _is_compared(self, path: str) -> bool:
        if self._ignores(path) or any(_covers(each, path) for each in self._rules.ignored):
            return False
        return not self._rules.fields or self._rule(path) is not None

    def _rule(self, path: str) -> FieldRule | None:
        fields = self._rules.fields
        return next((each for each in fields if _covers(each.path, path)), None)

    def _is_same(self, path: str, before: Any, now: Any) -> bool:
        rule = self._rule(path)
        if rule is None:
            return False
        if "day" in rule.compare or rule.within_days:
            days = [_day(each, rule, self._zone) for each in (before, now)]
            if days[0] and days[1]:
                return abs(days[0] - days[1]) <= timedelta(days=rule.within_days)
        if "number" in rule.compare or rule.within:
            numbers = [_number(each) for each in (before, now)]
            if numbers[0] is not None and numbers[1] is not None:
                return abs(numbers[0] - numbers[1]) <= Decimal(str(rule.within))
        texts = [_text(each, rule) for each in (before, now)]
        return texts[0] is not None and texts[0] == texts[1]


def _with_objects(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Return the first with the objects that only the other has, empty: they differ leaf by leaf."""
    added = {
        name: _with_objects(there or {}, value)
        for name, value in after.items()
        if isinstance(value, dict)
        and ((there := before.get(name)) is None or isinstance(there, dict))
    }
    return {**before, **added}


def _value(tree: Any, path: str) -> Any:
    """A path of `differing_paths` leads through objects alone, and its steps may hold anything."""
    for step in path.split("."):
        tree = tree.get(step) if isinstance(tree, dict) else None
    return tree


def _covers(path: str, other: str) -> bool:
    return other == path or other.startswith(f"{path}.")


def _squeezed(text: str) -> str:
    return " ".join(text.split()).casefold()


def _text(value: Any, rule: FieldRule) -> str | None:
    if not isinstance(value, str):
        return None
    text = normalised(value) if "letters" in rule.compare else value
    if "blanks" in rule.compare:
        text = " ".join(text.split())
    return text.casefold() if "case" in rule.compare else text


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _day(value: Any, rule: FieldRule, zone: tzinfo) -> date | None:
    if not isinstance(value, str):
        return None
    for form in rule.dates:
        try:
            return datetime.strptime(value.strip(), form).replace(tzinfo=UTC).date()
        except ValueError:
            continue
    try:
        moment = datetime.fromisoformat(value.strip())
        return (moment.astimezone(zone) if moment.tzinfo else moment).date()
    except (ValueError, OverflowError):
        return None


def _is_form(form: str) -> bool:
    """A form is right where a day that was written in it is read as the same day."""
    day = datetime(2021, 11, 30, tzinfo=UTC)
    try:
        read = datetime.strptime(day.strftime(form), form).replace(tzinfo=UTC)
    except ValueError:
        return False
    return read.date() == day.date()
