"""Codes go out in the background, so that no answer tells whether there was one to send."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore
from typing import Final

from mohar.access.holder_texts import HolderTexts
from mohar.config.holders import Holders as Section
from mohar.domain.access import Actor
from mohar.domain.errors import MoharError, Unavailable
from mohar.domain.outgoing import Outgoing
from mohar.domain.values import Personal
from mohar.plugin import Messenger, Telemetry
from mohar.plugin.caller import guarded

_THREADS: Final = 16
_MOST_WAITING: Final = 2_000
# The answer is on its way before what is known and what is not take different ways.
_BEHIND_THE_ANSWER_SECONDS: Final = 0.1
_PURPOSE: Final = "one-time-code"


class CodeToSend(Personal, frozen=True, kw_only=True):
    """A code for a contact; `actor` is the door it was asked for at."""

    actor: Actor
    contact: str
    code: str
    language: str


class Sending:
    """
    Sends codes to contacts that somebody is known by, and nothing to others.

    What does not go out is not tried again: whoever waits asks for another code. `close` ends it.
    """

    def __init__(
        self,
        *,
        section: Section,
        messenger: Messenger,
        texts: HolderTexts,
        is_known: Callable[[Actor, str], bool],
        telemetry: Telemetry,
    ) -> None:
        self._section = section
        self._messenger = messenger
        self._texts = texts
        self._is_known = is_known
        self._telemetry = telemetry
        self._room = BoundedSemaphore(_MOST_WAITING)
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="codes")

    def send(self, code: CodeToSend) -> None:
        """Return at once; raises Unavailable where too many codes wait already."""
        if not self._room.acquire(blocking=False):
            raise Unavailable("too many codes wait to be sent")
        try:
            self._threads.submit(self._send, code)
        except RuntimeError as error:
            raise Unavailable("the house is being closed") from error

    def close(self) -> None:
        """Let what is being sent end, and send nothing more."""
        self._threads.shutdown(cancel_futures=True)

    def _send(self, code: CodeToSend) -> None:
        time.sleep(_BEHIND_THE_ANSWER_SECONDS)
        try:
            outcome = self._outcome(code)
        except MoharError as error:
            outcome = error.code
        finally:
            self._room.release()
        self._telemetry.count("holders.codes", outcome=outcome)
        self._telemetry.log("holders.code", outcome=outcome)

    def _outcome(self, code: CodeToSend) -> str:
        if not self._is_known(code.actor, code.contact):
            return "unknown"
        message = self._message(code)
        results = guarded(
            f"the messenger {self._section.messenger}",
            lambda: self._messenger.send([message]),
            Unavailable,
        )
        return results[0].state if results else "not-tried"

    def _message(self, code: CodeToSend) -> Outgoing:
        texts = self._texts.of(code.language)
        minutes = max(1, self._section.code.lifetime_seconds // 60)
        values: Mapping[str, str | int] = {"code": code.code, "minutes": minutes}
        numbers = self._section.numbers
        return Outgoing(
            to=f"+{numbers.country_code}{code.contact}" if numbers else code.contact,
            subject=texts.label("code-subject"),
            text=texts.label("code-message", **values),
            language=texts.language,
            purpose=_PURPOSE,
        )
