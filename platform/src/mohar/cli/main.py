"""`mohar`: find the command, run it, and say kindly what went wrong."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Final

from mohar.domain.errors import MoharError

COMMANDS: Final[Mapping[str, str]] = {
    "config": "check or show a deployment folder",
    "keys": "make, list and publish keys",
    "db": "bring the store's schema up to date, or look at it",
    "issue": "issue credentials from a file of records",
    "add-format": "add a body to a credential issued before",
    "correct": "issue a corrected credential in the place of another",
    "reconcile": "correct what a file of records says otherwise",
    "revoke": "take credentials out of use for good",
    "suspend": "take credentials out of use for a time",
    "restore": "make suspended credentials current again",
    "bulk": "do one approved thing to many credentials",
    "reissue": "propose to sign credentials once more",
    "status": "write status lists and snapshots as files",
    "template": "check and preview the pages of a deployment",
    "qr": "tell how large the QR codes of a kind are",
    "verify": "verify text, JSON, images and PDFs",
    "serve": "serve the deployment over HTTP",
    "worker": "do the background work",
    "pause": "let a kind, a signer, a partner or a plugin wait",
    "resume": "end a pause",
    "requests": "list, show and decide requests of holders",
    "dead": "list, show and replay what led to no credential",
    "audit": "verify, tell and seal the log of who did what",
    "deliveries": "list, show and repeat what channels are told",
    "plugins": "list or check plugins",
    "apikeys": "make, list and revoke API keys",
    "access": "say who may what, and why",
    "bench": "measure, as ratios against a reference",
}
_EPILOG: Final = (
    "Plugins add commands of their own, under their name: `mohar PLUGIN --help` lists them, "
    "`mohar plugins list` the plugins."
)
_COULD_NOT: Final = 2
_INTERRUPTED: Final = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; what the house refuses is 2."""
    _print_whatever_comes()
    try:
        status = _run(list(sys.argv[1:] if arguments is None else arguments))
        sys.stdout.flush()
    except MoharError as error:
        print(f"mohar: {error}", file=sys.stderr)
        return _COULD_NOT
    except BrokenPipeError:
        # The reader has seen enough; nothing more can be said to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _COULD_NOT
    except KeyboardInterrupt:
        return _INTERRUPTED
    return status


def parser(only: str | None = None) -> argparse.ArgumentParser:
    """
    Return the parser of all commands.

    With `only` that command alone is imported and the others are merely listed, so that
    `mohar --help` is quick.
    """
    root = argparse.ArgumentParser(
        prog="mohar",
        description="Turn records into credentials that anyone can verify.",
        epilog=_EPILOG,
    )
    commands = root.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, summary in COMMANDS.items():
        one = commands.add_parser(name, help=summary)
        if only in (None, name):
            import_module(f"mohar.cli.{name.replace('-', '_')}").register(one)
    return root


def _print_whatever_comes() -> None:
    """A terminal that knows few letters gets the others escaped, and no traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _run(arguments: Sequence[str]) -> int:
    first = arguments[0] if arguments else ""
    if first and not first.startswith("-") and first not in COMMANDS:
        from mohar.cli.of_plugins import run_of_plugin

        return run_of_plugin(first, arguments[1:], known=list(COMMANDS))
    parsed = parser(only=first).parse_args(arguments)
    status: int = parsed.run(parsed)
    return status
