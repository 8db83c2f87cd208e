"""Records sent by somebody who may only send some: are they all of those?"""

from __future__ import annotations

from collections.abc import Iterable

from mohar.access.opened import record_of
from mohar.access.permit import Opened, Permits
from mohar.domain.access import Actor
from mohar.domain.errors import NotPermitted
from mohar.domain.record import Message, Record
from mohar.issuing.plan import KindPlan
from mohar.store import Store


class Bounds:
    """Looks into what is submitted where a scope is limited, and nowhere else."""

    def __init__(self, store: Store, permits: Permits) -> None:
        self._store = store
        self._permits = permits

    def must_hold(self, actor: Actor, plan: KindPlan, messages: Iterable[Message]) -> None:
        """
        Let records pass, all or none; they are read only where the actor's scope is limited.

        Raises:
            NotPermitted: the actor may not issue this kind, or not all of these records, or not
                correct what one of them corrects.
        """
        if not actor.is_limited("issue", plan.name):
            self._permits.require(actor, "issue", plan.name)
            return
        self._permits.require_some(actor, "issue", plan.name)
        all_sent = list(messages)
        pairs = enumerate(zip(all_sent, plan.source.read(all_sent), strict=True))
        outside = [n for n, (sent, read) in pairs if not self._may_issue(actor, plan, sent, read)]
        if outside:
            raise NotPermitted(
                f"{len(outside)} of these records are not this caller's to send, the first at "
                f"position {outside[0]}; nothing of the submission was kept"
            )

    def _may_issue(self, actor: Actor, plan: KindPlan, sent: Message, read: Record) -> bool:
        corrects = sent.correction.credential_id if sent.correction else read.corrects
        opened: list[Opened] = [lambda: read.content]
        if corrects:
            opened.append(record_of(self._store, corrects))
        return all(self._permits.allows(actor, "issue", plan.name, record=each) for each in opened)
