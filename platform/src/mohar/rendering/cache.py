"""Finished renditions kept in memory, the least used given up first."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from threading import Lock

import msgspec

from mohar.domain.rendition import Rendition, Shown


class RenditionCache:
    """
    Keeps at most `max_bytes` of content; safe to use from several threads.

    What is kept lives as long as this object and is never written anywhere.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._kept: OrderedDict[bytes, Rendition] = OrderedDict()
        self._lock = Lock()

    def find(self, key: bytes) -> Rendition | None:
        """Return what was kept under this key, or None."""
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def keep(self, key: bytes, rendition: Rendition) -> None:
        """Keep a rendition, unless it alone is larger than the whole cache."""
        size = len(rendition.content)
        if size > self._max_bytes:
            return
        with self._lock:
            before = self._kept.pop(key, None)
            self._bytes += size - (len(before.content) if before else 0)
            self._kept[key] = rendition
            while self._bytes > self._max_bytes:
                _, given_up = self._kept.popitem(last=False)
                self._bytes -= len(given_up.content)

    @property
    def size_bytes(self) -> int:
        """Return how many bytes of content are kept."""
        return self._bytes


def digest(kind: str, rendering: str, shown: Shown) -> bytes:
    """
    Return the SHA-256 of everything a rendition depends on.

    Each part is hashed with its length before it, so that no two lists of parts read alike.
    """
    total = hashlib.sha256()
    parameters = msgspec.json.encode(shown.parameters, order="deterministic")
    texts = (kind, rendering, shown.language, str(len(shown.group)))
    parts = [text.encode() for text in texts]
    parts += [parameters, *(secured.content for secured in (shown.secured, *shown.group))]
    for part in parts:
        total.update(len(part).to_bytes(8, "big") + part)
    return total.digest()
