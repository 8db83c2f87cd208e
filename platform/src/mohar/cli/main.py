"""`mohar`: find the command, run it, and say kindly what went wrong."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Final

from mohar.domain.errors import MoharError

COMMANDS: Final = (
    "config",
    "keys",
    "db",
    "issue",
    "verify",
    "serve",
    "worker",
    "plugins",
    "apikeys",
    "bench",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; what the house refuses is 2."""
    parsed = parser().parse_args(arguments)
    try:
        status: int = parsed.run(parsed)
    except MoharError as error:
        print(f"mohar: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        # The reader has seen enough; nothing more can be said to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 2
    except KeyboardInterrupt:
        return 130
    return status


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    root = argparse.ArgumentParser(
        prog="mohar", description="Turn records into credentials that anyone can verify."
    )
    commands = root.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in COMMANDS:
        import_module(f"mohar.cli.{name}").register(commands)
    return root
