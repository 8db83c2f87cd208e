"""Filters never make a value more precise, or another one, than it is."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mohar_renderer_pdf._dates import Dates
from mohar_renderer_pdf._renderer import _in_force, _mask

INDIA = Dates("Asia/Kolkata")


class TestLocalDate:
    @pytest.mark.parametrize(
        ("value", "language", "shown"),
        [
            ("2021-03-02", "en", "02 Mar 2021"),
            ("2021-03", "en", "Mar 2021"),
            ("2021", "en", "2021"),
            ("2021-03-02", "hi", "02 मार्च 2021"),
            ("2021-03-02", "mr", "02 मार्च 2021"),
            ("2021-03-02", "ur", "02 مارچ 2021"),
            ("2021-03-02", "sat-Deva", "02.03.2021"),
            ("2021-03-02", "xx-yy", "02 Mar 2021"),
        ],
    )
    def test_a_date_is_in_words_with_latin_digits(
        self, value: str, language: str, shown: str
    ) -> None:
        assert INDIA.local_date(value, language) == shown

    @pytest.mark.parametrize(
        ("moment", "day"),
        [
            ("2021-03-02T23:30:00+05:30", "2021-03-02"),
            ("2021-03-02T18:29:59Z", "2021-03-02"),
            ("2021-03-02T18:30:00.000Z", "2021-03-03"),
        ],
    )
    def test_a_moment_is_the_day_it_was_there(self, moment: str, day: str) -> None:
        assert INDIA.iso_date(moment) == day

    @pytest.mark.parametrize(
        "value", ["", "2021-13", "yesterday", "2021-03-02T10:00:00", "02/03/2021"]
    )
    def test_what_is_no_date_is_not_guessed(self, value: str) -> None:
        with pytest.raises(ValueError, match=r".+"):
            INDIA.local_date(value)


class TestPlusDays:
    @given(day=st.dates(date(1900, 1, 1), date(2200, 1, 1)), days=st.integers(-400, 400))
    def test_days_are_added_by_the_calendar(self, day: date, days: int) -> None:
        assert INDIA.plus_days(day.isoformat(), days) == (day + timedelta(days=days)).isoformat()

    def test_a_day_is_not_added_to_a_month(self) -> None:
        with pytest.raises(ValueError, match="full date"):
            INDIA.plus_days("2021-03", 28)


class TestOthers:
    @given(value=st.text(max_size=30), visible=st.integers(-3, 40))
    def test_a_mask_keeps_the_length_and_never_shows_the_whole(
        self, value: str, visible: int
    ) -> None:
        masked = _mask(value, visible)

        hidden = len(value) if not 0 < visible < len(value) else len(value) - visible
        assert len(masked) == len(value)
        assert masked[:hidden] == "X" * hidden

    def test_the_period_in_force_is_the_last_that_has_begun(self) -> None:
        periods = [{"effective_from": "2021-05-13"}, {"effective_from": "2021-01-16"}]

        found = [_in_force(periods, day) for day in ("2021-01-15", "2021-01-16", "2022-01-01")]

        assert found == [None, periods[1], periods[0]]
