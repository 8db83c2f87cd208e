"""Run one benchmark: ours and its reference in turn, medians told as a ratio."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Literal, TypeAlias

import msgspec

from mohar.testing.benches.arena import Arena, Ground, arena
from mohar.testing.benches.straight import StraightPipeline, published_contexts
from mohar.testing.postgres import postgres_server

Backlog: TypeAlias = Literal["", "steady", "growing"]


class Benchmark(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """
    One measurement: `ratio` is ours over the reference, so that more is better.

    Where a benchmark has a limit beside its reference, `limit` names it and `share` is how much of
    it was reached. Where records come at a rate, `p99_seconds` is how long 99 of 100 took at most,
    and `backlog` says whether ever more of them waited.
    """

    name: str
    value: float
    unit: str
    reference: str
    reference_value: float
    ratio: float
    rounds: int
    spread: float
    limit: str = ""
    limit_value: float = 0.0
    share: float = 0.0
    p99_seconds: float = 0.0
    backlog: Backlog = ""


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """What one round measured, each in documents per second; a limit of 0 is none."""

    ours: float
    reference: float
    limit: float = 0.0
    p99_seconds: float = 0.0
    backlog: Backlog = ""


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """Where one round takes place, how many records it takes, and at which rate if they have one."""

    place: Arena
    root: Path
    ground: Ground
    records: int
    rate: float
    straight_url: str

    @contextmanager
    def straight(self) -> Iterator[StraightPipeline]:
        """Open the straight pipeline with the key and the contexts of the arena."""
        contexts = {**published_contexts(self.root), **self.place.house.documents}
        pipeline = StraightPipeline(self.straight_url, self.place.key, contexts)
        try:
            yield pipeline
        finally:
            pipeline.close()


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """
    How a benchmark is run: one round at a time, on PostgreSQL where what is issued is kept.

    Where `rate` is given, that many records a second come; `most_rounds` are enough where a round
    is long.
    """

    ground: Ground
    reference: str
    round: Callable[[Scene], Round]
    records: int
    processes: int = 0
    on_postgres: bool = False
    limit: str = ""
    rate: float = 0.0
    most_rounds: int = 100


def measure(
    name: str,
    plan: Plan,
    root: Path,
    *,
    rounds: int,
    records: int | None = None,
    rate: float | None = None,
) -> Benchmark:
    """
    Run one benchmark, with so many records and at this rate instead of its own.

    Raises:
        ConfigError: the checkout has no deployment that fits.
        Unavailable: something was refused or wrong, so nothing was measured.
    """
    if plan.rate and rate:
        plan = msgspec.structs.replace(plan, rate=rate)
    measured = list(_rounds(plan, root, min(rounds, plan.most_rounds), records or plan.records))
    return Benchmark(
        name=name,
        value=_median([each.ours for each in measured]),
        unit="documents/s",
        reference=plan.reference,
        reference_value=_median([each.reference for each in measured]),
        ratio=_median([each.ours / each.reference for each in measured]),
        rounds=len(measured),
        spread=_spread([each.ours for each in measured]),
        limit=plan.limit,
        limit_value=_median([each.limit for each in measured]),
        share=_median([each.ours / each.limit for each in measured if each.limit]),
        p99_seconds=max(each.p99_seconds for each in measured),
        backlog=_worst(measured),
    )


def _worst(measured: Sequence[Round]) -> Backlog:
    told = {each.backlog for each in measured}
    return "growing" if "growing" in told else measured[0].backlog


def _rounds(plan: Plan, root: Path, rounds: int, records: int) -> Iterator[Round]:
    with _databases(on_postgres=plan.on_postgres) as database:
        for _ in range(rounds):
            with arena(root, plan.ground, url=database(), processes=plan.processes) as place:
                straight_url = database() or "sqlite://"
                yield plan.round(
                    Scene(
                        place=place,
                        root=root,
                        ground=plan.ground,
                        records=records,
                        rate=plan.rate,
                        straight_url=straight_url,
                    )
                )


@contextmanager
def _databases(*, on_postgres: bool) -> Iterator[Callable[[], str | None]]:
    """Give a new database at each call; none where the deployment's own file will do."""
    if not on_postgres:
        yield lambda: None
        return
    with postgres_server(durable=True) as server:
        yield server.database


def per_second(count: int, work: Callable[[], object]) -> float:
    """Return how many a second, by the clock: for what waits, and for several processes."""
    return _rate(count, work, time.perf_counter)


def per_second_of_one_core(count: int, work: Callable[[], object]) -> float:
    """Return how many a second of this process's own work: what else runs is not counted."""
    return _rate(count, work, time.process_time)


def _rate(count: int, work: Callable[[], object], clock: Callable[[], float]) -> float:
    started = clock()
    work()
    return count / (clock() - started)


def _median(values: Sequence[float]) -> float:
    return median(values) if values else 0.0


def _spread(values: Sequence[float]) -> float:
    """Return by how much the rounds went apart, to either side of their median."""
    return (max(values) - min(values)) / median(values) / 2
