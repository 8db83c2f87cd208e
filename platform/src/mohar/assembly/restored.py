"""After a restore: what must not be given out again, and what was lost of what had been told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from mohar.assembly.keys import signer_keys
from mohar.assembly.own_keys import OwnKeys
from mohar.config.load import load_deployment
from mohar.domain.errors import ConfigError, Unreadable, Unsupported
from mohar.domain.lifecycle import CredentialState
from mohar.domain.status import StatusSlot
from mohar.store import Store
from mohar.store.audit import NewEntry
from mohar.verifying.snapshot import Snapshot

RESTORED: Final = "restored"
LOST: Final = "lost"
_AT_ONCE: Final = 1_000


def begin_again(store: Store, actor_id: str) -> int:
    """
    Make sure that no slot from before the restore is given out again; return how many lists closed.

    It may be done any number of times; each is written into the log of who did what.
    """
    with store.begin() as work:
        closed = work.status.close_all()
        work.audit.append([NewEntry(actor_id=actor_id, action=RESTORED)])
        return closed


def forgotten(folder: Path, store: Store, file: Path) -> Mapping[str, Sequence[str]]:
    """
    Compare the store with the last snapshot that was published before the loss.

    Returns the numbers of credentials whose change was lost, by the state the snapshot tells, and
    under `lost` the places (`list#index`) of credentials that are not here any more.

    Raises:
        ConfigError: the file cannot be read, or is no snapshot of this deployment.
    """
    deployment = load_deployment(folder).deployment
    keys = signer_keys(folder)
    try:
        snapshot = Snapshot(file.read_bytes(), [OwnKeys(deployment.authority.id, lambda: keys)])
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}") from error
    except (Unreadable, Unsupported) as error:
        raise ConfigError(f"{file}: {error}") from error
    prefix = f"{deployment.domains.public}/v1/status/"
    told = [
        (StatusSlot(list_id=url.removeprefix(prefix), index=index), state)
        for url, index, state in snapshot.entries()
    ]
    found: dict[str, list[str]] = {}
    for start in range(0, len(told), _AT_ONCE):
        _compare(store, told[start : start + _AT_ONCE], found)
    return found


def _compare(
    store: Store, told: Sequence[tuple[StatusSlot, str]], found: dict[str, list[str]]
) -> None:
    with store.read() as work:
        held = work.status.held_in([slot for slot, _ in told])
    for (slot, state), credential in zip(told, held, strict=True):
        if credential is None:
            found.setdefault(LOST, []).append(f"{slot.list_id}#{slot.index}")
        elif _is_forgotten(credential[1], state):
            found.setdefault(state, []).append(credential[0])


def _is_forgotten(now: CredentialState, told: str) -> bool:
    """What has gone further since is not looked back for."""
    return now == "current" or (told == "revoked" and now == "suspended")
