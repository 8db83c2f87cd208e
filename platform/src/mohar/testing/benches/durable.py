"""The whole way of a batch on PostgreSQL: received, issued, kept and announced."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mohar.domain.access import Actor
from mohar.domain.errors import Unavailable
from mohar.domain.record import Message
from mohar.testing.benches.arena import Arena
from mohar.testing.benches.documents import bare_signatures
from mohar.testing.benches.measure import Round, Scene, per_second

LIMIT: Final = "twice the bare signature of one core"

_CORES: Final = 2
_SUBMISSION: Final = 1000
# Plans are learnt and a status list is opened once in a life; that is not measured.
_WARM_UP: Final = 600
_STRAIGHT: Final = 150
_BARE: Final = 1000
_ACTOR: Final = Actor(actor_id="bench", name="bench", scopes=frozenset({"*"}))


def issuing(scene: Scene) -> Round:
    """Issue record after record in submissions, against the straight pipeline and the limit."""
    place, records = scene.place, scene.records
    documents = [each.document for each in place.credentials(min(_STRAIGHT, records))]
    with scene.straight() as straight:
        reference = per_second(len(documents), lambda: straight.issue(documents))
    limit = _CORES * bare_signatures(place, min(_BARE, records))
    warm_up = min(_WARM_UP, records)
    _issue(place, place.many(warm_up))
    batches = [
        place.many(min(_SUBMISSION, records - start), first=warm_up + start)
        for start in range(0, records, _SUBMISSION)
    ]
    ours = per_second(records, lambda: _issue(place, *batches))
    return Round(ours=ours, reference=reference, limit=limit)


def _issue(place: Arena, *batches: Sequence[Message]) -> None:
    """Submit and issue one batch after the other; one document has to come of each record."""
    for messages in batches:
        receipt = place.house.submit(_ACTOR, place.plan.name, messages)
        receipt = place.house.issue_now(_ACTOR, receipt)
        issued = sum(body.issued for each in receipt.outcomes for body in each.bodies)
        if issued != len(messages):
            raise Unavailable("not every record was issued once, so nothing was measured")
