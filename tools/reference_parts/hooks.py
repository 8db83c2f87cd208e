"""The page of hooks, roles and tools: for those who write plugins."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_type_hints

from reference_parts import bundled
from reference_parts.prose import docstring

from mohar.plugin import asking, roles, routes, tools

_INTRO = """\
# Hooks

A plugin is a Python distribution with an entry point in the group `mohar.plugins`.
It implements hooks with `mohar.plugin.hookimpl`, and may leave out arguments that it does not need.
[How to write a plugin](../how-to/write-a-plugin.md) shows a whole one.

An *offering* hook begins with `mohar_register_`; it puts things on the table when a house is built.
A *moment* hook is called when something happens; each implementation is called by itself, so one that fails stops no other.
"""


def page(root: Path) -> str:
    """Return the page."""
    implemented = bundled.plugins(root)
    parts = [_INTRO]
    for name, hook in bundled.hooks().items():
        users = [plugin for plugin, module in implemented.items() if name in vars(module)]
        told = f"Bundled: {', '.join(f'`{user}`' for user in users)}." if users else ""
        parts.append(f"## `{name}`\n\n{_code(name, hook)}\n\n{docstring(hook)}\n\n{told}".rstrip())
    parts.append("# Roles\n\nWhat an offer must be. All of them work on sequences.")
    parts += [_class(each) for each in _classes(roles, routes, protocols=True)]
    parts.append("# What goes in and out of them")
    parts += [_class(each) for each in _classes(roles, routes, protocols=False)]
    parts.append(
        "# Tools\n\nWhat a plugin may reach. An offer is opened with its settings and these."
    )
    parts += [_class(each) for each in _classes(tools, asking, protocols=None)]
    return "\n\n".join(parts)


def _classes(*modules: Any, protocols: bool | None) -> Iterator[type]:
    for module in modules:
        for thing in vars(module).values():
            if inspect.isclass(thing) and thing.__module__ == module.__name__:
                is_protocol = getattr(thing, "_is_protocol", False)
                if protocols is None or is_protocol == protocols:
                    yield thing


def _class(thing: type) -> str:
    text = f"## {thing.__name__}\n\n{docstring(thing)}"
    fields = "\n".join(_fields(thing))
    if fields:
        text += f"\n\n```text\n{fields}\n```"
    for name, method in vars(thing).items():
        if inspect.isfunction(method) and not name.startswith("_") and method.__doc__:
            text += (
                f"\n\n### `{thing.__name__}.{name}`\n\n{_code(name, method)}\n\n{docstring(method)}"
            )
    return text


def _fields(thing: type) -> Iterator[str]:
    own = vars(thing).get("__annotations__", {})
    hinted = get_type_hints(thing) if own else {}
    for name in own:
        if name in hinted and not name.startswith("_"):
            yield f"{name}: {own[name]}"


def _code(name: str, function: Any) -> str:
    signature = inspect.signature(function)
    taken = [each for each in signature.parameters.values() if each.name != "self"]
    arguments = ", ".join(_argument(each) for each in taken)
    if any(each.kind is each.KEYWORD_ONLY for each in taken):
        first = next(each for each in taken if each.kind is each.KEYWORD_ONLY)
        arguments = arguments.replace(f"{first.name}: ", f"*, {first.name}: ", 1)
    return f"```text\n{name}({arguments}) -> {signature.return_annotation}\n```"


def _argument(one: inspect.Parameter) -> str:
    before = "**" if one.kind is one.VAR_KEYWORD else ""
    default = "" if one.default is one.empty else f" = {one.default!r}"
    return f"{before}{one.name}: {one.annotation}{default}"
