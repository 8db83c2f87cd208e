"""API keys: random, scoped, shown once, and kept only as an HMAC."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from mohar.domain.access import Actor
from mohar.domain.errors import NotFound
from mohar.store.audit import Audit, NewEntry
from mohar.store.bound import key_digest
from mohar.store.rows import ApiKey
from mohar.store.tables import api_key
from mohar.store.unit import Row, Section, named
from mohar.store.vault import KEY_BYTES

_PREFIX: Final = "mohar"
_ID_BYTES: Final = 6
_LISTED: Final = tuple(api_key.c[name] for name in ApiKey.__struct_fields__)


class ApiKeys(Section):
    """
    The keys of callers.

    Their text is `mohar_<id>_<secret>`. The HMAC is made with a data key, so that a new pepper
    locks nobody out.
    """

    def create(
        self,
        name: str,
        scopes: Collection[str],
        expires_at: datetime | None = None,
        *,
        actor_id: str = "",
    ) -> tuple[str, ApiKey]:
        """Make a key. Its text, first in the answer, is shown this once and kept nowhere."""
        key_id = secrets.token_hex(_ID_BYTES)
        secret = base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).rstrip(b"=").decode()
        key = ApiKey(
            key_id=key_id,
            name=name,
            scopes=frozenset(scopes),
            created_at=self._unit.clock(),
            expires_at=expires_at,
            revoked_at=None,
        )
        tag = self._unit.safe.tag("access", secret)
        row = {**msgspec.structs.asdict(key), "secret_tag": tag}
        self._unit.insert(api_key, [row])
        self._write_down(
            "make-key", actor_id, key_id, digest=key_digest(row), facts={"scopes": sorted(scopes)}
        )
        return f"{_PREFIX}_{key_id}_{secret}", key

    def find(self, text: str, now: datetime) -> Actor | None:
        """Return the actor behind a key, or None for a wrong, expired or revoked one."""
        prefix, _, rest = text.partition("_")
        key_id, _, secret = rest.partition("_")
        if prefix != _PREFIX or not secret.isascii() or not key_id.isalnum():
            return None
        query = sa.select(api_key).where(api_key.c.key_id == key_id)
        row = self._unit.connection.execute(query).one_or_none()
        if row is None or not self._unit.safe.matches("api_key.secret_tag", row.secret_tag, secret):
            return None
        return _actor(row) if _is_good(row, now) else None

    def actor_of(self, key_id: str, now: datetime) -> Actor | None:
        """Return the actor that a key stands for, without its text; None for one that is not good."""
        query = sa.select(api_key).where(api_key.c.key_id == key_id)
        row = self._unit.connection.execute(query).one_or_none()
        return _actor(row) if row is not None and _is_good(row, now) else None

    def listed(self) -> Sequence[ApiKey]:
        """Return all keys, revoked and expired ones too, oldest first."""
        query = sa.select(*_LISTED).order_by(api_key.c.created_at, api_key.c.key_id)
        return [ApiKey(**named(row)) for row in self._unit.connection.execute(query)]

    def revoke(self, key_id: str, *, actor_id: str = "") -> None:
        """Make a key worthless from now on; one that is so already stays so. Raises NotFound."""
        now, wanted = self._unit.clock(), api_key.c.key_id == key_id
        statement = sa.update(api_key).where(wanted, api_key.c.revoked_at.is_(None))
        if self._unit.connection.execute(statement.values(revoked_at=now)).rowcount:
            self._write_down("revoke-key", actor_id, key_id, facts={"at": now.isoformat()})
            return
        known = sa.select(api_key.c.key_id).where(wanted)
        if self._unit.connection.execute(known).one_or_none() is None:
            raise NotFound(f"there is no API key {key_id!r}; `mohar apikeys list` shows them all")

    def _write_down(self, action: str, actor_id: str, key_id: str, **more: Any) -> None:
        entry = NewEntry(actor_id=actor_id, action=action, subject=key_id, **more)
        Audit(self._unit).append([entry])


def _is_good(row: Row, now: datetime) -> bool:
    return row.revoked_at is None and (row.expires_at is None or now < row.expires_at)


def _actor(row: Row) -> Actor:
    return Actor(actor_id=f"apikey:{row.key_id}", name=row.name, scopes=row.scopes)
