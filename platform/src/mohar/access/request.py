"""A portal asks for a holder, an officer decides: may they, and what may they see?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from mohar.access.correct import CorrectionOutdated
from mohar.access.ids import can_be_an_id
from mohar.access.permit import Permits
from mohar.domain.access import Actor
from mohar.domain.consent import Notice
from mohar.domain.errors import InvalidInput, NotFound
from mohar.domain.request import RequestState, RequestStep, SourceAnswer, read_tracking, spelt
from mohar.domain.values import Personal
from mohar.requesting.answer import Answering, was_forwarded
from mohar.requesting.ask import Asking
from mohar.requesting.carry_out import CarryingOut
from mohar.requesting.decide import Deciding, Decision
from mohar.requesting.plan import RequestPlans, must_be_text, plan_of
from mohar.store import Store, Work
from mohar.store.audit import NewEntry
from mohar.store.request_rows import Contents, KeptRequest, KeptStep, NewRequest, RequestFilter
from mohar.store.rows import StoredCredential

_NO_CREDENTIAL: Final = "there is no such credential for this caller"
_NO_REQUEST: Final = "there is no such request for this caller; compare its number"


class Named(Personal, frozen=True, kw_only=True):
    """A credential, by its id or by its whole natural key, path by path; one of the two."""

    credential_id: str | None = None
    key: dict[str, Any] | None = None


class Asked(Personal, frozen=True, kw_only=True):
    """
    A request as it comes in: its type, the credential it is about, perhaps another, and why.

    `notice` is what the holder was shown first, if anything was.
    """

    type: str
    about: Named
    other: Named | None = None
    contents: Contents
    idempotency_key: str | None = None
    notice: Notice | None = None


class Seen(Personal, frozen=True, kw_only=True):
    """
    A request and its steps, as far as the one who looks may see them.

    It is whole for those who may decide: for all others reasons and names are left out, and so is
    `contents`, which nobody has any more once the request is forgotten.
    """

    kept: KeptRequest
    title: str
    steps: tuple[KeptStep, ...]
    is_whole: bool = False
    contents: Contents | None = None


class Requests:
    """
    Requests of holders: made under the scope `request`, seen whole and decided under `decide`.

    Under `answer` a source decides those that were forwarded to it, and sees no other ones. Whoever
    is shown a request whole stands in the audit log. "No such request" and "not yours" are one
    answer (NotFound).
    """

    def __init__(
        self,
        *,
        store: Store,
        permits: Permits,
        plans: RequestPlans,
        keys: Mapping[str, Sequence[str]],
        asking: Asking,
        deciding: Deciding,
        answering: Answering,
        carrying_out: CarryingOut,
    ) -> None:
        self._store = store
        self._permits = permits
        self._plans = plans
        self._keys = keys
        self._asking = asking
        self._deciding = deciding
        self._answering = answering
        self._carrying_out = carrying_out

    def open(self, actor: Actor, kind: str, asked: Asked) -> tuple[Seen, bool]:
        """
        Keep a request, and say whether it is a new one.

        Raises:
            NotFound: no such kind or credential; one of another kind is none.
            NotPermitted: the actor may make no requests of this kind, whatever there is.
            CorrectionOutdated: a credential that is to be corrected or revoked is not current.
            InvalidInput, Conflict, Unavailable: see `Asking.open`.
        """
        if kind not in self._keys:
            raise NotFound("there is no such kind in this deployment; see /v1/kinds")
        self._permits.require(actor, "request", kind)
        plan = plan_of(self._plans, kind, asked.type)
        with self._store.read() as work:
            earlier = _earlier(work, actor, asked.idempotency_key)
            about = self._credential(work, kind, asked.about, earlier)
            other = self._credential(work, kind, asked.other, earlier) if asked.other else None
        if plan.action != "forward" and earlier is None:
            _must_be_current(about, other)
        kept, is_new = self._asking.open(
            NewRequest(
                tracking="",
                kind=kind,
                type=asked.type,
                credential_id=about.credential_id,
                other_id=other.credential_id if other else None,
                actor_id=actor.actor_id,
                idempotency_key=asked.idempotency_key,
                contents=asked.contents,
                notice=asked.notice,
            )
        )
        return self._seen(actor, kept), is_new

    def find(self, actor: Actor, tracking: str, *, whole: bool = True) -> Seen:
        """
        Return a request, for who made it, decides or answers it.

        It is whole for those who may decide, unless they do not want it so.

        Raises:
            NotFound, Unavailable: it is not shown.
        """
        return self._seen(actor, self._visible(actor, tracking), whole=whole)

    def listed(
        self,
        actor: Actor,
        *,
        kind: str | None = None,
        state: RequestState | None = None,
        after: str | None = None,
        limit: int = 100,
    ) -> Sequence[KeptRequest]:
        """
        Return the oldest requests that an actor may decide, behind one of them.

        Raises:
            NotPermitted: the actor may decide none.
        """
        wanted = [each for each in self._keys if kind in (None, each)]
        kinds = [each for each in wanted if self._permits.allows(actor, "decide", each)]
        if not kinds:
            self._permits.require(actor, "decide", kind)
            return ()
        behind = None if after is None else (read_tracking(after) or "")
        with self._store.read() as work:
            return work.requests.listed(
                RequestFilter(kinds=tuple(kinds), state=state, after=behind, limit=limit)
            )

    def decide(self, actor: Actor, tracking: str, step: RequestStep, reason: str) -> Seen:
        """
        Take a step, carry out what was approved, and return the request as it is then.

        Who made a request may withdraw it, and nothing else.

        Raises:
            NotFound: no such request, or one that the actor may neither see nor decide.
            NotPermitted: the actor may see it and not decide it, or made it.
            InvalidInput, NotDecidable, Unavailable: see `Deciding.decide`.
        """
        kept = self._visible(actor, tracking)
        if step != "withdraw" or not self._is_own(actor, kept):
            self._permits.require(actor, "decide", kept.kind)
        decision = Decision(
            tracking=kept.tracking, step=step, actor_id=actor.actor_id, reason=reason
        )
        return self._ended(actor, self._deciding.decide(decision))

    def answer(self, actor: Actor, tracking: str, answer: SourceAnswer) -> Seen:
        """
        Take the answer of a source, any but `waiting`, and return the request as it is then.

        Raises:
            NotFound: no such request, none that was forwarded, or one the actor may not see.
            NotPermitted: the actor may see it and not answer it, or made it.
            InvalidInput: the reason is too long, or there is none and it is declined.
            NotDecidable, Unavailable: see `Answering.answer`.
        """
        kept = self._visible(actor, tracking)
        self._permits.require(actor, "answer", kept.kind)
        if answer.reason or answer.state == "declined":
            must_be_text(answer.reason, "reason")
        return self._ended(actor, self._answering.answer(kept.tracking, actor.actor_id, answer))

    def _ended(self, actor: Actor, after: KeptRequest) -> Seen:
        if after.state == "approved":
            self._carrying_out.carry_out(after)
        return self.find(actor, after.tracking)

    def _visible(self, actor: Actor, tracking: str) -> KeptRequest:
        number = read_tracking(tracking)
        if number is None:
            raise NotFound(_NO_REQUEST)
        with self._store.read() as work:
            kept = work.requests.find(number)
            is_at_source = kept is not None and was_forwarded(work, number)
        if kept is None or not (
            self._is_own(actor, kept)
            or self._permits.allows(actor, "decide", kept.kind)
            or (is_at_source and self._permits.allows(actor, "answer", kept.kind))
        ):
            raise NotFound(_NO_REQUEST)
        return kept

    def _is_own(self, actor: Actor, kept: KeptRequest) -> bool:
        return kept.actor_id == actor.actor_id and self._permits.allows(actor, "request", kept.kind)

    def _seen(self, actor: Actor, kept: KeptRequest, *, whole: bool = True) -> Seen:
        is_whole = whole and self._permits.allows(actor, "decide", kept.kind)
        plan = self._plans.get(kept.kind, {}).get(kept.type)
        # Nobody sees it whole of whom that could not be written down.
        with self._store.begin() if is_whole else self._store.read() as work:
            if is_whole:
                work.audit.append([_looked(actor, kept)])
            return Seen(
                kept=kept,
                title=plan.title if plan else "",
                steps=tuple(work.requests.steps(kept.tracking)),
                is_whole=is_whole,
                contents=work.requests.contents(kept.tracking) if is_whole else None,
            )

    def _credential(
        self, work: Work, kind: str, named: Named, earlier: KeptRequest | None
    ) -> StoredCredential:
        if (named.credential_id is None) == (named.key is None):
            raise InvalidInput("name each credential by `credential_id` or by its whole `key`")
        if named.key is not None:
            found = self._by_key(work, kind, named.key, earlier)
        else:
            found = _by_id(work, named.credential_id or "")
        if found is None or found.issued_at is None or found.kind != kind:
            raise NotFound(_NO_CREDENTIAL)
        return found

    def _by_key(
        self, work: Work, kind: str, key: Mapping[str, Any], earlier: KeptRequest | None
    ) -> StoredCredential | None:
        """
        Return the current credential of a natural key, or else the newest one.

        A repeat means the one it meant before, whatever took its place meanwhile.
        """
        paths = self._keys[kind]
        if set(paths) != set(key):
            raise InvalidInput(f"the natural key of {kind} is {', '.join(paths)}: give all of it")
        parts = msgspec.json.encode([key[path] for path in paths]).decode()
        found = work.credentials.by_key(kind, parts)
        current = [each for each in found if each.state == "current"]
        meant = (earlier.credential_id, earlier.other_id) if earlier else ()
        before = [each for each in found if each.credential_id in meant]
        return next(reversed([*found, *current, *before]), None)


def _looked(actor: Actor, kept: KeptRequest) -> NewEntry:
    return NewEntry(
        actor_id=actor.actor_id,
        action="read-request",
        subject=kept.credential_id,
        facts={"request": spelt(kept.tracking)},
    )


def _earlier(work: Work, actor: Actor, idempotency_key: str | None) -> KeptRequest | None:
    if idempotency_key is None:
        return None
    return work.requests.by_idempotency_key(actor.actor_id, idempotency_key)


def _by_id(work: Work, credential_id: str) -> StoredCredential | None:
    if not can_be_an_id(credential_id):
        return None
    return work.credentials.find([credential_id]).get(credential_id)


def _must_be_current(*credentials: StoredCredential | None) -> None:
    if any(each is not None and each.state != "current" for each in credentials):
        raise CorrectionOutdated("the credential was corrected, revoked or suspended meanwhile")
