import ast
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

LONGEST_FUNCTION = 60
LONGEST_MODULE = 450


class TestTopLevel:
    def test_no_folder_at_the_top_is_a_package(self, root: Path) -> None:
        """A package named `platform` at the root would shadow the standard library's module."""
        assert [path for path in root.glob("*/__init__.py") if path.parent.name != ".venv"] == []

    def test_no_folder_of_tests_is_a_package(self, root: Path) -> None:
        folders = (root / "tests", *root.glob("plugins/mohar-*/tests"))

        assert [path for folder in folders for path in folder.rglob("__init__.py")] == []


class TestSize:
    def test_no_function_is_longer_than_a_screen(self, ours: Sequence[Any]) -> None:
        long = [
            f"{module.place}:{node.lineno} {node.name}: {node.end_lineno - node.lineno + 1} lines"
            for module in ours
            for node in ast.walk(module.tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and node.end_lineno is not None
            and node.end_lineno - node.lineno >= LONGEST_FUNCTION
        ]

        assert long == []

    def test_no_module_is_longer_than_it_can_be_held_in_mind(self, ours: Sequence[Any]) -> None:
        lines = {module.place: module.text.count("\n") for module in ours}

        assert {place: count for place, count in lines.items() if count > LONGEST_MODULE} == {}

    def test_every_module_says_what_it_is_for(self, ours: Sequence[Any]) -> None:
        assert [module.place for module in ours if not ast.get_docstring(module.tree)] == []


class TestPlugins:
    def test_a_plugin_is_named_alike_everywhere(self, root: Path) -> None:
        """`mohar-x-y` is the distribution, `mohar_x_y` the package and `x-y` the entry point."""
        for folder in sorted(root.glob("plugins/mohar-*/")):
            project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
            package = folder.name.replace("-", "_")

            assert project["name"] == folder.name
            assert project["entry-points"]["mohar.plugins"] == {
                folder.name.removeprefix("mohar-"): package
            }
            assert (folder / "src" / package / "py.typed").exists()
