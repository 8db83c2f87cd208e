"""`mohar status`: write what is published of statuses as files, to be served from anywhere."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from mohar.assembly.house import build_house
from mohar.cli.options import add_deployment
from mohar.domain.errors import InvalidInput

_SNAPSHOT: Final = "snapshot.jwt"


def register(parser: argparse.ArgumentParser) -> None:
    """Say which arguments the command takes."""
    parser.description = (
        f"Write {_SNAPSHOT}, and every status list, as `mohar serve` publishes them under "
        "/v1/status: for verifiers without a network, and for web servers that hold files only."
    )
    add_deployment(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where to")
    parser.add_argument("--snapshot", action="store_true", help="write the snapshot alone")
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace) -> int:
    """Write the files. A list that is there is replaced at once, so it may be served meanwhile."""
    with build_house(parsed.deployment) as house:
        publisher, publishing = house.publisher, house.deployment.publishing
        if publisher is None or publishing is None:
            raise InvalidInput("this deployment publishes no status; it would with a `publishing:`")
        made = {_SNAPSHOT: publisher.snapshot()}
        with house.store.read() as work:
            lists = [] if parsed.snapshot else work.status.lists()
        for list_id in lists:
            made[f"{list_id}.jwt"] = publisher.token(list_id)
            if publishing.format is not None:
                made[f"{list_id}.json"] = publisher.bitstring(list_id)
    for name, edition in made.items():
        _write(parsed.out / name, edition.content)
        print(parsed.out / name)
    return 0


def _write(path: Path, content: bytes) -> None:
    """Whoever reads the file meanwhile reads the old one whole, or the new one."""
    beside = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(content)
        beside.replace(path)
    except OSError as error:
        raise InvalidInput(f"{path} cannot be written: {error.strerror}") from error
