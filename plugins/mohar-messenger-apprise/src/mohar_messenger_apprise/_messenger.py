"""One call a text, in a thread of its own that nobody waits for beyond the deadline."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from typing import Annotated, Final
from urllib.parse import quote

import apprise
import msgspec

from mohar.domain.delivery import DeliveryResult
from mohar.domain.errors import ConfigError
from mohar.domain.outgoing import Carries, Outgoing, is_address
from mohar.plugin import Tools
from mohar.plugin.tools import SecretReference

_TO: Final = "{to}"
_SAMPLES: Final = {"email": "somebody@example.org"}
_PHONE: Final = "+12025550100"


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    `url` is the secret with Apprise's address of the service, in which `{to}` stands for the person.

    `carries` is what the service makes of a text. `connect_seconds` and `read_seconds` are the
    limits of the service's own connection, `deadline_seconds` that of the whole call.
    """

    url: SecretReference
    carries: Carries
    connect_seconds: Annotated[float, msgspec.Meta(gt=0, le=30)] = 5.0
    read_seconds: Annotated[float, msgspec.Meta(gt=0, le=30)] = 10.0
    deadline_seconds: Annotated[float, msgspec.Meta(gt=0, le=60)] = 20.0


class AppriseMessenger:
    """Sends by one service. Apprise logs whom it writes to, so its log is silenced."""

    def __init__(self, settings: Settings, url: str) -> None:
        self._settings = settings
        self._url = url

    @classmethod
    def open(cls, settings: Settings, tools: Tools) -> AppriseMessenger:
        """
        Read the address of the service.

        Raises:
            SecretMissing: it is not there.
            ConfigError: Apprise does not know it, or it names nobody to write to.
        """
        secret = tools.files.secret(settings.url)
        logging.getLogger("apprise").disabled = True
        url = secret.reveal().decode("utf-8", "replace").strip()
        messenger = cls(settings, url)
        if _TO not in url or messenger._service(_SAMPLES.get(settings.carries, _PHONE)) is None:
            raise ConfigError(
                f"the address of the messenger apprise ({secret.where}) is none that Apprise "
                "knows, or has no {to} where the person's address goes"
            )
        return messenger

    @property
    def carries(self) -> Carries:
        """Return what the service makes of a text."""
        return self._settings.carries

    def send(self, messages: Sequence[Outgoing]) -> Sequence[DeliveryResult]:
        """Send each; where one does not come to an end in time, the others are not tried."""
        results: list[DeliveryResult] = []
        for each in messages:
            results.append(self._send(each))
            if results[-1].state == "unknown":
                break
        return results

    def _send(self, message: Outgoing) -> DeliveryResult:
        if not is_address(message.to, self.carries):
            return DeliveryResult(state="refused", detail="no address")
        service = self._service(message.to)
        if service is None:
            return DeliveryResult(state="refused", detail="no address for this service")
        answers: list[bool] = []
        thread = threading.Thread(target=_tell, args=(service, message, answers), daemon=True)
        began = time.monotonic()
        thread.start()
        thread.join(self._settings.deadline_seconds)
        return self._result(answers, time.monotonic() - began)

    def _result(self, answers: Sequence[bool], seconds: float) -> DeliveryResult:
        """A failure before any limit is a plain no; after one, the text may be on its way."""
        if any(answers):
            return DeliveryResult(state="delivered", detail="sent")
        limit = min(self._settings.connect_seconds, self._settings.read_seconds)
        if answers and seconds < limit:
            return DeliveryResult(state="retry", detail="not sent")
        return DeliveryResult(state="unknown", detail="no answer")

    def _service(self, to: str) -> apprise.NotifyBase | None:
        limits = f"cto={self._settings.connect_seconds}&rto={self._settings.read_seconds}"
        url = self._url.replace(_TO, quote(to, safe=""))
        asset = apprise.AppriseAsset(async_mode=False, secure_logging=True)
        made = apprise.Apprise.instantiate(
            f"{url}{'&' if '?' in url else '?'}{limits}", asset=asset, suppress_exceptions=True
        )
        return made or None


def _tell(service: apprise.NotifyBase, message: Outgoing, answers: list[bool]) -> None:
    """What goes wrong in there in an unforeseen way leaves no answer: nobody can tell."""
    try:
        answers.append(bool(service.notify(body=message.text, title=message.subject)))
    except (OSError, ValueError, TypeError):
        return
