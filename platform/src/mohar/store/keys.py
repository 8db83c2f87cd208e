"""Data keys: made on first use, wrapped by the deployment's key, made anew, retired."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

import sqlalchemy as sa

from mohar.domain.clock import Clock
from mohar.domain.errors import ConfigError, Unavailable
from mohar.store.audit import Audit, NewEntry
from mohar.store.bulk import bulk_of
from mohar.store.database import transaction
from mohar.store.tables import data_key, pepper
from mohar.store.unit import Unit
from mohar.store.vault import DataKey, Vault, new_data_key

PURPOSES: Final = ("body", "record", "intake", "contact", "status", "access", "audit", "reads")
_FIRST: Final = 1
_PAUSE_SECONDS: Final = 1.0
_PATIENCE: Final = 60
_NEWEST: Final = sa.select(sa.func.max(data_key.c.key_id))


def make_missing(connection: sa.Connection, vault: Vault, clock: Clock) -> None:
    """
    Make the data keys that are not there yet.

    Nothing may be sealed before its transaction is committed: a key that is rolled back takes
    with it what it sealed.
    """
    missing = set(PURPOSES) - {row.purpose for row in _rows(connection)}
    if missing:
        rows = [_new_row(vault, purpose, _FIRST, clock) for purpose in sorted(missing)]
        bulk_of(connection).insert_new(data_key, rows, data_key.c.key_id.name)


def opened(connection: sa.Connection, vault: Vault) -> dict[int, DataKey]:
    """
    Return the data keys of this database by their ids.

    Raises:
        ConfigError: another key-encryption key wrapped the data keys.
    """
    return {row.key_id: _opened(vault, row) for row in _rows(connection)}


def newest_id(connection: sa.Connection) -> int:
    """
    Return the highest id of a data key.

    Whoever has asked in a transaction holds its table until the end of it: see `barrier`.
    """
    newest: int | None = connection.execute(_NEWEST).scalar_one()
    return newest or 0


def make_next(unit: Unit, purposes: Collection[str], actor_id: str) -> Sequence[str]:
    """Make the next data key of each purpose and return their names, as `body/2`."""
    newest = {row.purpose: row.generation for row in sorted(_rows(unit.connection), key=_age)}
    rows = [
        _new_row(unit.vault, purpose, newest[purpose] + 1, unit.clock)
        for purpose in sorted(purposes)
    ]
    made = set(unit.insert_new(data_key, rows, data_key.c.purpose))
    names = [f"{row['purpose']}/{row['generation']}" for row in rows if row["purpose"] in made]
    Audit(unit).append([_told("make-data-key", name, actor_id) for name in names])
    return names


def old_ids(unit: Unit) -> Mapping[str, Sequence[int]]:
    """Return the ids of the data keys that are not the newest of their purpose, by purpose."""
    found: dict[str, list[int]] = {}
    for row in sorted(_rows(unit.connection), key=_age):
        found.setdefault(row.purpose, []).append(row.key_id)
    return {purpose: key_ids[:-1] for purpose, key_ids in found.items() if len(key_ids) > 1}


def retire(unit: Unit, key_ids: Collection[int], actor_id: str) -> Sequence[str]:
    """Remove data keys for good, and return their names: what they sealed opens nevermore."""
    rows = [row for row in _rows(unit.connection) if row.key_id in key_ids]
    names = sorted(f"{row.purpose}/{row.generation}" for row in rows)
    unit.connection.execute(sa.delete(data_key).where(data_key.c.key_id.in_(list(key_ids))))
    Audit(unit).append([_told("retire-data-key", name, actor_id) for name in names])
    return names


def barrier(engine: sa.Engine, sleep: Callable[[float], None]) -> None:
    """
    Wait until every transaction is over that may still seal with an older data key.

    A transaction that begins to write asks for the newest key (`newest_id`), and so holds the
    table until its end. Whoever comes meanwhile is kept waiting for a moment only.

    Raises:
        Unavailable: some transaction did not end for a minute; nothing was changed.
    """
    for _ in range(_PATIENCE):
        try:
            with transaction(engine, writes=True) as connection:
                if connection.dialect.name == "postgresql":
                    connection.exec_driver_sql("SET LOCAL lock_timeout = '200ms'")
                    connection.exec_driver_sql("LOCK TABLE data_key IN ACCESS EXCLUSIVE MODE")
        except Unavailable:
            sleep(_PAUSE_SECONDS)
        else:
            return
    raise Unavailable("a transaction on the database does not end; run the same command later")


def check_pepper(connection: sa.Connection, vault: Vault, clock: Clock) -> None:
    """
    Make sure that the pepper is the one the hashes of this database were made with.

    Raises:
        ConfigError: it is not, so that nothing issued before would be recognised.
    """
    if not _peppers(connection):
        write_pepper(connection, vault, clock)
    known = _peppers(connection)
    if vault.pepper_version not in known:
        raise ConfigError(
            f"store.pepper.version is {vault.pepper_version}, but the hashes in the database are "
            f"of version {max(known)}: stop the house and run `mohar db upgrade DIR`"
        )
    if known[vault.pepper_version] != _check_hash(vault):
        raise ConfigError(
            f"store.pepper is not the secret that version {vault.pepper_version} was made with; "
            "give that secret back, or raise store.pepper.version with the new one"
        )


def is_new_pepper(connection: sa.Connection, vault: Vault) -> bool:
    """Say whether the deployment names a later pepper than the database was made with."""
    newest = connection.execute(sa.select(sa.func.max(pepper.c.version))).scalar_one()
    return newest is not None and vault.pepper_version > newest


def write_pepper(connection: sa.Connection, vault: Vault, clock: Clock) -> None:
    """Make this the one pepper of the database."""
    connection.execute(sa.delete(pepper).where(pepper.c.version != vault.pepper_version))
    row = {
        "version": vault.pepper_version,
        "check_hash": _check_hash(vault),
        "created_at": clock(),
    }
    bulk_of(connection).insert_new(pepper, [row], pepper.c.version.name)


def _peppers(connection: sa.Connection) -> dict[int, bytes]:
    return {row.version: row.check_hash for row in connection.execute(sa.select(pepper))}


def _rows(connection: sa.Connection) -> list[sa.Row[tuple[int, str, int, bytes]]]:
    columns = (data_key.c.key_id, data_key.c.purpose, data_key.c.generation, data_key.c.wrapped)
    return list(connection.execute(sa.select(*columns)))


def _new_row(vault: Vault, purpose: str, generation: int, clock: Clock) -> dict[str, object]:
    return {
        "purpose": purpose,
        "generation": generation,
        "wrapped": vault.wrap(_place(purpose, generation), new_data_key()),
        "created_at": clock(),
    }


def _opened(vault: Vault, row: sa.Row[tuple[int, str, int, bytes]]) -> DataKey:
    key = vault.unwrap(_place(row.purpose, row.generation), row.wrapped)
    return DataKey(row.key_id, row.purpose, key)


def _told(action: str, name: str, actor_id: str) -> NewEntry:
    return NewEntry(actor_id=actor_id, action=action, subject=name)


def _age(row: sa.Row[tuple[int, str, int, bytes]]) -> int:
    generation: int = row.generation
    return generation


def _place(purpose: str, generation: int) -> str:
    return f"data_key.wrapped/{purpose}/{generation}"


def _check_hash(vault: Vault) -> bytes:
    return vault.keyed_hash("pepper", str(vault.pepper_version))
