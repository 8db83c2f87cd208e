"""What DIVOC's certification-ack told Co-WIN, and what it left out: duplicates and conflicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Final

import msgspec

from mohar.domain.clock import rfc3339
from mohar.domain.delivery import Delivery, DeliveryEvent, DeliveryResult
from mohar.domain.errors import ConfigError, Unavailable
from mohar.domain.values import JsonObject
from mohar.plugin import HttpClient, HttpResponse, Tools
from mohar.plugin.tools import SecretReference
from mohar_channel_cowin_ack._token import Login, LoginFailed

_Url = Annotated[str, msgspec.Meta(pattern=r"^https?://[^\s/]+(/\S*)?$")]
_Path = Annotated[str, msgspec.Meta(min_length=1)]
_UNAUTHORISED: Final = 401
# The same call would get the same answer. Everything else may be mended on the other side.
_FOR_GOOD: Final = frozenset({400, 410, 413, 422})
_MOST_OF_AN_ANSWER: Final = 65_536
_LONGEST_REASON: Final = 500
_SILENT: Final = "no answer"

# A request is no outcome, and Co-WIN's call-back has no word for it.
_WORDS: Final[Mapping[DeliveryEvent, tuple[str, str]]] = {
    "issued": ("success", "created"),
    "known": ("success", "duplicate"),
    "refused": ("error", ""),
    "conflict": ("error", "conflict"),
    "failed": ("error", ""),
}


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    `url` takes the call-back; `login_url` gives the token for `user`, a secret.

    `reference` and `dose` are the paths of the record where the two stand that Co-WIN knows it by.
    """

    url: _Url
    login_url: _Url
    user: SecretReference
    token_seconds: Annotated[float, msgspec.Meta(gt=0, le=86_400)] = 600.0
    deadline_seconds: Annotated[float, msgspec.Meta(gt=0, le=60)] = 10.0
    reference: _Path = "pre_enrollment_code"
    dose: _Path = "vaccination.dose"


class CowinAckChannel:
    """Acknowledges each outcome by a call of its own, as Co-WIN expects it."""

    def __init__(self, settings: Settings, login: Login, http: HttpClient) -> None:
        self._settings = settings
        self._login = login
        self._http = http

    @classmethod
    def open(cls, settings: Settings, tools: Tools) -> CowinAckChannel:
        """
        Read the secret; nobody is called yet.

        Raises:
            SecretMissing: it is not there.
            ConfigError: it is no text.
        """
        user = tools.files.secret(settings.user)
        try:
            user.reveal().decode()
        except UnicodeDecodeError as error:
            raise ConfigError(f"cowin-ack: the user ({user.where}) is no text") from error
        login = Login(
            url=settings.login_url,
            user=user,
            token_seconds=settings.token_seconds,
            deadline_seconds=settings.deadline_seconds,
            http=tools.http,
            clock=tools.clock,
        )
        return cls(settings, login, tools.http)

    @property
    def fields(self) -> Sequence[str]:
        """Return the two by which Co-WIN knows a record."""
        return (self._settings.reference, self._settings.dose)

    def deliver(self, deliveries: Sequence[Delivery]) -> Sequence[DeliveryResult]:
        """Call for each; where nobody answers, or there is no token, the others are not tried."""
        results: list[DeliveryResult] = []
        for each in deliveries:
            said = self._said(each)
            if said is None:
                results.append(DeliveryResult(state="refused", detail="no reference"))
                continue
            try:
                results.append(_result(self._call(msgspec.json.encode(said))))
            except Unavailable as error:
                results.append(_late(error))
                break
        return results

    def _call(self, body: bytes) -> HttpResponse:
        """A token may be refused before its time: then a new one is tried, once."""
        token = self._login.token()
        answer = self._post(body, token)
        if answer.status == _UNAUTHORISED:
            answer = self._post(body, self._login.token(not_this=token))
        return answer

    def _post(self, body: bytes, token: str) -> HttpResponse:
        return self._http.request(
            "POST",
            self._settings.url,
            body=body,
            headers={"content-type": "application/json", "authorization": token},
            deadline_seconds=self._settings.deadline_seconds,
            max_bytes=_MOST_OF_AN_ANSWER,
        )

    def _said(self, delivery: Delivery) -> JsonObject | None:
        fields = delivery.told.fields
        reference = fields.get(self._settings.reference)
        if reference is None or delivery.event not in _WORDS:
            return None
        status, reason = _WORDS[delivery.event]
        return {
            "beneficiary_reference_id": reference,
            "dose": fields.get(self._settings.dose),
            "status": status,
            "reason": _reason(delivery) if status == "error" else reason,
            "date_created": rfc3339(delivery.occurred_at, milliseconds=True),
        }


def _reason(delivery: Delivery) -> str:
    """Say what is the matter by codes and places; a conflict names the fields that differ."""
    found = [
        f"{finding.code} ({finding.where})" if finding.where else finding.code
        for finding in delivery.told.findings
    ]
    first = _WORDS[delivery.event][1]
    told = "; ".join(dict.fromkeys([*([first] if first else []), *found])) or delivery.event
    return told[:_LONGEST_REASON]


def _late(error: Unavailable) -> DeliveryResult:
    if isinstance(error, LoginFailed):
        return DeliveryResult(
            state="retry", detail=error.detail, retry_after_seconds=error.retry_after_seconds
        )
    return DeliveryResult(state="retry", detail=_SILENT)


def _result(answer: HttpResponse) -> DeliveryResult:
    detail = f"http {answer.status}"
    if 200 <= answer.status < 300:  # noqa: PLR2004 -- RFC 9110 §15.3
        return DeliveryResult(state="delivered", detail=detail)
    if answer.status in _FOR_GOOD:
        return DeliveryResult(state="refused", detail=detail)
    return DeliveryResult(
        state="retry", detail=detail, retry_after_seconds=answer.retry_after_seconds
    )
