"""The status of our own credentials, told from the store."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from mohar.domain.errors import MoharError
from mohar.domain.lifecycle import state_at
from mohar.domain.status import StatusReference
from mohar.store import Store
from mohar.verifying.status import StatusAnswer

_ANSWERS: Final[Mapping[str, StatusAnswer]] = {
    "current": "clear",
    "revoked": "revoked",
    "suspended": "suspended",
    "superseded": "superseded",
}


class OwnStatus:
    """Tells of our own lists, now and at any moment since; of anybody else's list, nothing."""

    def __init__(self, store: Store, public_url: str) -> None:
        self._store = store
        self._prefix = f"{public_url}/v1/status/"

    def tell(self, reference: StatusReference, at: datetime) -> StatusAnswer:
        """Return what the store says of that slot at that moment; `unknown` where it cannot tell."""
        if not reference.list_url.startswith(self._prefix):
            return "unknown"
        list_id = reference.list_url.removeprefix(self._prefix)
        try:
            with self._store.read() as work:
                state = work.status.state_of(list_id, reference.index)
                changes = work.lifecycle.changes_of(list_id, reference.index)
        except MoharError:
            return "unknown"
        return _ANSWERS.get(state_at(state, changes, at), "unknown") if state else "unknown"
