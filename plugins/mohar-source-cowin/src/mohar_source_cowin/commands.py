"""`mohar source-cowin samples`: certify messages for trials, as JSON Lines."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from mohar_source_cowin.samples import generate

SEED = 2026
COUNT = 200


def samples(arguments: Sequence[str]) -> int:
    """Write the samples to a file or to standard output; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="mohar source-cowin samples", description="Write made-up certify messages."
    )
    parser.add_argument("--seed", type=int, default=SEED, help="same seed, same people")
    parser.add_argument("--count", type=int, default=COUNT, help="how many messages")
    parser.add_argument("--out", type=Path, help="a file instead of standard output")
    options = parser.parse_args(arguments)
    lines = as_lines(options.seed, options.count)
    if options.out is None:
        sys.stdout.buffer.write(lines)
    else:
        options.out.write_bytes(lines)
    return 0


def as_lines(seed: int, count: int) -> bytes:
    """Return the samples as JSON Lines, one to a line."""
    return b"".join(msgspec.json.encode(sample) + b"\n" for sample in generate(seed, count))
