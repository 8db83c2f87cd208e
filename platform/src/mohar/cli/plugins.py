"""`mohar plugins list|check`: what is installed, enabled and offered."""

from __future__ import annotations

import argparse
from typing import Final

from mohar.assembly.installed import Broken, Installed, entries, entry_of, installed
from mohar.assembly.opening import tools_without_deployment
from mohar.assembly.plugins import Plugins
from mohar.cli.options import add_deployment
from mohar.config.load import load_deployment
from mohar.domain.errors import ConfigError
from mohar.plugin import Route

_EMPTY: Final = "no plugin is installed; the house stands empty. Try: pip install mohar-format-ld"


def register(parser: argparse.ArgumentParser) -> None:
    """Say which arguments the command takes."""
    parser.description = "What is installed, what a deployment enables, what plugins offer."
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    listing = verbs.add_parser("list", help="what is installed, and what a deployment enables")
    add_deployment(listing, required=False)
    listing.set_defaults(run=_list)
    checking = verbs.add_parser("check", help="load each plugin and say what it offers")
    checking.add_argument("names", nargs="*", metavar="NAME", help="default: every installed one")
    checking.set_defaults(run=_check)


def _list(parsed: argparse.Namespace) -> int:
    enabled: list[str] = []
    if parsed.deployment:
        enabled = load_deployment(parsed.deployment).deployment.plugins
    found = installed()
    for each in found:
        _show("enabled" if each.name in enabled else "installed", each)
    for name in enabled:
        if isinstance(broken := entry_of(name, entries()), Broken):
            print(f"missing    {name:<18} {broken.hint or broken.why}")
    if not found:
        print(_EMPTY)
    return 0


def _show(mark: str, plugin: Installed) -> None:
    origin = f"{plugin.distribution} {plugin.version}"
    print(f"{mark:<9}  {plugin.name:<18} {origin}  {plugin.summary}")


def _check(parsed: argparse.Namespace) -> int:
    names = parsed.names or [each.name for each in installed()]
    if not names:
        print(_EMPTY)
    wrong = [name for name in names if not _is_sound(name)]
    return 1 if wrong else 0


def _is_sound(name: str) -> bool:
    try:
        plugins = Plugins([name])
        lines = (
            [] if plugins.broken else [*_offers(plugins), *_routes(plugins), *_commands(plugins)]
        )
    except ConfigError as error:
        print(f"{name}: {error}")
        return False
    for broken in plugins.broken:
        print(broken)
        return False
    print(f"{name}: {', '.join(plugins.hooks_of(name))}")
    for line in lines:
        print(f"  {line}")
    return True


def _offers(plugins: Plugins) -> list[str]:
    return [
        f"{role}: {offer.name} – {offer.summary}"
        for role in plugins.offered.__struct_fields__
        for offer in getattr(plugins.offered, role)
    ]


def _routes(plugins: Plugins) -> list[str]:
    added = plugins.routes(lambda _: tools_without_deployment())
    return [f"route: {_told(route)}" for _, routes in added for route in routes.routes]


def _told(route: Route) -> str:
    """A door without a lock is said aloud."""
    door = f"needs {route.action}" if route.action else "OPEN TO EVERYBODY"
    return f"{route.method} {route.path} – {door}"


def _commands(plugins: Plugins) -> list[str]:
    added = plugins.commands().items()
    return [f"command: mohar {plugin} {name}" for plugin, each in added for name in each.commands]
