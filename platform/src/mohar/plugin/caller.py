"""Call plugins when something happens, each by itself, so that one that fails stops no other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, TypeVar

import msgspec
import pluggy

from mohar.domain.errors import ConfigError, MoharError
from mohar.plugin.tools import Telemetry

T = TypeVar("T")


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """
    What one plugin said when it was called: a `value`, or the `error` that it raised.

    `error` is the name of the exception's class and nothing more: its text may hold a value that
    nobody but the plugin has checked. `code` is a MoharError's code, else `unexpected`; `at` is
    the place in the code that raised it.
    """

    plugin: str
    value: Any | None = None
    error: str | None = None
    code: str | None = None
    at: str = ""

    def __repr__(self) -> str:
        return f"Answer({self.plugin}: {self.error or 'answered'})"


def isolated(plugin: str, work: Callable[[], Any], telemetry: Telemetry | None = None) -> Answer:
    """
    Do the work of a plugin and return what came of it; whatever it raises is told, never raised.

    A failure is logged by its class and its place in the code, if there is telemetry to log to.
    """
    try:
        return Answer(plugin=plugin, value=work())
    except Exception as error:  # noqa: BLE001 -- a plugin may raise anything, and must stop no other
        name, at = type(error).__name__, place_of(error)
        if telemetry is not None:
            telemetry.log("plugin-failed", plugin=plugin, error=name, at=at)
        return Answer(plugin=plugin, error=name, code=_code(error), at=at)


def guarded(
    doing: str,
    work: Callable[[], T],
    failure: Callable[[str], MoharError],
    telemetry: Telemetry | None = None,
) -> T:
    """
    Do the work of a plugin and return what it gives, where nothing can go on without it.

    Raises:
        MoharError: what the plugin raised on purpose, as it is; anything else as `failure`, which
            is told what failed and where, and never the text of the exception.
    """
    given: list[T] = []
    meant: list[MoharError] = []

    def told() -> None:
        try:
            given.append(work())
        except MoharError as error:
            meant.append(error)

    answer = isolated(doing, told, telemetry)
    if meant:
        raise meant[0]
    if answer.error is not None:
        raise failure(f"{doing} failed with {answer.error} at {answer.at}; tell its author")
    return given[0]


class HookCaller:
    """
    Calls the moment hooks of the plugins that one manager holds.

    Raises:
        ConfigError: a plugin implements a hook as a wrapper. A wrapper would stand around the
            other plugins, and so could not be isolated from them.
    """

    def __init__(
        self, manager: pluggy.PluginManager, *, telemetry: Telemetry | None = None
    ) -> None:
        self._manager = manager
        self._telemetry = telemetry
        self._refuse_wrappers()

    def plugins(self, hook: str) -> Sequence[str]:
        """Return the names of the plugins that implement a hook, in the order of their loading."""
        return [implementation.plugin_name for implementation in self._implementations(hook)]

    def call(self, hook: str, **arguments: Any) -> Sequence[Answer]:
        """Call every implementation of a hook and return one answer for each, in that order."""
        return [
            self._ask(implementation, arguments) for implementation in self._implementations(hook)
        ]

    def call_one(self, plugin: str, hook: str, **arguments: Any) -> Answer:
        """
        Call one plugin's implementation of a hook.

        Raises:
            KeyError: the plugin does not implement the hook.
        """
        found = {each.plugin_name: each for each in self._implementations(hook)}
        return self._ask(found[plugin], arguments)

    def _ask(self, implementation: pluggy.HookImpl, arguments: dict[str, Any]) -> Answer:
        wanted = [arguments[name] for name in implementation.argnames]
        return isolated(
            implementation.plugin_name,
            lambda: implementation.function(*wanted),
            self._telemetry,
        )

    def _implementations(self, hook: str) -> Sequence[pluggy.HookImpl]:
        caller: pluggy.HookCaller = getattr(self._manager.hook, hook)
        return caller.get_hookimpls()

    def _refuse_wrappers(self) -> None:
        for plugin in self._manager.get_plugins():
            for caller in self._manager.get_hookcallers(plugin) or ():
                for each in caller.get_hookimpls():
                    if each.wrapper or each.hookwrapper:
                        raise ConfigError(
                            f"plugin {each.plugin_name}: {caller.name} is a hook wrapper; "
                            "write it as a plain hookimpl"
                        )


def place_of(error: BaseException) -> str:
    """Return where in the code an error was raised, as `module:line`, or an empty text."""
    trace = error.__traceback__
    if trace is None:
        return ""
    last = _innermost(trace)
    return f"{last.tb_frame.f_globals.get('__name__', '')}:{last.tb_lineno}"


def _innermost(trace: TracebackType) -> TracebackType:
    while trace.tb_next is not None:
        trace = trace.tb_next
    return trace


def _code(error: Exception) -> str:
    return error.code if isinstance(error, MoharError) else "unexpected"
