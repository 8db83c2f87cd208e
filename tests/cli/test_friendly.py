"""Whatever is wrong with what a command was given, it says what, where and the mend."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
COMMANDS = [
    ("config", "check", "DIR"),
    ("config", "show", "DIR"),
    ("keys", "generate", "DIR"),
    ("keys", "list", "DIR"),
    ("keys", "export", "DIR"),
    ("db", "upgrade", "DIR"),
    ("db", "check", "DIR"),
    ("apikeys", "list", "DIR"),
    ("issue", "--deployment", "DIR", "x.json"),
    ("verify", "--deployment", "DIR", __file__),
    ("serve", "--deployment", "DIR"),
    ("worker", "--once", "--deployment", "DIR"),
    ("plugins", "list", "--deployment", "DIR"),
]


def given(command: tuple[str, ...], folder: Path) -> list[object]:
    return [folder if each == "DIR" else each for each in command]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
class TestFolder:
    def test_one_that_is_not_there_is_named(
        self, mohar: Run, tmp_path: Path, command: tuple[str, ...]
    ) -> None:
        ran = mohar(*given(command, tmp_path / "gone"))

        assert ran.status == 2
        assert f"there is no folder '{tmp_path / 'gone'}'" in ran.err

    def test_a_file_in_its_place_is_called_one(
        self, mohar: Run, tmp_path: Path, command: tuple[str, ...]
    ) -> None:
        (tmp_path / "deployment.yaml").write_text("mohar: 1\n")

        ran = mohar(*given(command, tmp_path / "deployment.yaml"))

        assert ran.status == 2
        assert "is a file; name the folder that it is in" in ran.err

    def test_one_without_a_deployment_is_named(
        self, mohar: Run, tmp_path: Path, command: tuple[str, ...]
    ) -> None:
        ran = mohar(*given(command, tmp_path))

        assert ran.status == 2
        assert 'mohar: cannot read "deployment.yaml" at ' in ran.err

    @pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"mohar: 1\nmohar: 2\n", b"{"])
    def test_one_that_is_no_deployment_is_told_with_its_place(
        self, mohar: Run, tmp_path: Path, command: tuple[str, ...], content: bytes
    ) -> None:
        (tmp_path / "deployment.yaml").write_bytes(content)

        ran = mohar(*given(command, tmp_path))

        assert ran.status in {1, 2}
        assert "deployment.yaml:" in ran.err
