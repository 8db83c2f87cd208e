"""Load the plugins a deployment names, and put their offers on the table."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final

import msgspec
import pluggy

from mohar.domain.errors import ConfigError
from mohar.plugin import (
    Commands,
    Format,
    Offers,
    Renderer,
    Routes,
    Schema,
    Signer,
    Sink,
    Source,
    Telemetry,
    Tools,
    Trust,
    specs,
)
from mohar.plugin.caller import HookCaller
from mohar.plugin.hooks import PROJECT

GROUP: Final = "mohar.plugins"


class Installed(msgspec.Struct, frozen=True, kw_only=True):
    """A plugin that is installed on this machine, enabled or not."""

    name: str
    distribution: str
    version: str
    summary: str


class Tables(msgspec.Struct, frozen=True, kw_only=True):
    """What all enabled plugins offer, a table for each role."""

    sources: Offers[Source]
    schemas: Offers[Schema]
    formats: Offers[Format]
    signers: Offers[Signer]
    trust: Offers[Trust]
    renderers: Offers[Renderer]
    sinks: Offers[Sink]


class Plugins:
    """
    The plugins of one House, with a manager of their own: two countries can live in one process.

    Raises:
        ConfigError: a name is not installed, a hook is misspelt, or two plugins offer one name.
    """

    def __init__(
        self,
        names: Sequence[str],
        built_in: Mapping[str, object] | None = None,
        *,
        telemetry: Telemetry | None = None,
    ) -> None:
        self.names = tuple(names)
        self.manager = pluggy.PluginManager(PROJECT)
        self.manager.add_hookspecs(specs)
        for name, plugin in (built_in or {}).items():
            self.manager.register(plugin, name)
        for name, entry_point in _found(names).items():
            self._register(name, entry_point)
        self._check_spelling()
        self.caller = HookCaller(self.manager, telemetry=telemetry)
        self.offered = self._offered()

    def routes(self, tools_for: Callable[[str], Tools]) -> list[tuple[str, Routes]]:
        """Return the routes each plugin adds, with the plugin's name."""
        collected = []
        for plugin in self._those_with("mohar_register_routes"):
            routes = Routes()
            tools = tools_for(plugin)
            self._call_one("mohar_register_routes", plugin, routes=routes, tools=tools)
            collected.append((plugin, routes))
        return collected

    def commands(self) -> dict[str, Commands]:
        """Return the commands each plugin adds, by the plugin's name."""
        collected = {}
        for plugin in self._those_with("mohar_register_commands"):
            collected[plugin] = Commands()
            self._call_one("mohar_register_commands", plugin, commands=collected[plugin])
        return collected

    def hooks_of(self, plugin: str) -> list[str]:
        """Return the names of the hooks a plugin implements."""
        found = self.manager.get_plugin(plugin)
        callers = self.manager.get_hookcallers(found) or []
        return sorted(caller.name for caller in callers)

    def _register(self, name: str, entry_point: EntryPoint) -> None:
        try:
            self.manager.register(entry_point.load(), name)
        except pluggy.PluginValidationError as error:
            raise ConfigError(f"plugin {name!r} does not fit the hooks: {error}") from error
        except ImportError as error:
            raise ConfigError(f"plugin {name!r} cannot be imported: {error}") from error

    def _check_spelling(self) -> None:
        try:
            self.manager.check_pending()
        except pluggy.PluginValidationError as error:
            raise ConfigError(f"a plugin implements a hook that does not exist: {error}") from error

    def _offered(self) -> Tables:
        return Tables(
            sources=self._table("source", "mohar_register_sources"),
            schemas=self._table("schema", "mohar_register_schemas"),
            formats=self._table("format", "mohar_register_formats"),
            signers=self._table("signer", "mohar_register_signers"),
            trust=self._table("trust", "mohar_register_trust"),
            renderers=self._table("renderer", "mohar_register_renderers"),
            sinks=self._table("sink", "mohar_register_sinks"),
        )

    def _table(self, role: str, hook: str) -> Any:
        offers: Offers[Any] = Offers(role)
        for plugin in self._those_with(hook):
            self._call_one(hook, plugin, offers=offers.speaking(plugin))
        return offers

    def _those_with(self, hook: str) -> list[str]:
        found = getattr(self.manager.hook, hook).get_hookimpls()
        return sorted(each.plugin_name for each in found)

    def _call_one(self, hook: str, plugin: str, **arguments: Any) -> None:
        others = [each for name, each in self.manager.list_name_plugin() if name != plugin and each]
        self.manager.subset_hook_caller(hook, others)(**arguments)


def installed() -> list[Installed]:
    """Return every plugin on this machine, by name; none of them is imported."""
    return [
        Installed(
            name=each.name,
            distribution=each.dist.name if each.dist else "",
            version=each.dist.version if each.dist else "",
            summary=(each.dist.metadata["Summary"] or "") if each.dist else "",
        )
        for each in sorted(entry_points(group=GROUP), key=lambda found: found.name)
    ]


def _found(names: Sequence[str]) -> dict[str, EntryPoint]:
    known = {each.name: each for each in entry_points(group=GROUP)}
    missing = [name for name in names if name not in known]
    if missing:
        raise ConfigError("\n".join(_not_installed(name, list(known)) for name in missing))
    return {name: known[name] for name in names}


def _not_installed(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, 1)
    hint = f"did you mean {close[0]!r}?" if close else f"pip install mohar-{name}"
    return f"plugin {name!r} is not installed ({hint})"
