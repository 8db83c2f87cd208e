import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

OPEN_TO_PLUGINS = ("mohar.plugin", "mohar.codec", "mohar.domain")

# A plugin that does the work of another one otherwise: see ADR 0022.
BUILT_UPON = {"mohar_renderer_pdf_compiled": "mohar_renderer_pdf"}

# A library that only some rooms may know, so that it can be changed there and nowhere else.
KEPT_TO = {
    "sqlalchemy": {"store", "testing"},
    "alembic": {"store"},
    "psycopg": {"store", "testing"},
    "litestar": {"web", "testing"},
    "uvicorn": {"cli", "testing"},
    "opentelemetry": {"telemetry", "testing"},
    "pluggy": {"plugin", "assembly", "testing"},
    "ruamel": {"config"},
    "yaml": {"config"},
}


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [program, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.fixture
def a_copy(root: Path, tmp_path: Path) -> Path:
    """The core and its contracts in another place, to be broken there."""
    shutil.copy(root / "pyproject.toml", tmp_path)
    shutil.copytree(
        root / "platform/src/mohar",
        tmp_path / "mohar",
        ignore=shutil.ignore_patterns("_migrations", "__pycache__"),
    )
    return tmp_path


class TestLayers:
    def test_the_rooms_keep_their_order(self, a_copy: Path) -> None:
        linted = lint(a_copy)

        assert linted.returncode == 0, linted.stdout

    @pytest.mark.parametrize(
        ("module", "forbidden"),
        [
            ("domain/record.py", "mohar.store"),
            ("plugin/tools.py", "mohar.telemetry"),
            ("issuing/issue.py", "mohar.verifying"),
            ("announcing/relay.py", "mohar.receiving"),
            ("store/store.py", "mohar.config"),
        ],
    )
    def test_a_room_that_reaches_too_far_is_caught(
        self, a_copy: Path, module: str, forbidden: str
    ) -> None:
        with (a_copy / "mohar" / module).open("a") as file:
            file.write(f"\nimport {forbidden}\n")

        linted = lint(a_copy)

        assert linted.returncode == 1
        # The report wraps long lines and writes a room's name without its parent.
        room = module.partition("/")[0]
        assert re.search(rf"mohar\.{room}\S* ->\s+{forbidden}", linted.stdout)

    def test_a_room_that_no_layer_names_is_caught(self, a_copy: Path) -> None:
        (a_copy / "mohar/attic").mkdir()
        (a_copy / "mohar/attic/__init__.py").touch()

        linted = lint(a_copy)

        assert linted.returncode == 1
        assert "attic" in linted.stdout


class TestPlugins:
    def test_a_plugin_knows_the_front_door_and_no_room(
        self, plugins: Mapping[str, Sequence[Any]]
    ) -> None:
        beyond = [
            f"{module.place}: {name}"
            for modules in plugins.values()
            for module in modules
            for name in module.imports()
            if name.partition(".")[0] == "mohar" and not _is_within(name, OPEN_TO_PLUGINS)
        ]

        assert beyond == []

    def test_a_plugin_knows_of_others_what_is_public_and_no_more(
        self, plugins: Mapping[str, Sequence[Any]]
    ) -> None:
        """
        It builds upon another one that it declares (see test_dependencies), by public modules.
        """
        others = [
            f"{module.place}: {name}"
            for package, modules in plugins.items()
            for module in modules
            for name in module.imports()
            if name.partition(".")[0] in plugins.keys() - {package}
            and (
                package not in BUILT_UPON
                or "._" in name
                or name.partition(".")[0] != BUILT_UPON[package]
            )
        ]

        assert others == []

    def test_the_core_knows_no_plugin(
        self, core: Sequence[Any], plugins: Mapping[str, Sequence[Any]]
    ) -> None:
        known = [
            f"{module.place}: {name}"
            for module in core
            for name in module.imports()
            if name.partition(".")[0] in plugins
        ]

        assert known == []


class TestLibraries:
    @pytest.mark.parametrize(("library", "rooms"), KEPT_TO.items())
    def test_a_library_is_known_to_its_rooms_only(
        self, core: Sequence[Any], library: str, rooms: set[str]
    ) -> None:
        elsewhere = [
            module.place
            for module in core
            if module.room not in rooms
            and any(name.partition(".")[0] == library for name in module.imports())
        ]

        assert elsewhere == []

    def test_the_words_of_the_trade_need_no_framework(self, core: Sequence[Any]) -> None:
        allowed = sys.stdlib_module_names | {"mohar", "msgspec"}
        beyond = [
            f"{module.place}: {name}"
            for module in core
            if module.room == "domain"
            for name in module.imports()
            if name.partition(".")[0] not in allowed
        ]

        assert beyond == []


def _is_within(name: str, packages: Sequence[str]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)
