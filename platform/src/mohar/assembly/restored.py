"""After a restore: what must not be given out again, and what was lost of what had been told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeVar

from mohar.assembly.keys import signer_keys
from mohar.assembly.own_keys import OwnKeys
from mohar.config.load import load_deployment
from mohar.domain.errors import ConfigError, Unreadable, Unsupported
from mohar.domain.lifecycle import FLAGGED_STATES, CredentialState
from mohar.domain.status import StatusSlot
from mohar.store import Store
from mohar.store.audit import NewEntry
from mohar.verifying.snapshot import Snapshot

T = TypeVar("T")

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

    What that told of credentials which are not here any more is told further from now on.

    Returns the numbers of credentials whose change was lost, by the state the snapshot tells, and
    under `lost` the places (`list#index`) of credentials that are not here any more.

    Raises:
        ConfigError: the file cannot be read, or is no snapshot of this deployment.
    """
    deployment = load_deployment(folder).deployment
    snapshot = _read(folder, deployment.authority.id, file)
    prefix = f"{deployment.domains.public}/v1/status/"
    told = {
        StatusSlot(list_id=url.removeprefix(prefix), index=index): state
        for url, index, state in snapshot.entries()
        if state in FLAGGED_STATES
    }
    with store.begin() as work:
        work.status.keep_closed(
            {url.removeprefix(prefix): size for url, size in snapshot.sizes().items()}
        )
    found: dict[str, list[str]] = {}
    for some in _chunks(list(told.items())):
        _compare(store, dict(some), found)
    _keep_digests(store, dict(snapshot.digests()), found)
    return found


def _read(folder: Path, authority: str, file: Path) -> Snapshot:
    keys = signer_keys(folder)
    try:
        return Snapshot(file.read_bytes(), [OwnKeys(authority, lambda: keys)])
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}") from error
    except (Unreadable, Unsupported) as error:
        raise ConfigError(f"{file}: {error}") from error


def _compare(
    store: Store, told: Mapping[StatusSlot, CredentialState], found: dict[str, list[str]]
) -> None:
    lost: dict[StatusSlot, CredentialState] = {}
    with store.begin() as work:
        held = work.status.held_in(list(told))
        for (slot, state), credential in zip(told.items(), held, strict=True):
            if credential is None:
                found.setdefault(LOST, []).append(f"{slot.list_id}#{slot.index}")
                lost[slot] = state
            elif _is_forgotten(credential[1], state):
                found.setdefault(state, []).append(credential[0])
        work.lost.note_slots(lost)


def _keep_digests(
    store: Store, told: Mapping[bytes, CredentialState], found: Mapping[str, Sequence[str]]
) -> None:
    """What a credential binds that is here is told again as soon as that is changed again."""
    here = [number for state, some in found.items() if state != LOST for number in some]
    for some in _chunks(list(told)):
        with store.begin() as work:
            strange = work.lost.strange(some) - work.lost.bound_by(here)
            work.lost.note_digests({digest: told[digest] for digest in sorted(strange)})


def _is_forgotten(now: CredentialState, told: CredentialState) -> bool:
    """What has gone further since is not looked back for."""
    return now == "current" or (told == "revoked" and now == "suspended")


def _chunks(values: Sequence[T]) -> Iterator[Sequence[T]]:
    return (values[start : start + _AT_ONCE] for start in range(0, len(values), _AT_ONCE))
