"""`mohar resume`: end a pause; what waited is issued in the order it came."""

from __future__ import annotations

import argparse

from mohar.cli.options import OPERATOR, add_deployment
from mohar.cli.pausing import add_subject, opened, subject


def register(parser: argparse.ArgumentParser) -> None:
    """Say which arguments the command takes."""
    parser.description = (
        "End a pause; what waited is issued in the order it came. "
        "Ends with 0 where it was paused, 1 where it was not."
    )
    add_deployment(parser)
    add_subject(parser)
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace) -> int:
    """Resume it; 0 it was paused, 1 it was not."""
    named = subject(parsed)
    assert named is not None
    with opened(parsed.deployment) as pausing:
        was_paused = pausing.resume(*named, actor_id=OPERATOR.actor_id)
    print(f"{' '.join(named)} {'goes on' if was_paused else 'was not paused'}")
    return 0 if was_paused else 1
