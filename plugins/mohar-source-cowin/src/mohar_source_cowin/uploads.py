"""DIVOC's bulk operations: a CSV comes in a form, and who sent it sees how far it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from mohar.codec.forms import file_in
from mohar.domain.clock import rfc3339
from mohar.domain.errors import InvalidInput
from mohar.plugin import Intake, Route, RouteRequest, RouteResponse, SentFile, WrongRow

_OWN_KIND: Final = ""
_GOOD: Final = frozenset({"issued", "known"})


def upload_routes(intake: Intake) -> Sequence[Route]:
    """Return the operations that take a file, list files, and tell the wrong rows of one."""
    return [
        Route(
            method="POST",
            path="/divoc/api/v1/bulkCertify",
            action="issue",
            summary="Certify the rows of a CSV",
            handle=lambda request: _take(intake, request),
            takes_file=True,
        ),
        Route(
            method="GET",
            path="/divoc/api/v1/certify/uploads",
            action="issue",
            summary="One's own files and how far they are",
            handle=lambda request: _list(intake, request),
        ),
        Route(
            method="GET",
            path="/divoc/api/v1/certify/uploads/{uploadId}/errors",
            action="issue",
            summary="The rows of a file that led to no certificate",
            handle=lambda request: _errors(intake, request),
        ),
    ]


def _take(intake: Intake, request: RouteRequest) -> RouteResponse:
    sent = file_in(request.body, request.content_type)
    try:
        number = intake.send_file(request.actor, _OWN_KIND, sent.name, sent.data)
    except InvalidInput as error:
        missing = [each.where for each in error.findings if each.code == "column-missing"]
        if not missing:
            raise
        return _answer({"code": "INVALID_TEMPLATE", "message": _lacking(missing)}, 400)
    return _answer({"uploadId": number})


def _list(intake: Intake, request: RouteRequest) -> RouteResponse:
    return _answer([_listed(each) for each in intake.sent_files(request.actor, _OWN_KIND)])


def _errors(intake: Intake, request: RouteRequest) -> RouteResponse:
    columns, rows = intake.wrong_rows(request.actor, request.path["uploadId"])
    return _answer(
        {
            "columns": [*columns, "errors"],
            "errorRows": [_row(columns, each) for each in rows],
        }
    )


def _listed(sent: SentFile) -> Mapping[str, object]:
    total = sum(sent.rows.values())
    wrong = total - sum(sent.rows.get(each, 0) for each in (*_GOOD, "waiting"))
    return {
        "ID": sent.submission_id,
        "Filename": sent.name,
        "CreatedAt": rfc3339(sent.received_at),
        "Status": _status(sent, wrong),
        "TotalRecords": total,
        "TotalErrorRows": wrong,
    }


def _status(sent: SentFile, wrong: int) -> str:
    """As the original ranks them: while something goes on, nothing else is said."""
    if not sent.is_complete or sent.rows.get("waiting"):
        return "Processing"
    return "Failed" if wrong else "Success"


def _row(columns: Sequence[str], wrong: WrongRow) -> Mapping[str, str]:
    told = [
        f"{each.where}: {each.message}" if each.where else each.message for each in wrong.findings
    ]
    return dict(zip(columns, wrong.cells, strict=False)) | {"errors": ", ".join(told)}


def _lacking(columns: Sequence[str | None]) -> str:
    return "; ".join(f"{each} column doesn't exist in uploaded csv file" for each in columns)


def _answer(content: object, status: int = 200) -> RouteResponse:
    return RouteResponse(status=status, content=msgspec.json.encode(content))
