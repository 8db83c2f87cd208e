"""Accept: a message becomes durable, once, before anybody is told that it was received."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from mohar.domain.access import Actor
from mohar.domain.clock import Clock
from mohar.domain.errors import Conflict, InvalidInput
from mohar.domain.record import Message, content_digest
from mohar.store import Store, Work
from mohar.store.rows import NewItem, NewSubmission, Submission

_LONGEST_KEY = 255


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """The submission that was kept; `repeated` where it had been kept before."""

    submission_id: str
    repeated: bool


class Reception:
    """Takes submissions in. `new_id` makes ids nobody can guess."""

    def __init__(
        self, store: Store, clock: Clock, new_id: Callable[[], str], max_messages: int = 1_000
    ) -> None:
        self._store = store
        self._clock = clock
        self._new_id = new_id
        self._max_messages = max_messages

    def accept(
        self,
        actor: Actor,
        kind: str,
        source: str,
        messages: Sequence[Message],
        idempotency_key: str | None = None,
        *,
        bodies: tuple[str, ...] | None = None,
    ) -> Accepted:
        """
        Keep messages for issuing; they are durable when this returns.

        `bodies` are the names of those to be issued, None for all. The same idempotency key with
        the same messages and bodies answers with the first submission.

        Raises:
            InvalidInput: no message, too many, or one that is no JSON.
            Conflict: the key was used before for something else.
            Unavailable: nothing was kept; the same call may be made again.
        """
        self._check(messages, idempotency_key)
        new = NewSubmission(
            submission_id=self._new_id(),
            kind=kind,
            actor_id=actor.actor_id,
            source=source,
            idempotency_key=idempotency_key,
            received_at=self._clock(),
            bodies=bodies,
        )
        with self._store.begin() as work:
            if work.intake.add(new, _items(messages)):
                return Accepted(submission_id=new.submission_id, repeated=False)
            earlier = _earlier(work, new)
            _check_same(earlier, new, work.intake.messages(earlier.submission_id), messages)
            return Accepted(submission_id=earlier.submission_id, repeated=True)

    def _check(self, messages: Sequence[Message], idempotency_key: str | None) -> None:
        if not 1 <= len(messages) <= self._max_messages:
            raise InvalidInput(
                f"a submission holds 1 to {self._max_messages} records, this one {len(messages)}"
            )
        unreadable = [position for position, each in enumerate(messages) if not _is_json(each)]
        if unreadable:
            raise InvalidInput(f"records that cannot be written as JSON: {_listed(unreadable)}")
        if idempotency_key is not None and not _is_key(idempotency_key):
            raise InvalidInput(
                f"an idempotency key is 1 to {_LONGEST_KEY} printable ASCII characters"
            )


def _items(messages: Sequence[Message]) -> Sequence[NewItem]:
    return [
        NewItem(
            position=position,
            variant=each.variant,
            content=each.content,
            correction=each.correction,
        )
        for position, each in enumerate(messages)
    ]


def _earlier(work: Work, new: NewSubmission) -> Submission:
    assert new.idempotency_key is not None
    earlier = work.intake.by_idempotency_key(new.actor_id, new.idempotency_key)
    assert earlier is not None
    return earlier


def _check_same(
    earlier: Submission, new: NewSubmission, kept: Sequence[Message], messages: Sequence[Message]
) -> None:
    if (earlier.kind, earlier.source) != (new.kind, new.source):
        raise Conflict(
            f"this idempotency key was used for records of {earlier.kind!r} by {earlier.source!r}; "
            "take a new key"
        )
    if earlier.bodies != new.bodies:
        raise Conflict(
            f"this idempotency key was used for {_named(earlier.bodies)}, "
            f"and now for {_named(new.bodies)}; take a new key"
        )
    differing = _differing(kept, messages)
    if differing:
        raise Conflict(
            "this idempotency key was used with other records; "
            f"they differ at {_listed(differing)}: take a new key"
        )


def _named(bodies: Sequence[str] | None) -> str:
    return "all bodies" if bodies is None else f"the bodies {', '.join(bodies)}"


def _differing(kept: Sequence[Message], messages: Sequence[Message]) -> list[int]:
    before, now = [_digest(each) for each in kept], [_digest(each) for each in messages]
    longest = max(len(before), len(now))
    return [
        position
        for position in range(longest)
        if before[position : position + 1] != now[position : position + 1]
    ]


def _digest(message: Message) -> tuple[str, str, bytes]:
    wish = msgspec.json.encode(message.correction, order="deterministic")
    return message.variant, content_digest(message.content), wish


def _is_json(message: Message) -> bool:
    try:
        msgspec.json.encode(message.content)
    except (UnicodeEncodeError, TypeError, ValueError, RecursionError):
        return False
    return True


def _is_key(text: str) -> bool:
    return 1 <= len(text) <= _LONGEST_KEY and text.isascii() and text.isprintable()


def _listed(positions: Sequence[int], limit: int = 10) -> str:
    shown = ", ".join(map(str, positions[:limit]))
    return f"positions {shown}" + (", …" if len(positions) > limit else "")
