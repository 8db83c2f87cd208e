"""Typed offers: what a plugin puts on the table, to be picked by its name in YAML (`uses:`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec

from mohar.domain.errors import ConfigError

if TYPE_CHECKING:
    from mohar.plugin.tools import Tools

Role = TypeVar("Role")


class Offer(Generic[Role]):
    """
    One named implementation of a role.

    `settings` is the msgspec Struct that the deployment's `settings:` must fit (frozen, unknown
    fields forbidden); `open` makes the implementation from those settings and the tools, and is
    called once for each place in the deployment that uses the offer.
    """

    def __init__(
        self,
        name: str,
        summary: str,
        settings: type[msgspec.Struct],
        open: Callable[[Any, Tools], Role],  # noqa: A002 -- the verb of the trade; shadows nothing used here
    ) -> None:
        self.name = name
        self.summary = summary
        self.settings = settings
        self.open = open


class Offers(Generic[Role]):
    """
    The table of one role. `distribution` is set by the loader before each plugin speaks.

    Raises:
        ConfigError: two distributions offer the same name for one role.
    """

    def __init__(self, role: str) -> None:
        self.role = role
        self._offers: dict[str, tuple[Offer[Role], str]] = {}
        self._speaking = ""

    def speaking(self, distribution: str) -> Offers[Role]:
        """Return this table with the offers that follow put down to `distribution`."""
        self._speaking = distribution
        return self

    def add(self, offer: Offer[Role]) -> None:
        """Put an offer on the table."""
        if offer.name in self._offers:
            other = self._offers[offer.name][1]
            raise ConfigError(
                f"two plugins offer the {self.role} {offer.name!r}: "
                f"{other} and {self._speaking}; enable one of them"
            )
        self._offers[offer.name] = (offer, self._speaking)

    def get(self, name: str) -> Offer[Role] | None:
        """Return the offer of that name, or None."""
        found = self._offers.get(name)
        return found[0] if found else None

    def distribution_of(self, name: str) -> str:
        """Return the plugin that made the offer."""
        return self._offers[name][1]

    def __iter__(self) -> Iterator[Offer[Role]]:
        return (offer for offer, _ in self._offers.values())

    def names(self) -> list[str]:
        """Return the names on the table, sorted."""
        return sorted(self._offers)
