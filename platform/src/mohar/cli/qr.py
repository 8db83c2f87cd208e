"""`mohar qr report|dictionary`: how large QR codes are, and what makes them small."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from mohar.assembly.blueprint import Blueprint
from mohar.assembly.sizing import CodeSize, Print, code_sizes
from mohar.assembly.studio import FOLDER, Studio
from mohar.cli.options import add_folder
from mohar.domain.errors import InvalidInput
from mohar.plugin import Abridging


def register(parser: argparse.ArgumentParser) -> None:
    """Say which arguments the command takes."""
    parser.description = "Tell how large the QR codes of a deployment are, from sample records."
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    report = verbs.add_parser(
        "report", help="bytes, version, modules and mm of every body; 1 if a code is too fine"
    )
    add_folder(report)
    report.add_argument("--kind", metavar="NAME", help="this kind only")
    report.add_argument(
        "--samples",
        type=Path,
        metavar="FOLDER",
        help=f"where the samples are, one NAME.jsonl each (default: {FOLDER} of DIR)",
    )
    report.add_argument("--json", action="store_true", help="one JSON object")
    report.set_defaults(run=_report)
    dictionary = verbs.add_parser(
        "dictionary", help="write the dictionary that would be made of a body's type as it is now"
    )
    add_folder(dictionary)
    dictionary.add_argument("--kind", metavar="NAME", required=True)
    dictionary.add_argument("--body", metavar="NAME", required=True)
    dictionary.set_defaults(run=_dictionary)


def _report(parsed: argparse.Namespace) -> int:
    studio = Studio(parsed.folder, parsed.samples)
    kinds = [kind for kind in studio.kinds() if parsed.kind in (None, kind)]
    if not kinds:
        raise InvalidInput(f"there is no such kind; there are {', '.join(studio.kinds())}")
    sizes = [size for kind in kinds for size in code_sizes(studio, kind)]
    if parsed.json:
        answer = {"codes": sizes, "not_made": studio.unmade()}
        sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
    else:
        _tell(sizes)
        for lack in studio.unmade():
            why = ", ".join(dict.fromkeys(finding.code for finding in lack.findings))
            print(f"not made: {lack.body} of {lack.sample}: {why}")
        print("measured are the samples of the deployment: what is longer than these is larger")
    return 1 if any(_is_too_fine(size) for size in sizes) else 0


def _tell(sizes: Sequence[CodeSize]) -> None:
    heads = ("body", "carrier", "sample", "bytes", "level", "version", "modules", "least mm", "")
    rows = [heads, *(_row(size) for size in sizes)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        )


def _row(size: CodeSize) -> tuple[str, ...]:
    if size.version is None:
        where = "no QR code holds it"
    else:
        where = ", ".join(_printed(each) for each in size.prints)
    return (
        size.body,
        size.carrier,
        size.sample,
        str(size.bytes),
        size.error_correction,
        _or_dash(size.version),
        _or_dash(size.modules),
        _or_dash(size.least_mm),
        where,
    )


def _printed(printed: Print) -> str:
    if printed.mm is None:
        return printed.rendering
    told = f"{printed.rendering} {printed.mm:g} mm, module {printed.module_mm:.2f} mm"
    return f"{told} TOO FINE" if printed.is_too_fine else told


def _is_too_fine(size: CodeSize) -> bool:
    return any(each.is_too_fine for each in size.prints)


def _or_dash(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"


def _dictionary(parsed: argparse.Namespace) -> int:
    schemas = Blueprint(parsed.folder).resolve(with_keys=False, with_parts=False).schemas
    schema = schemas.get((parsed.kind, parsed.body))
    if schema is None:
        named = ", ".join(f"{kind}/{body}" for kind, body in schemas)
        raise InvalidInput(f"there is no such body; there are {named}")
    if not isinstance(schema, Abridging):
        raise InvalidInput("the type of this body makes no dictionaries")
    sys.stdout.buffer.write(schema.new_dictionary())
    return 0
