"""`mohar pause`: let a kind, a signer, a partner or a plugin wait; `mohar pause list`: what does."""

from __future__ import annotations

import argparse

from mohar.cli.options import OPERATOR, add_deployment
from mohar.cli.pausing import add_subject, opened, subject
from mohar.domain.clock import rfc3339
from mohar.domain.errors import InvalidInput


def register(parser: argparse.ArgumentParser) -> None:
    """Say which arguments the command takes."""
    parser.description = (
        "Let a kind, a signer, a partner or a plugin wait until `mohar resume`. Records are still "
        "taken in, and no worker issues them. `mohar pause list` tells what is paused."
    )
    parser.add_argument("verb", nargs="?", choices=["list"], help="tell what is paused")
    add_deployment(parser)
    add_subject(parser, required=False)
    parser.add_argument("--reason", default="", help="why; kept sealed")
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace) -> int:
    """Pause it, or list what is paused."""
    named = subject(parsed)
    if (parsed.verb is None) == (named is None):
        raise InvalidInput("name what to pause (--kind, --signer, --partner, --plugin), or `list`")
    with opened(parsed.deployment) as pausing:
        if named is None:
            for each in pausing.listed():
                told = f"  {each.reason}" if each.reason else ""
                print(f"{each.scope} {each.name}  since {rfc3339(each.since)}{told}")
            return 0
        is_new = pausing.pause(OPERATOR, *named, parsed.reason)
    print(f"{' '.join(named)} is {'paused' if is_new else 'paused already'}")
    return 0
