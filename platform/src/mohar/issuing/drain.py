"""Take waiting items from the intake and issue them, whatever happened to those before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from mohar.domain.errors import MoharError, Unavailable
from mohar.domain.findings import Finding
from mohar.issuing.issue import Issuer
from mohar.plugin import Telemetry
from mohar.plugin.caller import guarded
from mohar.store.rows import IntakeItem
from mohar.store.store import Store

_LEASE_SECONDS: Final = 120.0
_MAX_ATTEMPTS: Final = 8


class Drain:
    """
    Issues what waits. Run as many as you like, on as many machines: an item is leased to one.

    A batch that fails is given back and its items are tried one by one, so that one bad item
    holds up nothing but itself; after some attempts it is set aside as `failed`.
    """

    def __init__(
        self, *, store: Store, issuer: Issuer, telemetry: Telemetry, batch: int, worker: str
    ) -> None:
        self._store = store
        self._issuer = issuer
        self._telemetry = telemetry
        self._batch = batch
        self._worker = worker

    def run_once(self) -> int:
        """
        Issue one batch of whatever waits, and return how many items were taken.

        Raises:
            MoharError: the batch was given back to be tried again.
        """
        return self._run(lambda work: work.intake.claim(self._batch, _LEASE_SECONDS, self._worker))

    def run_submission(self, submission_id: str) -> None:
        """
        Issue what waits of one submission, until nothing of it can be taken.

        Raises:
            Unavailable: what was accepted stays durable and is issued later.
        """
        while self._run(
            lambda work: work.intake.claim_submission(
                submission_id, self._batch, _LEASE_SECONDS, self._worker
            )
        ):
            pass

    def _run(self, claim: Callable[..., Sequence[IntakeItem]]) -> int:
        with self._store.begin() as work:
            items = claim(work)
        tired = [item for item in items if item.attempts > _MAX_ATTEMPTS]
        if tired:
            self._set_aside(tired)
        for batch in _batches([item for item in items if item.attempts <= _MAX_ATTEMPTS]):
            self._issue(batch)
        return len(items)

    def _issue(self, batch: Sequence[IntakeItem]) -> None:
        kind = batch[0].kind
        try:
            issue = partial(self._issuer.issue, kind, batch)
            guarded(f"issuing {kind}", issue, Unavailable, self._telemetry)
        except MoharError as error:
            self._telemetry.log("issue.failed", kind=kind, code=error.code)
            with self._store.begin() as work:
                work.intake.release([item.intake_id for item in batch])
            raise

    def _set_aside(self, items: Sequence[IntakeItem]) -> None:
        finding = Finding(
            code="tried-too-often",
            message=f"{_MAX_ATTEMPTS} attempts to issue this item failed; it is set aside",
        )
        with self._store.begin() as work:
            work.intake.give_up([item.intake_id for item in items], finding)


def _batches(items: Sequence[IntakeItem]) -> list[list[IntakeItem]]:
    """Fresh items go together by kind; one that failed before goes alone."""
    together: dict[str, list[IntakeItem]] = {}
    alone = []
    for item in items:
        if item.attempts > 1:
            alone.append([item])
        else:
            together.setdefault(item.kind, []).append(item)
    return [*together.values(), *alone]
