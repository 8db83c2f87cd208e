import re
import sys
import tomllib
from collections.abc import Mapping, Sequence
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

# Found by name at run time and imported by nobody: a database driver, zone tables.
NEVER_IMPORTED = {"httptools", "psycopg", "tzdata", "uvloop"}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name.strip()).lower()


def named(wanted: Sequence[str]) -> set[str]:
    """Return the distributions that a list of requirements names, without our own."""
    names = {normal(re.split(r"[\[<>=!~ ;]", each, maxsplit=1)[0]) for each in wanted}
    return {name for name in names if name != "mohar" and not name.startswith("mohar-")}


def asked_for(pyproject: Path) -> set[str]:
    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    return named(project.get("dependencies", []))


def all_dependencies(root: Path) -> set[str]:
    """Return the name of every distribution that one of our projects asks for."""
    projects = (root / "pyproject.toml", *root.glob("plugins/mohar-*/pyproject.toml"))
    document = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    for_tests = named(document["dependency-groups"]["dev"])
    return for_tests.union(*(asked_for(path) for path in projects))


def imported(modules: Sequence[Any]) -> set[frozenset[str]]:
    """Return, for each library imported, the distributions that may be behind its name."""
    tops = {name.partition(".")[0] for module in modules for name in module.imports()}
    distributions = packages_distributions()
    behind = {
        frozenset(normal(each) for each in distributions.get(top, []))
        for top in tops - sys.stdlib_module_names
    }
    return {names for names in behind if names and not any(n.startswith("mohar") for n in names)}


def undeclared(modules: Sequence[Any], declared: set[str]) -> set[str]:
    return {min(names) for names in imported(modules) if not names & declared}


def unused(modules: Sequence[Any], declared: set[str]) -> set[str]:
    return declared - NEVER_IMPORTED - {each for names in imported(modules) for each in names}


class TestDeclared:
    def test_the_core_asks_for_what_it_imports(self, core: Sequence[Any], root: Path) -> None:
        for_users = [module for module in core if module.room != "testing"]

        assert undeclared(for_users, asked_for(root / "pyproject.toml")) == set()

    def test_the_core_asks_for_nothing_else(self, core: Sequence[Any], root: Path) -> None:
        assert unused(core, asked_for(root / "pyproject.toml")) == set()

    def test_a_plugin_asks_for_what_it_imports_and_nothing_else(
        self, plugins: Mapping[str, Sequence[Any]], root: Path
    ) -> None:
        wrong = {}
        for package, modules in plugins.items():
            folder = root / "plugins" / package.replace("_", "-")
            declared = asked_for(folder / "pyproject.toml")
            wrong[package] = (undeclared(modules, declared), unused(modules, declared))

        assert {each: both for each, both in wrong.items() if any(both)} == {}


class TestDocumented:
    def test_every_dependency_has_its_reason_in_the_docs(self, root: Path) -> None:
        text = (root / "docs/dependencies.md").read_text(encoding="utf-8")
        explained = {normal(name) for name in re.findall(r"^\| `([^`]+)`", text, re.MULTILINE)}

        assert explained == all_dependencies(root)

    def test_every_dependency_is_pinned(self, root: Path) -> None:
        lines = (root / "constraints.txt").read_text(encoding="utf-8").splitlines()
        pinned = {normal(line.partition("==")[0]) for line in lines}

        assert all_dependencies(root) - pinned == set()
