"""The page of codes: of errors, and of findings, found where the sources make them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec
from reference_parts import bundled
from reference_parts.prose import first_sentence, one_line, table

from mohar.config.load import load_yaml
from mohar.domain.errors import MoharError, Refused, Unavailable
from mohar.web import problems

_INTRO = """\
# Codes

A code is a promise: it stays when the words around it are made better.
It stands in the problem documents of the API, in the findings of a record and in the log.

`Refused` means that asking again will not help, `Unavailable` that the same request may work later.
"""
_HTTP = """\
What the web framework refuses before the house is asked has the code `http-` with the status, as in `http-404`.
"""
_FINDINGS = """\
# Findings

A finding says what is wrong (`error`) or odd (`warning`) about a record, a credential or a deployment.
`…` stands for a name or a number; no message repeats a personal value.
"""
_TYPES = """\
# Findings that the bundled types declare

A type file gives each of its checks a code and a message.
"""


class Maker(msgspec.Struct, frozen=True):
    """A function or class that takes a code and a message, and where among its arguments."""

    code: int
    message: int
    message_name: str


def page(root: Path) -> str:
    """Return the page."""
    sources = _sources(root)
    rows = [_error(each) for each in sorted(_errors(sources), key=lambda error: error.code)]
    parts = [
        _INTRO,
        table(("code", "HTTP", "", "meaning"), rows).rstrip(),
        _HTTP.rstrip(),
        _FINDINGS,
    ]
    for name, trees in sources.items():
        found = sorted(set(_findings(trees.values())))
        if found:
            cells = [(f"`{code}`", one_line(message)) for code, message in _merged(found).items()]
            parts.append(f"## From {name}\n\n{table(('code', 'message'), cells)}".rstrip())
    return "\n\n".join([*parts, _TYPES, *_of_types(root)])


def codes(root: Path) -> set[str]:
    """Return every code there is."""
    sources = _sources(root)
    found = {code for trees in sources.values() for code, _ in _findings(trees.values())}
    return found | {error.code for error in _errors(sources)}


def _sources(root: Path) -> Mapping[str, Mapping[str, ast.Module]]:
    """Return the syntax tree of each module, by distribution and module name."""
    packages = [("the core", root / "platform/src")]
    packages += [(f"`{each.name}`", each / "src") for each in bundled.folders(root)]
    return {name: dict(_modules(folder)) for name, folder in packages}


def _modules(folder: Path) -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder).with_suffix("").parts
        if "_migrations" not in parts and parts[:2] != ("mohar", "testing"):
            name = ".".join(part for part in parts if part != "__init__")
            yield name, ast.parse(path.read_text(encoding="utf-8"))


def _errors(sources: Mapping[str, Mapping[str, ast.Module]]) -> Iterator[type[MoharError]]:
    for trees in sources.values():
        for name, tree in trees.items():
            for node in ast.walk(tree):
                if isinstance(node, ast.ClassDef) and _has_code(node):
                    found = getattr(import_module(name), node.name)
                    if issubclass(found, MoharError):
                        yield found


def _has_code(node: ast.ClassDef) -> bool:
    return any(
        isinstance(each, ast.Assign) and getattr(each.targets[0], "id", "") == "code"
        for each in node.body
    )


def _error(error: type[MoharError]) -> tuple[str, str, str, str]:
    status = next(number for kind, number in problems._STATUS if issubclass(error, kind))  # noqa: SLF001 -- the table that answers
    sort = next((each.__name__ for each in (Unavailable, Refused) if issubclass(error, each)), "")
    return f"`{error.code}`", str(status), sort, first_sentence(error)


def _findings(trees: Any) -> Iterator[tuple[str, str]]:
    """Yield the code and message of every call that makes a finding from constant texts."""
    known = {"Finding": Maker(-1, -1, "message")}
    for tree in trees:
        known |= dict(_makers(tree))
    for tree in trees:
        for scope, call in _calls(tree, tree):
            if maker := known.get(_called(call)):
                code = _text(_argument(call, maker.code, "code"), scope)
                message = _text(_argument(call, maker.message, maker.message_name), scope)
                if code and "…" not in code and message is not None:
                    yield code, re.sub("…+", "…", message)


def _calls(node: ast.AST, scope: ast.AST) -> Iterator[tuple[ast.AST, ast.Call]]:
    """Yield every call with the function that it stands in."""
    for below in ast.iter_child_nodes(node):
        if isinstance(below, ast.Call):
            yield scope, below
        yield from _calls(below, below if isinstance(below, ast.FunctionDef) else scope)


def _makers(tree: ast.Module) -> Iterator[tuple[str, Maker]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            names = [each.arg for each in node.args.args if each.arg not in {"self", "cls"}]
            yield from _maker(node.name, names, ("message", "error", "risk"))
        elif isinstance(node, ast.ClassDef):
            fields = [each for each in node.body if isinstance(each, ast.AnnAssign)]
            names = [each.target.id for each in fields if isinstance(each.target, ast.Name)]
            made = next((each for each in node.body if _is_init(each)), None)
            if isinstance(made, ast.FunctionDef):
                names = [each.arg for each in made.args.args[1:]]
            yield from _maker(node.name, names, ("message",))


def _maker(name: str, names: Sequence[str], messages: Sequence[str]) -> Iterator[tuple[str, Maker]]:
    said = [each for each in messages if each in names]
    if "code" in names and said:
        yield name, Maker(names.index("code"), names.index(said[0]), said[0])


def _is_init(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef) and node.name == "__init__"


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _argument(call: ast.Call, at: int, name: str) -> ast.expr | None:
    named = next((each.value for each in call.keywords if each.arg == name), None)
    if named is not None or not 0 <= at < len(call.args):
        return named
    return call.args[at]


def _text(node: ast.expr | None, scope: ast.AST) -> str | None:
    """Return a text as it is written, with … for what is only known when it is said."""
    match node:
        case ast.Constant(value=str(value)):
            return value
        case ast.JoinedStr(values=values):
            return "".join(_text(each, scope) or "…" for each in values)
        case ast.Name(id=name):
            return _assigned(name, scope)
        case None:
            return None
        case _:
            return "…"


def _assigned(name: str, scope: ast.AST) -> str:
    for node in ast.walk(scope):
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == name:
            text = _text(node.value, ast.Module(body=[], type_ignores=[]))
            if text and text != "…":
                return text
    return "…"


def _merged(found: Sequence[tuple[str, str]]) -> Mapping[str, str]:
    """Return the messages of each code; `…` alone says nothing and is left out beside others."""
    merged: dict[str, list[str]] = {}
    for code, message in found:
        merged.setdefault(code, []).append(message)
    return {
        code: " / ".join([each for each in messages if each != "…"] or ["…"])
        for code, messages in merged.items()
    }


def _of_types(root: Path) -> Iterator[str]:
    for path in bundled.type_files(root):
        type_file = load_yaml(path, dict[str, Any])
        rows = [
            (f"`{each['code']}`", each.get("does", "refuse"), one_line(each["message"]))
            for each in type_file.get("checks", [])
        ]
        if rows:
            title = f"## {type_file['name']} {type_file['version']}"
            yield f"{title}\n\n{table(('code', 'does', 'message'), rows)}".rstrip()
