"""The order in which a status list gives out its bits, so that neighbours tell nothing."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Callable, Sequence


def permutation(key: bytes, size: int) -> Sequence[int]:
    """Return 0 … size-1 in an order that only the key tells."""
    prefix = hashlib.sha256(key)

    def rank(index: int) -> bytes:
        digest = prefix.copy()
        digest.update(index.to_bytes(4, "big"))
        return digest.digest()

    return array("I", sorted(range(size), key=rank))


class Permutations:
    """
    The permutation of the list that is open for each kind and purpose, worked out once.

    Only the newest list of each is kept: a full list gives out nothing more.
    """

    def __init__(self) -> None:
        self._open: dict[tuple[str, str], tuple[tuple[str, bytes], Sequence[int]]] = {}

    def get(
        self,
        kind: str,
        purpose: str,
        list_id: str,
        sealed_key: bytes,
        make: Callable[[], Sequence[int]],
    ) -> Sequence[int]:
        """
        Return the permutation of a list, made now where it is another one than before.

        A list is known by its key as well: one whose opening was rolled back may be opened again
        under the same name, and in another order.
        """
        known = self._open.get((kind, purpose))
        if known is None or known[0] != (list_id, sealed_key):
            known = ((list_id, sealed_key), make())
            self._open[kind, purpose] = known
        return known[1]
