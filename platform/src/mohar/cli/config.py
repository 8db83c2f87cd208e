"""`mohar config check|show|schema`: what a deployment folder says, and what is wrong with it."""

from __future__ import annotations

import argparse
import sys

import msgspec

from mohar.assembly.look import look_over
from mohar.assembly.ready import told
from mohar.cli.options import Commands, add_folder
from mohar.config.json_schema import deployment_schema
from mohar.config.load import load_deployment
from mohar.config.mistakes import ConfigMistakes
from mohar.config.show import show


def register(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("config", help="check or show a deployment folder")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    check = verbs.add_parser("check", help="tell all mistakes and all risks")
    add_folder(check)
    check.set_defaults(run=_check)
    showing = verbs.add_parser("show", help="the resolved view, with defaults and no secrets")
    add_folder(showing)
    showing.set_defaults(run=_show)
    schema = verbs.add_parser("schema", help="the JSON Schema of deployment.yaml, for editors")
    schema.set_defaults(run=_schema)


def _check(parsed: argparse.Namespace) -> int:
    try:
        findings = look_over(parsed.folder)
    except ConfigMistakes as error:
        print(error, file=sys.stderr)
        count = len(error.mistakes)
        print(f"\n{count} mistake{'s' if count > 1 else ''} in {parsed.folder}", file=sys.stderr)
        return 1
    for finding in findings:
        print(told(finding))
    errors = [finding for finding in findings if finding.is_error]
    if errors:
        return 1
    risks = f", {len(findings)} risks" if findings else ""
    print(f"{parsed.folder}: no mistakes{risks}")
    return 0


def _show(parsed: argparse.Namespace) -> int:
    print(show(load_deployment(parsed.folder)))
    return 0


def _schema(_: argparse.Namespace) -> int:
    sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(deployment_schema())) + b"\n")
    return 0
