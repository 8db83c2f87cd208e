"""Revoke, suspend, restore: many credentials at once, in one transaction, with who and why."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final, Literal

import msgspec

from mohar.domain.clock import Clock, rfc3339
from mohar.domain.errors import Conflict, InvalidInput
from mohar.domain.events import Event
from mohar.domain.lifecycle import CredentialState, LifecycleAction, goal_of, may_start_from
from mohar.domain.values import Personal
from mohar.plugin import Telemetry
from mohar.store.rows import NewChange, StoredCredential
from mohar.store.store import Store, Work

_LONGEST_REASON: Final = 2_000
_NAMES: Final[Mapping[LifecycleAction, str]] = {
    "revoke": "credential.revoked",
    "suspend": "credential.suspended",
    "restore": "credential.restored",
}
_TOLD: Final[Mapping[CredentialState, str]] = {
    goal_of(action): name for action, name in _NAMES.items()
}

# Keeps what channels are to be told of changes, in the transaction that makes them.
Tell = Callable[[Work, Sequence[NewChange], Mapping[str, StoredCredential]], None]
ChangeResult = Literal["changed", "unchanged", "impossible", "missing"]


class NotChangeable(Conflict):
    """What was asked for is not possible in the state the credential is in."""

    code = "not-changeable"


class Wish(Personal, frozen=True, kw_only=True):
    """
    What is to be done to credentials, by whom and why; `until` ends a suspension by itself.

    `reason` is a person's text: it is kept sealed and shown to those who may read the history.
    """

    action: LifecycleAction
    actor_id: str
    reason: str
    until: datetime | None = None


_LAPSED: Final = Wish(
    action="restore", actor_id="mohar", reason="the suspension has come to its end"
)


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """
    What came of it for one credential, and the state it is in now.

    `unchanged` says that it was as wished before, `impossible` that its state does not allow it.
    """

    credential_id: str
    result: ChangeResult
    state: CredentialState | None = None


class Revoking:
    """
    Changes what credentials are worth. All of a call happens, or nothing of it.

    `tell` is called within it, so that whoever is to know is told of each change once.
    """

    def __init__(self, store: Store, tell: Tell, telemetry: Telemetry, clock: Clock) -> None:
        self._store = store
        self._tell = tell
        self._telemetry = telemetry
        self._clock = clock

    def change(
        self, wish: Wish, credential_ids: Sequence[str], *, dry_run: bool = False
    ) -> Sequence[Changed]:
        """
        Do as wished to every credential that allows it, and answer for each, in order.

        Doing the same again changes nothing. With `dry_run` nothing is done, and the answers say
        what would be.

        Raises:
            InvalidInput: no reason is given, or the end of the suspension is none.
            Unavailable: nothing was changed; the same call may be made again.
        """
        now = self._clock()
        _must_make_sense(wish, now)
        with self._store.read() if dry_run else self._store.begin() as work:
            answers = self._change(work, wish, credential_ids, now, dry_run=dry_run)
        if not dry_run:
            self._count(wish, answers)
        return answers

    def lift(self, credential_ids: Sequence[str]) -> Sequence[Changed]:
        """
        Restore those whose suspension has come to its end, and answer for each of these.

        One that was renewed since somebody looked lasts, and is not answered for.

        Raises:
            Unavailable: nothing was changed; the same call may be made again.
        """
        now = self._clock()
        with self._store.begin() as work:
            over = list(work.lifecycle.lock_lapsed(credential_ids, now))
            answers = self._change(work, _LAPSED, over, now, dry_run=False)
        self._count(_LAPSED, answers)
        return answers

    def _count(self, wish: Wish, answers: Sequence[Changed]) -> None:
        done = sum(each.result == "changed" for each in answers)
        if done:
            self._telemetry.count("credentials.changed", done, action=wish.action)

    def _change(
        self,
        work: Work,
        wish: Wish,
        credential_ids: Sequence[str],
        now: datetime,
        *,
        dry_run: bool,
    ) -> Sequence[Changed]:
        numbers = list(dict.fromkeys(credential_ids))
        if not dry_run:
            work.lifecycle.lock(numbers)
        found = work.credentials.find(numbers)
        held = {n: each for n, each in found.items() if each.issued_at is not None}
        answers = [_answer(wish, number, held.get(number)) for number in numbers]
        if not dry_run:
            hit = [held[each.credential_id] for each in answers if each.result == "changed"]
            made = [_new(wish, each, now) for each in hit]
            work.lifecycle.change(made)
            work.outbox.append([event_of(each, held[each.credential_id].kind) for each in made])
            self._tell(work, made, held)
        return answers


def must_be_possible(answer: Changed, action: LifecycleAction) -> None:
    """Raise NotChangeable where the state of the credential did not allow it."""
    if answer.result == "impossible":
        raise NotChangeable(
            f"the credential is {answer.state}, so it was not {action_done(action)}"
        )


def event_of(change: NewChange, kind: str) -> Event:
    """Return what those who listen are told of a revocation, a suspension or a restoration."""
    until = {"until": rfc3339(change.until)} if change.until else {}
    return Event(
        event_id=uuid.uuid4().hex,
        type=_TOLD[change.after],
        occurred_at=change.at,
        kind=kind,
        facts={"before": change.before, "after": change.after} | until,
    )


def action_done(action: LifecycleAction) -> str:
    """Return the participle people read: revoked, suspended, restored."""
    return _NAMES[action].removeprefix("credential.")


def _must_make_sense(wish: Wish, now: datetime) -> None:
    if not wish.reason.strip():
        raise InvalidInput("say why, in `reason`: it is kept with the credential's history")
    if len(wish.reason) > _LONGEST_REASON:
        raise InvalidInput(f"the reason is longer than {_LONGEST_REASON} characters")
    if wish.until is None:
        return
    if wish.action != "suspend":
        raise InvalidInput("only a suspension has an end, so `until` goes with it alone")
    if wish.until <= now:
        raise InvalidInput("`until` has passed already; the end of a suspension is to come")


def _answer(wish: Wish, number: str, held: StoredCredential | None) -> Changed:
    if held is None:
        return Changed(credential_id=number, result="missing")
    state = held.state
    if may_start_from(wish.action, state):
        return Changed(credential_id=number, result="changed", state=goal_of(wish.action))
    result: ChangeResult = "unchanged" if state == goal_of(wish.action) else "impossible"
    return Changed(credential_id=number, result=result, state=state)


def _new(wish: Wish, held: StoredCredential, now: datetime) -> NewChange:
    return NewChange(
        credential_id=held.credential_id,
        at=now,
        before=held.state,
        after=goal_of(wish.action),
        cause=wish.action,
        actor_id=wish.actor_id,
        reason=wish.reason.strip(),
        until=wish.until,
    )
