"""Status: what became of a submission, for the one who made it."""

from __future__ import annotations

from collections.abc import Sequence

from mohar.domain.access import Actor
from mohar.domain.credential import Outcome
from mohar.domain.errors import NotFound
from mohar.store import Store
from mohar.store.rows import Submission


class Submissions:
    """Answers for what was received."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def outcomes(self, submission_id: str, actor: Actor) -> Sequence[Outcome]:
        """
        Return what became of each item so far, in position order.

        Raises:
            NotFound: there is no such submission, or it is another actor's.
            Unavailable: nobody can tell at the moment.
        """
        with self._store.read() as work:
            submission = work.intake.find_submission(submission_id)
            if submission is None or not _may_see(actor, submission):
                raise NotFound("there is no such submission of yours")
            return work.intake.outcomes(submission_id)


def _may_see(actor: Actor, submission: Submission) -> bool:
    return submission.actor_id == actor.actor_id or actor.may("operate", submission.kind)
