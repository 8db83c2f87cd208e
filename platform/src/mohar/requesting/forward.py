"""Requests go to the source that can decide them, and its answers come back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from mohar.domain.request import ForwardedRequest, SourceAnswer
from mohar.plugin import Telemetry, Tools
from mohar.plugin.caller import HookCaller
from mohar.requesting.answer import Answering
from mohar.requesting.handover import Handover
from mohar.requesting.plan import LONGEST_TEXT
from mohar.requesting.retry import wait_seconds
from mohar.store import Store, Work
from mohar.store.request_rows import KeptRequest, NewStep

_HOOK: Final = "mohar_forward_request"
_AT_ONCE: Final = 10
_LEASE_SECONDS: Final = 300.0
_SOONEST_SECONDS: Final = 60


class Forwarding:
    """
    Does what is due: hands requests to their source, and carries out what was approved.

    A request that no plugin takes waits for an officer, who records what the source answered.
    """

    def __init__(
        self,
        *,
        store: Store,
        handover: Handover,
        answering: Answering,
        carry_out: Callable[[KeptRequest], None],
        caller: HookCaller,
        tools: Tools,
        telemetry: Telemetry,
    ) -> None:
        self._store = store
        self._handover = handover
        self._answering = answering
        self._carry_out = carry_out
        self._caller = caller
        self._tools = tools
        self._telemetry = telemetry

    def run_once(self) -> int:
        """
        Do what is due of some requests, and return how many they were.

        Raises:
            Unavailable: the store did not answer; what was taken comes again.
        """
        with self._store.read() as work:
            if not work.requests.is_due():
                return 0
        with self._store.begin() as work:
            due = work.requests.claim(_AT_ONCE, _LEASE_SECONDS)
        for kept in due:
            if kept.state == "approved":
                self._carry_out(kept)
            else:
                self._forward(kept)
        return len(due)

    def _forward(self, kept: KeptRequest) -> None:
        with self._store.read() as work:
            request = self._handover.described(work, kept)
        plugin, answer, has_failed = self._asked(request)
        with self._store.begin() as work:
            now = work.requests.find(kept.tracking, lock=True)
            if now is None or (now.state, now.changed_at) != (kept.state, kept.changed_at):
                return
            if answer is None:
                work.requests.wait(now, wait_seconds(now.attempts) if has_failed else None)
                return
            after = self._answered(work, now, f"plugin:{plugin}", answer)
        if after.state == "approved":
            self._carry_out(after)

    def _asked(self, request: ForwardedRequest) -> tuple[str, SourceAnswer | None, bool]:
        """Return the first plugin that answers and what it says, and whether one has failed."""
        has_failed = False
        for plugin in self._caller.plugins(_HOOK):
            told = self._caller.call_one(plugin, _HOOK, request=request, tools=self._tools)
            if isinstance(told.value, SourceAnswer):
                return plugin, told.value, has_failed
            if told.error is not None or told.value is not None:
                has_failed = True
                self._telemetry.log("request.forward-failed", plugin=plugin, kind=request.kind)
        return "", None, has_failed

    def _answered(
        self, work: Work, kept: KeptRequest, actor_id: str, answer: SourceAnswer
    ) -> KeptRequest:
        if answer.state != "waiting":
            return self._answering.take(work, kept, actor_id, answer)
        again = answer.again_after_seconds
        self._note(work, kept, actor_id, answer.reason.strip()[:LONGEST_TEXT])
        work.requests.wait(kept, None if again is None else max(again, _SOONEST_SECONDS))
        return kept

    def _note(self, work: Work, kept: KeptRequest, actor_id: str, reason: str) -> None:
        """What the source says for the first time is kept; the request is where it was."""
        last = work.requests.steps(kept.tracking)[-1]
        if reason and last.reason != reason:
            note = NewStep(
                tracking=kept.tracking, state=kept.state, actor_id=actor_id, reason=reason
            )
            work.requests.note(note)
