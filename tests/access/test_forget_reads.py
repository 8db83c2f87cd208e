"""The log of reads ends by itself."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from mohar.access.read_log import ForgettingReads
from mohar.domain.access import Reason
from mohar.store import Store
from mohar.store.read_rows import NewRead
from mohar.testing.stores import StandingClock, make_schema, new_vault


def test_what_is_over_goes_and_the_audit_log_has_it(tmp_path: Path) -> None:
    url, clock = f"sqlite:///{tmp_path}/mohar.sqlite", StandingClock()
    make_schema(url)
    with Store.open(url, new_vault(), clock) as store:
        store.upgrade()
        with store.begin() as work:
            work.reads.append([NewRead(actor_id="a", reason=Reason(), outcome="not-found")])
        forgetting = ForgettingReads(store, timedelta(days=2), clock)
        clock.move(86_400)
        too_early = forgetting.run_once()
        clock.move(2 * 86_400)

        assert (too_early, forgetting.run_once(), forgetting.run_once()) == (0, 1, 0)
        with store.read() as work:
            assert work.audit.has("forget-reads")
