"""The preview of pages: for whoever designs them, on their own machine, with sample records only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from importlib import resources
from typing import Any, Final
from urllib.parse import urlencode

import msgspec
from litestar import Litestar, Request, Response, get
from litestar.datastructures import State

from mohar.assembly.gallery import Gallery, View
from mohar.assembly.studio import Spot
from mohar.domain.errors import MoharError, NotFound
from mohar.domain.findings import Finding, Refusal
from mohar.web.answers import json_answer, private_answer
from mohar.web.problems import on_mohar_error

_HTML: Final = "text/html"


def create_preview(gallery: Gallery) -> Litestar:
    """Return an ASGI application that shows a gallery; it asks for no key, so serve it to nobody."""
    return Litestar(
        route_handlers=[index, sheet, version, script, style],
        state=State({"gallery": gallery}),
        exception_handlers={MoharError: on_mohar_error},
        openapi_config=None,
        logging_config=None,
    )


@get("/", sync_to_thread=True)
def index(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Show one sheet, what is to be mended on it, and the way to all others."""
    gallery: Gallery = request.app.state["gallery"]
    view = gallery.view()
    shown = _asked(request, view)
    content = _mistake(view) if shown is None else _shown(gallery, view, shown)
    page = _file("preview.html").decode()
    page = page.replace("{version}", str(view.version)).replace("{content}", content)
    return private_answer(page.encode(), media_type=_HTML)


@get("/sheet", sync_to_thread=True)
def sheet(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Return the drawn sheet itself."""
    gallery: Gallery = request.app.state["gallery"]
    spot = _asked(request, gallery.view())
    if spot is None:
        raise NotFound("there is no such sheet")
    drawn = gallery.draw(spot)
    if isinstance(drawn, Refusal):
        return json_answer(drawn.findings, status=422)
    return private_answer(drawn.content, media_type=drawn.media_type)


@get("/version", sync_to_thread=True)
def version(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Say by a number whether anything has changed."""
    gallery: Gallery = request.app.state["gallery"]
    return json_answer({"version": gallery.view().version})


@get("/preview.js", sync_to_thread=True)
def script() -> Response[bytes]:
    """Return the script that loads the page again at a change."""
    return private_answer(_file("preview.js"), media_type="text/javascript")


@get("/pages.css", sync_to_thread=True)
def style() -> Response[bytes]:
    """Return the style of all pages."""
    return private_answer(_file("pages.css"), media_type="text/css")


def _asked(request: Request[Any, Any, Any], view: View) -> Spot | None:
    """Return the sheet that fits the question in most of its parts; the first one without any."""
    asked = request.query_params
    best = sorted(
        view.spots,
        key=lambda spot: [asked.get(name) == value for name, value in _parts(spot).items()],
        reverse=True,
    )
    return best[0] if best else None


def _shown(gallery: Gallery, view: View, spot: Spot) -> str:
    findings = "".join(_finding(each) for each in gallery.inspect(spot))
    source = escape(f"/sheet?{urlencode(_parts(spot))}")
    return (
        f"<nav>{''.join(_choices(view, spot))}</nav>"
        f'<ul class="findings">{findings}</ul>'
        f'<iframe src="{source}" title="{escape(str(spot))}"></iframe>'
    )


def _choices(view: View, spot: Spot) -> Iterable[str]:
    """One row of links for each part of a sheet, each link with that part changed."""
    for name, value in _parts(spot).items():
        others = dict.fromkeys(_parts(each)[name] for each in view.spots)
        if len(others) > 1:
            links = " ".join(_link(spot, name, other, is_here=other == value) for other in others)
            yield f"<p><strong>{escape(name)}</strong> {links}</p>"


def _link(spot: Spot, name: str, value: str, *, is_here: bool) -> str:
    address = escape(f"/?{urlencode({**_parts(spot), name: value})}")
    current = ' aria-current="true"' if is_here else ""
    return f'<a href="{address}"{current}>{escape(value or "none")}</a>'


def _finding(finding: Finding) -> str:
    return f"<li><strong>{escape(finding.code)}</strong> {escape(finding.message)}</li>"


def _mistake(view: View) -> str:
    return f'<pre role="alert">{escape(view.mistake or "there is nothing to be drawn")}</pre>'


def _parts(spot: Spot) -> dict[str, str]:
    order: Sequence[str] = ("kind", "rendering", "body", "sample", "language")
    parts = msgspec.structs.asdict(spot)
    return {name: parts[name] for name in order}


def _file(name: str) -> bytes:
    return resources.files("mohar.web").joinpath("pages", name).read_bytes()
