"""What `mohar bulk` and `mohar reissue` share: who asks, and which credentials are meant."""

from __future__ import annotations

import argparse
import os
import pwd
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import get_args

import msgspec

from mohar.access.bulk import Progress
from mohar.cli.life import listed
from mohar.cli.options import OPERATOR, moment
from mohar.domain.access import Actor
from mohar.domain.campaign import Selection
from mohar.domain.clock import rfc3339
from mohar.domain.errors import InvalidInput
from mohar.domain.lifecycle import CredentialState


def add_actor(parser: argparse.ArgumentParser) -> None:
    """Add `--actor`: two persons may share one account of a machine."""
    parser.add_argument(
        "--actor", metavar="NAME", help="who you are (default: the account you work under)"
    )


def add_selection(parser: argparse.ArgumentParser) -> None:
    """Add what narrows a selection, the reason, and who asks."""
    parser.add_argument(
        "--where",
        action="append",
        metavar="PATH=VALUE",
        default=[],
        help="a value of the kept record; may be repeated",
    )
    parser.add_argument("--key", metavar="KEY_ID", help="a body is signed with this key")
    parser.add_argument("--schema", metavar="NAME", help="a body is of this type and version")
    parser.add_argument("--config", metavar="DIGEST", help="made under this configuration")
    parser.add_argument(
        "--state", choices=get_args(CredentialState), metavar="STATE", help="in this state now"
    )
    parser.add_argument("--revision", type=int, metavar="N", help="of this revision")
    parser.add_argument("--after", metavar="TIME", help="issued at this moment or later")
    parser.add_argument("--before", metavar="TIME", help="issued before this moment")
    parser.add_argument("--reason", required=True, help="why; kept sealed with the history")
    add_actor(parser)


def selection_of(parsed: argparse.Namespace) -> Selection:
    """Return what was selected. Raises InvalidInput where a value or a time is none."""
    return Selection(
        issued_from=_moment(parsed.after),
        issued_until=_moment(parsed.before),
        config_digest=parsed.config,
        key_id=parsed.key,
        schema=parsed.schema,
        state=parsed.state,
        revision=parsed.revision,
        where=dict(_pair(each) for each in parsed.where),
    )


def operator(parsed: argparse.Namespace | None = None) -> Actor:
    """Return who works at the command line, told apart from others who do."""
    name = (parsed.actor if parsed else None) or _account()
    return msgspec.structs.replace(OPERATOR, actor_id=f"{OPERATOR.actor_id}:{name}")


def read_ids(file: Path) -> tuple[str, ...]:
    """Return the ids in a file. Raises InvalidInput where it holds none."""
    numbers = tuple(listed(file))
    if not numbers:
        raise InvalidInput(f"{file}: there is no id in it")
    return numbers


def print_kept(kept: Progress) -> None:
    """Say what to do next about a campaign that was kept."""
    print(f"{kept.id}: proposed")
    print("a worker finds what it is about; then `mohar bulk show`, and another `bulk approve`s it")


def told(shown: Progress) -> Iterator[tuple[str, object]]:
    """Return what narrows a campaign's selection, by name."""
    if shown.listed:
        yield "listed", "in a file"
    for name, value in msgspec.structs.asdict(shown.selection).items():
        if name != "where" and value is not None:
            yield name, rfc3339(value) if isinstance(value, datetime) else value
    for path, text in shown.selection.where.items():
        yield "where", f"{path} = {text}"
    if shown.until:
        yield "until", rfc3339(shown.until)


def _pair(given: str) -> tuple[str, str]:
    path, sign, value = given.partition("=")
    if not sign or not path:
        raise InvalidInput("write --where PATH=VALUE, as in --where event.batch=4120Z018")
    return path, value


def _moment(given: str | None) -> datetime | None:
    return moment(given) if given else None


def _account() -> str:
    """An account without a name has a number still."""
    number = os.getuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)
