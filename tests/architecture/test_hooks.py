import inspect
from collections.abc import Sequence
from typing import Any

import pytest

from mohar.assembly.plugins import Tables
from mohar.plugin import specs

HOOKS = {
    name: function
    for name, function in inspect.getmembers(specs, inspect.isfunction)
    if name.startswith("mohar_")
}

OFFERING = {f"mohar_register_{role}" for role in Tables.__struct_fields__}


class TestHooks:
    @pytest.mark.parametrize("hook", HOOKS)
    def test_a_hook_says_when_it_is_called(self, hook: str) -> None:
        assert "called" in (inspect.getdoc(HOOKS[hook]) or "").lower()

    @pytest.mark.parametrize("hook", HOOKS)
    def test_a_hook_is_tested(self, hook: str, tests: Sequence[Any]) -> None:
        assert any(hook in module.text for module in tests)

    @pytest.mark.parametrize("hook", HOOKS)
    def test_a_hook_is_called_by_the_core(self, hook: str, core: Sequence[Any]) -> None:
        callers = [module for module in core if module.path.name != "specs.py"]
        # The offering hooks are called role by role, by the names of the tables.
        spelt = {hook, "mohar_register_{role}"} if hook in OFFERING else {hook}

        assert any(name in module.text for module in callers for name in spelt)
