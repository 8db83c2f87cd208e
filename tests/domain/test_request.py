"""The number of a request: nobody guesses it, and nobody mishears it unnoticed."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mohar.domain.request import (
    RequestState,
    RequestStep,
    leads_to,
    may_step_from,
    new_tracking,
    read_tracking,
    spelt,
)

LETTERS = "34679ACDEFHJKMNPQRTVWXY"


def numbered(letters: list[int]) -> str:
    left = iter(letters)
    return new_tracking(lambda _: next(left))


trackings = st.lists(st.integers(0, 22), min_size=11, max_size=11).map(numbered)


class TestTracking:
    @given(trackings)
    def test_it_is_read_however_it_is_written(self, number: str) -> None:
        assert len(number) == 12
        assert set(number) <= set(LETTERS)
        for written in (
            number,
            spelt(number),
            spelt(number).lower(),
            f" {number[:5]} {number[5:]}",
        ):
            assert read_tracking(written) == number

    @given(trackings, st.integers(0, 11), st.sampled_from(LETTERS))
    def test_one_wrong_letter_is_noticed(self, number: str, at: int, letter: str) -> None:
        wrong = number[:at] + letter + number[at + 1 :]

        assert (read_tracking(wrong) is None) == (wrong != number)

    @given(trackings, st.integers(0, 11), st.integers(0, 11))
    def test_two_letters_that_changed_places_are_noticed(
        self, number: str, one: int, other: int
    ) -> None:
        letters = list(number)
        letters[one], letters[other] = letters[other], letters[one]
        wrong = "".join(letters)

        assert (read_tracking(wrong) is None) == (wrong != number)

    @given(st.text(max_size=20))
    def test_any_text_is_a_number_or_none(self, text: str) -> None:
        assert read_tracking(text) in {None, text.upper().replace("-", "").replace(" ", "")}

    def test_every_letter_is_as_likely_as_every_other(self) -> None:
        asked: list[int] = []

        new_tracking(lambda below: asked.append(below) or 0)  # type: ignore[func-returns-value] # nothing, or 0

        assert asked == [23] * 11


class TestStates:
    @pytest.mark.parametrize("state", ["declined", "withdrawn", "done"])
    def test_an_end_is_an_end(self, state: RequestState) -> None:
        assert not any(may_step_from(step, state) for step in get_args(RequestStep))

    def test_every_state_but_the_first_is_reached_by_a_step(self) -> None:
        reached = {leads_to(step) for step in get_args(RequestStep)}

        assert reached == set(get_args(RequestState)) - {"open"}
