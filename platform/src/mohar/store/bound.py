"""Which columns of other tables the audit log binds, and the digests by which it does."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from mohar.domain.audit import digest_of, set_digest
from mohar.store.tables import api_key, body, credential, state_change

OF_CREDENTIAL: Final[tuple[sa.Column[Any], ...]] = (
    credential.c.credential_id,
    credential.c.kind,
    credential.c.revision,
    credential.c.subject,
    credential.c.status_list_id,
    credential.c.status_index,
    credential.c.issued_at,
    credential.c.config_digest,
    credential.c.variant,
    credential.c.supersedes,
    credential.c.cause,
    credential.c.changed,
)
# Not the sealed content, which is sealed anew under another data key: `sha256` stands for it.
OF_BODY: Final[tuple[sa.Column[Any], ...]] = (
    body.c.credential_id,
    body.c.name,
    body.c.position,
    body.c.profile,
    body.c.schema,
    body.c.format,
    body.c.media_type,
    body.c.key_id,
    body.c.algorithm,
    body.c.created,
    body.c.sha256,
    body.c.config_digest,
    body.c.identifier,
)
OF_CHANGE: Final[tuple[sa.Column[Any], ...]] = (
    state_change.c.credential_id,
    state_change.c.at,
    state_change.c.before,
    state_change.c.after,
    state_change.c.cause,
    state_change.c.actor_id,
    state_change.c.until,
)
OF_KEY: Final[tuple[sa.Column[Any], ...]] = (
    api_key.c.key_id,
    api_key.c.name,
    api_key.c.secret_tag,
    api_key.c.created_at,
    api_key.c.expires_at,
)


_CREDENTIAL: Final = tuple(column.name for column in OF_CREDENTIAL)
_BODY: Final = tuple(column.name for column in OF_BODY)
_CHANGE: Final = tuple(column.name for column in OF_CHANGE)
_KEY: Final = tuple(column.name for column in OF_KEY)


def credential_digest(row: Mapping[str, Any], bodies: Iterable[Mapping[str, Any]]) -> bytes:
    """Return the digest of a credential with the bodies it was issued with."""
    return digest_of("credential", _values(_CREDENTIAL, row), bodies_digest(bodies))


def bodies_digest(bodies: Iterable[Mapping[str, Any]]) -> bytes:
    """Return the digest of bodies, whatever their order."""
    return set_digest([digest_of("body", _values(_BODY, row)) for row in bodies])


def change_digest(row: Mapping[str, Any], why: bytes | None) -> bytes:
    """
    Return the digest of a change; `why` is what its reason is bound by, see `why_digest`.

    The campaign it belongs to is bound where there is one, so that those from before there were
    campaigns are told as they were.
    """
    campaign = row.get("campaign_id")
    of_campaign = () if campaign is None else (campaign,)
    return digest_of("change", _values(_CHANGE, row), why, *of_campaign)


def why_digest(opened: bytes) -> bytes | None:
    """
    Return what binds an opened reason: its SHA-256, which its salt keeps from confirming a guess.

    None for one that was written without a salt, before there was a log.
    """
    return hashlib.sha256(opened).digest() if "salt" in msgspec.json.decode(opened) else None


def key_digest(row: Mapping[str, Any]) -> bytes:
    """Return the digest of an API key; the tag in it keeps it from confirming a guessed name."""
    return digest_of("api-key", _values(_KEY, row), sorted(row["scopes"]))


def _values(names: Iterable[str], row: Mapping[str, Any]) -> list[Any]:
    return [row.get(name) for name in names]
