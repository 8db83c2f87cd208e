"""The page on DIVOC: current, and every row that promises something names a test that there is."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(ROOT / "tools")
    import compatibility

    return compatibility


def names_in(file: Path) -> Sequence[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return [node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


class TestPage:
    def test_it_is_current(self, made: Any) -> None:
        shown = (ROOT / "docs" / "compatibility-divoc.md").read_text(encoding="utf-8")

        assert made.page(made.rows()) == shown

    def test_what_is_promised_is_shown_by_a_test(self, made: Any) -> None:
        assert [
            row.operation for row in made.rows() if row.is_ != "left-out" and not row.tests
        ] == []

    def test_every_test_is_there(self, made: Any) -> None:
        named = [each.partition("::") for row in made.rows() for each in row.tests]

        missing = [
            f"{path}::{name}" for path, _, name in named if name not in names_in(ROOT / path)
        ]
        assert missing == []

    def test_every_operation_is_listed_once(self, made: Any) -> None:
        operations = [row.operation for row in made.rows()]

        assert len(operations) == len(set(operations))
