"""A worker whose clock is wrong by as many seconds as a file says, and jumps when that changes."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from pathlib import Path

from mohar.assembly.house import build_house
from mohar.domain.clock import utc_now
from mohar.worker import Worker


def main(folder: Path, wrong_by: Path) -> None:
    """Work until killed."""

    def clock() -> datetime:
        return utc_now() + timedelta(seconds=float(wrong_by.read_text() or 0))

    with build_house(folder, clock=clock) as house:
        Worker(house).run()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
