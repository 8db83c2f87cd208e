import re
from collections.abc import Sequence
from pathlib import Path

import pytest

# Written in pieces, so that this file does not hold what it looks for.
OF_A_MACHINE = re.compile(
    r"(?<![\w.])/(?:wo"
    r"rk|ro"
    r"ot|home/\w+)/|files\.python"
    r"hosted|py"
    r"pi\.org|index-"
    r"url"
)
PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE " r"KEY-----\s*\n?[A-Za-z0-9+/]{40}")


def read(path: Path) -> str:
    return path.read_bytes().decode("utf-8", errors="replace")


class TestTracked:
    def test_no_file_names_a_machine_or_a_registry(
        self, tracked: Sequence[Path], root: Path
    ) -> None:
        found = [
            f"{path.relative_to(root)}: {match.group()}"
            for path in tracked
            if (match := OF_A_MACHINE.search(read(path)))
        ]

        assert found == []

    def test_no_private_key_is_committed(self, tracked: Sequence[Path], root: Path) -> None:
        """No usable key ships with the platform, not even one for trials."""
        found = [path.relative_to(root) for path in tracked if PRIVATE_KEY.search(read(path))]

        assert found == []

    @pytest.mark.parametrize("name", ["uv.lock", ".venv", "build", "dist"])
    def test_nothing_that_is_made_is_committed(
        self, tracked: Sequence[Path], root: Path, name: str
    ) -> None:
        assert [path for path in tracked if path.relative_to(root).parts[0] == name] == []
