"""`mohar template check|preview`: the pages of a deployment, drawn from sample records."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
import uvicorn

from mohar.assembly.gallery import Gallery
from mohar.assembly.studio import FOLDER, Spot, Studio, Unmade
from mohar.cli.door import open_door
from mohar.cli.options import add_folder
from mohar.config.words import counted
from mohar.domain.errors import InvalidInput
from mohar.domain.findings import Finding
from mohar.web.preview import create_preview

# Sample records or not: what needs no key is shown to this machine alone.
_HOST: Final = "127.0.0.1"
_PORT: Final = 8010
_MOST_NAMED: Final = 4


class _Told(msgspec.Struct, frozen=True, kw_only=True):
    """One finding, and every sheet that it is about."""

    finding: Finding
    sheets: tuple[str, ...]


def register(parser: argparse.ArgumentParser) -> None:
    """Say which arguments the command takes."""
    parser.description = "Draw the pages of a deployment from sample records."
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    check = verbs.add_parser(
        "check", help="draw every sample in every language; 1 if anything is to be mended"
    )
    _add_shared(check)
    check.add_argument("--json", action="store_true", help="one JSON object")
    check.set_defaults(run=_check)
    preview = verbs.add_parser("preview", help="show the pages in a browser, and again at a change")
    _add_shared(preview)
    preview.add_argument(
        "--port", type=int, default=_PORT, help=f"port on this machine (default: {_PORT})"
    )
    preview.set_defaults(run=_preview)


def _add_shared(parser: argparse.ArgumentParser) -> None:
    add_folder(parser)
    parser.add_argument(
        "--samples",
        type=Path,
        metavar="FOLDER",
        help=f"where the samples are, one NAME.jsonl each (default: {FOLDER} of DIR)",
    )
    parser.add_argument(
        "--rendering", metavar="NAME", help="this rendering only, as in `certificate`"
    )
    parser.add_argument("--language", metavar="TAG", help="this language only, as in `hi`")


def _check(parsed: argparse.Namespace) -> int:
    studio = Studio(parsed.folder, parsed.samples)
    spots = _chosen(studio, parsed)
    found = [(spot, finding) for spot in spots for finding in studio.inspect(spot)]
    told = _together(found)
    unmade = studio.unmade()
    if parsed.json:
        answer = {"sheets": len(spots), "findings": told, "not_made": unmade}
        sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
    else:
        _tell(told, unmade, len(spots))
    return 0 if spots and not any(each.finding.is_error for each in told) else 1


def _chosen(studio: Studio, parsed: argparse.Namespace) -> list[Spot]:
    spots = [
        spot
        for spot in studio.spots()
        if parsed.rendering in (None, spot.rendering) and parsed.language in (None, spot.language)
    ]
    named = sorted({spot.rendering for spot in studio.spots()})
    if named and not spots:
        raise InvalidInput(f"there is no such page; renderings are {', '.join(named)}")
    return spots


def _together(found: Sequence[tuple[Spot, Finding]]) -> list[_Told]:
    sheets: dict[Finding, list[str]] = {}
    for spot, finding in found:
        sheets.setdefault(finding, []).append(str(spot))
    return [_Told(finding=finding, sheets=tuple(names)) for finding, names in sheets.items()]


def _tell(told: Sequence[_Told], unmade: Sequence[Unmade], sheets: int) -> None:
    for each in told:
        note = "" if each.finding.is_error else "note: "
        print(f"{note}{each.finding.code}: {each.finding.message}")
        print(f"  on {_named(each.sheets)}")
    for lack in unmade:
        why = ", ".join(dict.fromkeys(_reason(finding) for finding in lack.findings))
        print(f"not made: {lack.body} of {lack.sample}: {why}")
    wrong = [each for each in told if each.finding.is_error]
    findings = counted(len(wrong), "finding") if wrong else "nothing to mend"
    print(f"{counted(sheets, 'sheet')} drawn: {findings}")


def _reason(finding: Finding) -> str:
    return f"{finding.code} at {finding.where}" if finding.where else finding.code


def _named(sheets: Sequence[str]) -> str:
    shown = ", ".join(sheets[:_MOST_NAMED])
    rest = len(sheets) - _MOST_NAMED
    return f"{shown} and {rest} more" if rest > 0 else shown


def _preview(parsed: argparse.Namespace) -> int:
    gallery = Gallery(
        parsed.folder, parsed.samples, rendering=parsed.rendering, language=parsed.language
    )
    with open_door(_HOST, parsed.port) as door, gallery:
        config = uvicorn.Config(create_preview(gallery), log_config=None, access_log=False)
        print(f"showing {parsed.folder} at http://{_HOST}:{parsed.port} until Ctrl-C", flush=True)
        uvicorn.Server(config).run(sockets=[door])
    return 0
