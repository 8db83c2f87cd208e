"""After a restore: what must not be given out again, and what was lost of what had been told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from mohar.assembly.keys import signer_keys
from mohar.assembly.own_keys import OwnKeys
from mohar.config.load import load_deployment
from mohar.domain.errors import ConfigError, NotFound, Unreadable, Unsupported
from mohar.domain.lifecycle import FLAGGED_STATES, CredentialState
from mohar.domain.status import StatusSlot
from mohar.store import Store
from mohar.store.audit import NewEntry
from mohar.store.rows import Holder, LostCounts
from mohar.store.status import list_named
from mohar.verifying.snapshot import Snapshot

RESTORED: Final = "restored"
LOST: Final = "lost"
LOST_IDENTIFIER: Final = "lost-identifier"
_AT_ONCE: Final = 1_000


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """
    What had been published by a moment of everything that was not current.

    `sizes` are those of all lists, `identifiers` the digests of what bodies without a list bind.
    """

    at: datetime
    sizes: Mapping[str, int]
    slots: Mapping[StatusSlot, CredentialState]
    identifiers: Sequence[tuple[bytes, CredentialState]]


class Missed(msgspec.Struct, frozen=True, kw_only=True):
    """
    What the store does not know any more.

    `forgotten` are the numbers of credentials whose change was lost, by the state that was told;
    `unissued` are reservations that had been used. What is lost in whole is there by its place.
    """

    forgotten: Mapping[str, Sequence[str]]
    unissued: Sequence[str]
    slots: Sequence[StatusSlot]
    identifiers: Sequence[tuple[bytes, CredentialState]]

    def named(self) -> Mapping[str, Sequence[str]]:
        """Return what an operator has to know of, by what it is."""
        places = [f"{slot.list_id}#{slot.index}" for slot in self.slots]
        digests = list(dict.fromkeys(digest.hex() for digest, _ in self.identifiers))
        named = {**self.forgotten, LOST: places, LOST_IDENTIFIER: digests}
        return {name: texts for name, texts in named.items() if texts}


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """How many lists were closed, what was missed, and how much is told on of what is lost."""

    closed: int
    missed: Mapping[str, Sequence[str]]
    kept: LostCounts


def begin_again(store: Store, actor_id: str, told: Told | None = None) -> Begun:
    """
    Make sure that no slot from before the restore is given out again, and no end is taken back.

    What was `told` of credentials that are not here any more is told on. It may be done any number
    of times; each is written into the log of who did what.
    """
    missed = _missed(store, told) if told else None
    with store.begin() as work:
        if told and missed:
            work.lost.add_lists(told.sizes)
            work.lost.give_up(missed.unissued)
            work.lost.keep_slots([(slot, told.slots[slot]) for slot in missed.slots], told.at)
            work.lost.keep_identifiers(missed.identifiers, told.at)
        closed = work.status.close_all()
        kept = work.lost.counts()
        facts = {"slots": kept.slots, "identifiers": kept.identifiers}
        work.audit.append([NewEntry(actor_id=actor_id, action=RESTORED, facts=facts)])
    return Begun(closed=closed, missed=missed.named() if missed else {}, kept=kept)


def told_by(folder: Path, file: Path) -> Told:
    """
    Read the last snapshot that was published before the loss.

    Raises:
        ConfigError: the file cannot be read, or is no snapshot of this deployment.
    """
    deployment = load_deployment(folder).deployment
    keys = signer_keys(folder)
    prefix = f"{deployment.domains.public}/v1/status/"
    try:
        snapshot = Snapshot(file.read_bytes(), [OwnKeys(deployment.authority.id, lambda: keys)])
        return _told(snapshot, prefix)
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}") from error
    except (Unreadable, Unsupported) as error:
        raise ConfigError(f"{file}: {error}") from error
    except NotFound as error:
        raise ConfigError(
            f"{file} tells of a list that is none of {prefix}: set `domains.public` as it was when "
            "the snapshot was published"
        ) from error


def _told(snapshot: Snapshot, prefix: str) -> Told:
    ids = {url: url.removeprefix(prefix) for url in snapshot.sizes()}
    for url, list_id in ids.items():
        if not url.startswith(prefix):
            raise NotFound("this is no list of the deployment")
        list_named(list_id)
    return Told(
        at=snapshot.begins,
        sizes={ids[url]: size for url, size in snapshot.sizes().items()},
        slots={
            StatusSlot(list_id=ids[url], index=index): state
            for url, index, answer in snapshot.entries()
            if (state := _state(answer))
        },
        # Several bodies of a credential may bind the same.
        identifiers=list(
            dict.fromkeys(
                (digest, state) for digest, answer in snapshot.bound() if (state := _state(answer))
            )
        ),
    )


def _state(answer: str) -> CredentialState | None:
    return next((state for state in FLAGGED_STATES if state == answer), None)


def _missed(store: Store, told: Told) -> Missed:
    forgotten: dict[CredentialState, dict[str, None]] = {}
    unissued, slots = list[str](), list[StatusSlot]()
    for slot, holder in _in_slots(store, list(told.slots)):
        state = told.slots[slot]
        if holder is None or not holder.is_issued:
            slots.append(slot)
            unissued += [holder.credential_id] if holder else []
        elif _is_forgotten(holder.state, state):
            forgotten.setdefault(state, {})[holder.credential_id] = None
    identifiers = list[tuple[bytes, CredentialState]]()
    with store.read() as work:
        binding = work.lost.holders([digest for digest, _ in told.identifiers])
    for digest, state in told.identifiers:
        holders = [each for each in binding.get(digest, ()) if _is_told_of(each, state, told)]
        if not holders:
            identifiers.append((digest, state))
        for each in holders:
            if _is_forgotten(each.state, state):
                forgotten.setdefault(state, {})[each.credential_id] = None
    return Missed(
        forgotten={state: list(numbers) for state, numbers in forgotten.items()},
        unissued=unissued,
        slots=slots,
        identifiers=identifiers,
    )


def _in_slots(
    store: Store, slots: Sequence[StatusSlot]
) -> Iterator[tuple[StatusSlot, Holder | None]]:
    for start in range(0, len(slots), _AT_ONCE):
        page = slots[start : start + _AT_ONCE]
        with store.read() as work:
            yield from zip(page, work.status.held_in(page), strict=True)


def _is_told_of(holder: Holder, told_state: CredentialState, told: Told) -> bool:
    """Several credentials may bind the same: what was told may have been of one that is lost."""
    if holder.slot is None or holder.state == told_state:
        return True
    return told.slots.get(holder.slot) == told_state


def _is_forgotten(now: CredentialState, told: CredentialState) -> bool:
    """What has gone further since is not looked back for."""
    return now == "current" or (told == "revoked" and now == "suspended")
