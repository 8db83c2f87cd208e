"""The ratios that a checkout promises, and which of them a run missed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Annotated

import msgspec

from mohar.config.load import load_yaml
from mohar.domain.errors import ConfigError
from mohar.testing.benches.measure import Benchmark

_Positive = Annotated[float, msgspec.Meta(gt=0)]


class Promise(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    What a benchmark is to reach: its ratio to the reference, and its share of the limit.

    `p99_seconds` is what it is to stay under, where records come at a rate.
    """

    name: str
    ratio: _Positive | None = None
    share: _Positive | None = None
    p99_seconds: _Positive | None = None


class Promises(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of them, and which part of a promise may be missed: machines differ, and so do runs."""

    tolerance: Annotated[float, msgspec.Meta(ge=0, lt=1)]
    benchmarks: Sequence[Promise]


class Miss(msgspec.Struct, frozen=True, kw_only=True):
    """One promise that a run did not keep."""

    name: str
    what: str
    measured: float
    promised: float
    bound: float

    def __str__(self) -> str:
        side = "less" if self.measured < self.bound else "more"
        return (
            f"{self.name}: {self.what} {self.measured:.2f} is {side} than {self.bound:.2f}, "
            f"and {self.promised:.2f} is promised"
        )


def read_promises(file: Path, known: Collection[str]) -> Promises:
    """
    Read the promises of a checkout.

    Raises:
        ConfigError: there is no such file, it has another shape, or it names no benchmark of ours.
    """
    promises = load_yaml(file, Promises)
    unknown = sorted({each.name for each in promises.benchmarks} - set(known))
    if unknown:
        raise ConfigError(f"{file}: no such benchmark: {', '.join(unknown)}")
    return promises


def misses(promises: Promises, measured: Sequence[Benchmark]) -> list[Miss]:
    """Return every promise that what was measured misses by more than the tolerance."""
    by_name = {each.name: each for each in measured}
    return [
        miss
        for promise in promises.benchmarks
        if promise.name in by_name
        for miss in _misses(promise, by_name[promise.name], promises.tolerance)
    ]


def _misses(promise: Promise, measured: Benchmark, tolerance: float) -> Iterator[Miss]:
    pairs = (("ratio", promise.ratio, measured.ratio), ("share", promise.share, measured.share))
    for what, promised, found in pairs:
        if promised is None:
            continue
        least = promised * (1 - tolerance)
        if found < least:
            yield Miss(name=promise.name, what=what, measured=found, promised=promised, bound=least)
    longest = promise.p99_seconds
    if longest is not None and measured.p99_seconds > longest * (1 + tolerance):
        yield Miss(
            name=promise.name,
            what="p99 in seconds",
            measured=measured.p99_seconds,
            promised=longest,
            bound=longest * (1 + tolerance),
        )
