"""How often is too often: counts by contact, by address and by network, without either in the clear."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

from mohar.config.holders import Limits, Rate
from mohar.store import Work

_NAMESPACE: Final = "holders"
# What one household or one office has: IPv6 gives each a whole network.
_V4, _V6, _V6_HOST = 24, 56, 64


class Often:
    """Counts what callers do; the store keeps hashes of whom it counts."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits

    def asked(self, work: Work, contact: str, client: str) -> int:
        """Count that a code was asked for; return how many seconds to wait, 0 where none."""
        of_contact = [("contact", contact, self._limits.contact)]
        return self._counted(work, [*self._of_client("ask", client), *of_contact])

    def tried(self, work: Work, client: str) -> int:
        """Count that a code was tried; return how many seconds to wait, 0 where none."""
        return self._counted(work, list(self._of_client("try", client)))

    def _of_client(self, what: str, client: str) -> Iterator[tuple[str, str, Rate]]:
        host, network = places_of(client)
        yield f"{what}-network", network, self._limits.network
        yield f"{what}-address", host, self._limits.address

    def _counted(self, work: Work, counts: list[tuple[str, str, Rate]]) -> int:
        """Everything is counted, whatever is over already: a caller who goes on waits longer."""
        waits = [0]
        for what, who, rate in counts:
            lifetime = timedelta(minutes=rate.minutes)
            total = work.expiring.count(_NAMESPACE, f"{what}/{who}", lifetime)
            waits.append(rate.minutes * 60 if total > rate.times else 0)
        return max(waits)


def places_of(client: str) -> tuple[str, str]:
    """Return what counts as the address of a caller, and as its network; no address is one, too."""
    try:
        address = ip_address(client)
    except ValueError:
        return "unknown", "unknown"
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is None:
            return _within(address, _V6_HOST), _within(address, _V6)
        address = address.ipv4_mapped
    return str(address), _within(address, _V4)


def _within(address: IPv4Address | IPv6Address, bits: int) -> str:
    # Made of the number: a zone, as in fe80::1%eth0, is the caller's to choose.
    return str(ip_network((address.packed, bits), strict=False))
