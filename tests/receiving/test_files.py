"""Files of records are read row by row, and no file makes the reading raise anything else."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mohar.domain.errors import InvalidInput
from mohar.domain.record import Message, Record
from mohar.receiving.files import FileForm, RecordFile, form_of

HEADER = ("number", "name")


class TableSource:
    """Reads tables with two columns."""

    def read(self, messages: Sequence[Message]) -> Sequence[Record]:
        raise AssertionError(messages)

    def columns(self) -> Sequence[str]:
        return HEADER

    def from_row(self, row: Mapping[str, str]) -> Message:
        return Message(content=dict(row))


def as_csv(*rows: Sequence[str]) -> bytes:
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows([HEADER, *rows])
    return stream.getvalue().encode()


def as_sheet(*rows: Sequence[Any]) -> bytes:
    book, stream = openpyxl.Workbook(), io.BytesIO()
    for row in [HEADER, *rows]:
        book.worksheets[0].append(list(row))
    book.save(stream)
    return stream.getvalue()


# Made once: a sheet tells when it was made, so that no two need be of one length.
SHEET = as_sheet(("1", "a"), ("2", "b"))


def read(form: FileForm, data: bytes, after: int = 0) -> list[tuple[int, Any]]:
    """The number of each row, and its content or the code of what is wrong."""
    rows = RecordFile(form=form, data=data).rows(TableSource(), after)
    return [
        (each.number, each.message.content if each.message else each.finding and each.finding.code)
        for each in rows
    ]


def fit(form: FileForm, data: bytes) -> None:
    RecordFile(form=form, data=data).must_fit(TableSource())


@given(
    st.lists(
        st.tuples(
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r")),
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r")),
        )
    )
)
@settings(deadline=None, max_examples=50)
def test_what_is_written_as_csv_is_read_again(rows: list[tuple[str, str]]):
    expected = [
        (number, dict(zip(HEADER, row, strict=True)))
        for number, row in enumerate(rows, 2)
        if any(row)
    ]

    assert read("csv", as_csv(*rows)) == expected


def test_a_sheet_is_read_as_its_cells_look():
    rows = read(
        "xlsx",
        as_sheet(
            ("a", 7),
            (1.5, True),
            (date(2021, 6, 1), datetime(2021, 6, 1, 9, 30)),  # noqa: DTZ001 -- a sheet knows no zones
            (99000000004711.0, None),
            (None, None),
            ("अ", "x"),
        ),
    )

    assert rows == [
        (2, {"number": "a", "name": "7"}),
        (3, {"number": "1.5", "name": "true"}),
        (4, {"number": "2021-06-01", "name": "2021-06-01T09:30:00"}),
        (5, {"number": "99000000004711", "name": ""}),
        (7, {"number": "अ", "name": "x"}),
    ]


def test_lines_are_objects_and_the_wrong_ones_are_told_and_passed_over():
    data = b'\xef\xbb\xbf{"a": 1}\n\n[1]\n{"a": 1, "a": 2}\nx\n{"message": {"b": 2}, "variant": "v9"}\n'

    assert read("jsonl", data) == [
        (1, {"a": 1}),
        (3, "row-unreadable"),
        (4, "row-unreadable"),
        (5, "row-unreadable"),
        (6, {"b": 2}),
    ]


def test_rows_with_too_few_or_too_many_fields_are_told_and_passed_over():
    assert read("csv", b"number,name\n1\n2,b\n3,c,d\n") == [
        (2, "row-unreadable"),
        (3, {"number": "2", "name": "b"}),
        (4, "row-unreadable"),
    ]


def test_where_a_table_cannot_be_read_on_its_rest_is_one_finding():
    assert read("csv", b'number,name\n1,a\n2,"b\n3,c\n') == [
        (2, {"number": "1", "name": "a"}),
        (3, "row-unreadable"),
    ]


@pytest.mark.parametrize("after", [0, 2, 3, 9])
def test_reading_goes_on_behind_any_row(after: int):
    rows = [("1", "a"), ("2", "b"), ("3", "c")]

    assert [number for number, _ in read("csv", as_csv(*rows), after)] == [
        number for number in (2, 3, 4) if number > after
    ]


@pytest.mark.parametrize(
    ("form", "data", "told"),
    [
        ("csv", b"", "empty"),
        ("csv", b"\xef\xbb\xbf \n", "empty"),
        ("csv", b"name\nx\n", "missing: number"),
        ("csv", b"a,b\n", "missing: number, name"),
        ("csv", b"number,name,name\n", "not right"),
        ("csv", b"\xff\xfe", "UTF-8"),
        ("csv", b"number;name\n", "missing: number, name"),
        ("xlsx", b"PK\x03\x04", "XLSX"),
        ("xlsx", as_csv(("1", "a")), "XLSX"),
        ("jsonl", b"\n \n", "empty"),
    ],
)
def test_what_is_wrong_with_a_file_as_a_whole_is_told_at_once(
    form: FileForm, data: bytes, told: str
):
    with pytest.raises(InvalidInput, match=told):
        fit(form, data)


def test_every_missing_column_is_a_finding():
    with pytest.raises(InvalidInput) as caught:
        fit("csv", b"number,extra,extra\n")

    assert [(each.code, each.where) for each in caught.value.findings] == [
        ("column-missing", "name"),
        ("column-twice", "extra"),
    ]


def test_a_sheet_that_unfolds_without_end_is_not_unfolded():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 510_000_000)

    with pytest.raises(InvalidInput, match="unfolds"):
        fit("xlsx", stream.getvalue())


def test_entities_in_a_sheet_unfold_to_nothing():
    with zipfile.ZipFile(io.BytesIO(as_sheet(("1", "a")))) as archive:
        parts = {each: archive.read(each) for each in archive.namelist()}
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, bomb + data if name.endswith("sheet1.xml") else data)

    with pytest.raises(InvalidInput):
        fit("xlsx", stream.getvalue())


@given(st.sampled_from(["csv", "jsonl", "xlsx"]), st.binary(max_size=300))
@settings(deadline=None, max_examples=80)
def test_no_bytes_make_it_raise_anything_else(form: FileForm, data: bytes):
    numbers = [number for number, _ in read(form, data)]

    assert numbers == sorted(set(numbers))


@given(st.data())
@settings(deadline=None, max_examples=40)
def test_no_damage_to_a_sheet_makes_it_raise_anything_else(data: st.DataObject):
    sheet = bytearray(SHEET)
    for _ in range(data.draw(st.integers(1, 5))):
        sheet[data.draw(st.integers(0, len(sheet) - 1))] = data.draw(st.integers(0, 255))

    numbers = [number for number, _ in read("xlsx", bytes(sheet))]

    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize(
    ("name", "data", "form"),
    [
        ("a.csv", b"x", "csv"),
        ("A.CSV", b"x", "csv"),
        ("a.jsonl", b"{}", "jsonl"),
        ("a.ndjson", b"{}", "jsonl"),
        ("a.xlsx", b"PK\x03\x04", "xlsx"),
        ("a.csv", b"PK\x03\x04", "xlsx"),
    ],
)
def test_the_beginning_and_the_name_tell_the_form(name: str, data: bytes, form: str):
    assert form_of(name, data) == form


@pytest.mark.parametrize("name", ["", "a", "a.pdf", "a.xls"])
def test_a_file_of_another_form_is_refused(name: str):
    with pytest.raises(InvalidInput):
        form_of(name, b"x")
