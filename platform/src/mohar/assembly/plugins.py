"""Load the plugins a deployment names, and put their offers on the table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import msgspec
import pluggy

from mohar.assembly.installed import Broken, entries, entry_of
from mohar.config.files import DeploymentFiles
from mohar.config.secrets import SecretStore
from mohar.config.words import did_you_mean, quoted
from mohar.domain.errors import ConfigError
from mohar.plugin import (
    Channel,
    Commands,
    Door,
    Files,
    Format,
    Messenger,
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
from mohar.plugin.caller import HookCaller, guarded
from mohar.plugin.hooks import PROJECT


class Tables(msgspec.Struct, frozen=True, kw_only=True):
    """What all enabled plugins offer, a table for each role."""

    sources: Offers[Source]
    schemas: Offers[Schema]
    formats: Offers[Format]
    signers: Offers[Signer]
    trust: Offers[Trust]
    renderers: Offers[Renderer]
    sinks: Offers[Sink]
    channels: Offers[Channel]
    messengers: Offers[Messenger]
    doors: Offers[Door]

    @classmethod
    def empty(cls) -> Tables:
        """Return tables with nothing on them."""
        return cls(
            sources=Offers("source"),
            schemas=Offers("schema"),
            formats=Offers("format"),
            signers=Offers("signer"),
            trust=Offers("trust"),
            renderers=Offers("renderer"),
            sinks=Offers("sink"),
            channels=Offers("channel"),
            messengers=Offers("messenger"),
            doors=Offers("door"),
        )


class Plugins:
    """
    The plugins of one House, with a manager of their own: two countries can live in one process.

    Only what is named is imported. A plugin that cannot be used is left out and told in `broken`:
    not installed, not importable, a hook that does not exist, an offer that another made before.

    Raises:
        ConfigError: a plugin implements a hook as a wrapper.
    """

    def __init__(
        self,
        names: Sequence[str],
        built_in: Mapping[str, object] | None = None,
        *,
        telemetry: Telemetry | None = None,
    ) -> None:
        self.names = tuple(names)
        self.broken: list[Broken] = []
        self.manager = pluggy.PluginManager(PROJECT)
        self.manager.add_hookspecs(specs)
        self.offered = Tables.empty()
        for name, plugin in (built_in or {}).items():
            self.manager.register(plugin, name)
        found = entries() if names else []
        for name in dict.fromkeys(names):
            self._enable(name, entry_of(name, found))
        self.caller = HookCaller(self.manager, telemetry=telemetry)

    def routes(self, tools_for: Callable[[str], Tools]) -> list[tuple[str, Routes]]:
        """Return the routes each plugin adds, with the plugin's name."""
        collected = []
        for plugin in sorted(self.caller.plugins("mohar_register_routes")):
            routes = Routes()
            tools = tools_for(plugin)
            self._register("mohar_register_routes", plugin, routes=routes, tools=tools)
            collected.append((plugin, routes))
        return collected

    def commands(self) -> dict[str, Commands]:
        """Return the commands each plugin adds, by the plugin's name."""
        collected = {}
        for plugin in sorted(self.caller.plugins("mohar_register_commands")):
            collected[plugin] = Commands()
            self._register(
                "mohar_register_commands",
                plugin,
                commands=collected[plugin],
                files_in=_files_in,
            )
        return collected

    def hooks_of(self, plugin: str) -> list[str]:
        """Return the names of the hooks a plugin implements."""
        found = self.manager.get_plugin(plugin)
        callers = self.manager.get_hookcallers(found) or []
        return sorted(caller.name for caller in callers)

    def _enable(self, name: str, found: EntryPoint | Broken) -> None:
        if isinstance(found, Broken):
            self.broken.append(found)
            return
        try:
            self._import(name, found.load)
            self._check_hooks(name)
            self._collect(name)
        except ConfigError as error:
            self.broken.append(Broken(plugin=name, why=str(error)))
            self.manager.unregister(name=name)

    def _import(self, name: str, load: Callable[[], Any]) -> None:
        def work() -> None:
            try:
                self.manager.register(load(), name)
            except ImportError as error:
                raise ConfigError(f"it cannot be imported: {error}") from error
            except pluggy.PluginValidationError as error:
                why = str(error).splitlines()[-1]
                raise ConfigError(f"it does not fit the hooks: {why}") from error

        guarded("its import", work, ConfigError)

    def _check_hooks(self, name: str) -> None:
        """What is misspelt, or lacks its marker, would never be called."""
        known = [hook for hook in vars(specs) if hook.startswith("mohar_")]
        marked = self.hooks_of(name)
        for hook in marked:
            if hook not in known:
                hint = did_you_mean(hook, known) or f"there are: {', '.join(sorted(known))}"
                raise ConfigError(f"it implements {quoted(hook)}, which is no hook; {hint}")
        named = [each for each in dir(self.manager.get_plugin(name)) if each.startswith("mohar_")]
        unmarked = sorted(set(named) - set(marked))
        if unmarked or not marked:
            what = ", ".join(unmarked) or "it implements no hook: perhaps one"
            raise ConfigError(f"{what} lacks the marker @hookimpl")

    def _collect(self, name: str) -> None:
        for role in self.offered.__struct_fields__:
            hook = f"mohar_register_{role}"
            if hook in self.hooks_of(name):
                self._register(hook, name, offers=getattr(self.offered, role).speaking(name))

    def _register(self, hook: str, plugin: str, **arguments: Any) -> None:
        others = [each for name, each in self.manager.list_name_plugin() if name != plugin and each]
        caller = self.manager.subset_hook_caller(hook, others)
        guarded(f"{hook} of {plugin}", lambda: caller(**arguments), ConfigError)


def _files_in(folder: Path) -> Files:
    return DeploymentFiles(folder, SecretStore(folder))
