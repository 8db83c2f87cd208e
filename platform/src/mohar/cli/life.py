"""What `mohar revoke`, `mohar suspend` and `mohar restore` share."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from mohar.assembly.house import build_house
from mohar.cli.options import OPERATOR, add_deployment
from mohar.domain.errors import InvalidInput
from mohar.domain.lifecycle import LifecycleAction
from mohar.revoking.change import Changed, Wish

_AT_ONCE: Final = 500
_ENDS: Final = (
    " What is so already stays so. Ends with 0 when all are as wished, 1 when some are missing or "
    "their state does not allow it, 2 when it could not be done."
)


def add_arguments(parser: argparse.ArgumentParser, what: str) -> str:
    """Add the arguments of one of them; return its description."""
    add_deployment(parser)
    parser.add_argument("credentials", nargs="*", metavar="ID", help="the ids of the credentials")
    parser.add_argument(
        "--file", type=Path, help="a file with more ids, one in each line; - for standard input"
    )
    parser.add_argument("--reason", required=True, help="why; kept sealed with the history")
    parser.add_argument(
        "--dry-run", action="store_true", help="say what would become of each, and do nothing"
    )
    return what + _ENDS


def change(
    parsed: argparse.Namespace, action: LifecycleAction, until: datetime | None = None
) -> int:
    """Do as the arguments say, some hundreds in each transaction, and print what came of each."""
    numbers = [*parsed.credentials, *(listed(parsed.file) if parsed.file else ())]
    if not numbers:
        raise InvalidInput("name the credentials, or a --file with their ids")
    wish = Wish(action=action, actor_id=OPERATOR.actor_id, reason=parsed.reason, until=until)
    counted: Counter[str] = Counter()
    with build_house(parsed.deployment) as house:
        for start in range(0, len(numbers), _AT_ONCE):
            some = numbers[start : start + _AT_ONCE]
            answers = house.revoking.change(wish, some, dry_run=parsed.dry_run)
            counted.update(_printed(answers))
    told = ", ".join(f"{count} {result}" for result, count in sorted(counted.items()))
    print(f"{told}{' (nothing was done: --dry-run)' if parsed.dry_run else ''}")
    return 1 if counted["missing"] or counted["impossible"] else 0


def _printed(answers: Sequence[Changed]) -> list[str]:
    for each in answers:
        print(f"{each.credential_id}: {each.result}{f' ({each.state})' if each.state else ''}")
    return [each.result for each in answers]


def listed(file: Path) -> list[str]:
    """Return the ids in a file, or in standard input for `-`. Raises InvalidInput."""
    try:
        text = Path("/dev/stdin" if str(file) == "-" else file).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{file}: it cannot be read as a list of ids") from error
    return [line.strip() for line in text.splitlines() if line.strip()]
