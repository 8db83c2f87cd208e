"""The page on which holders let themselves in, and the one behind a link that they pass on."""

from __future__ import annotations

from html import escape
from importlib import resources
from string import Template
from typing import Any, Final

import msgspec
from litestar import Request, Response, get
from litestar.params import FromPath

from mohar.access.holder_texts import Texts
from mohar.access.pages import NoLongerValid
from mohar.access.shares import Share
from mohar.domain.access import OWN, Actor, Reason
from mohar.domain.consent import Notice, NoticeName
from mohar.domain.errors import MoharError, NotFound
from mohar.domain.rendition import Rendition, Wanted
from mohar.domain.verdict import Verdict
from mohar.web.answers import private_answer, published
from mohar.web.auth import house_of, letting_in_of

_HTML: Final = "text/html"
_ASK_AGAIN: Final = "public, no-cache"
# Nobody else is to find what one holder passed on to one reader.
_UNLISTED: Final = {"X-Robots-Tag": "noindex, nofollow"}


class PageTexts(msgspec.Struct, frozen=True, kw_only=True):
    """The words of the page in one language, its notices by name, and the languages there are."""

    language: str
    direction: str
    labels: dict[str, str]
    notices: dict[NoticeName, Notice]
    languages: tuple[tuple[str, str], ...]


@get("/holder", include_in_schema=False, sync_to_thread=True)
def holder_page(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Show the page for holders."""
    letting_in_of(request)
    return published(request, _file("holder.html"), _HTML, cache=_ASK_AGAIN)


@get("/holder.js", include_in_schema=False, sync_to_thread=True)
def holder_script(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Return the script of the page for holders."""
    return published(request, _file("holder.js"), "text/javascript", cache=_ASK_AGAIN)


@get("/holder.css", include_in_schema=False, sync_to_thread=True)
def holder_style(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Return what the page for holders adds to the style of all pages."""
    return published(request, _file("holder.css"), "text/css", cache=_ASK_AGAIN)


@get("/holder/texts.json", include_in_schema=False, sync_to_thread=True)
def holder_texts(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Return the words of the page, in `?language=` or what comes nearest to it."""
    texts = letting_in_of(request).texts
    chosen = texts.of(str(request.query_params.get("language", "")))
    content = PageTexts(
        language=chosen.language,
        direction=chosen.direction,
        labels=dict(chosen.labels),
        notices=dict(chosen.notices),
        languages=tuple((each.language, each.name) for each in texts.languages),
    )
    return published(request, msgspec.json.encode(content), "application/json", cache=_ASK_AGAIN)


@get("/s/{link:str}", include_in_schema=False, sync_to_thread=True)
def shared(request: Request[Any, Any, Any], link: FromPath[str]) -> Response[bytes]:
    """
    Show what is to be said of the certificate behind a link, its code and its print.

    The link is the key: it is random, ends by itself, and says nothing of what it shows.
    """
    to = letting_in_of(request)
    try:
        share = to.shares.find(link, is_view=True)
        content = _verified(request, share)
    except (NotFound, NoLongerValid) as error:
        return _gone(request, error)
    return private_answer(content, media_type=_HTML, headers=_UNLISTED)


@get("/s/{link:str}/certificate.pdf", include_in_schema=False, sync_to_thread=True)
def shared_print(request: Request[Any, Any, Any], link: FromPath[str]) -> Response[bytes]:
    """Return the print of the certificate behind a link."""
    return _drawn(request, link, "pdf")


@get("/s/{link:str}/code.png", include_in_schema=False, sync_to_thread=True)
def shared_code(request: Request[Any, Any, Any], link: FromPath[str]) -> Response[bytes]:
    """Return the QR code of the certificate behind a link."""
    return _drawn(request, link, "png")


HANDLERS: Final = (
    holder_page,
    holder_script,
    holder_style,
    holder_texts,
    shared,
    shared_print,
    shared_code,
)


def _drawn(request: Request[Any, Any, Any], link: str, suffix: str) -> Response[bytes]:
    share = letting_in_of(request).shares.find(link)
    wanted = Wanted(suffix=suffix, language=share.language or None)
    drawn: Rendition = house_of(request).access.draw(
        _reader(share), share.credential_id, wanted, reason=_reason(share)
    )
    headers = {**_UNLISTED, "Content-Disposition": f'inline; filename="certificate.{suffix}"'}
    return private_answer(drawn.content, media_type=drawn.media_type, headers=headers)


def _verified(request: Request[Any, Any, Any], share: Share) -> bytes:
    house = house_of(request)
    texts = letting_in_of(request).texts.of(share.language)
    body = house.access.body(_reader(share), share.credential_id, reason=_reason(share))
    verdict = house.tools.life.verify(body.content)
    rows = "".join(
        f"<dt>{escape(_named(texts, name))}</dt><dd>{escape(str(value))}</dd>"
        for name, value in verdict.shown.items()
        if value not in (None, "")
    )
    return _page(
        texts,
        title=_title(texts, verdict),
        mood="good" if verdict.verdict == "valid" else "bad",
        details=f"<dl>{rows}</dl>" if verdict.verdict == "valid" else "",
        picture=_picture(texts, share) if verdict.verdict == "valid" else "",
    )


def _picture(texts: Texts, share: Share) -> str:
    code, whole = escape(texts.label("share-code")), escape(texts.label("download"))
    at = f"/s/{share.link}"
    return (
        f'<p><a class="button" href="{at}/certificate.pdf">{whole}</a></p>'
        f'<img class="code" src="{at}/code.png" alt="{code}">'
    )


def _gone(request: Request[Any, Any, Any], error: MoharError) -> Response[bytes]:
    """Tell people in words what a program is told by the status."""
    texts = letting_in_of(request).texts.of(str(request.query_params.get("language", "")))
    is_over = isinstance(error, NotFound)
    key = "share-over" if is_over else "share-not-valid"
    page = _page(texts, title=texts.label(key), mood="bad", details="", picture="")
    status = 404 if is_over else 409
    return private_answer(page, media_type=_HTML, status=status, headers=_UNLISTED)


def _page(texts: Texts, **parts: str) -> bytes:
    page = Template(_file("shared.html").decode())
    safe = {**parts, "title": escape(parts["title"])}
    return page.substitute(
        language=escape(texts.language), direction=texts.direction, **safe
    ).encode()


def _title(texts: Texts, verdict: Verdict) -> str:
    return texts.label("share-valid" if verdict.verdict == "valid" else "share-not-valid")


def _named(texts: Texts, name: str) -> str:
    key = f"shown-{name}"
    return texts.labels.get(key) or name.replace("_", " ").capitalize()


def _reason(share: Share) -> Reason:
    return Reason(purpose=OWN, channel="link", notice=share.notice)


def _reader(share: Share) -> Actor:
    return Actor(actor_id="holders:link", name="link", scopes=frozenset({f"read:{share.kind}"}))


def _file(name: str) -> bytes:
    return resources.files("mohar.web").joinpath("pages", name).read_bytes()
