"""What counts as equal, and what is never an update."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mohar.domain.errors import ConfigError
from mohar.domain.values import with_values
from mohar.reconciling.rules import FieldRule, Judge, Rules, read_rules

ANYTHING = st.recursive(
    st.one_of(st.none(), st.text(max_size=6), st.integers(-3, 3), st.booleans()),
    lambda inner: (
        st.dictionaries(st.sampled_from("abc"), inner, max_size=3) | st.lists(inner, max_size=2)
    ),
    max_leaves=8,
)
RECORD = st.dictionaries(st.sampled_from("abc"), ANYTHING, max_size=3)


def judge(*fields: FieldRule, ignored: tuple[str, ...] = ()) -> Judge:
    return Judge(Rules(fields=fields, ignored=ignored), lambda _: False, "Asia/Kolkata")


def is_same(before: Any, after: Any, **rule: Any) -> bool:
    return not judge(FieldRule(path="x", **rule)).changes({"x": before}, {"x": after})


class TestEqual:
    @pytest.mark.parametrize(
        ("before", "after", "rule"),
        [
            ("Asha", "ASHA", {"compare": ("case",)}),
            ("a  b ", " a b", {"compare": ("blanks",)}),
            ("A-1/2", "a12", {"compare": ("letters",)}),
            ("7", 7.0, {"compare": ("number",)}),
            (34, "35", {"within": 1}),
            ("2021-03-03T20:00:00Z", "2021-03-04", {"compare": ("day",)}),
            ("2021-03-04", "04-03-2021", {"compare": ("day",), "dates": ("%d-%m-%Y",)}),
            ("2021-03-04", "2021-03-06", {"within_days": 2}),
        ],
    )
    def test_only_under_the_rule_that_says_so(
        self, before: Any, after: Any, rule: dict[str, Any]
    ) -> None:
        assert is_same(before, after, **rule)
        assert not is_same(before, after)

    @pytest.mark.parametrize(
        ("before", "after", "rule"),
        [
            ("Asha", "Usha", {"compare": ("case", "blanks", "letters")}),
            (34, 36, {"within": 1}),
            ("x", 7, {"compare": ("number",)}),
            ("2021-03-04", "2021-03-07", {"within_days": 2}),
            ("2021-03-04", "yesterday", {"compare": ("day",)}),
            ("2021-03-04", "9999-12-31T23:00:00-12:00", {"compare": ("day",)}),
            ("nan", "nan ", {"compare": ("number",)}),
        ],
    )
    def test_what_is_beyond_the_rule_differs(
        self, before: Any, after: Any, rule: dict[str, Any]
    ) -> None:
        assert not is_same(before, after, **rule)

    @pytest.mark.parametrize("value", [None, "", "  ", "NA", "n/a", " Unknown ", "-", [], {}])
    def test_what_is_not_known_is_never_a_difference(self, value: Any) -> None:
        assert judge().changes({"x": "y"}, {"x": value}) == {}

    def test_only_the_fields_of_the_rules_and_never_the_ignored_ones(self) -> None:
        before, after = {}, {"a": {"b": 1, "c": 2}, "d": 3}

        found = judge(FieldRule(path="a"), ignored=("a.c",)).changes(before, after)

        assert found == {"a.b": 1}

    @settings(max_examples=80, deadline=None)
    @given(RECORD, RECORD)
    def test_with_its_changes_made_a_record_differs_no_more(
        self, before: dict[str, Any], after: dict[str, Any]
    ) -> None:
        changes = judge().changes(before, after)

        assert judge().changes(with_values(before, changes), after) == {}


class TestFile:
    def read(self, folder: Path, text: str) -> Rules:
        file = folder / "rules.yaml"
        file.write_text(text, encoding="utf-8")
        return read_rules(file)

    def test_a_file_says_it_all(self, tmp_path: Path) -> None:
        rules = self.read(
            tmp_path,
            "fields:\n  - {path: a.b, compare: [case, day], dates: ['%d/%m/%Y'], within_days: 1}\n"
            "ignored: [meta]\nunknown: [NK]\n",
        )

        assert rules.fields[0].dates == ("%d/%m/%Y",)
        assert (rules.ignored, rules.unknown) == (("meta",), ("NK",))
        assert rules.digest != Rules().digest

    @pytest.mark.parametrize(
        "text",
        [
            "fields: [{path: a, compare: [soundex]}]",
            "fields: [{path: 'a..b'}]",
            "fields: [{path: a, within_days: -1}]",
            "fields: [{path: a, dates: ['%d/%m']}]",
            "fields: [{path: a, dates: ['%Q']}]",
            "filds: []",
        ],
    )
    def test_a_mistake_is_told(self, tmp_path: Path, text: str) -> None:
        with pytest.raises(ConfigError, match=r"rules\.yaml"):
            self.read(tmp_path, text)
