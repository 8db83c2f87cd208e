"""`mohar bench`: speed, as ratios against a reference measured in the same run."""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from mohar.domain.errors import InvalidInput
from mohar.testing.benches.catalogue import BENCHMARKS
from mohar.testing.benches.measure import Benchmark, measure
from mohar.testing.benches.ratios import Promises, misses, read_promises


def register(parser: argparse.ArgumentParser) -> None:
    """Say which arguments the command takes."""
    parser.add_argument("names", nargs="+", metavar="NAME", help=f"all, {', '.join(BENCHMARKS)}")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument(
        "--rounds", type=_positive, default=5, help="interleaved rounds (default: 5)"
    )
    parser.add_argument(
        "--records", type=_positive, metavar="N", help="so many records instead of its own number"
    )
    parser.add_argument(
        "--rate",
        type=_positive,
        metavar="N",
        help="so many records a second, where they come at a rate (intake.sustained)",
    )
    parser.add_argument(
        "--check",
        type=Path,
        metavar="FILE",
        help="end with 1 when a ratio promised in this file is missed by more than its tolerance",
    )
    parser.add_argument(
        "--root", type=Path, default=Path(), metavar="DIR", help="a checkout with config/*/samples"
    )
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace) -> int:
    """Measure what is named and print it; end with 1 when a promise was missed."""
    names = _chosen(parsed.names)
    promises = read_promises(parsed.check, BENCHMARKS) if parsed.check else None
    measured = [_measured(name, parsed) for name in names]
    if parsed.json:
        answer = {"machine": _machine(), "benchmarks": measured}
        sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
    return _checked(promises, measured) if promises else 0


def _chosen(names: Sequence[str]) -> list[str]:
    unknown = sorted(set(names) - {"all", *BENCHMARKS})
    if unknown:
        raise InvalidInput(
            f"no such benchmark: {', '.join(unknown)}; there are: all, {', '.join(BENCHMARKS)}"
        )
    return list(BENCHMARKS) if "all" in names else list(names)


def _measured(name: str, parsed: argparse.Namespace) -> Benchmark:
    print(f"measuring {name} …", file=sys.stderr)
    found = measure(
        name,
        BENCHMARKS[name],
        parsed.root,
        rounds=parsed.rounds,
        records=parsed.records,
        rate=parsed.rate,
    )
    if not parsed.json:
        _row(found)
    return found


def _checked(promises: Promises, measured: Sequence[Benchmark]) -> int:
    missed = misses(promises, measured)
    for each in missed:
        print(each, file=sys.stderr)
    if not missed:
        print("every promised ratio was reached", file=sys.stderr)
    return 1 if missed else 0


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def _machine() -> dict[str, str | int]:
    return {
        "cores": os.cpu_count() or 1,
        "machine": platform.machine(),
        "python": platform.python_version(),
        "system": platform.system(),
    }


def _row(each: Benchmark) -> None:
    share = f"; {each.share:.2f} of {each.limit} ({each.limit_value:.0f})" if each.limit else ""
    lasting = f"; p99 {each.p99_seconds:.3f} s" if each.p99_seconds else ""
    lasting += f", backlog {each.backlog}" if each.backlog else ""
    print(
        f"{each.name:<22} {each.value:>9.0f} {each.unit}  "
        f"ratio {each.ratio:>6.2f} to {each.reference} ({each.reference_value:.0f}){share}{lasting}, "
        f"spread ±{each.spread:.0%}, {each.rounds} rounds",
        flush=True,
    )
