"""`mohar reconcile`: a file of corrected records against what was issued."""

from __future__ import annotations

import argparse
import csv
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Final, TextIO

import msgspec

from mohar.access.reconcile import Result
from mohar.assembly.house import House, build_house
from mohar.cli.options import OPERATOR, add_deployment
from mohar.domain.errors import InvalidInput
from mohar.domain.findings import Finding
from mohar.domain.values import tellable_paths
from mohar.receiving.records_file import read_messages
from mohar.reconciling.plan import Plan, Row
from mohar.reconciling.rules import read_rules

_SHOWN: Final = 50
_COLUMNS: Final = ("row", "credential", "state", "field", "codes")
# What a spreadsheet would take for a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def register(parser: argparse.ArgumentParser) -> None:
    """Say which arguments the command takes."""
    parser.description = (
        "Compare a file of records with what was issued and, once somebody else approved it, "
        "correct what differs. Without --approve or --apply nothing is changed. Ends with 0 when "
        "all rows agree or were corrected, 1 when some do not, 2 when it could not be done."
    )
    add_deployment(parser)
    parser.add_argument("file", type=Path, metavar="FILE", help="records: JSON, JSON Lines or CSV")
    parser.add_argument("--kind", required=True, metavar="NAME", help="the kind of the records")
    parser.add_argument("--rules", type=Path, metavar="FILE", help="what counts as equal, as YAML")
    parser.add_argument("--variant", default="", help="the version of the upstream messages")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--dry-run", action="store_true", help="only tell what differs (the default)")
    what.add_argument("--approve", metavar="DIGEST", help="approve the plan with this digest")
    what.add_argument("--apply", metavar="DIGEST", help="correct what was approved under it")
    parser.add_argument("--by", metavar="NAME", help="who approves or applies; kept")
    parser.add_argument("--reason", default="", help="why, with --apply; kept with the history")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write a row for each field: CSV")
    parser.add_argument(
        "--show-values", action="store_true", help="put the values themselves into that file"
    )
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace) -> int:
    """Compare, approve or apply; 0 all agree, 1 some do not, 2 could not."""
    if parsed.show_values and not parsed.out:
        raise InvalidInput("values go into a file alone; name it with --out")
    if (parsed.approve or parsed.apply) and not parsed.by:
        raise InvalidInput("say who you are with --by")
    rules = read_rules(parsed.rules)
    with build_house(parsed.deployment) as house:
        house.require_kind(parsed.kind)
        messages = read_messages(parsed.file, house.plans[parsed.kind].source, parsed.variant)
        plan = house.reconciliation.plan(OPERATOR, parsed.kind, messages, rules)
        if parsed.apply:
            return _apply(house, plan, parsed)
        _tell_plan(plan, parsed)
        if parsed.approve:
            is_new = house.reconciliation.approve(OPERATOR, plan, parsed.approve, parsed.by)
            print("approved" if is_new else "it was approved before")
            return 0
    return 1 if any(row.state != "unchanged" for row in plan.rows) else 0


def _tell_plan(plan: Plan, parsed: argparse.Namespace) -> None:
    notable = [row for row in plan.rows if row.state != "unchanged"]
    _print_rows(_line(row, row.state, row.credential_id, row.findings) for row in notable)
    _print_counts(Counter(row.state for row in plan.rows))
    if plan.differing:
        print(f"digest of this plan: {plan.digest}")
    if parsed.out:
        lines = ((row, row.state, row.credential_id, row.findings) for row in notable)
        _write(parsed.out, lines, show_values=parsed.show_values)


def _apply(house: House, plan: Plan, parsed: argparse.Namespace) -> int:
    results: list[Result] = []
    try:
        for result in house.reconciliation.apply(
            OPERATOR, plan, parsed.apply, parsed.by, parsed.reason
        ):
            results.append(result)  # noqa: PERF402 -- what was done is told, also where it breaks off
    finally:
        _tell_results(results, parsed)
    return 0 if all(each.result in {"corrected", "unchanged"} for each in results) else 1


def _tell_results(results: Sequence[Result], parsed: argparse.Namespace) -> None:
    notable = [each for each in results if each.result != "unchanged"]
    told = [(each.row, each.result, each.credential_id, each.findings) for each in notable]
    _print_rows(_line(*each) for each in told)
    _print_counts(Counter(each.result for each in results))
    if parsed.out:
        _write(parsed.out, told, show_values=parsed.show_values)


def _line(row: Row, state: str, number: str, findings: Sequence[Finding]) -> str:
    said = [*tellable_paths(row.changes), *_codes(findings)]
    return f"{row.number:>8}  {number or '-':<20}  {state:<12}  {', '.join(said)}".rstrip()


def _print_rows(lines: Iterable[str]) -> None:
    rest = iter(lines)
    shown = list(islice(rest, _SHOWN))
    if shown:
        print(f"{'row':>8}  {'credential':<20}  {'state':<12}  fields and codes")
    print(*shown, sep="\n", end="\n" if shown else "")
    more = sum(1 for _ in rest)
    if more:
        print(f"… and {more} more; --out writes all of them")


def _print_counts(counts: Counter[Any]) -> None:
    print(", ".join(f"{count} {state}" for state, count in sorted(counts.items())) or "no rows")


def _write(
    path: Path,
    rows: Iterable[tuple[Row, str, str, Sequence[Finding]]],
    *,
    show_values: bool,
) -> None:
    values = ("before", "after") if show_values else ()
    with _private(path) as file:
        writer = csv.writer(file)
        writer.writerow([*_COLUMNS, *values])
        for row, state, number, findings in rows:
            codes = " ".join(_codes(findings))
            for field in row.changes or [""]:
                told = (row.before.get(field), row.changes.get(field)) if show_values else ()
                (tellable,) = tellable_paths([field]) or [""]
                cells = [row.number, number, state, field if show_values else tellable, codes]
                writer.writerow([*cells, *map(_cell, told)])


@contextmanager
def _private(path: Path) -> Iterator[TextIO]:
    """Open a file that only its owner can read."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.fchmod(descriptor, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            yield file
    except OSError as error:
        raise InvalidInput(f"{path} cannot be written: {error.strerror}") from error


def _cell(value: Any) -> str:
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return f"'{text}" if text.startswith(_FORMULA) else text


def _codes(findings: Sequence[Finding]) -> list[str]:
    return list(dict.fromkeys(finding.code for finding in findings))
