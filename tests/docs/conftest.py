"""
The documents as tests see them, and what it takes to run what they show.

A comment right above a block says what becomes of it:
`<!-- not run: reason -->` leaves it alone, `<!-- file: path -->` writes it to that file.

The blocks of a page are run in order by one shell, in a folder with the schemas and deployments
of a checkout. `sh` blocks must succeed. In `console` blocks a line after `$ ` is a command and the
lines below it are its output, where `…` stands for anything within a line, and for any lines where
it stands alone. `python` blocks are run together, each with those before it. The number 8080 is
replaced by a port that is free.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePath
from typing import Final

import msgspec
import pytest

from mohar.testing.postgres import PostgresMissing, PostgresServer, postgres_server

ROOT = Path(__file__).resolve().parents[2]
_FENCE = re.compile(r"^ *(```+)(\S*)\s*$")
_NOTE = re.compile(r"^ *<!-- (not run|file): (.+?) -->$")
_RUN: Final = frozenset({"sh", "console", "python"})
_GENERATED = "<!-- Made by tools/reference.py"


class Block(msgspec.Struct, frozen=True):
    """A fenced block: its language, where it stands, its text, and the note above it."""

    language: str
    line: int
    text: str
    not_run: str = ""
    file: str = ""


class Page(msgspec.Struct, frozen=True):
    """One Markdown file."""

    path: Path
    text: str

    @property
    def name(self) -> str:
        """Return its path from the root of the project."""
        return self.path.relative_to(ROOT).as_posix()

    @property
    def is_generated(self) -> bool:
        """Say whether a tool wrote it."""
        return self.text.startswith(_GENERATED)

    @property
    def blocks(self) -> Sequence[Block]:
        """Return its fenced blocks in order."""
        return list(_blocks(self.text.splitlines()))

    @property
    def shown(self) -> Sequence[Block]:
        """Return the blocks that are run or written to a file."""
        shown = [each for each in self.blocks if each.file or each.language in _RUN]
        return [each for each in shown if not each.not_run]

    @property
    def yaml(self) -> Sequence[Block]:
        """Return the blocks of YAML that are to be loaded."""
        return [each for each in self.blocks if each.language == "yaml" and not each.not_run]

    @property
    def prose(self) -> str:
        """Return the text without its fenced blocks and code spans."""
        kept, inside = [], False
        for line in self.text.splitlines():
            inside ^= bool(_FENCE.match(line))
            kept.append("" if inside or _FENCE.match(line) else re.sub(r"`[^`]*`", "``", line))
        return "\n".join(kept)


def _blocks(lines: Sequence[str]) -> Iterator[Block]:
    numbered = iter(enumerate(lines, 1))
    note = ("", "")
    for number, line in numbered:
        if opening := _FENCE.match(line):
            fence, language = opening.groups()
            inside = []
            for _, each in numbered:
                if each.strip() == fence:
                    break
                inside.append(each)
            said = {"not run": note[1]} if note[0] == "not run" else {}
            yield Block(
                language=language,
                line=number,
                text="\n".join(inside) + "\n",
                not_run=said.get("not run", ""),
                file=note[1] if note[0] == "file" else "",
            )
        if line.strip():
            found = _NOTE.match(line)
            note = (found.group(1), found.group(2)) if found else ("", "")


def all_pages() -> Sequence[Page]:
    """Return every page people read: at the root, in docs, beside plugins and deployments."""
    patterns = ("*.md", "docs/**/*.md", "plugins/mohar-*/README.md", "config/**/README.md")
    paths = [path for each in (*patterns, "schemas/README.md") for path in ROOT.glob(each)]
    return [Page(path, path.read_text(encoding="utf-8")) for path in sorted(paths)]


PAGES = {page.name: page for page in all_pages()}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes a page is run for each, or for those that its module's `wanted` takes."""
    if "page" in metafunc.fixturenames:
        wanted = getattr(metafunc.module, "wanted", lambda _: True)
        names = [name for name, page in PAGES.items() if wanted(page)]
        metafunc.parametrize("page", [PAGES[name] for name in names], ids=names)


_MARK: Final = "@@@"
_SECONDS: Final = 300
# Without byte code every command compiles hundreds of modules anew.
_LEFT_OUT: Final = ("MOHAR_", "PYTHONDONTWRITEBYTECODE")
_PORT: Final = "8080"
_DATABASE: Final = "MOHAR_DATABASE_URL"


class Shown(msgspec.Struct, frozen=True):
    """A command of a console block, and what the page says that it prints."""

    line: int
    command: str
    output: str


def consoles(blocks: Sequence[Block]) -> Iterator[Shown]:
    for block in blocks:
        if block.language == "console":
            for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
                command, output = _parted(part)
                yield Shown(block.line, command, output)


def _parted(part: str) -> tuple[str, str]:
    """A command goes on while its lines end with a backslash."""
    lines = part.splitlines(keepends=True)
    length = next(at for at, line in enumerate(lines, 1) if not line.endswith("\\\n"))
    return "".join(lines[:length]), "".join(lines[length:])


def script(blocks: Sequence[Block]) -> str:
    """Return the program that does what a page shows."""
    shown = iter(list(consoles(blocks)))
    lines = ["set -euo pipefail"]
    python = ""
    for block in blocks:
        lines.append(f"echo {_MARK} line {block.line}")
        if block.file:
            lines.append(_written(block.file, block.text))
        elif block.language == "sh":
            lines.append(block.text)
        elif block.language == "console":
            count = len(list(consoles([block])))
            lines += [_watched(next(shown)) for _ in range(count)]
        elif block.language == "python":
            python += block.text
            lines += [_written("page.py", python), "python page.py"]
    lines.append(f"echo {_MARK} end")
    return "\n".join(lines)


def _written(file: str, text: str) -> str:
    folder = shlex.quote(str(PurePath(file).parent))
    return f"mkdir -p {folder}\ncat > {shlex.quote(file)} <<'{_MARK}'\n{text}{_MARK}"


def _watched(shown: Shown) -> str:
    return f"echo {_MARK} shown\n{{ {shown.command.rstrip()}\n}} 2>&1"


def installed(blocks: Sequence[Block], folder: Path) -> Sequence[Path]:
    """
    Put the plugins that a page writes onto the path, as installing them in place would.

    Returns the folders that Python has to look into.
    """
    site = folder / ".site"
    paths = [site]
    for block in blocks:
        if PurePath(block.file).name == "pyproject.toml":
            project = tomllib.loads(block.text)["project"]
            info = site / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
            info.mkdir(parents=True)
            (info / "METADATA").write_text(
                f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
                f"Summary: {project['description']}\n"
            )
            entries = project["entry-points"]["mohar.plugins"].items()
            points = "".join(f"{name} = {module}\n" for name, module in entries)
            (info / "entry_points.txt").write_text(f"[mohar.plugins]\n{points}")
            paths.append(folder / PurePath(block.file).parent / "src")
    return paths


def environment(folder: Path, more: Sequence[Path]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_LEFT_OUT)}
    python = [*map(str, more), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        **kept,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join(python),
        "PWD": str(folder),
    }


def run(program: str, folder: Path, env: dict[str, str]) -> tuple[int, str]:
    """Run a page and stop whatever it leaves behind; its output goes through a file."""
    out = folder / ".output"
    with out.open("wb") as file:
        started = subprocess.Popen(
            ["bash", "-c", program],
            cwd=folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            status = started.wait(_SECONDS)
        except subprocess.TimeoutExpired:
            status = -1
        finally:
            _stop_group(started.pid)
            started.wait()
    return status, out.read_text(encoding="utf-8", errors="replace")


def _stop_group(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return


def expected(output: str) -> re.Pattern[str]:
    lines = []
    for line in output.splitlines():
        if line.strip() == "…":
            lines.append("(?:.*\n)*?")
        else:
            lines.append(
                ".*".join(re.escape(part) for part in line.rstrip().split("…")) + "[ \t]*\n"
            )
    return re.compile("".join(lines))


@pytest.fixture
def page_of() -> Callable[[str], Page]:
    """Return a function that makes a page of a text."""
    return lambda text: Page(ROOT / "made-up.md", text)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with what a checkout has, but for the program and its tests."""
    ignore = shutil.ignore_patterns("keys", "secrets", "data", "*.db")
    for name in ("schemas", "config"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=ignore)
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "bin").symlink_to(Path(sys.executable).parent)
    return tmp_path


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer | None]:
    """A server for the pages that name one, or None where there is none to start."""
    try:
        with postgres_server() as server:
            yield server
    except PostgresMissing:
        yield None


@pytest.fixture
def port() -> int:
    """A port that is free at this moment."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        number: int = taken.getsockname()[1]
        return number


@pytest.fixture
def show(folder: Path, port: int, request: pytest.FixtureRequest) -> Callable[[Page], None]:
    """Return a function that runs a page and compares what it prints with what it says."""

    def run_page(page: Page) -> None:
        blocks = page.shown
        env = environment(folder, installed(blocks, folder))
        if _DATABASE in page.text:
            env[_DATABASE] = _database(request.getfixturevalue("postgres"))

        status, output = run(script(blocks).replace(_PORT, str(port)), folder, env)

        assert (status, output.rstrip().splitlines()[-1]) == (0, f"{_MARK} end"), output
        compare(list(consoles(blocks)), output, port)

    return run_page


def compare(shown: Sequence[Shown], output: str, port: int) -> None:
    printed = re.split(rf"^{_MARK} shown\n", output, flags=re.MULTILINE)[1:]
    for each, after in zip(shown, printed, strict=True):
        actual = after.partition(_MARK)[0]
        wanted = expected(each.output.replace(_PORT, str(port)))
        assert wanted.fullmatch(actual), f"line {each.line}: {each.command}{actual}"


def _database(server: PostgresServer | None) -> str:
    if server is None:
        pytest.skip("the page needs a PostgreSQL, and there is none to start")
    return server.database()
