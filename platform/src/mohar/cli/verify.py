"""`mohar verify`: is this certificate genuine? Works without a network and without a store."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

from mohar.assembly.verifier import open_verifier
from mohar.cli.options import add_deployment, moment
from mohar.domain.errors import InvalidInput
from mohar.domain.verdict import Verdict
from mohar.verifying.report import exit_code, verdict_json
from mohar.verifying.verify import Presented

# Several scripts join letters with these; they print nothing by themselves.
_JOINERS: Final = "\u200c\u200d"


def register(parser: argparse.ArgumentParser) -> None:
    """Say which arguments the command takes."""
    parser.description = (
        "Say of text, JSON, images and PDFs whether they are genuine credentials. "
        "Ends with 0 when all are valid, 1 when one is known to be wrong, 2 otherwise."
    )
    add_deployment(parser, required=False)
    parser.add_argument("--trust", type=Path, metavar="FILE", help="keys to trust: PEM, JWKS, …")
    parser.add_argument(
        "--snapshot",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="what an issuer says of its credentials, as fetched from its /v1/status/snapshot",
    )
    parser.add_argument("--at", metavar="TIME", help="judge as of this RFC 3339 time")
    parser.add_argument("--json", action="store_true", help="one JSON object for each input")
    parser.add_argument("files", nargs="+", metavar="FILE", help="a file, or - for standard input")
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace) -> int:
    """Verify each input; 0 all valid, 1 at least one not valid, 2 otherwise."""
    inputs = [_presented(name) for name in parsed.files]
    at = moment(parsed.at) if parsed.at else None
    folder = _folder(parsed.deployment)
    with open_verifier(folder, trust=parsed.trust, snapshots=parsed.snapshot) as verifier:
        verdicts = verifier.verify(inputs, at=at)
    for verdict in verdicts:
        print(verdict_json(verdict).decode() if parsed.json else _text(verdict))
    return exit_code(verdicts)


def _folder(named: Path | None) -> Path:
    """Without a deployment of its own, a checkout's `config/verifier` knows the bundled types."""
    folder = named or Path("config") / "verifier"
    if not folder.is_dir():
        raise InvalidInput(f"there is no folder {folder}; name one with --deployment DIR")
    return folder


def _presented(name: str) -> Presented:
    if name == "-":
        return Presented(name=name, data=sys.stdin.buffer.read())
    try:
        return Presented(name=name, data=Path(name).read_bytes())
    except OSError as error:
        raise InvalidInput(f"{name} cannot be read: {error.strerror}") from error


def _text(verdict: Verdict) -> str:
    lines = [f"{verdict.input}: {verdict.verdict}"]
    if verdict.issuer:
        lines.append(f"  issuer: {verdict.issuer}")
    lines += [
        f"  {check.outcome:<8}{check.name}{': ' + check.detail if check.detail else ''}"
        for check in verdict.checks
    ]
    lines += [f"  {name}: {value}" for name, value in verdict.shown.items()]
    return "\n".join(_printable(line) for line in lines)


def _printable(line: str) -> str:
    """A document may hold what a terminal would obey: it is shown, and does nothing."""
    letters = [
        letter if letter.isprintable() or letter in _JOINERS else ascii(letter)[1:-1]
        for letter in line
    ]
    return "".join(letters)
