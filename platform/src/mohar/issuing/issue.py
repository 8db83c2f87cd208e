"""Turn records into credentials: the whole story on one page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime

from mohar.domain.clock import Clock
from mohar.domain.credential import Outcome
from mohar.issuing.check import check
from mohar.issuing.commit import Batch, commit
from mohar.issuing.compose import compose
from mohar.issuing.correct import read_items
from mohar.issuing.draft import ItemDraft
from mohar.issuing.plan import KindPlan, Setting, Workshop
from mohar.issuing.reserve import reserve
from mohar.issuing.review import review
from mohar.issuing.secure import secure
from mohar.plugin import Telemetry
from mohar.plugin.caller import HookCaller
from mohar.store.rows import IntakeItem
from mohar.store.store import Store


class Issuer:
    """
    Turns records into credentials. One record, one credential, however often it comes.

    With `compares` it notes, in the same transaction, which of them are to be compared with those
    issued before (`mohar_reconcile`).
    """

    def __init__(
        self,
        *,
        store: Store,
        kinds: Mapping[str, KindPlan],
        setting: Setting,
        workshop: Workshop,
        caller: HookCaller,
        telemetry: Telemetry,
        clock: Clock,
        compares: bool = False,
    ) -> None:
        self._store = store
        self._kinds = kinds
        self._setting = setting
        self._workshop = workshop
        self._caller = caller
        self._telemetry = telemetry
        self._clock = clock
        self._compares = compares

    def issue(self, kind_name: str, items: Sequence[IntakeItem]) -> Sequence[Outcome]:
        """
        Issue what these claimed items of one kind ask for; the answers come in their order.

        Raises:
            Unavailable: nothing was committed; the same items may be issued again and will
                get the ids that were reserved for them.
        """
        drafts = self._read(self._kinds[kind_name], items)
        with self._step("check", kind_name, drafts):
            check(drafts)
        with self._step("reserve", kind_name, drafts):
            reserved = reserve(self._store, [each for each in drafts if not each.is_refused])
        with self._step("compose", kind_name, reserved.fresh):
            compose(self._setting, reserved.fresh, self._clock())
        with self._step("review", kind_name, reserved.fresh):
            review(self._caller, reserved.fresh)
        with self._step("secure", kind_name, reserved.fresh):
            ready = [draft for draft in reserved.fresh if not draft.is_refused]
            secure(self._workshop, kind_name, ready)
        with self._step("commit", kind_name, drafts):
            issued = [draft for draft in ready if not draft.is_refused]
            taken = {id(draft) for draft in (*issued, *reserved.known, *reserved.busy)}
            refused = [draft for draft in drafts if id(draft) not in taken]
            batch = Batch(issued=issued, known=reserved.known, refused=refused, busy=reserved.busy)
            digest, now = self._setting.config_digest, self._clock()
            commit(self._store, batch, digest, now, compares=self._compares)
        return self._answers(drafts, batch)

    def now(self) -> datetime:
        """Return the moment by the clock that issuing goes by."""
        return self._clock()

    def preview(self, kind_name: str, items: Sequence[IntakeItem]) -> Sequence[Outcome]:
        """Say what would become of these items, judging by the check alone; nothing is kept."""
        drafts = self._read(self._kinds[kind_name], items)
        check(drafts)
        return [draft.outcome("refused" if draft.is_refused else "waiting") for draft in drafts]

    def _read(self, kind: KindPlan, items: Sequence[IntakeItem]) -> list[ItemDraft]:
        with self._step("read", kind.name, items):
            return read_items(self._store, kind, items)

    def _step(self, name: str, kind: str, batch: Sequence[object]) -> AbstractContextManager[None]:
        return self._telemetry.span(f"issue.{name}", kind=kind, count=len(batch))

    def _answers(self, drafts: Sequence[ItemDraft], batch: Batch) -> list[Outcome]:
        by_state = {
            "issued": batch.issued,
            "known": batch.known,
            "refused": batch.refused,
            "waiting": batch.busy,
        }
        states = {id(draft): state for state, group in by_state.items() for draft in group}
        return [draft.outcome(states[id(draft)]) for draft in drafts]
