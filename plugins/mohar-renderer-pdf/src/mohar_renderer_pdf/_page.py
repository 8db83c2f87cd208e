"""What a template is told about one document: the whole of it is listed in the plugin's README."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mohar.domain.clock import rfc3339
from mohar.domain.credential import Secured
from mohar.domain.errors import InvalidInput
from mohar.domain.findings import Finding
from mohar.domain.rendition import Shown
from mohar.domain.values import JsonObject, at_path
from mohar_renderer_pdf._settings import Rows


def page_values(shown: Shown, rows: Rows) -> dict[str, Any]:
    """
    Return the values of one page that come from its credentials.

    Raises:
        InvalidInput: a credential of the group has nothing to make a row of.
    """
    document = shown.secured.document
    table = _table(shown.group, rows)
    return {
        "document": document,
        "subject": document.get("credentialSubject", {}),
        "rows": table,
        "latest": table[-1],
        "this": _row(shown.secured, rows),
        "issued": _issued(shown.secured),
        "parameters": shown.parameters,
    }


def rule_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of a page's values that rules may ask for."""
    return {name: values[name] for name in ("document", "latest", "rows", "this")}


def _table(group: Sequence[Secured], rows: Rows) -> list[JsonObject]:
    """Return the rows by their order; equal ones stay oldest first."""
    return sorted((_row(secured, rows) for secured in group), key=lambda row: _order(row, rows))


def _order(row: JsonObject, rows: Rows) -> float:
    order = at_path(row, rows.order)
    if isinstance(order, bool) or not isinstance(order, int | float):
        raise _refused(f"{rows.path}.{rows.order} is not a number in every credential of the group")
    return order


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
