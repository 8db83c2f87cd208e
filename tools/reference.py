"""Write the generated pages of `docs/reference`, or say with `--check` which are not current."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from reference_parts import codes, commands, configuration, events, hooks, http, types
from reference_parts.prose import tidy

ROOT = Path(__file__).resolve().parent.parent
FOLDER = Path("docs") / "reference"
NOTE = "<!-- Made by tools/reference.py. Change what it is made from, and run it again. -->\n\n"


def main() -> int:
    """Write the pages; with `--check` write nothing, and end with 1 when one is not current."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    check = parser.parse_args().check
    made = pages(ROOT)
    stale = [path for path, text in made.items() if _read(ROOT / path) != text]
    for path in [] if check else stale:
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(made[path], encoding="utf-8")
        print(f"wrote {path}")
    if check and stale:
        print("not current; run tools/reference.py:", *stale, sep="\n  ", file=sys.stderr)
    return 1 if check and stale else 0


def pages(root: Path) -> Mapping[Path, str]:
    """Return every generated page by its path from the root."""
    made = {
        "hooks.md": hooks.page(root),
        "configuration.md": configuration.page(root),
        "errors.md": codes.page(root),
        "commands.md": commands.page(root),
        "http.md": http.page(root),
        "events.md": events.page(root),
        **{f"types/{name}": text for name, text in types.pages(root).items()},
    }
    return {FOLDER / name: NOTE + tidy(text) for name, text in made.items()}


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


if __name__ == "__main__":
    sys.exit(main())
