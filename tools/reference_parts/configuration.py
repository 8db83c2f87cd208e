"""The page of `deployment.yaml`, and of the settings of every bundled offer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from msgspec import inspect as shapes
from reference_parts import bundled
from reference_parts.prose import docstring, table

from mohar.config.deployment import Deployment

_INTRO = """\
# Configuration

A deployment is a folder with a `deployment.yaml`; every path in it is relative to that folder.
Unknown keys are mistakes, and all mistakes are told at once, with line and column.
`mohar config check DIR` tells them, `mohar config show DIR` prints the file with its defaults, and `mohar config schema` prints a JSON Schema for editors.

A secret is never written into the file: it stands there as `{env: NAME}` or `{file: path}`.
"""

_NAMES = {"Str": "text", "Bool": "`true` or `false`", "None": "`null`", "Any": "anything"}


def page(root: Path) -> str:
    """Return the page."""
    parts = [_INTRO, *_sections([Deployment], level=2, first="deployment.yaml")]
    parts.append(
        "# Settings of the bundled plugins\n\nWhat stands under `settings:` beside a `uses:`."
    )
    for name, module in bundled.plugins(root).items():
        for role, offered in bundled.offers(module).items():
            for offer in offered:
                parts.append(
                    f"## `uses: {offer.name}`\n\n{role.capitalize()} of `{name}`: {offer.summary}."
                )
                parts += _sections([offer.settings], level=3, first="settings")
    return "\n\n".join(parts)


def _sections(wanted: list[Any], *, level: int, first: str) -> Iterator[str]:
    """Describe a Struct and then every Struct that it mentions, each once."""
    seen: set[type] = set()
    title = first
    while wanted:
        struct = wanted.pop(0)
        if struct in seen:
            continue
        seen.add(struct)
        described = shapes.type_info(struct)
        assert isinstance(described, shapes.StructType)
        rows = [_row(field) for field in described.fields]
        head = table(("key", "what it is", "default"), rows) if rows else "It has no settings.\n"
        yield f"{'#' * level} {title or struct.__name__}\n\n{_about(struct)}{head}"
        title = ""
        wanted += [each for field in described.fields for each in _structs(field.type)]


def _about(struct: type) -> str:
    text = docstring(struct)
    return f"{text}\n\n" if struct.__doc__ and "__doc__" in vars(struct) else ""


def _row(field: shapes.Field) -> tuple[str, str, str]:
    return f"`{field.encode_name}`", _told(field.type), _default(field)


def _default(field: shapes.Field) -> str:
    if field.required:
        return "**required**"
    value = field.default_factory() if field.default is msgspec.NODEFAULT else field.default
    if isinstance(value, msgspec.Struct) or value is msgspec.UNSET:
        return "as below" if isinstance(value, msgspec.Struct) else "left out"
    return f"`{msgspec.json.encode(value).decode()}`".replace("|", "\\|")


def _structs(shape: Any) -> Iterator[type]:
    match shape:
        case shapes.StructType():
            yield shape.cls
        case shapes.Metadata(type=inner) | shapes.ListType(item_type=inner):
            yield from _structs(inner)
        case shapes.VarTupleType(item_type=inner) | shapes.DictType(value_type=inner):
            yield from _structs(inner)
        case shapes.UnionType(types=several):
            for each in several:
                yield from _structs(each)


def _told(shape: Any) -> str:
    match shape:
        case shapes.Metadata(type=inner):
            title = (shape.extra_json_schema or {}).get("title")
            return str(title) if title else _told(inner)
        case shapes.ListType(item_type=inner) | shapes.VarTupleType(item_type=inner):
            return f"list of {_told(inner)}"
        case shapes.DictType(value_type=inner):
            return f"map of names to {_told(inner)}"
        case shapes.UnionType(types=several):
            return " or ".join(_told(each) for each in several)
        case _:
            return _simple(shape)


def _simple(shape: Any) -> str:
    match shape:
        case shapes.StructType(cls=struct, tag_field=tag_field, tag=tag):
            return f"{struct.__name__} with `{tag_field}: {tag}`" if tag else struct.__name__
        case shapes.LiteralType(values=values):
            return ", ".join(f"`{value}`" for value in values)
        case shapes.StrType(pattern=str(pattern)):
            cell = pattern.replace("|", "\\|")
            return f"text of the form `{cell}`"
        case shapes.IntType(ge=low, le=high) | shapes.FloatType(ge=low, le=high):
            return _number(low, high)
        case _:
            name = type(shape).__name__.removesuffix("Type")
            return _NAMES.get(name, name.lower())


def _number(low: float | None, high: float | None) -> str:
    if low is None:
        return "number"
    return f"number from {low:.9g}" + ("" if high is None else f" to {high:.9g}")
