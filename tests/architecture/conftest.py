import ast
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CORE = ROOT / "platform/src/mohar"


class Module:
    """One module of ours: its text, its place in the tree, and what it imports."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.text = path.read_text(encoding="utf-8")
        self.tree = ast.parse(self.text)

    @property
    def place(self) -> str:
        """Return the path from the root of the project."""
        return self.path.relative_to(ROOT).as_posix()

    @property
    def room(self) -> str:
        """Return the part of the core that the module belongs to."""
        return self.path.relative_to(CORE).parts[0].removesuffix(".py")

    def imports(self) -> Iterator[str]:
        """Return the full name of every module imported, wherever the import stands."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield from (f"{self._origin(node)}.{alias.name}" for alias in node.names)

    def _origin(self, node: ast.ImportFrom) -> str:
        return "." * node.level + (node.module or "")


def modules_below(*folders: Path) -> Sequence[Module]:
    paths = {path for folder in folders for path in folder.rglob("*.py")}
    return [Module(path) for path in sorted(paths) if "_migrations" not in path.parts]


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def core() -> Sequence[Module]:
    """Every module of the core."""
    return modules_below(CORE)


@pytest.fixture(scope="session")
def plugins() -> dict[str, Sequence[Module]]:
    """Every module of every plugin, by the plugin's package."""
    packages = sorted(ROOT.glob("plugins/mohar-*/src/*/"))
    return {package.name: modules_below(package) for package in packages}


@pytest.fixture(scope="session")
def ours(core: Sequence[Module], plugins: dict[str, Sequence[Module]]) -> Sequence[Module]:
    """Every module that is installed on a machine that issues."""
    return [*core, *(module for modules in plugins.values() for module in modules)]


@pytest.fixture(scope="session")
def tests() -> Sequence[Module]:
    """Every module of tests but those about the architecture."""
    found = modules_below(ROOT / "tests", *ROOT.glob("plugins/mohar-*/tests"))
    return [module for module in found if Path(__file__).parent not in module.path.parents]


@pytest.fixture(scope="session")
def tracked() -> Sequence[Path]:
    """Every file that a clone of this project would have."""
    command = ["git", "-c", "safe.directory=*", "-C", str(ROOT), "ls-files", "-z"]
    listed = subprocess.run(command, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a checkout, so nobody knows which files are committed")
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [path for path in paths if path.is_file()]
