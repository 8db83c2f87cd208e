"""`mohar config check|show|schema`: what a deployment folder says, and what is wrong with it."""

from __future__ import annotations

import argparse
import sys

import msgspec

from mohar.assembly.look import look_over
from mohar.assembly.ready import told
from mohar.cli.options import add_folder
from mohar.config.json_schema import deployment_schema
from mohar.config.load import load_deployment
from mohar.config.mistakes import ConfigMistakes
from mohar.config.show import show
from mohar.config.words import counted


def register(parser: argparse.ArgumentParser) -> None:
    """Say which arguments the command takes."""
    parser.description = "What a deployment folder says."
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    check = verbs.add_parser(
        "check", help="tell all mistakes and all risks; 1 if there are mistakes"
    )
    add_folder(check)
    check.set_defaults(run=_check)
    showing = verbs.add_parser("show", help="the resolved view, with defaults and no secrets")
    add_folder(showing)
    showing.set_defaults(run=_show)
    schema = verbs.add_parser("schema", help="the JSON Schema of deployment.yaml, for editors")
    schema.add_argument(
        "folder", nargs="?", metavar="DIR", help="any: the schema is the same for all"
    )
    schema.set_defaults(run=_schema)


def _check(parsed: argparse.Namespace) -> int:
    try:
        findings = look_over(parsed.folder)
    except ConfigMistakes as error:
        mistakes = counted(len(error.mistakes), "mistake")
        print(f"{error}\n\n{mistakes} in {parsed.folder}", file=sys.stderr)
        return 1
    for finding in findings:
        print(told(finding))
    errors = [finding for finding in findings if finding.is_error]
    risks = counted(len(findings) - len(errors), "risk")
    mistakes = counted(len(errors), "mistake") if errors else "no mistakes"
    print(f"{parsed.folder}: {mistakes}{', ' + risks if len(findings) > len(errors) else ''}")
    return 1 if errors else 0


def _show(parsed: argparse.Namespace) -> int:
    print(show(load_deployment(parsed.folder)), end="")
    return 0


def _schema(_: argparse.Namespace) -> int:
    schema = msgspec.json.encode(deployment_schema())
    print(msgspec.json.format(schema).decode())
    return 0
