import ast
from collections.abc import Iterator, Sequence
from typing import Any

BROAD = {"Exception", "BaseException"}
MAY_CATCH_ALL = {"platform/src/mohar/plugin/caller.py", "platform/src/mohar/worker.py"}
MUTABLE = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
MAKES_MUTABLE = {"list", "dict", "set", "defaultdict", "OrderedDict", "Counter", "deque"}


def names_caught(handler: ast.ExceptHandler) -> set[str]:
    if handler.type is None:
        return {"BaseException"}
    return {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)}


def module_variables(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    """Return each name that a module binds to a value, with the value."""
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.AnnAssign) and node.value is not None:
            targets = [node.target]
        for target in targets:
            if isinstance(target, ast.Name) and isinstance(node, ast.Assign | ast.AnnAssign):
                assert node.value is not None
                yield target.id, node.value


def is_mutable(value: ast.expr) -> bool:
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
        return value.func.id in MAKES_MUTABLE
    return isinstance(value, MUTABLE)


class TestErrors:
    def test_only_two_places_catch_whatever_comes(self, ours: Sequence[Any]) -> None:
        """The caller that isolates plugins, and the edge of the worker's loop."""
        broad = [
            module.place
            for module in ours
            for node in ast.walk(module.tree)
            if isinstance(node, ast.ExceptHandler) and names_caught(node) & BROAD
        ]

        assert set(broad) <= MAY_CATCH_ALL
        assert len(broad) == len(set(broad))


class TestState:
    def test_no_module_holds_state(self, ours: Sequence[Any]) -> None:
        """What is written in capitals is never changed; anything else belongs into an object."""
        held = [
            f"{module.place}: {name}"
            for module in ours
            for name, value in module_variables(module.tree)
            if is_mutable(value) and not name.lstrip("_").isupper() and name != "__all__"
        ]

        assert held == []

    def test_no_function_reaches_for_a_global(self, ours: Sequence[Any]) -> None:
        reaching = [
            f"{module.place}:{node.lineno}"
            for module in ours
            for node in ast.walk(module.tree)
            if isinstance(node, ast.Global)
        ]

        assert reaching == []

    def test_nothing_in_capitals_is_ever_changed(self, ours: Sequence[Any]) -> None:
        changed = [
            f"{module.place}:{node.lineno}"
            for module in ours
            for node in ast.walk(module.tree)
            if isinstance(node, ast.Subscript)
            and isinstance(node.ctx, ast.Store | ast.Del)
            and isinstance(node.value, ast.Name)
            and node.value.id.lstrip("_").isupper()
        ]

        assert changed == []


class TestComments:
    def test_nothing_is_left_to_be_done_by_a_comment(self, ours: Sequence[Any]) -> None:
        words = ("TODO", "FIXME", "XXX", "HACK")
        left = [
            f"{module.place}:{number}"
            for module in ours
            for number, line in enumerate(module.text.splitlines(), 1)
            if any(f"# {word}" in line for word in words)
        ]

        assert left == []
