"""How a house is: every part that can be asked, and what is the matter with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mohar.access.watch import Watch
from mohar.domain.errors import MoharError
from mohar.plugin.caller import Answer, HookCaller
from mohar.reconciling.compare import Comparing
from mohar.store import Store


def health_of(
    caller: HookCaller, store: Store, comparing: Comparing, watch: Watch
) -> dict[str, str]:
    """Return every part that was asked, and `ok` or what is the matter with it."""
    states: dict[str, str] = {}
    for answer in caller.call("mohar_health"):
        states |= _states(answer)
    if caller.plugins("mohar_reconcile"):
        states["comparing"] = _told(comparing.state)
    if (callers := watch.state()) != "ok":
        states["callers"] = callers
    return states | {"store": _told(lambda: _answering(store))}


def _answering(store: Store) -> str:
    store.ping()
    return "ok"


def _told(state: Callable[[], str]) -> str:
    try:
        return state()
    except MoharError as error:
        return error.code


def _states(answer: Answer) -> dict[str, str]:
    """What a plugin says of its parts; one that fails is a part that is not well."""
    if answer.error is not None:
        return {answer.plugin: answer.error}
    if isinstance(answer.value, Mapping):
        return {str(name): str(state) for name, state in answer.value.items()}
    return {answer.plugin: "gave no names and states" if answer.value else "ok"}
