"""The Co-WIN public API: a holder's code, its confirmation, and one certificate."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from mohar.codec import strict_json
from mohar.domain.errors import (
    InvalidInput,
    NotAuthenticated,
    NotFound,
    NotPermitted,
    TooManyRequests,
    Unreadable,
)
from mohar.domain.rendition import Wanted
from mohar.domain.values import JsonObject
from mohar.plugin import Lookup, Match, Route, RouteRequest, RouteResponse, Tools
from mohar_channel_apisetu._answers import answer, not_found
from mohar_channel_apisetu._person import can_be_known
from mohar_channel_apisetu._settings import PublicCalls, Settings

_NO_MOBILE: Final = ("USRAUT0010", "Mobile number is missing, or is none")
_NO_CODE: Final = ("USRAUT0012", "OTP is missing")
_WRONG_CODE: Final = ("USRAUT0014", "OTP is not valid; ask for another one")
_NO_MORE: Final = ("USRAUT0018", "OTP cannot be generated now; try again later")
_TOO_MANY: Final = ("USRAUT0018", "Too many calls from this address; try again later")
_MOST_BYTES: Final = 10_000


class PublicApi:
    """
    Lets holders in by a code to their mobile number, and draws the certificate that is theirs.

    A certificate is found only among those under the number of the session. Of second factors the
    caller can give one, the beneficiary id that it names; where others are asked for, it is not
    found.
    """

    def __init__(self, settings: Settings, public: PublicCalls, tools: Tools) -> None:
        self._settings = settings
        self._public = public
        self._tools = tools
        self._holders = tools.holders

    def routes(self) -> Sequence[Route]:
        """Return the operations; they are open, as holders have no key."""
        auth = "/api/v2/auth/public"
        return [
            Route(
                method="POST",
                path=f"{auth}/generateOTP",
                action=None,
                summary="Have a one-time code sent to a mobile number",
                handle=self._generate,
            ),
            Route(
                method="POST",
                path=f"{auth}/confirmOTP",
                action=None,
                summary="Confirm a one-time code",
                handle=self._confirm,
            ),
            Route(
                method="GET",
                path="/api/v2/registration/certificate/public/download",
                action=None,
                summary="Draw a certificate of the holder",
                handle=self._download,
                checks_caller=True,
                answer_after_seconds=self._settings.answer_after_seconds,
            ),
        ]

    def _generate(self, request: RouteRequest) -> RouteResponse:
        if wait := self._too_many(request):
            return wait
        mobile = _text(_sent(request), "mobile")
        try:
            transaction = self._holders.send_code(self._tools.actor, mobile, request.client)
        except InvalidInput:
            return _refused(*_NO_MOBILE)
        except TooManyRequests as error:
            return _later(_NO_MORE, error.retry_after_seconds)
        return answer({"txnId": transaction})

    def _confirm(self, request: RouteRequest) -> RouteResponse:
        """The SHA-256 of six digits hides nothing; it is taken because clients send it."""
        if wait := self._too_many(request):
            return wait
        body = _sent(request)
        code, transaction = _text(body, "otp"), _text(body, "txnId")
        if not code:
            return _refused(*_NO_CODE)
        try:
            token = self._holders.confirm(self._tools.actor, transaction, code, request.client)
        except (NotAuthenticated, InvalidInput):
            return _refused(*_WRONG_CODE)
        except TooManyRequests as error:
            return _later(_NO_MORE, error.retry_after_seconds)
        return answer({"token": token})

    def _download(self, request: RouteRequest) -> RouteResponse:
        if wait := self._too_many(request):
            return wait
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        code = request.query.get("beneficiary_reference_id", "").strip()
        try:
            found = self._own(token.strip() if scheme.lower() == "bearer" else "", code)
        except NotAuthenticated:
            told = b"Unauthenticated access!"
            return RouteResponse(status=401, content=told, media_type="text/plain")
        return self._drawn(found, request.query.get("language")) if found else not_found()

    def _own(self, token: str, code: str) -> Sequence[Match]:
        """
        Return the holder's credentials under a beneficiary id, or nothing where it is not theirs.

        Raises:
            NotAuthenticated: the session is unknown or over.
        """
        actor, kind = self._tools.actor, self._settings.kind
        is_one = can_be_known(code)
        lookup = Lookup(kind=kind, group=code)
        there = self._tools.credentials.look_up(actor, lookup) if is_one else ()
        number = there[-1].credential_id if there else ""
        member = self._holders.member_of(actor, token, number)
        if member is None:
            return ()
        known = {self._public.factor: code} if self._public.factor in member.asks else {}
        try:
            return self._holders.choose(actor, token, member.handle, known)
        except (NotPermitted, TooManyRequests):
            return ()

    def _drawn(self, found: Sequence[Match], language: str | None) -> RouteResponse:
        wanted = Wanted(suffix="pdf", body=self._settings.body, language=language)
        number = found[-1].credential_id
        try:
            drawn = self._tools.credentials.draw(self._tools.actor, number, wanted)
        except NotFound:
            return not_found()
        return RouteResponse(content=drawn.content, media_type=drawn.media_type)

    def _too_many(self, request: RouteRequest) -> RouteResponse | None:
        lifetime = timedelta(minutes=self._public.minutes)
        calls = self._tools.expiring.count(f"calls/{request.client}", lifetime)
        if calls <= self._public.calls:
            return None
        return _later(_TOO_MANY, round(lifetime.total_seconds()))


def _sent(request: RouteRequest) -> JsonObject:
    try:
        return strict_json.parse_object(request.body, max_bytes=_MOST_BYTES)
    except Unreadable:
        return {}


def _text(body: JsonObject, name: str) -> str:
    """Return a member as text, or nothing: what is missing is told by its own code."""
    value = body.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value.strip() if isinstance(value, str) else ""


def _refused(code: str, told: str) -> RouteResponse:
    return answer({"errorCode": code, "error": told}, 400)


def _later(why: tuple[str, str], seconds: int) -> RouteResponse:
    told = answer({"errorCode": why[0], "error": why[1]}, 429)
    return RouteResponse(
        status=429, content=told.content, headers={"Retry-After": str(max(1, seconds))}
    )
