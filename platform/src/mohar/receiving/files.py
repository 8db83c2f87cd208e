"""Files of records, row by row: CSV, JSON Lines and XLSX; a bad row is told and passed over."""

from __future__ import annotations

import csv
import io
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from itertools import islice
from typing import Any, Final, Literal

import msgspec
from defusedxml.common import DefusedXmlException

from mohar.codec import strict_json
from mohar.domain.errors import InvalidInput, Unreadable
from mohar.domain.findings import Finding
from mohar.domain.record import Message
from mohar.domain.values import Personal
from mohar.plugin import Source

FileForm = Literal["csv", "jsonl", "xlsx"]
FORMS: Final[tuple[FileForm, ...]] = ("csv", "jsonl", "xlsx")

_ZIP: Final = b"PK\x03\x04"
_MARK: Final = b"\xef\xbb\xbf"
# A packed sheet may not unfold to more than this: a table of ten million cells.
_MOST_UNPACKED: Final = 500_000_000
_MOST_COLUMNS: Final = 1_000
_LONGEST_CELL: Final = 100_000
# openpyxl raises what the zip and the XML inside raise; any of them says that the sheet is damaged.
# It reads the XML by defusedxml where that is there, as it is with us.
_DAMAGED: Final = (
    DefusedXmlException,
    zipfile.BadZipFile,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    SyntaxError,
    OSError,
    EOFError,
    ArithmeticError,
    RuntimeError,
    zlib.error,
    struct.error,
)


class Row(Personal, frozen=True, kw_only=True):
    """
    One row, by its number in the file: the header of a table is row 1.

    It has a message or a finding that says why it has none. `cells` are what the table holds, for
    whoever sent it.
    """

    number: int
    message: Message | None = None
    finding: Finding | None = None
    cells: tuple[str, ...] = ()


class RecordFile(Personal, frozen=True, kw_only=True):
    """A file of records as it was sent."""

    form: FileForm
    data: bytes
    variant: str = ""

    def columns(self) -> tuple[str, ...]:
        """
        Return the header of a table; nothing for JSON Lines.

        Raises:
            InvalidInput: the file is none of its form.
        """
        if self.form == "jsonl":
            return ()
        return next(iter(self._cells()), ())

    def must_fit(self, source: Source) -> None:
        """
        Check what can be told of the file as a whole.

        Raises:
            InvalidInput: there is nothing in it, or columns are missing or there twice; all are named.
        """
        if not self.data.removeprefix(_MARK).strip():
            raise InvalidInput("the file is empty")
        if self.form != "jsonl":
            _check_header(self.columns(), source)

    def rows(self, source: Source, after: int = 0) -> Iterator[Row]:
        """Return the rows behind one, in order; what is empty is passed over. Never raises."""
        read = self._objects() if self.form == "jsonl" else self._table(source)
        return (row for row in read if row.number > after)

    def _objects(self) -> Iterator[Row]:
        for number, line in enumerate(self.data.removeprefix(_MARK).split(b"\n"), 1):
            if line.strip():
                yield self._object(number, line)

    def _object(self, number: int, line: bytes) -> Row:
        try:
            content = strict_json.parse_object(line)
        except Unreadable as error:
            return _unreadable(number, f"this line is no JSON object: {error}")
        return Row(number=number, message=message_of(content, self.variant))

    def _table(self, source: Source) -> Iterator[Row]:
        number = 1
        try:
            cells = self._cells()
            header = next(cells, ())
            for number, row in enumerate(cells, 2):
                if any(row):
                    yield self._record(number, header, row, source)
        except InvalidInput as error:
            yield _unreadable(number + 1, f"from here on the file cannot be read: {error}")

    def _record(
        self, number: int, header: Sequence[str], row: tuple[str, ...], source: Source
    ) -> Row:
        if len(row) > len(header):
            told = f"this row has {len(row)} fields and the header {len(header)}"
            return _unreadable(number, told, row)
        filled = (*row, *[""] * (len(header) - len(row))) if self.form == "xlsx" else row
        if len(filled) < len(header):
            told = f"this row has {len(row)} fields and the header {len(header)}"
            return _unreadable(number, told, row)
        message = source.from_row(dict(zip(header, filled, strict=True)))
        if self.variant:
            message = msgspec.structs.replace(message, variant=self.variant)
        return Row(number=number, message=message, cells=filled)

    def _cells(self) -> Iterator[tuple[str, ...]]:
        """Raises InvalidInput where the table ends before its end."""
        return _csv_cells(self.data) if self.form == "csv" else _sheet_cells(self.data)


def form_of(name: str, data: bytes) -> FileForm:
    """
    Return the form of a file, by its beginning and its name.

    Raises:
        InvalidInput: it is none of those that are read.
    """
    if data.startswith(_ZIP):
        return "xlsx"
    ending = name.rpartition(".")[2].lower()
    if ending in {"csv", "jsonl", "ndjson"}:
        return "csv" if ending == "csv" else "jsonl"
    raise InvalidInput("name the file .csv, .jsonl or .xlsx, after what is in it")


def message_of(item: dict[str, Any], variant: str) -> Message:
    """
    Return the message of one JSON object.

    It is one itself, or `{"variant": …, "message": {…}}` where variants differ within a file; other
    members beside `message` are labels and are left alone.
    """
    inner = item.get("message")
    if isinstance(inner, dict):
        return Message(content=inner, variant=str(item.get("variant", variant)))
    return Message(content=item, variant=variant)


def _check_header(header: Sequence[str], source: Source) -> None:
    columns = list(source.columns())
    if not columns:
        raise InvalidInput("this kind's source reads no tables; send JSON Lines")
    missing = [name for name in columns if name not in header]
    twice = sorted({name for name in header if header.count(name) > 1})
    findings = [
        *(
            _column("column-missing", name, "this column is missing in the header")
            for name in missing
        ),
        *(_column("column-twice", name, "this column is there twice") for name in twice),
    ]
    if findings:
        names = ", ".join(missing) or "none"
        raise InvalidInput(f"the header is not right; these columns are missing: {names}", findings)


def _column(code: str, name: str, message: str) -> Finding:
    return Finding(code=code, where=name[:100], message=message)


def _unreadable(number: int, told: str, cells: tuple[str, ...] = ()) -> Row:
    finding = Finding(code="row-unreadable", message=told)
    return Row(number=number, finding=finding, cells=cells)


def _csv_cells(data: bytes) -> Iterator[tuple[str, ...]]:
    try:
        text = data.removeprefix(_MARK).decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInput("the file is not UTF-8 text") from error
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        yield from (tuple(row) for row in reader)
    except csv.Error as error:
        raise InvalidInput(f"this is not CSV (RFC 4180): {error}") from error


def _sheet_cells(data: bytes) -> Iterator[tuple[str, ...]]:
    """Return the rows of the first sheet; formulas count as what they last came to."""
    # It takes a tenth of a second to import: only who has a sheet waits for it.
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        _must_unfold(data)
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        for row in sheet.iter_rows(values_only=True, max_col=_MOST_COLUMNS):
            yield _trimmed([_text(cell) for cell in row])
    except (*_DAMAGED, InvalidFileException) as error:
        raise InvalidInput("this is no XLSX sheet, or it is damaged") from error


def _must_unfold(data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(part.file_size for part in archive.infolist()) > _MOST_UNPACKED:
            raise InvalidInput(f"the sheet unfolds to more than {_MOST_UNPACKED} bytes")


def _trimmed(cells: list[str]) -> tuple[str, ...]:
    """A sheet has no last column; what is empty at the end of a row is not there."""
    while cells and not cells[-1]:
        cells.pop()
    return tuple(cells)


def _text(cell: object) -> str:
    """A whole number stays one, and a moment at midnight is a day: sheets know no days."""
    match cell:
        case None:
            return ""
        case bool():
            return "true" if cell else "false"
        case float() if cell.is_integer() and abs(cell) < 1e15:  # noqa: PLR2004 -- what a double holds exactly
            return str(int(cell))
        case datetime() if cell.time() == time.min:
            return cell.date().isoformat()
        case datetime() | date() | time():
            return cell.isoformat()
        case _:
            return str(cell)[:_LONGEST_CELL]


def batches(rows: Iterator[Row], size: int) -> Iterator[Sequence[Row]]:
    """Cut rows into batches."""
    while batch := list(islice(rows, size)):
        yield batch
