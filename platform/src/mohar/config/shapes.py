"""
Turn a tree into msgspec Structs and tell all that does not fit, not only the first thing.

msgspec itself stops at its first error and knows no places; this walks the same types.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, ClassVar, Final, TypeAlias, TypeVar

import msgspec
from msgspec import inspect

from mohar.config.document import Document, Problem
from mohar.config.kinds import (
    A_REFERENCE,
    LISTS,
    PYTHON_TYPES,
    bare,
    called,
    fits,
    is_secret,
    told,
)
from mohar.config.limits import length_fault, number_fault, pattern_fault
from mohar.config.mistakes import ConfigMistakes
from mohar.config.tree import (
    BrokenNode,
    ListNode,
    MapNode,
    Node,
    Path,
    ScalarNode,
    child,
    plain,
)
from mohar.config.words import choices, closest, did_you_mean, quoted

T = TypeVar("T")

Reader: TypeAlias = Callable[["Walk", Node, inspect.Type, Path], Any]

WRONG: Final = object()


def converted(
    document: Document, shape: type[T], *, node: Node | None = None, path: Path = ()
) -> T:
    """
    Return the document as the shape, or the part of it that `node` and `path` name.

    Raises:
        ConfigMistakes: all that does not fit, with the problems the document had already.
    """
    walk = Walk()
    kind = _kind_of(shape)  # type: ignore[arg-type]  # mypy does not know that types are hashable
    value = walk.value(document.root if node is None else node, kind, path)
    for start, end in walk.secrets:
        document.text.hide(start, end)
    problems = [*(document.problems if node is None else ()), *walk.problems]
    if problems:
        raise ConfigMistakes(document.located(problem) for problem in problems)
    assert value is not WRONG
    return value  # type: ignore[no-any-return]  # msgspec tells of no type for a shape that is a variable


@lru_cache(maxsize=128)
def _kind_of(shape: Any) -> inspect.Type:
    """Dozens of files have the same shape, and to look into one takes longer than to read a file."""
    return inspect.type_info(shape)


class Walk:
    """
    One walk through a tree and a type, side by side.

    `problems` are what did not fit, `secrets` the parts of the text that must not be shown.
    """

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.secrets: list[tuple[int, int]] = []

    def value(self, node: Node, kind: inspect.Type, path: Path, title: str = "") -> Any:
        """Return the value that the node stands for, or WRONG after telling why it is none."""
        if isinstance(node, BrokenNode):
            return WRONG
        if isinstance(kind, inspect.Metadata):
            return self.value(
                node, kind.type, path, (kind.extra_json_schema or {}).get("title", "")
            )
        if not isinstance(kind, inspect.UnionType) and not fits(kind, node):
            return self._misfit(node, kind, path)
        if isinstance(kind, inspect.StrType):
            return self._text(node, kind, path, title)
        reader: Reader = self._READERS.get(type(kind), Walk._leaf)
        return reader(self, node, kind, path)

    def _wrong(self, node: Node, path: Path, message: str, hint: str = "") -> Any:
        self.problems.append(Problem(index=node.start, path=path, message=message, hint=hint))
        return WRONG

    def _misfit(self, node: Node, kind: inspect.Type, path: Path) -> Any:
        if is_secret(kind):
            self.secrets.append((node.start, node.end))
            return self._wrong(node, path, f"expected {A_REFERENCE}, never the secret itself")
        message = f"expected {called(kind)}, got {told(node)}"
        return self._wrong(node, path, message, _mend(node, kind))

    def _any(self, node: Node, _kind: inspect.Type, _path: Path) -> Any:
        return plain(node)

    def _text(self, node: Node, kind: inspect.StrType, path: Path, title: str) -> Any:
        text = plain(node)
        fault = length_fault(text, kind, "character") or pattern_fault(text, kind.pattern, title)
        return self._wrong(node, path, fault) if fault else text

    def _number(self, node: Node, kind: inspect.Type, path: Path) -> Any:
        assert isinstance(kind, inspect.IntType | inspect.FloatType)
        number = plain(node)
        if fault := number_fault(number, kind):
            return self._wrong(node, path, fault)
        return float(number) if isinstance(kind, inspect.FloatType) else number

    def _choice(self, node: Node, kind: inspect.Type, path: Path) -> Any:
        value = plain(node)
        known = _choices(kind)
        for written, meant in known:
            if type(written) is type(value) and written == value:
                return meant
        hint = did_you_mean(value, [written for written, _ in known])
        return self._wrong(node, path, f"expected {called(kind)}, got {told(node)}", hint)

    def _union(self, node: Node, kind: inspect.Type, path: Path) -> Any:
        assert isinstance(kind, inspect.UnionType)
        fitting = [each for each in kind.types if fits(each, node)]
        if not fitting:
            return self._misfit(node, kind, path)
        tagged = [each for each in map(bare, fitting) if isinstance(each, inspect.StructType)]
        if len(fitting) > 1 and len(tagged) == len(fitting):
            return self._tagged(node, tagged, path)
        return self.value(node, fitting[0], path)

    def _tagged(self, node: Node, kinds: list[inspect.StructType], path: Path) -> Any:
        field = kinds[0].tag_field or ""
        tag = child(node, field)
        tags = [kind.tag for kind in kinds]
        if tag is None:
            message = f"missing field {quoted(field)}; it is one of {choices(tags)}"
            return self._wrong(node, path, message)
        for kind in kinds:
            if type(kind.tag) is type(plain(tag)) and kind.tag == plain(tag):
                return self._struct(node, kind, path)
        message = f"expected one of {choices(tags)}, got {told(tag)}"
        return self._wrong(tag, (*path, field), message, did_you_mean(plain(tag), tags))

    def _list(self, node: Node, kind: inspect.Type, path: Path) -> Any:
        assert isinstance(node, ListNode)
        assert isinstance(kind, inspect.CollectionType)
        items = [
            self.value(each, kind.item_type, (*path, at)) for at, each in enumerate(node.items)
        ]
        if fault := length_fault(items, kind, "item"):
            return self._wrong(node, path, fault)
        return WRONG if _has_wrong(items) else _COLLECTIONS[type(kind)](items)

    def _tuple(self, node: Node, kind: inspect.Type, path: Path) -> Any:
        assert isinstance(node, ListNode)
        assert isinstance(kind, inspect.TupleType)
        if len(node.items) != len(kind.item_types):
            expected, got = len(kind.item_types), len(node.items)
            return self._wrong(node, path, f"expected a list of {expected}, got one of {got}")
        pairs = enumerate(zip(node.items, kind.item_types, strict=True))
        items = [self.value(item, each, (*path, at)) for at, (item, each) in pairs]
        return WRONG if _has_wrong(items) else tuple(items)

    def _dict(self, node: Node, kind: inspect.Type, path: Path) -> Any:
        assert isinstance(node, MapNode)
        assert isinstance(kind, inspect.DictType)
        found: dict[Any, Any] = {}
        wrong = False
        for key, member in node.members.items():
            end = member.start + len(key)
            name = ScalarNode(start=member.start, end=end, value=key)
            known = self.value(name, kind.key_type, (*path, key))
            value = self.value(member.node, kind.value_type, (*path, key))
            wrong = wrong or known is WRONG or value is WRONG
            found[key if known is WRONG else known] = value
        if fault := length_fault(found, kind, "field"):
            return self._wrong(node, path, fault)
        return WRONG if wrong else found

    def _struct(self, node: Node, kind: inspect.Type, path: Path) -> Any:
        assert isinstance(node, MapNode)
        assert isinstance(kind, inspect.StructType)
        before = len(self.problems)
        fields = {field.encode_name: field for field in kind.fields}
        values = {
            fields[key].name: self.value(member.node, fields[key].type, (*path, key))
            for key, member in node.members.items()
            if key in fields
        }
        meant = self._unknown(node, kind, path) if kind.forbid_unknown_fields else set()
        self._missing(node, kind, path, meant)
        if len(self.problems) > before or _has_wrong(values.values()):
            return WRONG
        return self._made(node, kind, path, values)

    def _unknown(self, node: MapNode, kind: inspect.StructType, path: Path) -> set[str]:
        """Tell unknown fields, and return the known ones that were probably meant."""
        known = {field.encode_name for field in kind.fields}
        free = sorted(known - set(node.members))
        meant: set[str] = set()
        for key, member in node.members.items():
            if key in known or key == kind.tag_field:
                continue
            if is_secret(kind):
                self.secrets.append((member.node.start, member.node.end))
            meant |= {name for name in [closest(key, free)] if name}
            hint = did_you_mean(key, free) or (
                f"not used yet: {choices(free, 'and')}" if free else ""
            )
            problem = f"unknown field {quoted(key)}"
            self.problems.append(Problem(index=member.start, path=path, message=problem, hint=hint))
        return meant

    def _missing(
        self, node: MapNode, kind: inspect.StructType, path: Path, meant: set[str]
    ) -> None:
        for field in kind.fields:
            name = field.encode_name
            if field.required and name not in node.members and name not in meant:
                self._wrong(node, path, f"missing field {quoted(name)}")

    def _made(
        self, node: MapNode, kind: inspect.StructType, path: Path, values: dict[str, Any]
    ) -> Any:
        if is_secret(kind) and len([each for each in values.values() if each]) != 1:
            return self._wrong(node, path, f"expected {A_REFERENCE}: one of the two")
        try:
            return kind.cls(**values)
        except (ValueError, TypeError) as error:
            # A Struct's own __post_init__ may refuse what its types allow.
            return self._wrong(node, path, str(error))

    def _leaf(self, node: Node, kind: inspect.Type, path: Path) -> Any:
        python_type = PYTHON_TYPES.get(type(kind)) or getattr(kind, "cls", None)
        if python_type is None:
            return self._wrong(node, path, "no file can hold a value of this type")
        try:
            return msgspec.convert(plain(node), python_type)
        except msgspec.ValidationError as error:
            is_single = type(kind) in PYTHON_TYPES
            message = f"expected {called(kind)}, got {told(node)}" if is_single else str(error)
            return self._wrong(node, path, message)

    _READERS: ClassVar[Mapping[type[inspect.Type], Reader]] = {
        inspect.AnyType: _any,
        inspect.NoneType: _any,
        inspect.BoolType: _any,
        inspect.IntType: _number,
        inspect.FloatType: _number,
        inspect.LiteralType: _choice,
        inspect.EnumType: _choice,
        inspect.UnionType: _union,
        **dict.fromkeys(LISTS, _list),
        inspect.TupleType: _tuple,
        inspect.DictType: _dict,
        inspect.StructType: _struct,
    }


_COLLECTIONS: Final[Mapping[type[inspect.Type], Callable[[list[Any]], Any]]] = {
    inspect.ListType: list,
    inspect.VarTupleType: tuple,
    inspect.SetType: set,
    inspect.FrozenSetType: frozenset,
}


def _has_wrong(values: Any) -> bool:
    return any(value is WRONG for value in values)


def _choices(kind: inspect.Type) -> list[tuple[Any, Any]]:
    """Return each choice as it is written, and as what it means."""
    if isinstance(kind, inspect.EnumType):
        return [(each.value, each) for each in kind.cls]
    assert isinstance(kind, inspect.LiteralType)
    return [(each, each) for each in kind.values]


def _mend(node: Node, kind: inspect.Type) -> str:
    """Return what to write instead, where people often write the wrong thing."""
    kinds = kind.types if isinstance(kind, inspect.UnionType) else (kind,)
    value = plain(node) if isinstance(node, ScalarNode) else None
    if any(isinstance(bare(each), inspect.StrType) for each in kinds) and value is not None:
        return "put it in quotes"
    if isinstance(kind, inspect.BoolType) and isinstance(value, str):
        return "write true or false"
    if isinstance(kind, inspect.IntType | inspect.FloatType) and _is_decimal(value):
        return "write the number without quotes and without leading zeros"
    return ""


def _is_decimal(value: object) -> bool:
    return isinstance(value, str) and value.replace(".", "", 1).isdecimal()
