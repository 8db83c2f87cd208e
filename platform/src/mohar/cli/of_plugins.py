"""`mohar PLUGIN …`: the commands that a plugin adds. It is imported only when it is named."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence

from mohar.assembly.installed import installed, must_be_whole
from mohar.assembly.plugins import Plugins
from mohar.config.words import did_you_mean, quoted
from mohar.domain.errors import InvalidInput
from mohar.plugin import Commands


def run_of_plugin(name: str, arguments: Sequence[str], *, known: Sequence[str]) -> int:
    """
    Run a command of a plugin; without one, or with `--help`, list what it adds.

    Raises:
        InvalidInput: there is no such command or plugin; the message says what may be meant.
        ConfigError: the plugin cannot be loaded.
    """
    there = [each.name for each in installed()]
    if name not in there:
        raise _unknown(f"there is no command and no plugin {quoted(name)}", name, [*known, *there])
    plugins = Plugins([name])
    must_be_whole(plugins.broken)
    commands = plugins.commands().get(name, Commands()).commands
    if not arguments or arguments[0] in {"-h", "--help"}:
        _list(name, commands)
        return 0
    if arguments[0] not in commands:
        raise _unknown(
            f"the plugin {name} has no command {quoted(arguments[0])}", arguments[0], [*commands]
        )
    return commands[arguments[0]](arguments[1:])


def _list(name: str, commands: Mapping[str, object]) -> None:
    if not commands:
        print(f"the plugin {name} adds no commands")
    for command, run in commands.items():
        summary = (inspect.getdoc(run) or "").partition("\n")[0]
        print(f"mohar {name} {command}  {summary}".rstrip())


def _unknown(what: str, name: str, names: Sequence[str]) -> InvalidInput:
    hint = did_you_mean(name, names)
    return InvalidInput(f"{what}: {hint or 'see `mohar --help`'}")
