"""One call a text: what is sent, and what an answer means."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from mohar.domain.delivery import Delivered, DeliveryResult
from mohar.domain.errors import ConfigError, NotReached, Unavailable
from mohar.domain.outgoing import Carries, Outgoing, is_address
from mohar.domain.values import at_path
from mohar.plugin import HttpClient, HttpResponse, Tools
from mohar_messenger_http._settings import Answer, Means, Settings

_MOST_OF_AN_ANSWER: Final = 65_536
_PLACE: Final = re.compile(r"\{(\w*)\}")
_PLACES: Final = frozenset({"to", "text", "subject", "sender", "template", "language", "purpose"})
_STATES: Final[Mapping[Means, Delivered]] = {
    "ok": "delivered",
    "later": "retry",
    "never": "refused",
    "unknown": "unknown",
}
_NO_CONNECTION: Final = "no connection"
_SILENT: Final = "no answer"


class HttpMessenger:
    """Asks one gateway, once for each text."""

    def __init__(self, settings: Settings, headers: Mapping[str, str], http: HttpClient) -> None:
        self._settings = settings
        self._headers = headers
        self._http = http
        self._wants_template = "{template}" in str([settings.form, settings.json])

    @classmethod
    def open(cls, settings: Settings, tools: Tools) -> HttpMessenger:
        """
        Read the secrets among the headers.

        Raises:
            SecretMissing: one is not there.
            ConfigError: one is no text for a header, or the body has a place that is not known.
        """
        _check_body(settings)
        headers = {
            name: value if isinstance(value, str) else _text(tools.files.secret(value).reveal())
            for name, value in settings.headers.items()
        }
        kind = "application/x-www-form-urlencoded" if settings.form else "application/json"
        return cls(settings, {"content-type": kind, **headers}, tools.http)

    @property
    def carries(self) -> Carries:
        """Return what the gateway makes of a text."""
        return self._settings.carries

    def send(self, messages: Sequence[Outgoing]) -> Sequence[DeliveryResult]:
        """Ask for each text; where the gateway does not answer, the others are not tried."""
        results: list[DeliveryResult] = []
        for each in messages:
            results.append(self._send(each))
            if results[-1].detail in {_NO_CONNECTION, _SILENT}:
                break
        return results

    def _send(self, message: Outgoing) -> DeliveryResult:
        to = self._address(message.to)
        if not is_address(to, self.carries):
            return DeliveryResult(state="refused", detail="no address")
        template = self._template(message)
        if self._wants_template and not template:
            return DeliveryResult(state="refused", detail="no template id")
        try:
            answer = self._ask(self._body(message, to, template))
        except NotReached:
            return DeliveryResult(state="retry", detail=_NO_CONNECTION)
        except Unavailable:
            return DeliveryResult(state="unknown", detail=_SILENT)
        return self._result(answer, to)

    def _ask(self, body: bytes) -> HttpResponse:
        return self._http.request(
            self._settings.method,
            self._settings.url,
            body=body,
            headers=self._headers,
            deadline_seconds=self._settings.deadline_seconds,
            max_bytes=_MOST_OF_AN_ANSWER,
        )

    def _address(self, to: str) -> str:
        if self.carries == "email" or to.startswith("+"):
            return to
        return self._settings.prefix + (to.lstrip("0") if self._settings.prefix else to)

    def _template(self, message: Outgoing) -> str:
        ids = self._settings.templates
        return ids.get(f"{message.purpose}.{message.language}", ids.get(message.purpose, ""))

    def _body(self, message: Outgoing, to: str, template: str) -> bytes:
        values = {
            "to": to if self._settings.plus else to.removeprefix("+"),
            "text": message.text,
            "subject": message.subject,
            "sender": self._settings.sender,
            "template": template,
            "language": message.language,
            "purpose": message.purpose,
        }
        if self._settings.form:
            return urlencode(_filled(self._settings.form, values)).encode()
        return msgspec.json.encode(_filled(self._settings.json, values))

    def _result(self, answer: HttpResponse, to: str) -> DeliveryResult:
        said = _json(answer.body)
        return DeliveryResult(
            state=_STATES[self._meaning(answer.status, said)],
            detail=f"http {answer.status}",
            retry_after_seconds=answer.retry_after_seconds,
            receipt=_receipt(said, self._settings.receipt, to),
        )

    def _meaning(self, status: int, said: Any) -> Means:
        fitting = [each for each in self._settings.answers if _fits(each, status, said)]
        return fitting[0].means if fitting else _usual(status)


def _check_body(settings: Settings) -> None:
    if bool(settings.form) == bool(settings.json):
        raise ConfigError("the messenger http: write a `form:` or a `json:`, one of the two")
    used = set(_PLACE.findall(str(_texts([settings.form, settings.json]))))
    if unknown := sorted(used - _PLACES):
        raise ConfigError(
            f"the messenger http: its body has the places {', '.join(unknown)}, which are not "
            f"known; there are {', '.join(sorted(_PLACES))}"
        )


def _texts(tree: Any) -> list[str]:
    if isinstance(tree, Mapping):
        return [text for each in tree.values() for text in _texts(each)]
    if isinstance(tree, list):
        return [text for each in tree for text in _texts(each)]
    return [tree] if isinstance(tree, str) else []


def _filled(tree: Any, values: Mapping[str, str]) -> Any:
    """Fill in once: what is filled in is not looked at for places again."""
    if isinstance(tree, Mapping):
        return {name: _filled(each, values) for name, each in tree.items()}
    if isinstance(tree, list):
        return [_filled(each, values) for each in tree]
    return _PLACE.sub(lambda found: values[found[1]], tree) if isinstance(tree, str) else tree


def _fits(answer: Answer, status: int, said: Any) -> bool:
    if answer.status and status not in answer.status:
        return False
    return not answer.path or _word(at_path(said, answer.path)) in answer.values


def _usual(status: int) -> Means:
    """RFC 9110 §15: a gateway that failed in the midst may have sent the text."""
    if 200 <= status < 300:  # noqa: PLR2004 -- RFC 9110 §15.3
        return "ok"
    if status in {429, 503} or 300 <= status < 400:  # noqa: PLR2004 -- RFC 9110 §15.4
        return "later"
    return "never" if 400 <= status < 500 else "unknown"  # noqa: PLR2004 -- RFC 9110 §15.5


def _json(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return None


def _word(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _receipt(said: Any, path: str, to: str) -> str:
    """Some gateways make their ids of the number: such a one is not kept."""
    value = at_path(said, path) if path else None
    word = _word(value) if isinstance(value, str | int) else ""
    return "" if to.lstrip("+")[-7:] in word else word


def _text(secret: bytes) -> str:
    try:
        text = secret.decode("ascii").strip()
    except UnicodeDecodeError:
        text = ""
    if not text or not text.isprintable():
        raise ConfigError("the messenger http: a secret among its headers is no line of ASCII text")
    return text
