"""The plugins that this repository holds."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from mohar.plugin import Offer, Offers, specs


def plugins(root: Path) -> Mapping[str, ModuleType]:
    """Return the module of every bundled plugin, by the plugin's name."""
    folders = sorted(root.glob("plugins/mohar-*/"))
    return {
        folder.name.removeprefix("mohar-"): import_module(folder.name.replace("-", "_"))
        for folder in folders
    }


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
