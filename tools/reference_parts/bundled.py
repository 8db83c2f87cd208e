"""The plugins that this repository holds."""

from __future__ import annotations

import inspect
import subprocess
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from mohar.config.load import load_yaml
from mohar.plugin import Offer, Offers, specs


def committed(root: Path, pattern: str) -> list[Path]:
    """Return the files of a pattern that are committed; all of them where nobody can tell."""
    command = ["git", "-c", "safe.directory=*", "-C", str(root), "ls-tree", "-r", "--name-only"]
    listed = subprocess.run([*command, "HEAD"], capture_output=True, text=True, check=False)
    known = {root / name for name in listed.stdout.splitlines()}
    return sorted(path for path in root.glob(pattern) if not known or path in known)


def folders(root: Path) -> list[Path]:
    """Return the folder of every bundled plugin."""
    return [path.parent for path in committed(root, "plugins/mohar-*/pyproject.toml")]


def type_files(root: Path) -> list[Path]:
    """Return the file of every bundled type."""
    found = committed(root, "schemas/*/*/*.yaml")
    return [path for path in found if {"name", "members"} <= load_yaml(path, dict[str, Any]).keys()]


def plugins(root: Path) -> Mapping[str, ModuleType]:
    """Return the module of every bundled plugin, by the plugin's name."""
    names = [folder.name.removeprefix("mohar-") for folder in folders(root)]
    return {name: import_module(f"mohar_{name.replace('-', '_')}") for name in names}


def hooks() -> Mapping[str, Any]:
    """Return the hooks in the order in which they are written."""
    return {
        name: thing
        for name, thing in vars(specs).items()
        if name.startswith("mohar_") and inspect.isfunction(thing)
    }


def offers(plugin: ModuleType) -> Mapping[str, list[Offer[Any]]]:
    """Return what a plugin offers, by the role."""
    made: dict[str, list[Offer[Any]]] = {}
    for name, hook in hooks().items():
        if name in vars(plugin) and "offers" in inspect.signature(hook).parameters:
            role = name.removeprefix("mohar_register_").removesuffix("s")
            table: Offers[Any] = Offers(role)
            vars(plugin)[name](offers=table.speaking(role))
            made[role] = list(table)
    return made
