"""Write `docs/compatibility-divoc.md` from `compatibility.yaml`, or say with `--check` that it is old."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec
from reference_parts.prose import table, tidy
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parent.parent
PAGE = Path("docs") / "compatibility-divoc.md"
NOTE = "<!-- Made by tools/compatibility.py from tools/compatibility.yaml; run it again to renew it. -->\n\n"
INTRO = """\
# Compatibility with DIVOC

What a client of DIVOC asks, and what becomes of it here.

- *Same*: the documented answers, for the same requests.
- *Safer*: the same shape, and what leaked or was unsafe is otherwise.
- *Left out*: not offered, for the reason given.

Everywhere a caller without a key is answered with 401 and one without the scope with 403, where DIVOC said 403 to both, and refusals without a shape of their own are problem documents (RFC 9457).
Each row that is not left out names the tests that show it.

"""
WORDS = {"same": "same", "safer": "safer", "left-out": "left out"}


class Row(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"is_": "is"}
):
    """One operation of the original, or a few that share an answer."""

    operation: str
    is_: Literal["same", "safer", "left-out"]
    how: str
    tests: list[str] = []


def main() -> int:
    """Write the page; with `--check` write nothing, and end with 1 when it is not current."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    check, text = parser.parse_args().check, page(rows())
    is_current = (ROOT / PAGE).is_file() and (ROOT / PAGE).read_text(encoding="utf-8") == text
    if not check and not is_current:
        (ROOT / PAGE).write_text(text, encoding="utf-8")
        print(f"wrote {PAGE}")
    if check and not is_current:
        print(f"{PAGE} is not current; run tools/compatibility.py", file=sys.stderr)
    return 1 if check and not is_current else 0


def rows() -> Sequence[Row]:
    """Return the table."""
    loaded = YAML(typ="safe").load(ROOT / "tools" / "compatibility.yaml")
    return msgspec.convert(loaded["rows"], list[Row])


def page(shown: Sequence[Row]) -> str:
    """Return the whole page."""
    cells = [
        (f"`{row.operation}`", WORDS[row.is_], row.how, ", ".join(map(_named, row.tests)))
        for row in shown
    ]
    return NOTE + tidy(INTRO + table(("operation", "here", "how", "shown by"), cells))


def _named(test: str) -> str:
    path, _, name = test.partition("::")
    return f"[{name.removeprefix('test_').replace('_', ' ')}](../{path})"


if __name__ == "__main__":
    sys.exit(main())
