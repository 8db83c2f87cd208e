"""The work of a plugin at start: whatever it raises stops the start in words, not as a traceback."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from mohar.domain.errors import ConfigError, MoharError
from mohar.plugin.caller import isolated

T = TypeVar("T")


def guarded(plugin: str, doing: str, work: Callable[[], T]) -> T:
    """
    Do the work of a plugin and return what it gives.

    Raises:
        MoharError: what the plugin raised on purpose, as it is.
        ConfigError: it failed otherwise; the message names it and the place in its code.
    """
    given: list[T] = []
    meant: list[MoharError] = []

    def told() -> None:
        try:
            given.append(work())
        except MoharError as error:
            meant.append(error)

    answer = isolated(plugin, told)
    if meant:
        raise meant[0]
    if answer.error is not None:
        raise ConfigError(f"{doing} failed with {answer.error} at {answer.at}; tell its author")
    return given[0]
