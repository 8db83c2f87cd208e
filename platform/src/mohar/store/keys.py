"""Data keys: made on first use, wrapped by the deployment's key, opened once per process."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from mohar.domain.clock import Clock
from mohar.domain.errors import ConfigError
from mohar.store.bulk import bulk_of
from mohar.store.tables import data_key, pepper
from mohar.store.vault import DataKey, Safe, Vault, new_data_key

PURPOSES: Final = ("body", "record", "intake", "contact", "status", "access")
_FIRST: Final = 1


def open_safe(connection: sa.Connection, vault: Vault, clock: Clock) -> Safe:
    """
    Return the data keys of this database, making those that are not there yet.

    Nothing may be sealed before its transaction is committed: a key that is rolled back takes
    with it what it sealed.

    Raises:
        ConfigError: another key-encryption key wrapped the data keys.
    """
    missing = set(PURPOSES) - {row.purpose for row in _rows(connection)}
    if missing:
        rows = [_new_row(vault, purpose, clock) for purpose in sorted(missing)]
        bulk_of(connection).insert_new(data_key, rows, data_key.c.key_id.name)
    return Safe({row.key_id: _opened(vault, row) for row in _rows(connection)})


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


def _new_row(vault: Vault, purpose: str, clock: Clock) -> dict[str, object]:
    return {
        "purpose": purpose,
        "generation": _FIRST,
        "wrapped": vault.wrap(_place(purpose, _FIRST), new_data_key()),
        "created_at": clock(),
    }


def _opened(vault: Vault, row: sa.Row[tuple[int, str, int, bytes]]) -> DataKey:
    key = vault.unwrap(_place(row.purpose, row.generation), row.wrapped)
    return DataKey(row.key_id, row.purpose, key)


def _place(purpose: str, generation: int) -> str:
    return f"data_key.wrapped/{purpose}/{generation}"


def _check_hash(vault: Vault) -> bytes:
    return vault.keyed_hash("pepper", str(vault.pepper_version))
