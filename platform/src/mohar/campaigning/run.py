"""The worker's part in campaigns: a batch of each, in one transaction, whoever does it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from mohar.campaigning.apply import Apply
from mohar.campaigning.reissue import Reissue
from mohar.campaigning.select import Select
from mohar.domain.clock import Clock
from mohar.domain.errors import MoharError
from mohar.issuing.plan import KindPlan
from mohar.plugin import Telemetry
from mohar.revoking.change import Tell
from mohar.store.campaign_rows import Campaign
from mohar.store.store import Store, Work


class Campaigner:
    """
    Goes on with every campaign that is open and not paused.

    A batch locks its campaign for the length of one transaction, in which it is also written down
    how far the campaign is. So any number of workers may run, and one that is killed has done a
    batch whole or not at all.
    """

    def __init__(
        self,
        *,
        store: Store,
        kinds: Mapping[str, KindPlan],
        undo: timedelta,
        tell: Tell,
        telemetry: Telemetry,
        clock: Clock,
    ) -> None:
        self._store = store
        self._select = Select(kinds)
        self._apply = Apply(undo, tell)
        self._reissue = Reissue(kinds)
        self._telemetry = telemetry
        self._clock = clock

    def run_once(self) -> int:
        """
        Do one batch of each campaign, and return how many credentials were looked at.

        Raises:
            MoharError: what kept one campaign from its batch, of which nothing was done; the
                others had theirs.
        """
        now = self._clock()
        with self._store.read() as work:
            numbers = work.campaigns.open_ids(now)
        done = 0
        troubles: list[MoharError] = []
        for number in numbers:
            try:
                done += self._batch(number)
            except MoharError as trouble:
                troubles.append(trouble)
        if done:
            self._telemetry.count("campaign.items", done)
        if troubles:
            raise troubles[0]
        return done

    def _batch(self, campaign_id: str) -> int:
        with self._store.begin() as work:
            locked = work.campaigns.lock_free(campaign_id)
            if locked is None or locked.is_paused:
                return 0
            return self._step(work, locked, self._clock())

    def _step(self, work: Work, locked: Campaign, now: datetime) -> int:
        if locked.state == "selecting":
            return self._select.step(work, locked, now)
        if locked.state == "applying":
            step = self._reissue.step if locked.action == "reissue" else self._apply.step
            return step(work, locked, now)
        if locked.state == "undoable":
            return self._apply.end_of_window(work, locked, now)
        if locked.state == "settling":
            return self._apply.settle(work, locked, now)
        return self._apply.undo(work, locked, now) if locked.state == "undoing" else 0
