"""The status of our own credentials, told from the store, and of any from a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from mohar.config.load import Loaded
from mohar.domain.errors import ConfigError, MoharError, Unreadable, Unsupported
from mohar.domain.lifecycle import state_at
from mohar.domain.status import BoundIdentifier, StatusReference, StatusSlot
from mohar.plugin import Trust
from mohar.store import Store
from mohar.store.rows import LostState
from mohar.verifying.snapshot import Snapshot
from mohar.verifying.status import StatusAnswer

_ANSWERS: Final[Mapping[str, StatusAnswer]] = {
    "current": "clear",
    "revoked": "revoked",
    "suspended": "suspended",
    "superseded": "superseded",
}
_WORST_FIRST: Final[tuple[StatusAnswer, ...]] = ("revoked", "superseded", "suspended", "unknown")


class OwnStatus:
    """
    Tells of our own lists and of what our own keys signed, now and at any moment since.

    Of anybody else's it tells nothing. `own` knows our keys.
    """

    def __init__(self, store: Store, public_url: str, own: Trust) -> None:
        self._store = store
        self._prefix = f"{public_url}/v1/status/"
        self._own = own

    def tell(self, reference: StatusReference, at: datetime) -> StatusAnswer:
        """Return what the store says of that slot at that moment; `unknown` where it cannot tell."""
        if not reference.list_url.startswith(self._prefix):
            return "unknown"
        list_id = reference.list_url.removeprefix(self._prefix)
        try:
            with self._store.read() as work:
                state = work.status.state_of(list_id, reference.index)
                changes = work.lifecycle.changes_of(list_id, reference.index)
                slot = StatusSlot(list_id=list_id, index=reference.index)
                lost = None if state else work.lost.in_slot(slot)
        except MoharError:
            return "unknown"
        if state is None:
            return _of_lost(lost, at)
        return _ANSWERS.get(state_at(state, changes, at), "unknown")

    def tell_bound(self, identifier: BoundIdentifier, at: datetime) -> StatusAnswer:
        """
        Return the worst that the store says of what binds that identifier, as of that moment.

        What our key signed and never changed is not in the store's list, and is as it was issued.
        """
        try:
            if not self._is_ours(identifier, at):
                return "unknown"
            with self._store.read() as work:
                found = work.listed.states(identifier.value)
                lost = work.lost.bound_by(identifier.value)
        except MoharError:
            return "unknown"
        told = {_ANSWERS.get(state_at(state, changes, at), "unknown") for state, changes in found}
        if lost:
            told.add(_of_lost(lost, at))
        return next((each for each in _WORST_FIRST if each in told), "clear")

    def _is_ours(self, identifier: BoundIdentifier, at: datetime) -> bool:
        return bool(identifier.key_ids) and all(
            self._own.keys(identifier.issuer, key_id, at) for key_id in identifier.key_ids
        )


def _of_lost(lost: LostState | None, at: datetime) -> StatusAnswer:
    """What it was before it had been told of, nobody knows any more."""
    if lost is None or at < lost.since:
        return "unknown"
    return _ANSWERS.get(lost.state, "unknown")


def snapshots_of(
    loaded: Loaded, trust: Sequence[Trust], also: Sequence[Path] = ()
) -> Sequence[Snapshot]:
    """
    Read the snapshots a deployment names and those named beside them, the newest first.

    Raises:
        ConfigError: one cannot be read, or is not signed by a key that is trusted here.
    """
    named = loaded.deployment.verifying.snapshots
    paths = [*((loaded.folder / each) for each in named), *also]
    return sorted((_snapshot(path, trust) for path in paths), key=_begins, reverse=True)


def _snapshot(path: Path, trust: Sequence[Trust]) -> Snapshot:
    try:
        return Snapshot(path.read_bytes(), trust)
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
    except (Unreadable, Unsupported) as error:
        raise ConfigError(f"{path}: {error}") from error


def _begins(snapshot: Snapshot) -> datetime:
    return snapshot.begins
