"""The door as the house opens it: four calls of a gateway that is known by its key."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from mohar.domain.errors import (
    InvalidInput,
    MoharError,
    NotAuthenticated,
    NotFound,
    NotPermitted,
    Refused,
    TooManyRequests,
    Unavailable,
)
from mohar.domain.rendition import Wanted
from mohar.plugin import Member, Route, RouteRequest, RouteResponse, Secret, Tools
from mohar_channel_umang._envelope import Call, opened, sealed
from mohar_channel_umang._settings import Answer, Settings, table

Does = Callable[[Call], Mapping[str, Any]]
_HEADER: Final = "x-api-key"
# The first that fits; what else is refused has not the form it must have.
_OUTCOMES: Final[tuple[tuple[type[MoharError], str], ...]] = (
    (TooManyRequests, "too-often"),
    (NotAuthenticated, "no-session"),
    (NotPermitted, "second-factor"),
    (NotFound, "not-found"),
    (Unavailable, "unavailable"),
    (Refused, "bad-request"),
)


class _Told(Exception):
    """An outcome of this door's own."""

    def __init__(self, outcome: str) -> None:
        super().__init__(outcome)
        self.outcome = outcome


class UmangDoor:
    """
    Lets the holders in who come through UMANG, by a code as everywhere else.

    That UMANG knows them counts for nothing here: a mobile number alone opens no certificate.
    """

    def __init__(
        self, settings: Settings, tools: Tools, key: Secret, answers: Mapping[str, Answer]
    ) -> None:
        self._settings = settings
        self._tools = tools
        self._key = key
        self._answers = answers

    @classmethod
    def open(cls, settings: Settings, tools: Tools) -> UmangDoor:
        """Read the key of the gateway. Raises SecretMissing where there is none."""
        return cls(settings, tools, tools.files.secret(settings.key), table(settings))

    def routes(self) -> Sequence[Route]:
        """Return the four calls; each is refused with 401 without the gateway's key."""
        calls: Mapping[str, tuple[str, Does]] = {
            "generateOTP": ("Have a one-time code sent", self._generate),
            "confirmOTP": ("Confirm a one-time code", self._confirm),
            "beneficiaries": ("List the masked members of a session", self._members),
            "certificate": ("Draw the certificate of one member", self._certificate),
        }
        return [self._route(name, *call) for name, call in calls.items()]

    def _route(self, name: str, summary: str, does: Does) -> Route:
        return Route(
            method="POST",
            path=f"{self._settings.path}/{name}",
            action=None,
            summary=f"{summary} (UMANG)",
            handle=lambda request: self._answer(request, name, does),
            checks_caller=True,
        )

    def _answer(self, request: RouteRequest, name: str, does: Does) -> RouteResponse:
        """Raises NotAuthenticated for another key; everything else is said in the envelope."""
        self._must_be_known(request)
        try:
            call = opened(request)
            trace = {"trace": call.tracker} if call.tracker else {}
            with self._tools.telemetry.span("umang.call", action=name, **trace):
                content = does(call)
        except _Told as told:
            return sealed(self._answers[told.outcome])
        except MoharError as error:
            outcome = next(name for kind, name in _OUTCOMES if isinstance(error, kind))
            return sealed(self._answers[outcome])
        return sealed(self._answers["done"], content)

    def _must_be_known(self, request: RouteRequest) -> None:
        given = request.headers.get(_HEADER, "").encode()
        if not hmac.compare_digest(given, self._key.reveal().strip()):
            raise NotAuthenticated(f"the gateway sends its key as {_HEADER}")

    def _generate(self, call: Call) -> Mapping[str, Any]:
        actor, holders = self._tools.actor, self._tools.holders
        try:
            number = holders.send_code(actor, call.mobile, call.client, call.language)
        except InvalidInput as error:
            raise _Told("no-mobile") from error
        return {"txnId": number}

    def _confirm(self, call: Call) -> Mapping[str, Any]:
        if not call.otp:
            raise _Told("no-code")
        actor, holders = self._tools.actor, self._tools.holders
        try:
            token = holders.confirm(actor, call.transaction, call.otp, call.client)
        except (NotAuthenticated, InvalidInput) as error:
            raise _Told("wrong-code") from error
        return {"token": token}

    def _members(self, call: Call) -> Mapping[str, Any]:
        members = self._tools.holders.members(self._tools.actor, call.token)
        return {"beneficiaries": [_shown(each) for each in members if self._is_mine(each)]}

    def _is_mine(self, member: Member) -> bool:
        return member.kind == self._settings.kind

    def _certificate(self, call: Call) -> Mapping[str, Any]:
        actor, holders = self._tools.actor, self._tools.holders
        found = holders.choose(actor, call.token, call.beneficiary, call.second_factor)
        if not found:
            raise _Told("not-found")
        wanted = Wanted(suffix="pdf", body=self._settings.body, language=call.language or None)
        number = found[-1].credential_id
        drawn = self._tools.credentials.draw(actor, number, wanted)
        return {
            "certificate": base64.b64encode(drawn.content).decode("ascii"),
            "type": drawn.media_type,
        }


def _shown(member: Member) -> Mapping[str, Any]:
    return {
        "beneficiary": member.handle,
        "name": member.name,
        "details": list(member.details),
        "secondFactors": list(member.asks),
    }
