"""`mohar restore`: make suspended credentials current again."""

from __future__ import annotations

import argparse

from mohar.cli.life import add_arguments, change


def register(parser: argparse.ArgumentParser) -> None:
    """Say which arguments the command takes."""
    parser.description = add_arguments(parser, "Make suspended credentials current again.")
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace) -> int:
    """Do it; 0 all are as wished, 1 some cannot be, 2 could not."""
    return change(parsed, "restore")
