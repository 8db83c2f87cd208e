"""The page of commands, from their parsers."""

from __future__ import annotations

import argparse
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

from reference_parts import bundled
from reference_parts.prose import first_sentence, one_line, table

from mohar.cli.main import parser
from mohar.domain.errors import ConfigError
from mohar.plugin import Commands

_INTRO = """\
# Commands

Every command ends with 0 when all went well and with 2 when it could not do what was asked; `mohar issue` and `mohar verify` end with 1 as told below.
A message on standard error says what is wrong and what mends it.
"""
_ENDS = {
    "mohar issue": "Ends with 0 when all were issued or known, 1 when some were refused, 2 when it could not.",
    "mohar verify": "Ends with 0 when all are `valid`, 1 when at least one is known to be wrong, 2 otherwise.",
    "mohar config check": "Ends with 0 when there is no mistake, and 1 when there is one; risks are shown.",
    "mohar plugins check": "Ends with 0 when every plugin is sound, and 1 when one is not.",
}


_PLUGINS = """\
# Commands of the bundled plugins

A plugin adds commands under its own name; `--help` after one tells its arguments.
"""


def page(root: Path) -> str:
    """Return the page."""
    rows = list(_of_plugins(root))
    added = [_PLUGINS, table(("command", ""), rows).rstrip()] if rows else []
    return "\n\n".join([_INTRO, *_commands(parser(), "mohar", ""), *added])


def _of_plugins(root: Path) -> Iterator[tuple[str, str]]:
    for name, module in bundled.plugins(root).items():
        added = Commands()
        if hook := vars(module).get("mohar_register_commands"):
            given = {"commands": added, "files_in": _no_files}
            hook(**{name: given[name] for name in inspect.signature(hook).parameters})
        for command, run in added.commands.items():
            yield f"`mohar {name} {command}`", first_sentence(run)


def _no_files(folder: Path) -> NoReturn:
    raise ConfigError(f"{folder}: commands are only listed here")


def _commands(one: argparse.ArgumentParser, name: str, summary: str) -> Iterator[str]:
    """Describe a command, or each of those below it."""
    below = [each for each in _actions(one) if isinstance(each, argparse._SubParsersAction)]  # noqa: SLF001 -- argparse has no public name for it
    for group in below:
        helps = {choice.dest: choice.help or "" for choice in group._choices_actions}  # noqa: SLF001 -- nor for these
        for verb, parser_of_verb in group.choices.items():
            yield from _commands(parser_of_verb, f"{name} {verb}", helps.get(verb, ""))
    if not below:
        yield _command(one, name, summary)


def _command(one: argparse.ArgumentParser, name: str, summary: str) -> str:
    actions = [each for each in _actions(one) if each.dest != "help"]
    usage = " ".join([name, *(_usage(each) for each in actions)])
    parts = [f"## `{name}`", f"{summary[:1].upper()}{summary[1:]}.", f"```text\n{usage}\n```"]
    if actions:
        rows = [(f"`{one_line(_named(each))}`", one_line(each.help or "")) for each in actions]
        parts.append(table(("argument", ""), rows).rstrip())
    if name in _ENDS:
        parts.append(_ENDS[name])
    return "\n\n".join(parts)


def _actions(one: argparse.ArgumentParser) -> list[argparse.Action]:
    return one._actions  # noqa: SLF001 -- argparse has no public list of its arguments


def _named(action: argparse.Action) -> str:
    value = _value(action)
    if not action.option_strings:
        return value
    return " ".join(part for part in (action.option_strings[0], value) if part)


def _value(action: argparse.Action) -> str:
    if action.nargs == 0:
        return ""
    if action.choices:
        return "|".join(map(str, action.choices))
    return str(action.metavar or action.dest.upper())


def _usage(action: argparse.Action) -> str:
    text = _named(action)
    if action.nargs in {"+", "*"}:
        text += "…"
    return text if action.required else f"[{text}]"
