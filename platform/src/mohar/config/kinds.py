"""What a msgspec type is called in a mistake, and which YAML values can fit it at all."""

from __future__ import annotations

import json
import math
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from msgspec import inspect

from mohar.config.tree import ListNode, MapNode, Node, ScalarNode
from mohar.config.words import choices, quoted
from mohar.plugin.tools import SecretReference

LISTS: Final = (
    inspect.ListType,
    inspect.VarTupleType,
    inspect.SetType,
    inspect.FrozenSetType,
    inspect.TupleType,
)
_MAPPINGS: Final = (inspect.StructType, inspect.DictType, inspect.TypedDictType)
PYTHON_TYPES: Final[dict[type[inspect.Type], Any]] = {
    inspect.DateType: date,
    inspect.DateTimeType: datetime,
    inspect.TimeType: time,
    inspect.TimeDeltaType: timedelta,
    inspect.UUIDType: UUID,
    inspect.DecimalType: Decimal,
    inspect.BytesType: bytes,
}
_WRITTEN_AS: Final[dict[type, tuple[type[inspect.Type], ...]]] = {
    type(None): (inspect.NoneType,),
    bool: (inspect.BoolType,),
    int: (inspect.IntType, inspect.FloatType, inspect.DecimalType),
    float: (inspect.FloatType, inspect.DecimalType),
    str: (inspect.StrType, inspect.CustomType, *PYTHON_TYPES),
}
_CALLED: Final[dict[type[inspect.Type], str]] = {
    inspect.StrType: "text",
    inspect.BoolType: "true or false",
    inspect.IntType: "a whole number",
    inspect.FloatType: "a number",
    inspect.NoneType: "nothing",
    inspect.DateType: "a date (YYYY-MM-DD)",
    inspect.DateTimeType: "a time (RFC 3339)",
    inspect.TimeType: "a time of day (HH:MM:SS)",
    inspect.TimeDeltaType: "a duration (ISO 8601)",
    inspect.UUIDType: "a UUID",
    inspect.DecimalType: "a decimal number",
    inspect.BytesType: "text in base64",
    **dict.fromkeys(LISTS, "a list"),
    **dict.fromkeys(_MAPPINGS, "a mapping"),
}
A_REFERENCE: Final = "a reference to a secret, {env: NAME} or {file: path}"


def bare(kind: inspect.Type) -> inspect.Type:
    """Return a type without the wrapping that holds its title."""
    return bare(kind.type) if isinstance(kind, inspect.Metadata) else kind


def is_secret(kind: inspect.Type) -> bool:
    """Say whether a value of this type is a reference to a secret, or may be left out."""
    kind = bare(kind)
    if isinstance(kind, inspect.UnionType):
        others = [each for each in kind.types if not isinstance(each, inspect.NoneType)]
        return len(others) == 1 and is_secret(others[0])
    return isinstance(kind, inspect.StructType) and kind.cls is SecretReference


def called(kind: inspect.Type) -> str:
    """Return what a mistake says was expected."""
    kind = bare(kind)
    if is_secret(kind):
        return A_REFERENCE
    if isinstance(kind, inspect.UnionType):
        return " or ".join(dict.fromkeys(called(each) for each in kind.types))
    if isinstance(kind, inspect.LiteralType):
        return ("one of " if len(kind.values) > 1 else "") + choices(kind.values)
    if isinstance(kind, inspect.EnumType):
        return "one of " + choices(each.value for each in kind.cls)
    return _CALLED.get(type(kind), "something else")


def told(node: Node) -> str:
    """Return what a mistake says was found."""
    match node:
        case MapNode():
            return "a mapping"
        case ListNode():
            return "a list"
        case ScalarNode(value=str(text)):
            return quoted(text)
        case ScalarNode(value=None):
            return "nothing"
        case ScalarNode(value=bool(answer)):
            return json.dumps(answer)
    number = getattr(node, "value", math.nan)
    return f"the number {number}"


def fits(kind: inspect.Type, node: Node) -> bool:
    """Say whether a value is of the sort that a type is written in, right or wrong otherwise."""
    kind = bare(kind)
    if isinstance(kind, inspect.AnyType):
        return True
    if isinstance(node, MapNode):
        return isinstance(kind, (*_MAPPINGS, inspect.DataclassType))
    if isinstance(node, ListNode):
        return isinstance(kind, (*LISTS, inspect.NamedTupleType))
    return isinstance(node, ScalarNode) and _fits_scalar(kind, node.value)


def _fits_scalar(kind: inspect.Type, value: object) -> bool:
    if isinstance(kind, inspect.LiteralType):
        return any(type(each) is type(value) for each in kind.values)
    if isinstance(kind, inspect.EnumType):
        return any(type(each.value) is type(value) for each in kind.cls)
    return isinstance(kind, _WRITTEN_AS[type(value)])
