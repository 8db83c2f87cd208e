"""`mohar audit verify|head|list|seal`: the log of who did what to which credential."""

from __future__ import annotations

import argparse
import time
from typing import Final

import msgspec

from mohar.assembly.opening import open_store
from mohar.auditing.examine import Examined, Examiner
from mohar.auditing.sealing import Sealing
from mohar.auditing.telling import Told, tell
from mohar.cli.options import add_deployment
from mohar.domain.audit import AuditSeal
from mohar.domain.clock import rfc3339, utc_now
from mohar.domain.values import JsonObject

_ENDS: Final = (
    " Ends with 0 when everything is as it was written down, 1 when something was removed, "
    "altered or never written down, 2 when that could not be told."
)


def register(parser: argparse.ArgumentParser) -> None:
    """Say which arguments the command takes."""
    parser.description = "The log of who did what to which credential: append-only, and sealed."
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    verifying = verbs.add_parser(
        "verify",
        help="find what was removed, altered or never written down",
        description="Find what was removed, altered or never written down." + _ENDS,
    )
    add_deployment(verifying)
    verifying.add_argument(
        "--head", metavar="HASH", help="a hash that `mohar audit head` printed, kept elsewhere"
    )
    verifying.add_argument("--json", action="store_true", help="print one JSON object")
    verifying.set_defaults(run=_verify)
    heading = verbs.add_parser("head", help="print number, hash and time of the last seal")
    add_deployment(heading)
    heading.set_defaults(run=_head)
    listing = verbs.add_parser("list", help="tell who did what to a credential, and why")
    add_deployment(listing)
    listing.add_argument("--credential", metavar="ID", required=True, help="its id")
    listing.set_defaults(run=_list)
    sealing = verbs.add_parser("seal", help="seal what no worker has sealed yet")
    add_deployment(sealing)
    sealing.set_defaults(run=_seal)


def _verify(parsed: argparse.Namespace) -> int:
    with open_store(parsed.deployment) as store:
        examined = Examiner(store, utc_now).examine(parsed.head)
    if parsed.json:
        print(msgspec.json.encode(_as_json(examined)).decode())
    else:
        _print(examined)
    return 1 if examined.findings else 0


def _head(parsed: argparse.Namespace) -> int:
    with open_store(parsed.deployment) as store, store.read() as work:
        head = work.audit.head()
    print(_told_head(head))
    return 0


def _list(parsed: argparse.Namespace) -> int:
    with open_store(parsed.deployment) as store:
        told = tell(store, parsed.credential)
    for each in told:
        print(_line(each))
    return 0


def _seal(parsed: argparse.Namespace) -> int:
    with open_store(parsed.deployment) as store:
        count = Sealing(store, time.monotonic).run_all()
    print(f"{count} entries sealed")
    return 0


def _print(examined: Examined) -> None:
    for finding in examined.findings:
        print(f"{finding.where}: {finding.message} ({finding.code})")
    print(
        f"{examined.entries} entries sealed, {examined.unsealed} to be sealed, "
        f"{examined.credentials} credentials, {len(examined.findings)} findings"
    )
    print(f"head {_told_head(examined.head)}")


def _told_head(head: AuditSeal | None) -> str:
    return f"{head.number}  {head.hash.hex()}  {rfc3339(head.sealed_at)}" if head else "none yet"


def _line(told: Told) -> str:
    entry = told.entry
    facts = [
        f"{name}={','.join(map(str, value)) if isinstance(value, list) else value}"
        for name, value in sorted(entry.facts.items())
    ]
    together = [f"together with {entry.count - 1} more"] if entry.batch and entry.count > 1 else []
    evidence = [f"evidence={told.evidence}"] if told.evidence else []
    parts = [entry.action, *facts, *together, *evidence, *([told.reason] if told.reason else [])]
    return f"{rfc3339(entry.at)}  {entry.actor_id or 'unknown'}  {'  '.join(parts)}"


def _as_json(examined: Examined) -> JsonObject:
    head = examined.head
    return {
        "intact": not examined.findings,
        "head": head
        and {"number": head.number, "hash": head.hash.hex(), "time": rfc3339(head.sealed_at)},
        "entries": examined.entries,
        "unsealed": examined.unsealed,
        "credentials": examined.credentials,
        "findings": [
            {"code": each.code, "where": each.where, "message": each.message}
            for each in examined.findings
        ],
    }
