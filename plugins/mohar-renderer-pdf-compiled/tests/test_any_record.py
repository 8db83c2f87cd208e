"""Whatever the type of India's certificate accepts is printed from a sheet as it is laid out."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from mohar.domain.values import JsonObject

EXAMPLES = 8
MANY_EXAMPLES = 150
_ASCII = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 .,'-/&<>{}%"
LATIN = st.text(st.sampled_from(_ASCII), min_size=1, max_size=60).filter(str.strip)
# Words as people have them: what stands alone in a script is no word of it.
WORDS = st.lists(
    st.sampled_from(
        ["आशा", "देवी", "क्षत्रिय", "வள்ளி", "রহিম", "ਗੁਰਪ੍ਰੀਤ", "احمد", "علی", "Zoë", "O’Brien"]
    ),
    min_size=1,
    max_size=6,
).map(" ".join)
TEXT = LATIN | WORDS
VACCINATION = st.fixed_dictionaries(
    {"brand": LATIN, "lot": LATIN, "manufacturer": TEXT, "vaccineType": LATIN},
    optional={"centre": TEXT, "district": TEXT, "state": LATIN, "vaccinator": TEXT},
)
HOLDER = st.fixed_dictionaries(
    {"name": TEXT, "beneficiaryReference": LATIN, "age": st.integers(0, 150)},
    optional={
        "healthId": LATIN,
        "photoIdType": st.just("voter"),
        "photoId": st.from_regex(r"X{2,16}[0-9A-Z]{0,4}", fullmatch=True),
    },
)
ASKED = {
    "vaccinations": st.lists(VACCINATION, min_size=1, max_size=4),
    "holder": HOLDER,
    "total": st.integers(1, 4),
    "language": st.sampled_from(["en", "hi", "ta", "ur"]),
}
# pdfium gives a hyphen at the end of a line as U+0002.
_BLANK = re.compile(r"[\s\x02\xad\u2010\-\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufffe]")


def _another(value: Any) -> Any:
    """Return a text that is as long, of other letters: what a sheet was not made of."""
    if isinstance(value, dict):
        return {name: _another(each) for name, each in value.items()}
    kept = isinstance(value, int) or value == "voter"
    return value if kept else value.translate(str.maketrans("abcnou0123456", "eogbua6543210"))


def _values(vaccinations: list[JsonObject], holder: JsonObject) -> list[str]:
    rows = [each[name] for each in vaccinations for name in ("brand", "lot", "manufacturer")]
    latest = [vaccinations[-1].get(name, "") for name in ("centre", "state", "vaccinator")]
    whose = [str(each) for name, each in holder.items() if name not in {"photoId", "photoIdType"}]
    return [*rows, *latest, *whose]


def _check(
    both: Any,
    paper: SimpleNamespace,
    vaccinations: list[JsonObject],
    holder: JsonObject,
    total: int,
    language: str,
) -> None:
    documents = [
        paper.core(number, total, **holder, vaccination=vaccination)
        for number, vaccination in enumerate(vaccinations, start=1)
    ]
    compiled, laid_out = both.print(paper.shown(*documents, language=language))

    text = paper.texts(compiled)
    assert text == paper.texts(laid_out)
    assert paper.pictures(compiled) == paper.pictures(laid_out)
    solid = _BLANK.sub("", "".join(text))
    # In lines from right to left a reader may give the words of a value in another order.
    for value in _values(vaccinations, holder) if language != "ur" else ():
        if value.isascii():
            assert _BLANK.sub("", value) in solid


def _check_both(both: Any, paper: SimpleNamespace, **asked: Any) -> None:
    _check(both, paper, **asked)
    asked["vaccinations"] = [_another(each) for each in asked["vaccinations"]]
    asked["holder"] = _another(asked["holder"])
    _check(both, paper, **asked)


@pytest.fixture(scope="module")
def both(india: Callable[[], Any]) -> Any:
    """The certificate of India by two renderers, which keep what they learn."""
    return india()


@settings(max_examples=EXAMPLES, deadline=None, phases=(Phase.reuse, Phase.generate))
@given(**ASKED)
def test_whatever_is_signed_is_printed_both_ways(
    both: Any, paper: SimpleNamespace, **asked: Any
) -> None:
    _check_both(both, paper, **asked)


@pytest.mark.long
@settings(max_examples=MANY_EXAMPLES, deadline=None)
@given(**ASKED)
def test_many_of_them_are_printed_both_ways(
    both: Any, paper: SimpleNamespace, **asked: Any
) -> None:
    _check_both(both, paper, **asked)
    assert both.counted["compiled", ""] > 0
