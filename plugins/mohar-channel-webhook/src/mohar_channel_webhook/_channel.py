"""One call a delivery: what to say, and what an answer means."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final

import msgspec

from mohar.domain.clock import Clock, rfc3339
from mohar.domain.delivery import Delivery, DeliveryResult
from mohar.domain.errors import ConfigError, Unavailable
from mohar.domain.request import ForwardedRequest, spelt
from mohar.domain.values import JsonObject
from mohar.plugin import HttpClient, HttpResponse, Secret, Tools
from mohar.plugin.tools import SecretReference
from mohar_channel_webhook.signing import read_secret, sign

# The same call would get the same answer. Everything else may be mended on the other side.
_FOR_GOOD: Final = frozenset({400, 410, 413, 422})
_MOST_OF_AN_ANSWER: Final = 65_536
_SILENT: Final = "no answer"


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    `url` is called with POST; `secrets` sign, all of them, so that one can be exchanged.

    `include` are paths of the record whose values are sent with an outcome as well: by default none.
    """

    url: Annotated[str, msgspec.Meta(pattern=r"^https?://[^\s/]+(/\S*)?$")]
    secrets: Annotated[list[SecretReference], msgspec.Meta(min_length=1, max_length=5)]
    include: list[Annotated[str, msgspec.Meta(min_length=1)]] = []
    deadline_seconds: Annotated[float, msgspec.Meta(gt=0, le=60)] = 10.0


class WebhookChannel:
    """Calls one URL for each delivery. The receiver tells repeats by `webhook-id`."""

    def __init__(
        self, settings: Settings, keys: Sequence[bytes], http: HttpClient, clock: Clock
    ) -> None:
        self._settings = settings
        self._keys = keys
        self._http = http
        self._clock = clock

    @classmethod
    def open(cls, settings: Settings, tools: Tools) -> WebhookChannel:
        """
        Read the secrets.

        Raises:
            SecretMissing: one is not there.
            ConfigError: one is none.
        """
        keys = [_key(tools.files.secret(each)) for each in settings.secrets]
        return cls(settings, keys, tools.http, tools.clock)

    @property
    def fields(self) -> Sequence[str]:
        """Return what is to be sent beside the outcome."""
        return self._settings.include

    def deliver(self, deliveries: Sequence[Delivery]) -> Sequence[DeliveryResult]:
        """Call the URL for each; where it does not answer, the others are not tried."""
        results: list[DeliveryResult] = []
        for each in deliveries:
            results.append(self._tell(each))
            if results[-1].detail == _SILENT:
                break
        return results

    def _tell(self, delivery: Delivery) -> DeliveryResult:
        body = msgspec.json.encode(_said(delivery))
        moment = int(self._clock().timestamp())
        headers = sign(self._keys, delivery.delivery_id, moment, body)
        try:
            answer = self._http.request(
                "POST",
                self._settings.url,
                body=body,
                headers={"content-type": "application/json", **headers},
                deadline_seconds=self._settings.deadline_seconds,
                max_bytes=_MOST_OF_AN_ANSWER,
            )
        except Unavailable:
            return DeliveryResult(state="retry", detail=_SILENT)
        return _result(answer)


def _said(delivery: Delivery) -> JsonObject:
    request = delivery.told.request
    return {
        "type": _type(delivery),
        "timestamp": rfc3339(delivery.occurred_at, milliseconds=True),
        "data": _of_request(request) if request else _of_record(delivery),
    }


def _type(delivery: Delivery) -> str:
    if delivery.told.request:
        return f"request.{delivery.event}"
    return f"{'record' if delivery.submission_id else 'credential'}.{delivery.event}"


def _of_request(request: ForwardedRequest) -> JsonObject:
    return {
        "kind": request.kind,
        "tracking": spelt(request.tracking),
        "request": request.type,
        "credential_id": request.credential_id,
        "other_id": request.other_id,
        "key": request.key,
        "reason": request.reason,
        "changes": request.changes,
        "evidence": request.evidence,
    }


def _of_record(delivery: Delivery) -> JsonObject:
    told = delivery.told
    sent = {"submission_id": delivery.submission_id, "position": delivery.position}
    said: JsonObject = {
        "kind": delivery.kind,
        **(sent if delivery.submission_id else {}),
        "credential_id": delivery.credential_id,
        "revision": told.revision,
        "codes": sorted({finding.code for finding in told.findings}),
    }
    if told.fields:
        said["fields"] = told.fields
    return said


def _result(answer: HttpResponse) -> DeliveryResult:
    detail = f"http {answer.status}"
    if 200 <= answer.status < 300:  # noqa: PLR2004 -- RFC 9110 §15.3
        return DeliveryResult(state="delivered", detail=detail)
    if answer.status in _FOR_GOOD:
        return DeliveryResult(state="refused", detail=detail)
    return DeliveryResult(
        state="retry", detail=detail, retry_after_seconds=answer.retry_after_seconds
    )


def _key(secret: Secret) -> bytes:
    try:
        return read_secret(secret.reveal())
    except ValueError as error:
        raise ConfigError(f"the secret of a webhook ({secret.where}) is none: {error}") from error
