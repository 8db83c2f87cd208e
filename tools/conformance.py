"""
Run the cases that others published, and write what they came to into `docs/conformance.md`.

With `--check` the page is only compared. With `--from FILE` nothing is run: the file is what a run
of the tests wrote with `--mohar-conformance FILE`.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from reference_parts import suites
from reference_parts.prose import tidy

from mohar.testing.conformance import Told, read_told

ROOT = Path(__file__).resolve().parent.parent
PAGE = Path("docs") / "conformance.md"
NOTE = (
    "<!-- Made by tools/conformance.py from what the tests note; run it again to renew it. -->\n\n"
)


def main() -> int:
    """End with 0 when the page is what the run showed, or the suites are not on this machine."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    parser.add_argument("--from", dest="file", type=Path, metavar="FILE", help="run nothing")
    parsed = parser.parse_args()
    vectors = ROOT / os.environ.get("MOHAR_VECTORS", "../shared/vectors")
    if not vectors.is_dir():
        print("the published suites are not here, so the conformance page stays as it is")
        return 0
    told = read_told(parsed.file) if parsed.file else _run()
    return _finished(vectors, told, check=parsed.check)


def _finished(vectors: Path, told: Sequence[Told], *, check: bool) -> int:
    listed = suites.cases(vectors)
    if missing := suites.not_run(listed, told):
        print("run by no test, or in no list:", *missing, sep="\n  ", file=sys.stderr)
        return 1
    text = NOTE + tidy(suites.page(listed, told))
    path = ROOT / PAGE
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return 0
    if check:
        print(f"{PAGE} is not what the tests showed; run tools/conformance.py", file=sys.stderr)
        return 1
    path.write_text(text, encoding="utf-8")
    print(f"wrote {PAGE}")
    return 0


def _run() -> Sequence[Told]:
    """Run the tests of published cases alone; where one fails, nothing is to be said."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "told.json"
        command = [sys.executable, "-m", "pytest", "-m", "mohar_vectors", "-p", "no:cacheprovider"]
        ran = subprocess.run(
            [*command, f"--mohar-conformance={file}"], cwd=ROOT, check=False, stdout=sys.stderr
        )
        if ran.returncode:
            sys.exit("a test of published cases failed, so nothing was written")
        return read_told(file)


if __name__ == "__main__":
    sys.exit(main())
