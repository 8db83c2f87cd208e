"""What compares records with credentials: the job of the worker, and the command for a file."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Mapping, Sequence

from mohar.access.permit import Permits
from mohar.access.reconcile import Reconciliation
from mohar.domain.access import Actor
from mohar.domain.clock import Clock
from mohar.domain.record import Message
from mohar.issuing.drain import Drain
from mohar.issuing.plan import KindPlan
from mohar.plugin import Receipt, Telemetry
from mohar.plugin.caller import HookCaller
from mohar.reconciling.compare import Comparing
from mohar.reconciling.plan import KindToCompare, Planner
from mohar.store import Store


def comparing_of(
    store: Store,
    caller: HookCaller,
    plans: Mapping[str, KindPlan],
    drain: Drain,
    telemetry: Telemetry,
    clock: Clock,
) -> Comparing:
    """Return the job that asks plugins about records that were just issued."""
    return Comparing(
        store=store,
        caller=caller,
        sources={name: plan.source_name for name, plan in plans.items()},
        issue_now=drain.run_submission,
        telemetry=telemetry,
        clock=clock,
        worker=f"{os.getpid()}-{uuid.uuid4().hex[:8]}",
    )


def reconciliation_of(
    store: Store,
    permits: Permits,
    plans: Mapping[str, KindPlan],
    zone: str,
    correct: Callable[[Actor, str, Sequence[Message]], Receipt],
    clock: Clock,
) -> Reconciliation:
    """Return what corrects in bulk; `correct` issues what was approved, and answers for each."""
    kinds = {
        name: KindToCompare(
            name=name,
            source=plan.source,
            key=plan.key,
            ignored=plan.corrections.ignored if plan.corrections else (),
        )
        for name, plan in plans.items()
    }
    return Reconciliation(
        store=store,
        permits=permits,
        planner=Planner(store, kinds, zone),
        correct=correct,
        clock=clock,
    )
