"""Push URI: a locker that has a document is told when it changes, or when another one is there."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Final, Literal
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import msgspec

from mohar.domain.delivery import Delivery, DeliveryResult
from mohar.domain.errors import ConfigError, Unavailable
from mohar.domain.values import JsonObject
from mohar.plugin import HttpResponse, Secret, Tools
from mohar.plugin.tools import SecretReference
from mohar_channel_digilocker._reading import Uri
from mohar_channel_digilocker._remembering import Remembering

Action = Literal["A", "U", "D"]
_ACTIONS: Final[Mapping[str, Action]] = {
    "issued": "A",
    "corrected": "U",
    "reissued": "U",
    "restored": "A",
    "revoked": "D",
    "suspended": "D",
}
# The order in which the specification joins them for the `hmac`; what is not told is empty.
_SIGNED: Final = (
    "clientid",
    "digilockerid",
    "uri",
    "doctype",
    "description",
    "docid",
    "issuedate",
    "validfrom",
    "validto",
    "action",
    "ts",
)
_FOR_GOOD: Final = frozenset({400, 404, 410, 413, 422})
_MOST_OF_AN_ANSWER: Final = 65_536
_OK: Final = 200
_BAD: Final = 400
_SILENT: Final = "no answer"
_DONE: Final = DeliveryResult(state="delivered", detail="no account known")


class Pushed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A type of document, as the door gives it out; a new one is told of where `adds` says so."""

    type: Annotated[str, msgspec.Meta(pattern=r"^[A-Z0-9]{5}$")]
    kind: str
    description: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    adds: bool = True


class PushSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    `url` takes the URIs of `client_id`, and `client_secret` proves them.

    `group` is the path of the record by which a later document of the same person is known.
    """

    url: Annotated[str, msgspec.Meta(pattern=r"^https?://[^\s/]+(/\S*)?$")] = (
        "https://digilocker.meripehchaan.gov.in/public/account/1/pushuri"
    )
    client_id: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    client_secret: SecretReference
    issuer_id: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]{0,99}$")]
    documents: Annotated[list[Pushed], msgspec.Meta(min_length=1, max_length=50)]
    group: str = ""
    remember_days: Annotated[int, msgspec.Meta(ge=1, le=3_650)] = 365
    deadline_seconds: Annotated[float, msgspec.Meta(gt=0, le=60)] = 10.0


class PushUriChannel:
    """Tells lockers that are known from an earlier Pull URI; of all others there is nobody to tell."""

    def __init__(self, settings: PushSettings, secret: Secret, tools: Tools) -> None:
        self._settings = settings
        self._secret = secret
        self._tools = tools
        self._lifetime = timedelta(days=settings.remember_days)
        self._remembering = Remembering(tools.shared, self._lifetime)
        self._zone = ZoneInfo(tools.time_zone)

    @classmethod
    def open(cls, settings: PushSettings, tools: Tools) -> PushUriChannel:
        """
        Read the secret; nobody is called yet.

        Raises:
            SecretMissing: it is not there.
            ConfigError: it is no text.
        """
        secret = tools.files.secret(settings.client_secret)
        try:
            secret.reveal().decode()
        except UnicodeDecodeError as error:
            raise ConfigError(f"digilocker: the secret ({secret.where}) is no text") from error
        return cls(settings, secret, tools)

    @property
    def fields(self) -> Sequence[str]:
        """Return the path of the group, where one is named."""
        return (self._settings.group,) if self._settings.group else ()

    def deliver(self, deliveries: Sequence[Delivery]) -> Sequence[DeliveryResult]:
        """Tell of each; where nobody answers, the others are not tried."""
        results: list[DeliveryResult] = []
        for each in deliveries:
            results.append(self._told(each))
            if results[-1].detail == _SILENT:
                break
        return results

    def _told(self, delivery: Delivery) -> DeliveryResult:
        """One delivery may be several URIs; the first that fails is tried again with the others."""
        result = _DONE
        try:
            for parameters in self._pushes(delivery):
                result = _result(self._call(parameters))
                if result.state != "delivered":
                    return result
                self._remembering.pushed(
                    parameters["doctype"],
                    parameters["docid"],
                    parameters["digilockerid"],
                    self._lifetime,
                )
        except Unavailable:
            return DeliveryResult(state="retry", detail=_SILENT)
        return result

    def _pushes(self, delivery: Delivery) -> Iterator[dict[str, str]]:
        action = _action(delivery)
        documents = [each for each in self._settings.documents if each.kind == delivery.kind]
        if action is None or delivery.credential_id is None or not documents:
            return
        tools, number = self._tools, delivery.credential_id
        (revisions,) = tools.life.revisions_of(tools.actor, delivery.kind, [number])
        first = revisions[0].credential_id if revisions else number
        for document in documents:
            account = self._account(document, first, delivery, is_new=action == "A")
            if account:
                yield self._parameters(document, action, first, account, delivery)

    def _account(self, document: Pushed, first: str, delivery: Delivery, *, is_new: bool) -> str:
        known = self._remembering.holder_of(document.type, first)
        group = delivery.told.fields.get(self._settings.group)
        if known or not is_new or not document.adds or group is None:
            return known
        return self._remembering.holder_in(delivery.kind, str(group))

    def _parameters(
        self, document: Pushed, action: Action, first: str, account: str, delivery: Delivery
    ) -> dict[str, str]:
        said = {
            "clientid": self._settings.client_id,
            "digilockerid": account,
            "uri": str(Uri(self._settings.issuer_id, document.type, first)),
            "doctype": document.type,
            "description": document.description,
            "docid": first,
            "issuedate": delivery.occurred_at.astimezone(self._zone).strftime("%d%m%Y"),
            "action": action,
            "ts": str(int(self._tools.clock().timestamp())),
        }
        return {**said, "hmac": push_hmac(self._secret.reveal().decode().strip(), said)}

    def _call(self, parameters: Mapping[str, str]) -> HttpResponse:
        return self._tools.http.request(
            "POST",
            self._settings.url,
            body=urlencode(parameters).encode(),
            headers={"content-type": "application/x-www-form-urlencoded"},
            deadline_seconds=self._settings.deadline_seconds,
            max_bytes=_MOST_OF_AN_ANSWER,
        )


def push_hmac(secret: str, parameters: Mapping[str, str]) -> str:
    """Return the `hmac` of a Push URI: SHA-256, in hex, of the secret and all values in order."""
    joined = secret + "".join(parameters.get(name, "") for name in _SIGNED)
    return hashlib.sha256(joined.encode()).hexdigest()


def _action(delivery: Delivery) -> Action | None:
    """A later revision is an update, under whichever name it is told."""
    action = _ACTIONS.get(delivery.event)
    is_later = delivery.event == "issued" and (delivery.told.revision or 1) > 1
    return "U" if is_later else action


def _result(answer: HttpResponse) -> DeliveryResult:
    detail = f"http {answer.status}"
    if answer.status == _OK or (answer.status == _BAD and _is_there(answer.body)):
        return DeliveryResult(state="delivered", detail=detail)
    if answer.status in _FOR_GOOD:
        return DeliveryResult(state="refused", detail=detail)
    return DeliveryResult(
        state="retry", detail=detail, retry_after_seconds=answer.retry_after_seconds
    )


def _is_there(body: bytes) -> bool:
    """Somebody whose first call was not answered is told that the URI exists: it was added."""
    try:
        said = msgspec.json.decode(body, type=JsonObject)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError):
        return False
    texts = [str(said.get(name, "")).lower() for name in ("error", "error_description")]
    return any("uri" in text and "exist" in text for text in texts)
