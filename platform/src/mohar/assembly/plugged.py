"""What the plugins of a House add to it: HTTP operations, doors, and observers of events."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from mohar.announcing.observers import HookObserver, Observer, SinkObserver
from mohar.assembly.blueprint import Blueprint
from mohar.assembly.pausing import plugins_of_sinks
from mohar.assembly.ports import LateExpiring, PluginIntake, PluginLife
from mohar.assembly.resolve import Resolved
from mohar.domain.errors import ConfigError
from mohar.plugin import Routes, Tools
from mohar.plugin.caller import guarded


class Plugged:
    """The plugins of one House, as its rooms and its web server ask for them."""

    def __init__(self, blueprint: Blueprint, resolved: Resolved) -> None:
        self._deployment = blueprint.loaded.deployment
        self._plugins = blueprint.plugins
        self._tools = blueprint.tools
        self._late = blueprint.late
        self._resolved = resolved

    def kind_fed_by(self, plugin: str) -> str | None:
        """Return the one kind whose records this plugin's source reads, or None."""
        offers = self._plugins.offered.sources
        fed = [
            kind.name
            for kind in self._deployment.credentials
            if offers.distribution_of(kind.source.uses) == plugin
        ]
        return fed[0] if len(fed) == 1 else None

    def routes(self) -> list[tuple[str, Routes]]:
        """Return the HTTP operations that plugins and doors add, with the name of each plugin."""
        return [*self._plugins.routes(self._tools_for), *self._door_routes()]

    def observers(self) -> list[Observer]:
        """Return whoever is told of events: sinks, and plugins that listen."""
        sinks = [SinkObserver(name, sink) for name, sink in self._resolved.sinks.items()]
        return [*sinks, *HookObserver.all(self._plugins.caller, self._tools)]

    def plugin_of_observer(self) -> dict[str, str]:
        """Return the plugin behind each observer, by the observer's name."""
        sinks = plugins_of_sinks(self._deployment, self._plugins.offered)
        hooked = self._plugins.caller.plugins("mohar_on_events")
        return {f"sink:{name}": plugin for name, plugin in sinks.items()} | {
            f"plugin:{plugin}": plugin for plugin in hooked
        }

    def _door_routes(self) -> Iterator[tuple[str, Routes]]:
        for use in self._deployment.doors:
            routes, plugin = Routes(), self._plugins.offered.doors.distribution_of(use.uses)
            door = self._resolved.doors[use.name]
            for each in guarded(f"the routes of door {use.name}", door.routes, ConfigError):
                routes.add(each)
            yield plugin, routes

    def _tools_for(self, plugin: str) -> Tools:
        """A plugin that submits without naming a kind means the one its own source feeds."""
        own = self.kind_fed_by(plugin)
        return msgspec.structs.replace(
            self._tools,
            intake=PluginIntake(self._late, own),
            life=PluginLife(self._late, own),
            expiring=LateExpiring(self._late, f"plugin:{plugin}"),
            shared=LateExpiring(self._late, f"plugin:{plugin}"),
        )
