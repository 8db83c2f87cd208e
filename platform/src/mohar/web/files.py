"""Files of records come in; how far they are, and which rows were wrong, goes out."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, HeaderParameter, QueryParameter, RawBody

from mohar.access.ids import can_be_an_id
from mohar.codec.forms import MULTIPART, SentFile, file_in
from mohar.domain.errors import InvalidInput
from mohar.domain.findings import Finding
from mohar.receiving.upload import WrongRow, WrongRows
from mohar.web.accept import preferred
from mohar.web.answers import json_answer, private_answer
from mohar.web.auth import actor_of, house_of
from mohar.web.described import BYTES, OBJECT, TEXT, answers, giving, taking
from mohar.web.records import VARIANT, FileProgress, file_progress

_CSV: Final = "text/csv"
_JSON: Final = "application/json"
_SHEET: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_NAMES: Final[Mapping[str, str]] = {
    _CSV: "records.csv",
    "application/jsonl": "records.jsonl",
    "application/x-ndjson": "records.jsonl",
    _SHEET: "records.xlsx",
}


class FileKept(msgspec.Struct, frozen=True, kw_only=True):
    """A file is durable; its rows are issued behind that."""

    submission_id: str


class Files(msgspec.Struct, frozen=True, kw_only=True):
    """One's own last files of a kind, the newest first."""

    files: tuple[FileProgress, ...]


class RowErrors(msgspec.Struct, frozen=True, kw_only=True):
    """One row that led to no credential; the header of a table is row 1."""

    row: int
    state: str
    findings: tuple[Finding, ...]


class Errors(msgspec.Struct, frozen=True, kw_only=True):
    """The rows, or items, of a submission that led to no credential so far."""

    rows: tuple[RowErrors, ...]


@post(
    "/v1/kinds/{kind:str}/files",
    sync_to_thread=True,
    status_code=202,
    summary="Submit a file of records: CSV, JSON Lines or XLSX",
    tags=["records"],
    operation_class=taking(
        {_CSV: TEXT, "application/x-ndjson": TEXT, _SHEET: BYTES, MULTIPART: OBJECT},
        "The file, or a form with it in the field `file`.",
    ),
    responses=answers({202: (FileKept, "It is kept.")}, 400, 401, 403, 404, 409, 413, 429, 503),
)
def submit_file(
    request: Request[Any, Any, Any],
    body: RawBody,
    kind: FromPath[str],
    name: Annotated[
        str, QueryParameter(description="The file's name; its ending tells what it is.")
    ] = "",
    variant: Annotated[
        str, QueryParameter(description="The version of an upstream message.", pattern=VARIANT)
    ] = "",
    idempotency_key: Annotated[
        str | None,
        HeaderParameter(name="Idempotency-Key", description="A repeat gets the first answer."),
    ] = None,
) -> Response[bytes]:
    """
    Check the header, make the file durable, and answer; its rows are taken behind that.

    All columns that are missing are named in one 400. `GET /v1/submissions/{id}` tells how far it
    is, and `…/errors` which rows led to no credential. A process that dies costs no row and takes
    none twice.
    """
    house, actor = house_of(request), actor_of(request)
    house.require_kind(kind)
    house.permits.require_some(actor, "issue", kind)
    sent = _sent(request, body, name)
    number = house.upload(
        actor, kind, sent.name, sent.data, variant=variant, idempotency_key=idempotency_key
    )
    return json_answer(FileKept(submission_id=number), status=202)


@get(
    "/v1/kinds/{kind:str}/files",
    sync_to_thread=True,
    summary="One's own files of a kind",
    tags=["records"],
    responses=answers({200: (Files, "The last ones.")}, 400, 401, 403, 404, 503),
)
def files(request: Request[Any, Any, Any], kind: FromPath[str]) -> Response[bytes]:
    """Return the files that this caller sent, the newest first, and how far each is."""
    house, actor = house_of(request), actor_of(request)
    house.require_kind(kind)
    house.permits.require_some(actor, "issue", kind)
    listed = house.uploads.listed(actor, kind)
    return json_answer(Files(files=tuple(file_progress(each) for each in listed)))


@get(
    "/v1/submissions/{submission_id:str}/errors",
    sync_to_thread=True,
    summary="The rows of a submission that led to no credential",
    tags=["records"],
    operation_class=giving({_JSON: OBJECT, _CSV: TEXT}, "The rows, in order."),
    responses=answers({}, 400, 401, 404, 503),
)
def errors(request: Request[Any, Any, Any], submission_id: FromPath[str]) -> Response[bytes]:
    """
    Return each row with what is wrong, as JSON, or as CSV to who accepts `text/csv`.

    The CSV of a table has its columns and the row's own fields before `row`, `state` and `errors`:
    mend them, and send it again.
    """
    wanted = submission_id if can_be_an_id(submission_id) else ""
    wrong = house_of(request).uploads.wrong_rows(actor_of(request), wanted)
    if preferred(request.headers.get("accept", ""), (_JSON, _CSV)) == _CSV:
        return private_answer(_as_csv(wrong), media_type=_CSV)
    return json_answer(Errors(rows=tuple(_row_errors(each) for each in wrong.rows)))


def _sent(request: Request[Any, Any, Any], body: bytes, name: str) -> SentFile:
    content_type = request.headers.get("content-type", "")
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type == MULTIPART:
        return file_in(body, content_type)
    told = name or _NAMES.get(media_type, "")
    if not told:
        raise InvalidInput(
            "say what the file is: its media type, ?name=records.csv, or a form with the file"
        )
    return SentFile(name=told, data=body)


def _row_errors(wrong: WrongRow) -> RowErrors:
    return RowErrors(row=wrong.row, state=wrong.state, findings=wrong.findings)


def _as_csv(wrong: WrongRows) -> bytes:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow([*wrong.columns, "row", "state", "errors"])
    for each in wrong.rows:
        writer.writerow([*_fitted(each.cells, len(wrong.columns)), *_told(each)])
    return stream.getvalue().encode()


def _fitted(cells: Sequence[str], columns: int) -> list[str]:
    """A row with too many fields keeps those that have a column."""
    return [*cells[:columns], *[""] * (columns - len(cells))]


def _told(wrong: WrongRow) -> tuple[str, str, str]:
    told = [
        f"{each.where}: {each.message}" if each.where else each.message for each in wrong.findings
    ]
    return str(wrong.row), wrong.state, "; ".join(told)
