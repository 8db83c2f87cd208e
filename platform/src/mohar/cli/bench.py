"""`mohar bench`: speed, as ratios against a reference measured in the same run."""

from __future__ import annotations

import argparse
import os
import platform
import sys
from pathlib import Path

import msgspec

from mohar.domain.errors import InvalidInput
from mohar.testing.benchmarks import BENCHMARKS, Benchmark, measure


def register(parser: argparse.ArgumentParser) -> None:
    """Say which arguments the command takes."""
    parser.add_argument("names", nargs="+", metavar="NAME", help=f"all, {', '.join(BENCHMARKS)}")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds (default: 5)")
    parser.add_argument(
        "--root", type=Path, default=Path(), metavar="DIR", help="a checkout with config/*/samples"
    )
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace) -> int:
    """Measure what is named and print it."""
    names = list(BENCHMARKS) if "all" in parsed.names else parsed.names
    unknown = sorted(set(names) - set(BENCHMARKS))
    if unknown:
        raise InvalidInput(
            f"no such benchmark: {', '.join(unknown)}; there are: all, {', '.join(BENCHMARKS)}"
        )
    measured = []
    for name in names:
        print(f"measuring {name} …", file=sys.stderr)
        measured.append(measure(name, parsed.root, rounds=parsed.rounds))
        if not parsed.json:
            _row(measured[-1])
    if parsed.json:
        answer = {"machine": _machine(), "benchmarks": measured}
        sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
    return 0


def _machine() -> dict[str, str | int]:
    return {
        "cores": os.cpu_count() or 1,
        "machine": platform.machine(),
        "python": platform.python_version(),
        "system": platform.system(),
    }


def _row(each: Benchmark) -> None:
    print(
        f"{each.name:<22} {each.value:>9.0f} {each.unit}  "
        f"ratio {each.ratio:>6.2f} to {each.reference} ({each.reference_value:.0f}), "
        f"spread ±{each.spread:.0%}, {each.rounds} rounds",
        flush=True,
    )
