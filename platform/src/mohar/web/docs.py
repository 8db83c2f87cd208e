"""A page that lists the API, made from its own description; it loads nothing from elsewhere."""

from __future__ import annotations

from html import escape
from typing import Any

from litestar import Request, Response, get


@get("/docs", include_in_schema=False, sync_to_thread=False)
def docs_page(request: Request[Any, Any, Any]) -> Response[str]:
    """Show every operation with its summary and description."""
    described = request.app.openapi_schema.to_schema()
    rows = [
        _operation(method, path, operation)
        for path, item in sorted(described.get("paths", {}).items())
        for method, operation in item.items()
        if isinstance(operation, dict) and "responses" in operation
    ]
    title = escape(described["info"]["title"])
    return Response(_page(title, "\n".join(rows)), media_type="text/html; charset=utf-8")


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    summary = escape(operation.get("summary", ""))
    description = escape(operation.get("description", ""))
    return (
        f"<tr><td><code>{escape(method.upper())}</code></td><td><code>{escape(path)}</code></td>"
        f"<td><strong>{summary}</strong><br>{description}</td></tr>"
    )


def _page(title: str, rows: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>body{{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;"
        "max-width:60rem;padding:0 1rem}td{vertical-align:top;padding:.5rem;"
        "border-top:1px solid #ccc}</style></head>"
        f'<body><h1>{title}</h1><p>Machine-readable: <a href="/openapi.json">openapi.json</a>. '
        "Send your API key as <code>Authorization: Bearer …</code>.</p>"
        f"<table><tbody>{rows}</tbody></table></body></html>"
    )
