"""What became of a submission, for the one who made it, and another try for what failed."""

from __future__ import annotations

from collections.abc import Sequence

from mohar.domain.access import Actor
from mohar.domain.credential import Outcome
from mohar.domain.errors import NotFound
from mohar.receiving.backlog import Backlog
from mohar.store import Store, Work
from mohar.store.rows import Submission


class Submissions:
    """Answers for what was received."""

    def __init__(self, store: Store, backlog: Backlog) -> None:
        self._store = store
        self._backlog = backlog

    def find(self, submission_id: str, actor: Actor) -> Submission:
        """Return a submission. Raises as `outcomes` does."""
        with self._store.read() as work:
            return _found(work, submission_id, actor)

    def replay(self, submission_id: str, *, actor_id: str = "") -> int:
        """
        Let everything of a submission that led to no credential wait again; return how much it is.

        Raises:
            TooManyWaiting, Unavailable: nothing was changed; the same call may be made again.
        """
        self._backlog.must_have_room()
        with self._store.begin() as work:
            dead = work.dead.of_submission(submission_id)
            again = work.dead.replay([each.intake_id for each in dead], actor_id=actor_id)
        self._backlog.add(again)
        return again

    def outcomes(
        self, submission_id: str, actor: Actor, *, after: int = -1, limit: int | None = None
    ) -> Sequence[Outcome]:
        """
        Return what became of each item so far, in position order, behind a position.

        Raises:
            NotFound: there is no such submission, or it is another actor's.
            Unavailable: nobody can tell at the moment.
        """
        with self._store.read() as work:
            _found(work, submission_id, actor)
            return work.intake.outcomes(submission_id, after=after, limit=limit)


def _found(work: Work, submission_id: str, actor: Actor) -> Submission:
    submission = work.intake.find_submission(submission_id)
    if submission is None or not _may_see(actor, submission):
        raise NotFound("there is no such submission of yours")
    return submission


def _may_see(actor: Actor, submission: Submission) -> bool:
    return submission.actor_id == actor.actor_id or actor.may("operate", submission.kind)
