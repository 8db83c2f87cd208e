"""What each converter makes of a value, and what it refuses."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mohar.domain.record import Record
from mohar_source_declared._dates import Form, one_day, one_moment, written

Convert: TypeAlias = Callable[[str, Any], Record]

TAKEN = [
    ("[]", "as it is ", "as it is "),
    ("[]", 7, 7),
    ("[]", True, True),
    ("[]", ["a", "", None, 2.5], ["a", 2.5]),
    ("[text]", 123, "123"),
    ("[text]", 12.0, "12"),
    ("[trim]", "\t a  b\n", "a b"),
    ("[upper]", "abc", "ABC"),
    ("[lower]", ["ABC", "D"], ["abc", "d"]),
    ("[integer]", " 042 ", 42),
    ("[integer]", "-7", -7),
    ("[integer]", 7.0, 7),
    ("[number]", "7.25", 7.25),
    ("[number]", "-7", -7),
    ("[number]", "-0.5", -0.5),
    ('[{use: number, decimal: ","}]', "7,25", 7.25),
    ("[date]", "2008-02-29", "2008-02-29"),
    ("[date]", "2008", "2008"),
    ("[date]", 2008, "2008"),
    ("[{use: date, formats: [DD/MM/YYYY]}]", "29/02/2008", "2008-02-29"),
    ("[{use: date, formats: [D.M.YYYY, M.YYYY]}]", "2.2008", "2008-02"),
    ("[{use: date, formats: [DD/MM/YYYY, MM/DD/YYYY]}]", "13/02/2008", "2008-02-13"),
    ("[{use: date, formats: [DD/MM/YYYY, MM/DD/YYYY]}]", "02/02/2008", "2008-02-02"),
    ("[date-time]", "2021-03-03T18:00:00Z", "2021-03-03T18:00:00+00:00"),
    ("[{use: date-time, zone: Asia/Kolkata}]", "2021-03-03 23:30", "2021-03-03T23:30:00+05:30"),
    (
        '[{use: date-time, formats: ["DD.MM.YYYY HH:mm"], zone: Europe/Tallinn}]',
        "01.07.2021 08:05",
        "2021-07-01T08:05:00+03:00",
    ),
    ("[local-date]", "2021-03-03T20:00:00Z", "2021-03-04"),
    ("[local-date]", "2021-03-03", "2021-03-03"),
    ("[{use: local-date, zone: America/Lima}]", "2021-03-03T02:00:00Z", "2021-03-02"),
    ("[{use: map, values: [{is: A, to: 1}, {is: A+, to: 0}]}]", " a+ ", 0),
    ("[{use: map, values: [{is: A, to: 1}], other: 9}]", "B", 9),
    ("[{use: lookup, set: subjects}]", "MATHS", "MAT"),
    ("[{use: lookup, set: subjects, take: area.name}]", "MAT", "Science"),
    ("[{use: lookup, set: subjects, take: area.name}]", "LAN", None),
    ("[{use: split, at: ;}]", "a; b;", ["a", "b"]),
    ("[{use: split, at: ;, take: -1}]", "a; b", "b"),
    ("[{use: split, at: ;, take: 2}]", "a; b", None),
    ("[join]", None, None),
    ("[{use: join, between: ', '}]", ["a", "b"], "a, b"),
    ("[{use: join, after: [w, n, nothing]}]", "a", "a W 7"),
    ("[{use: split, at: ;}, upper, {use: join, between: /}]", "a;b", "A/B"),
]

REFUSED = [
    ("[]", {"a": 1}),
    ("[]", [[1]]),
    ("[]", "half \ud800"),
    ("[]", math.nan),
    ("[]", 2**53),
    ("[text]", True),
    ("[text]", {}),
    ("[text]", math.inf),
    ("[trim]", ["a", {}]),
    ("[integer]", "1.5"),
    ("[integer]", 1.5),
    ("[integer]", "١٢"),
    ("[integer]", True),
    ("[number]", "7,25"),
    ("[number]", math.nan),
    ("[date]", "2007-02-29"),
    ("[date]", "29/02/2008"),
    ("[date]", "0000-01-01"),
    ("[{use: date, formats: [DD/MM/YYYY]}]", "31/04/2008"),
    ("[{use: date, formats: [DD/MM/YYYY, MM/DD/YYYY]}]", "01/02/2008"),
    ("[date-time]", "2021-03-03T18:00:00"),
    ("[date-time]", "2021-03-03"),
    ("[date-time]", "2021-02-29T18:00:00Z"),
    ("[{use: date-time, zone: Asia/Kolkata}]", "1850-01-01T00:00:00"),
    ("[local-date]", "2021-03-03T20:00:00"),
    ("[local-date]", "0001-01-01T00:00:00+14:00"),
    ("[{use: map, values: [{is: A, to: 1}]}]", "A+"),
    ("[{use: lookup, set: subjects}]", "Alchemy"),
    ("[{use: split, at: ;}]", {}),
    ("[join]", [{}]),
]


class TestTaken:
    @pytest.mark.parametrize(("chain", "value", "expected"), TAKEN)
    def test_a_value_becomes_what_the_chain_says(
        self, convert: Convert, chain: str, value: Any, expected: Any
    ) -> None:
        record = convert(chain, value)

        assert record.findings == ()
        assert record.content.get("v") == expected


class TestRefused:
    @pytest.mark.parametrize(("chain", "value"), REFUSED)
    def test_what_does_not_fit_is_one_finding(
        self, convert: Convert, chain: str, value: Any
    ) -> None:
        record = convert(chain, value)
        (finding,) = record.findings

        assert (finding.code, finding.where) == ("value-unfit", "v")
        assert "v" not in record.content
        assert not isinstance(value, str) or value not in finding.message


class TestDates:
    @settings(max_examples=100, deadline=None)
    @given(day=st.dates(), form=st.sampled_from(["DD/MM/YYYY", "D.M.YYYY", "YYYYMMDD", "M-D-YYYY"]))
    def test_a_day_that_was_written_is_read(self, day: date, form: str) -> None:
        parts = {
            "YYYY": f"{day:%Y}".zfill(4),
            "MM": f"{day:%m}",
            "DD": f"{day:%d}",
            "M": str(day.month),
            "D": str(day.day),
        }
        text = form
        for token in ("YYYY", "MM", "DD", "M", "D"):
            text = text.replace(token, parts[token])

        assert one_day(text, [Form(form)]) == day.isoformat()

    @settings(max_examples=100, deadline=None)
    @given(st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)))  # noqa: DTZ001 -- Hypothesis adds no zone to bounds
    def test_a_moment_that_was_written_is_the_same_moment(self, naive: datetime) -> None:
        moment = naive.replace(tzinfo=UTC) + timedelta(0)
        text = written(moment)

        assert text is not None
        assert one_moment(text, [], None) == moment

    @settings(max_examples=200, deadline=None)
    @given(st.text(max_size=20))
    def test_any_text_is_a_day_or_none(self, text: str) -> None:
        found = one_day(text, [Form("YYYY"), Form("DD/MM/YYYY")])

        assert found is None or found[:4].isdecimal()

    @pytest.mark.parametrize(
        "form", ["DD/MM", "DD/YYYY", "YYYY YYYY", "MM/M/YYYY", "YYYY-MM HH:mm"]
    )
    def test_a_form_that_tells_no_date_is_refused(self, form: str) -> None:
        with pytest.raises(ValueError, match="YYYY"):
            Form(form)
