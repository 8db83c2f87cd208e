"""Accept: a message becomes durable, once, before anybody is told that it was received."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import zip_longest
from typing import Final

import msgspec

from mohar.domain.access import Actor
from mohar.domain.clock import Clock
from mohar.domain.errors import Conflict, InvalidInput
from mohar.domain.findings import Finding
from mohar.domain.record import Message, content_digest
from mohar.domain.values import differing_paths, tellable_paths
from mohar.receiving.backlog import Backlog
from mohar.store import Store, Work
from mohar.store.rows import NewItem, NewSubmission, Submission

_LONGEST_KEY: Final = 255
_MOST_TOLD: Final = 20


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """The submission that was kept; `repeated` where it had been kept before."""

    submission_id: str
    repeated: bool


class Reception:
    """Takes submissions in. `new_id` makes ids nobody can guess."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        new_id: Callable[[], str],
        backlog: Backlog,
        max_messages: int = 1_000,
    ) -> None:
        self._store = store
        self._backlog = backlog
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
            Conflict: the key was used before for something else; the findings tell where it differs.
            TooManyWaiting: see `Backlog`; nothing was kept. A repeat gets its first answer even so.
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
        is_full = self._backlog.is_full()
        with self._store.begin() as work:
            if not is_full and work.intake.add(new, _items(messages)):
                self._backlog.add(len(messages))
                return Accepted(submission_id=new.submission_id, repeated=False)
            earlier = _earlier(work, new)
            if earlier is None:
                raise self._backlog.too_many()
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


def _earlier(work: Work, new: NewSubmission) -> Submission | None:
    if new.idempotency_key is None:
        return None
    return work.intake.by_idempotency_key(new.actor_id, new.idempotency_key)


def _check_same(
    earlier: Submission,
    new: NewSubmission,
    kept: Sequence[Message],
    messages: Sequence[Message],
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
    # What is no longer kept can be compared with nothing: the key alone says that it is a repeat.
    differing = _differing(kept, messages) if kept else {}
    if differing:
        raise Conflict(
            f"this idempotency key was used with other records{_counted(kept, messages)}; "
            f"they differ at {_listed(list(differing))}: take a new key",
            [finding for findings in differing.values() for finding in findings][:_MOST_TOLD],
        )


def _counted(kept: Sequence[Message], messages: Sequence[Message]) -> str:
    return "" if len(kept) == len(messages) else f" ({len(kept)} then, {len(messages)} now)"


def _named(bodies: Sequence[str] | None) -> str:
    return "all bodies" if bodies is None else f"the bodies {', '.join(bodies)}"


def _differing(kept: Sequence[Message], messages: Sequence[Message]) -> dict[int, list[Finding]]:
    pairs = enumerate(zip_longest(kept, messages))
    return {position: _told(position, *pair) for position, pair in pairs if _differs(*pair)}


def _differs(before: Message | None, now: Message | None) -> bool:
    return before is None or now is None or _digest(before) != _digest(now)


def _told(position: int, before: Message | None, now: Message | None) -> list[Finding]:
    """Where two records differ, by the place of the item and the paths in it, never by a value."""
    if before is None or now is None:
        what = "this item was not in the first request" if now else "this item is not there now"
        return [Finding(code="item-differs", where=str(position), message=what)]
    paths = tellable_paths(differing_paths(before.content, now.content))
    found = [
        Finding(
            code="item-differs",
            where=f"{position}.{path}".rstrip("."),
            message="this differs from the first request under this key",
        )
        for path in paths
    ]
    if (before.variant, before.correction) != (now.variant, now.correction) or not found:
        found.append(
            Finding(
                code="item-differs",
                where=str(position),
                message="its variant, its empty members or what it corrects differ from the first request",
            )
        )
    return found


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
