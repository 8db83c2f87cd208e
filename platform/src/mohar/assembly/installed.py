"""What is installed on this machine under the entry point group of plugins; nothing is imported."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import Final

import msgspec

from mohar.config.words import did_you_mean, quoted
from mohar.domain.errors import ConfigError

GROUP: Final = "mohar.plugins"


class Installed(msgspec.Struct, frozen=True, kw_only=True):
    """A plugin that is installed on this machine, enabled or not."""

    name: str
    distribution: str
    version: str
    summary: str


class Broken(msgspec.Struct, frozen=True, kw_only=True):
    """A plugin that cannot be used, why not, and the likely mend."""

    plugin: str
    why: str
    hint: str = ""

    def __str__(self) -> str:
        return f"plugin {self.message}{f' ({self.hint})' if self.hint else ''}"

    @property
    def message(self) -> str:
        """Return what is wrong, without the mend."""
        return f"{quoted(self.plugin)}: {self.why}"


def installed() -> list[Installed]:
    """Return every plugin on this machine, by name; none of them is imported."""
    return [
        Installed(
            name=each.name,
            distribution=each.dist.name if each.dist else "",
            version=each.dist.version if each.dist else "",
            summary=(each.dist.metadata["Summary"] or "") if each.dist else "",
        )
        for each in sorted(entries(), key=lambda found: found.name)
    ]


def entry_of(plugin: str, among: Sequence[EntryPoint]) -> EntryPoint | Broken:
    """Return where a plugin is found, or why it is not; `among` is what `entries` returned."""
    found = [each for each in among if each.name == plugin]
    if not found:
        return _not_installed(plugin, among)
    if len(found) > 1:
        owners = " and ".join(sorted(each.dist.name for each in found if each.dist))
        return Broken(
            plugin=plugin, why=f"it comes from two distributions, {owners}; uninstall one"
        )
    return found[0]


def must_be_whole(broken: Sequence[Broken]) -> None:
    """Raise ConfigError with all that is broken, if anything is."""
    if broken:
        raise ConfigError("\n".join(str(each) for each in broken))


def entries() -> list[EntryPoint]:
    """
    Return where each plugin on this machine is found; it takes a look at all that is installed.

    One distribution may be found twice on a path; it is still one.
    """
    unique = {
        (each.name, each.value, each.dist.name if each.dist else ""): each
        for each in entry_points(group=GROUP)
    }
    return list(unique.values())


def _not_installed(plugin: str, among: Sequence[EntryPoint]) -> Broken:
    hint = did_you_mean(plugin, sorted(each.name for each in among))
    return Broken(
        plugin=plugin, why="it is not installed", hint=hint or f"try: pip install mohar-{plugin}"
    )
