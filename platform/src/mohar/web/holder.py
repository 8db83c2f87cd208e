"""Holders let themselves in and get their certificates: `/v1/holder/…`."""

from __future__ import annotations

from typing import Annotated, Any, Final

from litestar import Request, Response, delete, get, post
from litestar.openapi.spec import Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.params import FromPath, QueryParameter, RawBody

from mohar.access.own import Chosen, Own
from mohar.access.printing import ToPrint
from mohar.access.request import Seen
from mohar.access.shares import Share
from mohar.domain.errors import NotFound
from mohar.domain.rendition import Wanted
from mohar.domain.request import spelt
from mohar.store.request_rows import Contents
from mohar.web.answers import json_answer, private_answer
from mohar.web.auth import actor_of, client_of, house_of, letting_in_of, token_of
from mohar.web.described import BYTES, OBJECT, TEXT, answers, giving, objects, taking
from mohar.web.holder_shapes import (
    AskCode,
    CanAsk,
    Certificate,
    Certificates,
    Choose,
    CodeSent,
    Confirm,
    HolderRequest,
    Members,
    MemberSeen,
    Print,
    Report,
    Session,
    ShareSeen,
    ShareWish,
)
from mohar.web.lifecycle import Reads
from mohar.web.taken import taken

_OWN: Final = "/v1/holder/members/{member:str}/certificates"
_TAGS: Final = ["holders"]
_JSON: Final = "application/json"
_NOTICE: Final = (
    "`notice` is the version of the notice that was shown, as `/holder/texts.json` has it."
)
_FORMS: Final = ("pdf", "png", "svg")


def _takes(send: str, required: dict[str, Schema], **optional: Schema) -> Any:
    shape = Schema(
        type=OpenAPIType.OBJECT,
        required=list(required) or None,
        properties={**required, **optional},
    )
    return taking({_JSON: shape}, send)


@post(
    "/v1/holder/codes",
    sync_to_thread=True,
    status_code=202,
    summary="Have a one-time code sent to a registered contact",
    tags=_TAGS,
    operation_class=_takes(
        f"`contact` as it was registered. {_NOTICE}",
        {"contact": TEXT},
        language=TEXT,
        notice=TEXT,
    ),
    responses=answers(
        {202: (CodeSent, "If somebody is known by it, a code is sent.")}, 400, 404, 409, 429, 503
    ),
)
def send_code(request: Request[Any, Any, Any], body: RawBody) -> Response[bytes]:
    """
    Answer alike, and as quickly, whether anybody is known by the contact or not.

    The code is sent in the background, in the language asked for where there is a text in it.
    """
    asked, to = taken(body, AskCode, 'send {"contact": "…"}'), letting_in_of(request)
    notice = to.texts.shown("code", asked.notice)
    transaction = to.rooms.send_code(
        to.actor, asked.contact, client_of(request), asked.language, notice=notice
    )
    code = to.section.code
    return json_answer(
        CodeSent(
            transaction=transaction,
            lifetime_seconds=code.lifetime_seconds,
            resend_seconds=code.resend_seconds,
        ),
        status=202,
    )


@post(
    "/v1/holder/sessions",
    sync_to_thread=True,
    status_code=201,
    summary="Open a session with a one-time code",
    tags=_TAGS,
    operation_class=_takes(
        "`transaction` as it was answered, and the code.", {"transaction": TEXT, "code": TEXT}
    ),
    responses=answers({201: (Session, "The session is open.")}, 400, 401, 404, 429, 503),
)
def confirm(request: Request[Any, Any, Any], body: RawBody) -> Response[bytes]:
    """Every code counts once and is tried a few times at most, whoever tries."""
    said = taken(body, Confirm, 'send {"transaction": "…", "code": "…"}')
    to = letting_in_of(request)
    token = to.rooms.confirm(to.actor, said.transaction, said.code, client_of(request))
    seconds = to.section.session_minutes * 60
    return json_answer(Session(token=token, lifetime_seconds=seconds), status=201)


@delete(
    "/v1/holder/session",
    sync_to_thread=True,
    summary="End the session",
    tags=_TAGS,
    responses=answers({204: (None, "It is over.")}, 401, 404, 503),
)
def end_session(request: Request[Any, Any, Any]) -> None:
    """Nothing of it is left."""
    to = letting_in_of(request)
    to.rooms.end(to.actor, token_of(request))


@get(
    "/v1/holder/members",
    sync_to_thread=True,
    summary="The persons under the contact, masked",
    tags=_TAGS,
    responses=answers({200: (Members, "Nobody, where none is known.")}, 401, 404, 503),
)
def members(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Nothing whole is told before one of them is chosen."""
    to = letting_in_of(request)
    found = [
        MemberSeen(
            handle=each.handle,
            kind=each.kind,
            title=_title(request, each.kind),
            name=each.name,
            details=tuple(dict(details) for details in each.details),
            asks=each.asks,
        )
        for each in to.rooms.members(to.actor, token_of(request))
    ]
    return json_answer(Members(members=tuple(found)))


@post(
    "/v1/holder/members/{member:str}/choose",
    sync_to_thread=True,
    status_code=200,
    summary="Choose one person",
    tags=_TAGS,
    operation_class=_takes("One of what the member `asks`, by name.", {}, second_factor=OBJECT),
    responses=answers(
        {200: (Certificates, "The certificates of this person.")}, 400, 401, 403, 404, 429, 503
    ),
)
def choose(
    request: Request[Any, Any, Any], body: RawBody, member: FromPath[str]
) -> Response[bytes]:
    """A wrong second factor counts, and too many close the person for a while."""
    said = taken(body, Choose, 'send {"second_factor": {…}}')
    own = letting_in_of(request).own
    return _listed(request, own.choose(token_of(request), member, said.second_factor))


@get(
    _OWN,
    sync_to_thread=True,
    summary="The certificates of the chosen person",
    tags=_TAGS,
    responses=answers({200: (Certificates, "The oldest first.")}, 400, 401, 404, 503),
)
def certificates(request: Request[Any, Any, Any], member: FromPath[str]) -> Response[bytes]:
    """404 where the person was not chosen in this session."""
    return _listed(request, letting_in_of(request).own.listed(token_of(request), member))


@get(
    f"{_OWN}/{{name:str}}",
    sync_to_thread=True,
    summary="One certificate, as PDF, PNG or SVG",
    tags=_TAGS,
    operation_class=giving(
        {"application/pdf": BYTES, "image/png": BYTES, "image/svg+xml": TEXT}, "The picture."
    ),
    responses=answers({}, 400, 401, 404, 409, 503),
)
def picture(
    request: Request[Any, Any, Any],
    member: FromPath[str],
    name: FromPath[str],
    language: Annotated[str | None, QueryParameter(description="Of the printed words.")] = None,
) -> Response[bytes]:
    """The certificate's handle and a suffix: `.pdf` is the document, `.png` and `.svg` its code."""
    handle, _, suffix = name.rpartition(".")
    if suffix not in _FORMS:
        raise NotFound("a certificate is a .pdf, a .png or a .svg here")
    wanted = Wanted(suffix=suffix, language=language)
    chosen = Chosen(token_of(request), member, handle)
    drawn = letting_in_of(request).own.draw(chosen, wanted)
    return private_answer(
        drawn.content,
        media_type=drawn.media_type,
        headers={"Content-Disposition": f'inline; filename="certificate.{drawn.suffix}"'},
    )


@get(
    f"{_OWN}/{{certificate:str}}/reads",
    sync_to_thread=True,
    summary="Who has fetched a certificate",
    tags=_TAGS,
    responses=answers({200: (Reads, "The last first, a thousand at most.")}, 400, 401, 404, 503),
)
def reads(
    request: Request[Any, Any, Any], member: FromPath[str], certificate: FromPath[str]
) -> Response[bytes]:
    """Callers are told by their titles, with the purpose that they gave."""
    told = letting_in_of(request).own.reads(Chosen(token_of(request), member, certificate))
    return json_answer(Reads(reads=tuple(told)))


@post(
    f"{_OWN}/{{certificate:str}}/share",
    sync_to_thread=True,
    status_code=201,
    summary="Make a link that shows a certificate for a while",
    tags=_TAGS,
    operation_class=_takes(
        f"`language` is that of the page behind the link. {_NOTICE}", {}, language=TEXT, notice=TEXT
    ),
    responses=answers({201: (ShareSeen, "The link.")}, 400, 401, 404, 409, 503),
)
def share(
    request: Request[Any, Any, Any],
    body: RawBody,
    member: FromPath[str],
    certificate: FromPath[str],
) -> Response[bytes]:
    """Whoever has the link sees the certificate. A new link takes the place of the one before."""
    said, to = taken(body, ShareWish, 'send {"language": "…"}'), letting_in_of(request)
    notice = to.texts.shown("share", said.notice)
    chosen = Chosen(token_of(request), member, certificate)
    made = to.own.share(chosen, said.language, notice)
    return json_answer(_share(request, made), status=201)


@delete(
    f"{_OWN}/{{certificate:str}}/share",
    sync_to_thread=True,
    summary="End the link of a certificate",
    tags=_TAGS,
    responses=answers({204: (None, "It shows nothing any more.")}, 400, 401, 404, 503),
)
def end_share(
    request: Request[Any, Any, Any], member: FromPath[str], certificate: FromPath[str]
) -> None:
    """End it, if there is one."""
    letting_in_of(request).own.end_share(Chosen(token_of(request), member, certificate))


@post(
    f"{_OWN}/{{certificate:str}}/requests",
    sync_to_thread=True,
    status_code=201,
    summary="Report a wrong detail",
    tags=_TAGS,
    operation_class=_takes(
        f"As `POST /v1/kinds/{{kind}}/requests`, of this certificate. {_NOTICE}",
        {"type": TEXT, "reason": TEXT},
        changes=OBJECT,
        evidence=OBJECT,
        notice=TEXT,
    ),
    responses=answers(
        {201: (HolderRequest, "It is kept; `tracking` is its number.")}, 400, 401, 404, 409, 503
    ),
)
def report(
    request: Request[Any, Any, Any],
    body: RawBody,
    member: FromPath[str],
    certificate: FromPath[str],
) -> Response[bytes]:
    """An officer or the source decides it, as the deployment says."""
    said = taken(body, Report, 'send {"type": name, "reason": "…", "changes": {path: value}}')
    contents = Contents(reason=said.reason.strip(), changes=said.changes, evidence=said.evidence)
    to = letting_in_of(request)
    notice = to.texts.shown("report", said.notice)
    chosen = Chosen(token_of(request), member, certificate)
    seen = to.own.ask(chosen, said.type, contents, notice)
    return json_answer(_tracked(seen), status=201)


@get(
    "/v1/holder/requests/{tracking:str}",
    sync_to_thread=True,
    summary="What became of a report",
    tags=_TAGS,
    responses=answers({200: (HolderRequest, "The request as it is now.")}, 400, 401, 404, 503),
)
def request_state(request: Request[Any, Any, Any], tracking: FromPath[str]) -> Response[bytes]:
    """Tell of requests about certificates under this contact, whoever made them at this door."""
    return json_answer(_tracked(letting_in_of(request).own.follow(token_of(request), tracking)))


@post(
    "/v1/kinds/{kind:str}/print",
    sync_to_thread=True,
    status_code=200,
    summary="Print the certificate of a holder at a facility",
    tags=_TAGS,
    operation_class=taking(
        {_JSON: objects(contact=TEXT, birth_date=TEXT, purpose=TEXT)},
        "`purpose` is one of those that the deployment names, and is logged with who asked.",
    ),
    responses=answers(
        {200: (bytes, "The certificate.")},
        400,
        401,
        403,
        404,
        409,
        429,
        503,
    ),
)
def print_certificate(
    request: Request[Any, Any, Any], body: RawBody, kind: FromPath[str]
) -> Response[bytes]:
    """
    Return the newest certificate of the one who is known by this contact and date of birth.

    Needs the scope `print`. Nobody, a wrong date and more than one person are one answer: 404.
    """
    send = 'send {"contact": "…", "birth_date": "YYYY-MM-DD", "purpose": name}'
    said = taken(body, Print, send)
    wanted = ToPrint(
        kind=kind,
        contact=said.contact,
        birth_date=said.birth_date,
        purpose=said.purpose,
        language=said.language,
    )
    drawn = letting_in_of(request).printing.print(actor_of(request), wanted)
    return private_answer(drawn.content, media_type=drawn.media_type)


OPEN: Final = (send_code, confirm)
GUARDED: Final = (
    end_session,
    members,
    choose,
    certificates,
    picture,
    reads,
    share,
    end_share,
    report,
    request_state,
)


def _listed(request: Request[Any, Any, Any], found: Any) -> Response[bytes]:
    return json_answer(
        Certificates(certificates=tuple(_certificate(request, each) for each in found))
    )


def _certificate(request: Request[Any, Any, Any], own: Own) -> Certificate:
    house = house_of(request)
    kind = house.deployment.kind(own.kind)
    options = house.drawing.options(own.kind)
    languages = [tag for each in options if each.suffix == "pdf" for tag in each.languages]
    asking = [each for each in (kind.requests if kind else ()) if each.action != "revoke-one"]
    return Certificate(
        handle=own.handle,
        kind=own.kind,
        title=_title(request, own.kind),
        number=own.credential_id,
        details=dict(own.details),
        languages=tuple(dict.fromkeys(languages)),
        requests=tuple(
            CanAsk(
                name=each.name,
                title=each.title,
                changes=tuple(each.changes),
                evidence=tuple(each.evidence),
            )
            for each in asking
        ),
        share=_share(request, own.share) if own.share else None,
    )


def _share(request: Request[Any, Any, Any], share: Share) -> ShareSeen:
    public = house_of(request).deployment.domains.public
    return ShareSeen(
        link=f"{public}/s/{share.link}", until=share.until.isoformat(), views=share.views
    )


def _title(request: Request[Any, Any, Any], name: str) -> str:
    kind = house_of(request).deployment.kind(name)
    return (kind.title if kind else "") or name


def _tracked(seen: Seen) -> HolderRequest:
    return HolderRequest(
        tracking=spelt(seen.kept.tracking), title=seen.title, state=seen.kept.state
    )
