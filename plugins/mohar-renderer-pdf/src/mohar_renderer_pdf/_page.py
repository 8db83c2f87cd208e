"""What a template is told about one document: the whole of it is listed in the manual."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from mohar.domain.clock import rfc3339
from mohar.domain.credential import Secured
from mohar.domain.errors import InvalidInput
from mohar.domain.findings import Finding
from mohar.domain.rendition import Shown
from mohar.domain.values import JsonObject, at_path
from mohar_renderer_pdf._settings import Rows

TODAY: Final = "today"

_NUMBER: Final = re.compile(r"[0-9]{1,9}")


def page_values(shown: Shown, rows: Rows) -> dict[str, Any]:
    """
    Return the values of one page that come from its credentials.

    Raises:
        InvalidInput: a credential of the group has nothing to make a row of, or none is as of the
            row that was asked for.
    """
    document = shown.secured.document
    this = _row(shown.secured, rows)
    table = _table(shown, rows)
    return {
        "document": document,
        "subject": document.get("credentialSubject", {}),
        "rows": table,
        "latest": table[-1],
        "this": this,
        "is_latest": len(table) == len(shown.group),
        "issued": _issued(shown.secured),
        "parameters": shown.parameters,
    }


def expression_values(
    values: Mapping[str, Any], tables: Mapping[str, Any], today: str
) -> dict[str, Any]:
    """Return what expressions may ask for: a part of a page's values, the tables and the day."""
    named = {name: values[name] for name in ("document", "latest", "rows", "this")}
    return {**named, "tables": tables, TODAY: today}


def as_of(shown: Shown, rows: Rows) -> Secured | None:
    """Return the credential as of whose row a page was asked for; None for no such, or no wish."""
    number = _asked(shown, rows)
    found = [each for each in shown.group if number is not None and _number(each, rows) == number]
    return found[-1] if found else None


def _table(shown: Shown, rows: Rows) -> list[JsonObject]:
    """Return the rows up to where the page ends, by their order; equal ones stay oldest first."""
    numbered = [(_order(each, rows), _row(each, rows)) for each in shown.group]
    numbered.sort(key=lambda each: each[0])
    if rows.up_to in shown.parameters and as_of(shown, rows) is None:
        message = (
            f"no current credential of this group is as of {rows.up_to}; "
            "ask for one there is, or leave the parameter out"
        )
        raise InvalidInput(message, [Finding(code="pdf-no-such-row", message=message)])
    is_whole = rows.until == "latest" and rows.up_to not in shown.parameters
    end = numbered[-1][0] if is_whole else _order(shown.secured, rows)
    return [row for number, row in numbered if number <= end]


def _asked(shown: Shown, rows: Rows) -> int | None:
    value = shown.parameters.get(rows.up_to) if rows.up_to else None
    return int(value) if isinstance(value, str) and _NUMBER.fullmatch(value) else None


def _order(secured: Secured, rows: Rows) -> float:
    number = _number(secured, rows)
    if number is None:
        raise _refused(f"{rows.path}.{rows.order} is not a number in every credential of the group")
    return number


def _number(secured: Secured, rows: Rows) -> float | None:
    found = at_path(secured.document, f"{rows.path}.{rows.order}")
    return found if isinstance(found, int | float) and not isinstance(found, bool) else None


def _row(secured: Secured, rows: Rows) -> JsonObject:
    row = at_path(secured.document, rows.path)
    if not isinstance(row, dict):
        raise _refused(f"a credential of the group has no {rows.path} to make a row of")
    return row


def _issued(secured: Secured) -> dict[str, str | int]:
    return {
        "credential_id": secured.credential_id,
        "kind": secured.kind,
        "body": secured.body,
        "revision": secured.revision,
        "created": rfc3339(secured.created),
    }


def _refused(message: str) -> InvalidInput:
    return InvalidInput(message, [Finding(code="pdf-no-row", message=message)])
