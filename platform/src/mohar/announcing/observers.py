"""Those who listen: sinks, which take facts, and plugins, which take events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from mohar.announcing.facts import fact_of
from mohar.domain.events import Event
from mohar.plugin import Sink, Telemetry, Tools
from mohar.plugin.caller import Answer, HookCaller, isolated


class Observer(Protocol):
    """
    One listener with a cursor of its own in the outbox, kept under `name`.

    A new name begins with the oldest event.
    """

    name: str

    def hand(self, events: Sequence[Event]) -> Answer:
        """Hand the events over and return how it went. Never raises what a plugin raised."""
        ...


class SinkObserver:
    """A sink of the deployment. It sees facts and never an event."""

    def __init__(self, name: str, sink: Sink, *, telemetry: Telemetry | None = None) -> None:
        self.name = f"sink:{name}"
        self._sink = sink
        self._telemetry = telemetry

    def hand(self, events: Sequence[Event]) -> Answer:
        """Write the events' facts to the sink."""
        facts = [fact_of(event) for event in events]
        return isolated(self.name, lambda: self._sink.write(facts), self._telemetry)


class HookObserver:
    """A plugin that implements `mohar_on_events`."""

    def __init__(self, plugin: str, caller: HookCaller, tools: Tools) -> None:
        self.name = f"plugin:{plugin}"
        self._plugin = plugin
        self._caller = caller
        self._tools = tools

    @classmethod
    def all(cls, caller: HookCaller, tools: Tools) -> Sequence[HookObserver]:
        """Return an observer for each plugin that listens."""
        return [cls(plugin, caller, tools) for plugin in caller.plugins("mohar_on_events")]

    def hand(self, events: Sequence[Event]) -> Answer:
        """Call the plugin with the events."""
        return self._caller.call_one(
            self._plugin, "mohar_on_events", events=events, tools=self._tools
        )
