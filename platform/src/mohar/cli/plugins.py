"""`mohar plugins list|check`: what is installed, enabled and offered."""

from __future__ import annotations

import argparse

from mohar.assembly.plugins import Plugins, installed
from mohar.cli.options import Commands, add_deployment
from mohar.config.load import load_deployment
from mohar.domain.errors import ConfigError


def register(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("plugins", help="list or check plugins")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    listing = verbs.add_parser("list", help="what is installed, and what a deployment enables")
    add_deployment(listing, required=False)
    listing.set_defaults(run=_list)
    checking = verbs.add_parser("check", help="load each plugin and say what it offers")
    checking.add_argument("names", nargs="*", metavar="NAME", help="default: every installed one")
    checking.set_defaults(run=_check)


def _list(parsed: argparse.Namespace) -> int:
    enabled: set[str] = set()
    if parsed.deployment:
        enabled = set(load_deployment(parsed.deployment).deployment.plugins)
    found = installed()
    for each in found:
        mark = "enabled  " if each.name in enabled else "installed"
        print(f"{mark}  {each.name:<18} {each.distribution} {each.version}  {each.summary}")
    if not found:
        print("no plugin is installed; the house stands empty. Try: pip install mohar-format-ld")
    return 0


def _check(parsed: argparse.Namespace) -> int:
    names = parsed.names or [each.name for each in installed()]
    wrong = [name for name in names if not _is_sound(name)]
    return 1 if wrong else 0


def _is_sound(name: str) -> bool:
    try:
        plugins = Plugins([name])
    except ConfigError as error:
        print(f"{name}: {error}")
        return False
    print(f"{name}: {', '.join(plugins.hooks_of(name)) or 'implements no hook'}")
    for role in plugins.offered.__struct_fields__:
        for offer in getattr(plugins.offered, role):
            print(f"  {role}: {offer.name} – {offer.summary}")
    return bool(plugins.hooks_of(name))
