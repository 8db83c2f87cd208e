from __future__ import annotations

import enum
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
import pytest

from mohar.config.mistakes import ConfigMistakes
from mohar.config.shapes import converted
from mohar.config.yaml import read_document
from mohar.plugin.tools import SecretReference


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Range(
    msgspec.Struct, frozen=True, tag_field="check", tag="range", forbid_unknown_fields=True
):
    low: float
    high: float = 1.0

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise ValueError("low is above high")


class Form(msgspec.Struct, frozen=True, tag_field="check", tag="form", forbid_unknown_fields=True):
    pattern: str


class Rules(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    max_age: int = 1
    inner: Rules | None = None


def read(text: str, shape: Any) -> Any:
    return converted(read_document(text.encode(), "f"), shape)


def mistakes(text: str, shape: Any) -> list[str]:
    with pytest.raises(ConfigMistakes) as caught:
        read(text, shape)
    return [
        f"{each.line}:{each.column} {each.path}: {each.message} ({each.hint})"
        for each in caught.value.mistakes
    ]


@pytest.mark.parametrize(
    ("text", "shape", "value"),
    [
        ("text", str, "text"),
        ("[a, b]", list[str], ["a", "b"]),
        ("[a, b]", tuple[str, ...], ("a", "b")),
        ("[a, a]", set[str], {"a"}),
        ("[a, a]", frozenset[str], frozenset({"a"})),
        ("[a, 1]", tuple[str, int], ("a", 1)),
        ("{a: 1}", dict[str, int], {"a": 1}),
        ("{a: [1, ~, {b: NO}]}", Any, {"a": [1, None, {"b": "NO"}]}),
        ("{a: 1}", dict[Literal["a", "b"], int], {"a": 1}),
        ("~", int | None, None),
        ("5", int | None, 5),
        ("5", float, 5.0),
        ("5", int | str, 5),
        ("5x", int | str, "5x"),
        ("2", Literal[1, 2], 2),
        ("~", Literal["a"] | None, None),
        ("red", Colour, Colour.RED),
        ("2021-01-01", date, date(2021, 1, 1)),
        ("1.10", Decimal, Decimal("1.1")),
        ("{check: form, pattern: x}", Range | Form, Form("x")),
        ("[{check: range, low: 0}]", list[Range | Form], [Range(0.0)]),
        ("{max-age: 2, inner: {max-age: 3}}", Rules, Rules(max_age=2, inner=Rules(max_age=3))),
        ("{unknown: 1}", Rules, Rules()),
        ("{env: A}", str | SecretReference, SecretReference(env="A")),
        ("{env: A}", SecretReference | None, SecretReference(env="A")),
    ],
)
def test_what_fits_becomes_the_value(text: str, shape: Any, value: Any) -> None:
    found = read(text, shape)

    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "shape", "told"),
    [
        ("1", str, "1:1 : expected text, got the number 1 (put it in quotes)"),
        ("true", str, "1:1 : expected text, got true (put it in quotes)"),
        ("~", str, "1:1 : expected text, got nothing ()"),
        ("true", int, "1:1 : expected a whole number, got true ()"),
        ("1.5", int, "1:1 : expected a whole number, got the number 1.5 ()"),
        ("true", Literal[1], "1:1 : expected 1, got true ()"),
        ("rad", Colour, '1:1 : expected one of "red" or "blue", got "rad" (did you mean "red"?)'),
        ("RED", Literal["red"], '1:1 : expected "red", got "RED" (did you mean "red"?)'),
        ("[a]", dict[str, str], "1:1 : expected a mapping, got a list ()"),
        ("{a: b}", list[str], "1:1 : expected a list, got a mapping ()"),
        ("[a]", tuple[str, str], "1:1 : expected a list of 2, got one of 1 ()"),
        (
            "[a]",
            str | int | None,
            "1:1 : expected text or a whole number or nothing, got a list ()",
        ),
        ("2021-02-30", date, '1:1 : expected a date (YYYY-MM-DD), got "2021-02-30" ()'),
        (".nan", Annotated[float, msgspec.Meta(ge=0)], "1:1 : expected at least 0, got nan ()"),
        ("4", Annotated[int, msgspec.Meta(gt=4)], "1:1 : expected more than 4, got 4 ()"),
        ("4", Annotated[int, msgspec.Meta(lt=4)], "1:1 : expected less than 4, got 4 ()"),
        (
            "3",
            Annotated[int, msgspec.Meta(multiple_of=2)],
            "1:1 : expected a multiple of 2, got 3 ()",
        ),
        (
            "abc",
            Annotated[str, msgspec.Meta(max_length=2)],
            "1:1 : expected at most 2 characters, got 3 ()",
        ),
        (
            "a",
            Annotated[str, msgspec.Meta(min_length=2)],
            "1:1 : expected at least 2 characters, got 1 ()",
        ),
        ('"a\\n"', Annotated[str, msgspec.Meta(pattern="^a$")], '1:1 : "a\\n" must match ^a$ ()'),
        (
            "{a: 1}",
            Annotated[dict[str, int], msgspec.Meta(min_length=2)],
            "1:1 : expected at least 2 fields, got 1 ()",
        ),
        ("{c: 1}", dict[Literal["a", "b"], int], '1:2 c: expected one of "a" or "b", got "c" ()'),
        (
            "{check: forn}",
            Range | Form,
            '1:9 check: expected one of "range" or "form", got "forn" (did you mean "form"?)',
        ),
        (
            "{low: 1}",
            Range | Form,
            '1:1 : missing field "check"; it is one of "range" or "form" ()',
        ),
        ("{check: range, low: 2}", Range | Form, "1:1 : low is above high ()"),
        (
            "hunter2",
            SecretReference | None,
            "1:1 : expected a reference to a secret, {env: NAME} or {file: path}, never the secret itself ()",
        ),
        ("{1: 2}", dict[str, int], "1:2 : a key must be text; put it in quotes ()"),
    ],
)
def test_what_does_not_fit_is_told(text: str, shape: Any, told: str) -> None:
    assert mistakes(text, shape) == [told]


def test_every_item_of_a_list_is_told() -> None:
    assert mistakes("[1, a, {}, b]", list[str]) == [
        "1:2 item 1: expected text, got the number 1 (put it in quotes)",
        "1:8 item 3: expected text, got a mapping ()",
    ]


def test_a_value_that_a_literal_secret_shares_its_line_with_does_not_show_it() -> None:
    with pytest.raises(ConfigMistakes) as caught:
        read("{a: {env: x, value: hunter2}, b: [hunter3], c: {}}", dict[str, SecretReference])

    assert len(caught.value.mistakes) == 3
    assert "hunter" not in str(caught.value)


def test_the_shape_of_every_fitting_text_is_what_msgspec_would_make_of_it() -> None:
    text = "{max-age: 2, inner: {inner: {}}}"

    assert read(text, Rules) == msgspec.convert({"max-age": 2, "inner": {"inner": {}}}, Rules)
