"""May this actor do that?"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pluggy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mohar.access.permit import Permits, ScopePolicy
from mohar.domain.access import Actor
from mohar.domain.errors import NotPermitted
from mohar.plugin import hookimpl, specs
from mohar.plugin.caller import HookCaller
from mohar.plugin.hooks import PROJECT

READER = Actor(actor_id="a1", name="reader", scopes=frozenset({"read:vaccination"}))


def saying(answer: Any) -> object:
    """A plugin that always has the same opinion, or raises it."""

    @hookimpl
    def mohar_permit() -> Any:
        if isinstance(answer, Exception):
            raise answer
        return answer

    made = ModuleType("opinion")
    made.mohar_permit = mohar_permit  # type: ignore[attr-defined] # a module is what a plugin is
    return made


def permits(*plugins: object) -> Permits:
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(specs)
    for number, plugin in enumerate(plugins):
        manager.register(plugin, f"plugin{number}")
    return Permits(HookCaller(manager))


class TestPermits:
    @pytest.mark.parametrize(
        ("scopes", "action", "kind", "may"),
        [
            ({"*"}, "issue", "vaccination", True),
            ({"*"}, "operate", None, True),
            ({"read"}, "read", "vaccination", True),
            ({"read"}, "issue", "vaccination", False),
            ({"read:vaccination"}, "read", "vaccination", True),
            ({"read:vaccination"}, "read", "diploma", False),
            ({"read:vaccination"}, "read", None, False),
            ({"read:*"}, "read", "vaccination", False),
            ({"READ"}, "read", "vaccination", False),
            (set(), "read", "vaccination", False),
        ],
    )
    def test_scopes_say_yes_or_nothing(
        self, scopes: set[str], action: str, kind: str | None, *, may: bool
    ) -> None:
        caller = Actor(actor_id="a1", name="test", scopes=frozenset(scopes))

        assert permits(ScopePolicy()).allows(caller, action, kind) is may

    def test_one_no_refuses_whatever_others_say(self) -> None:
        for order in ([ScopePolicy(), saying(False)], [saying(False), ScopePolicy(), saying(True)]):
            assert not permits(*order).allows(READER, "read", "vaccination")

    def test_a_plugin_that_fails_refuses(self) -> None:
        assert not permits(ScopePolicy(), saying(OSError())).allows(READER, "read", "vaccination")

    def test_no_opinion_is_no_permission(self) -> None:
        assert not permits().allows(READER, "read", "vaccination")
        assert not permits(saying(None)).allows(READER, "read", "vaccination")
        assert permits(saying(None), ScopePolicy()).allows(READER, "read", "vaccination")

    def test_a_plugin_may_permit_what_no_scope_covers(self) -> None:
        assert permits(ScopePolicy(), saying(True)).allows(READER, "issue", "vaccination")

    def test_what_is_required_and_refused_names_the_scope_and_nobody(self) -> None:
        with pytest.raises(NotPermitted, match=r"no scope for issue:vaccination$") as caught:
            permits(ScopePolicy()).require(READER, "issue", "vaccination")

        assert "a1" not in str(caught.value)
        permits(ScopePolicy()).require(READER, "read", "vaccination")

    @given(opinions=st.lists(st.sampled_from([True, False, None, "raises"]), max_size=5))
    def test_the_order_of_opinions_never_matters(self, opinions: list[Any]) -> None:
        plugins = [saying(OSError() if each == "raises" else each) for each in opinions]

        allowed = permits(*plugins).allows(READER, "read")

        assert allowed == permits(*reversed(plugins)).allows(READER, "read")
        assert allowed == (True in opinions and not {False, "raises"} & set(opinions))
