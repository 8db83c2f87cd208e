from collections.abc import Generator
from types import ModuleType
from typing import Any

import pluggy
import pytest

from mohar.domain.errors import ConfigError, Unavailable
from mohar.plugin import hookimpl, specs
from mohar.plugin.caller import HookCaller, isolated
from mohar.plugin.hooks import PROJECT

MARKED = "Marked Person 9876543210"


def manager(**plugins: object) -> pluggy.PluginManager:
    made = pluggy.PluginManager(PROJECT)
    made.add_hookspecs(specs)
    for name, plugin in plugins.items():
        made.register(plugin, name)
    made.check_pending()
    return made


def plugin(implementation: Any, *, wrapper: bool = False) -> ModuleType:
    made = ModuleType("a_plugin")
    setattr(made, implementation.__name__, hookimpl(implementation, wrapper=wrapper))
    return made


def healthy() -> object:
    def mohar_health() -> object:
        return {"disk": "ok"}

    return plugin(mohar_health)


def failing() -> object:
    def mohar_health() -> object:
        raise ValueError(MARKED)

    return plugin(mohar_health)


class Lines:
    def __init__(self) -> None:
        self.lines: list[tuple[str, dict[str, object]]] = []

    def log(self, event: str, **fields: object) -> None:
        self.lines.append((event, fields))


class TestHookCaller:
    def test_one_that_raises_stops_no_other(self) -> None:
        caller = HookCaller(manager(first=healthy(), broken=failing(), last=healthy()))

        answers = caller.call("mohar_health")

        assert [answer.plugin for answer in answers] == ["first", "broken", "last"]
        assert [answer.error for answer in answers] == [None, "ValueError", None]
        assert answers[2].value == {"disk": "ok"}

    def test_an_answer_never_holds_the_text_of_an_error(self) -> None:
        caller = HookCaller(manager(broken=failing()))

        (answer,) = caller.call("mohar_health")

        assert MARKED not in repr(answer)
        assert answer.value is None

    def test_the_log_names_the_class_and_the_place_of_a_failure(self) -> None:
        lines = Lines()
        caller = HookCaller(manager(broken=failing()), telemetry=lines)

        caller.call("mohar_health")

        ((event, fields),) = lines.lines
        assert event == "plugin-failed"
        assert fields["error"] == "ValueError"
        assert ":" in fields["at"]
        assert MARKED not in str(fields)

    def test_an_implementation_may_leave_out_arguments(self) -> None:
        def mohar_permit(action: str) -> bool:
            return action == "read"

        caller = HookCaller(manager(reader=plugin(mohar_permit)))

        (answer,) = caller.call("mohar_permit", actor=None, action="read", kind=None)

        assert answer.value is True

    def test_one_plugin_is_called_alone(self) -> None:
        caller = HookCaller(manager(broken=failing(), well=healthy()))

        answer = caller.call_one("well", "mohar_health")

        assert answer.plugin == "well"
        assert answer.error is None

    def test_who_implements_a_hook_is_told(self) -> None:
        caller = HookCaller(manager(well=healthy(), other=healthy()))

        assert caller.plugins("mohar_health") == ["well", "other"]
        assert caller.plugins("mohar_on_events") == []

    def test_a_hook_that_nobody_implements_has_no_answers(self) -> None:
        assert HookCaller(manager()).call("mohar_health") == []

    def test_a_wrapper_is_refused_at_start(self) -> None:
        """A wrapper would stand around the other plugins, so no isolation could hold."""

        def mohar_health() -> Generator[None, object, object]:
            return (yield)

        wrapper = plugin(mohar_health, wrapper=True)

        with pytest.raises(ConfigError, match="plugin odd: mohar_health is a hook wrapper"):
            HookCaller(manager(odd=wrapper))


class TestIsolated:
    def test_a_known_error_keeps_its_code(self) -> None:
        def work() -> object:
            raise Unavailable(MARKED)

        answer = isolated("sink", work)

        assert answer.error == "Unavailable"
        assert answer.code == "unavailable"

    def test_an_unknown_error_is_unexpected(self) -> None:
        def work() -> object:
            raise KeyError(MARKED)

        assert isolated("sink", work).code == "unexpected"

    def test_a_stop_of_the_program_passes_through(self) -> None:
        """Ctrl-C and an exit are no failures of a plugin."""

        def work() -> object:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            isolated("sink", work)
