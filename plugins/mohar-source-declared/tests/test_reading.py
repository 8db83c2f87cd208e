"""Messages of a whole upstream, right and wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mohar.domain.record import Message, Record
from mohar.domain.values import JsonObject
from mohar_source_declared import DeclaredSource

Read: TypeAlias = Callable[..., Record]
Make: TypeAlias = Callable[..., JsonObject]

NAMES = ["id", "pupil", "full", "names", "born", "marks", "subject", "grade", "language", "x", "0"]
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(st.characters(), max_size=8).map("§{}".format),
    st.sampled_from(["MAT", "2008-02-29", "1234", "", " "]),
)
TREES = st.recursive(
    SCALARS,
    lambda inside: (
        st.lists(inside, max_size=3)
        | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=3), inside, max_size=4)
    ),
    max_leaves=12,
)
MESSAGES = st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=3), TREES, max_size=8)


def told(record: Record) -> list[tuple[str, str]]:
    return [(each.code, each.where) for each in record.findings]


class TestRight:
    def test_every_value_arrives_where_the_mapping_says(self, read: Read, right: Make) -> None:
        record = read(right())

        assert record.content == {
            "number": "1234",
            "pupil": {"name": "Mari Maasikas", "birth_date": "2008-02-29"},
            "school": "S1",
            "language": "en",
            "results": [{"subject": "MAT", "grade": "A+"}, {"subject": "LAN", "grade": "B"}],
        }
        assert record.findings == ()

    def test_the_second_origin_is_asked_where_the_first_has_nothing(
        self, read: Read, right: Make
    ) -> None:
        record = read(right(pupil={"full": "", "names": ["Mari", None, "Maasikas"]}))

        assert record.content["pupil"] == {"name": "Mari Maasikas"}

    def test_a_variant_has_members_of_its_own(self, read: Read, right: Make) -> None:
        """
        The second version writes dates in another way, and its grades are not read.
        """
        record = read(right(pupil={"full": "M", "born": "29/2/2008"}), variant="two")

        assert record.variant == "two"
        assert record.content["pupil"]["birth_date"] == "2008-02-29"
        assert record.content["results"] == [{"subject": "MAT"}, {"subject": "LAN"}]
        assert told(record) == [("unknown-field", "marks.0"), ("unknown-field", "marks.1")]

    def test_no_variant_is_the_first(self, read: Read, right: Make) -> None:
        assert read(right(), variant="").variant == "one"


class TestWrong:
    def test_everything_is_told_together_in_the_words_of_the_sender(
        self, read: Read, right: Make
    ) -> None:
        record = read(
            right(
                id="12",
                pupil={"born": "2007-02-29"},
                marks=[{"subject": "Alchemy", "grade": "A"}, {"subject": "MAT"}],
                extra=1,
            )
        )

        assert told(record) == [
            ("value-unfit", "id"),
            ("value-missing", "pupil.full"),
            ("value-unfit", "pupil.born"),
            ("value-unfit", "marks.0.subject"),
            ("value-missing", "marks.1.grade"),
            ("unknown-field", ""),
        ]
        assert all(each.is_error for each in record.findings)

    @pytest.mark.parametrize(
        ("member", "value"), [("pupil", "text"), ("pupil", [1]), ("marks", {"a": 1}), ("marks", 3)]
    )
    def test_another_shape_is_never_passed_over(
        self, read: Read, right: Make, member: str, value: Any
    ) -> None:
        """
        Values below it would be lost in silence otherwise.
        """
        assert ("value-unfit", member) in told(read(right(**{member: value})))

    def test_an_item_that_is_no_object_is_named_by_its_place(self, read: Read, right: Make) -> None:
        record = read(right(marks=[{"subject": "MAT", "grade": "A"}, "B"]))

        assert told(record) == [("value-unfit", "marks.1")]

    def test_a_list_without_end_is_refused(self, read: Read, right: Make) -> None:
        record = read(right(marks=[{}] * 1001))

        assert ("value-unfit", "marks") in told(record)
        assert len(record.findings) < 5

    def test_an_unknown_variant_is_refused(self, read: Read, right: Make) -> None:
        assert told(read(right(), variant="nine")) == [("unknown-variant", "")]

    def test_a_member_whose_name_is_no_name_is_counted_and_not_repeated(
        self, read: Read, right: Make
    ) -> None:
        """
        Somebody's name may stand where a member's name should.
        """
        (finding,) = read(right(**{"Mari Maasikas": 1, "extra": 1})).findings

        assert "extra and 1 more" in finding.message
        assert "Mari" not in finding.message


class TestRows:
    def test_a_row_becomes_the_same_record(self, register: DeclaredSource) -> None:
        row = {
            "No": " 1234 ",
            "Name": "Mari Maasikas",
            "Born": "29/2/2008",
            "Maths": "A+",
            "Language": "B",
            "internal": "",
            "other": "passed over",
        }
        (record,) = register.read([register.from_row(row)])

        assert record.findings == ()
        assert record.content["number"] == "1234"
        assert record.content["pupil"]["birth_date"] == "2008-02-29"
        assert record.content["results"] == [
            {"subject": "MAT", "grade": "A+"},
            {"subject": "LAN", "grade": "B"},
        ]

    def test_an_empty_cell_leaves_nothing_behind(self, register: DeclaredSource) -> None:
        """
        Neither the grade nor the subject beside it; what follows keeps its place.
        """
        row = dict.fromkeys(register.columns(), "") | {"Language": "B"}
        message = register.from_row(row)

        assert message.content == {"marks": [None, {"grade": "B", "subject": "LAN"}]}
        (record,) = register.read([message])
        assert record.content["results"] == [{"subject": "LAN", "grade": "B"}]

    def test_findings_name_columns(self, register: DeclaredSource) -> None:
        row = dict.fromkeys(register.columns(), "") | {"No": "12", "Born": "2008"}
        (record,) = register.read([register.from_row(row)])

        assert told(record) == [
            ("value-unfit", "No"),
            ("value-missing", "Name"),
            ("value-unfit", "Born"),
            ("value-missing", "marks"),
        ]

    def test_the_columns_are_those_of_the_mapping(self, register: DeclaredSource) -> None:
        assert register.columns() == ["No", "Name", "Born", "Maths", "Language", "internal"]


class TestAnyMessage:
    @settings(
        max_examples=300,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(content=MESSAGES, variant=st.sampled_from(["", "one", "two", "csv", "nine"]))
    def test_any_object_becomes_a_record(
        self, register: DeclaredSource, content: JsonObject, variant: str
    ) -> None:
        """
        Nothing is raised, and no finding repeats a text of the message.
        """
        (record,) = register.read([Message(content=content, variant=variant)])
        (again,) = register.read([Message(content=content, variant=variant)])
        messages = " ".join(each.message for each in record.findings)

        assert record == again
        assert "§" not in messages

    @settings(
        max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(cells=st.lists(st.text(max_size=12), min_size=6, max_size=6))
    def test_any_row_becomes_a_record(self, register: DeclaredSource, cells: list[str]) -> None:
        row = dict(zip(register.columns(), cells, strict=True))
        (record,) = register.read([register.from_row(row)])

        assert record.variant == "csv"

    def test_depth_is_no_danger(self, read: Read, right: Make) -> None:
        """
        What nothing reads is not walked through.
        """
        deep: Any = 1
        for _ in range(100_000):
            deep = [deep]
        record = read(right(extra=deep, internal=deep, id=deep))

        assert told(record) == [("value-unfit", "id"), ("unknown-field", "")]
