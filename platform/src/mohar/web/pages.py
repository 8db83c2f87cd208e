"""Pages for people: verify a certificate, read the API. They load nothing from elsewhere."""

from __future__ import annotations

import re
from html import escape
from importlib import resources
from typing import Any, Final

from litestar import Request, Response, get
from litestar.response import Redirect

from mohar.web.answers import published

_HTML: Final = "text/html"
_SCRIPT: Final = "text/javascript"
_STYLE: Final = "text/css"
# A page may have changed with the next start: a browser asks again, and is told "you have it".
_ASK_AGAIN: Final = "public, no-cache"


@get("/", include_in_schema=False, sync_to_thread=False)
def front_page() -> Redirect:
    """Lead whoever types in our address to what most people come for."""
    return Redirect("/verify")


@get("/verify", include_in_schema=False, sync_to_thread=True)
def verify_page(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Show the page on which people verify."""
    return published(request, _file("verify.html"), _HTML, cache=_ASK_AGAIN)


@get("/verify.js", include_in_schema=False, sync_to_thread=True)
def verify_script(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Return the script of the verifying page."""
    return published(request, _file("verify.js"), _SCRIPT, cache=_ASK_AGAIN)


@get("/pages.css", include_in_schema=False, sync_to_thread=True)
def style(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Return the style of all pages."""
    return published(request, _file("pages.css"), _STYLE, cache=_ASK_AGAIN)


@get("/docs", include_in_schema=False, sync_to_thread=True)
def docs_page(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Show every operation of the API, from its own description."""
    described = request.app.openapi_schema.to_schema()
    rows = [
        _operation(method, path, operation)
        for path, item in sorted(described["paths"].items())
        for method, operation in item.items()
    ]
    page = _file("docs.html").decode().replace("{title}", escape(described["info"]["title"]))
    content = page.replace("{operations}", "\n".join(rows))
    return published(request, content.encode(), _HTML, cache=_ASK_AGAIN)


HANDLERS: Final = (front_page, verify_page, verify_script, style, docs_page)


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    summary, description = operation.get("summary", ""), operation.get("description", "")
    access = "API key" if operation.get("security") else "open"
    return (
        f"<tr><td><code>{escape(method.upper())} {escape(path)}</code></td>"
        f"<td><strong>{escape(summary)}</strong><p>{_marked_up(description)}</p></td>"
        f"<td>{access}</td></tr>"
    )


def _marked_up(text: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def _file(name: str) -> bytes:
    return resources.files("mohar.web").joinpath("pages", name).read_bytes()
