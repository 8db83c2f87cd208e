"""Check what `access:` says of who may: names that are used, and keys that can be told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import urlsplit

from mohar.config.access import Role, Scope, TokenIssuer
from mohar.config.deployment import Deployment
from mohar.config.document import Document
from mohar.config.mistakes import Mistake
from mohar.config.scopes import scope_fault, unknown
from mohar.config.tree import Path
from mohar.config.words import choices, quoted
from mohar.domain.access import LIMITABLE

_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


def access_mistakes(deployment: Deployment, document: Document) -> Iterator[Mistake]:
    """Return what is wrong with roles and issuers of tokens beyond their shape."""
    kinds = [kind.name for kind in deployment.credentials]
    roles = [role.name for role in deployment.access.roles]
    for index, role in enumerate(deployment.access.roles):
        yield from _of_role(role, kinds, document, ("access", "roles", index))
    for index, issuer in enumerate(deployment.access.issuers):
        yield from _of_issuer(issuer, roles, document, ("access", "issuers", index))


def _of_role(role: Role, kinds: Sequence[str], document: Document, at: Path) -> Iterator[Mistake]:
    for index, scope in enumerate(role.scopes):
        place: Path = (*at, "scopes", index)
        if isinstance(scope, Scope):
            yield from _of_scope(scope, kinds, document, place)
            continue
        message, hint = scope_fault(scope, kinds)
        if message:
            yield document.mistake(place, message, hint)


def _of_scope(
    scope: Scope, kinds: Sequence[str], document: Document, at: Path
) -> Iterator[Mistake]:
    for index, kind in enumerate(scope.kinds):
        if kind not in kinds:
            yield document.mistake((*at, "kinds", index), *unknown(kind, kinds))
    for index, action in enumerate(scope.may):
        if scope.where and action not in LIMITABLE:
            message = f"{quoted(action)} cannot be limited by a record"
            hint = f"{choices(sorted(LIMITABLE), 'and')} can; give it in a scope of its own"
            yield document.mistake((*at, "may", index), message, hint)


def _of_issuer(
    issuer: TokenIssuer, roles: Sequence[str], document: Document, at: Path
) -> Iterator[Mistake]:
    for value, role in issuer.roles.items():
        if role not in roles:
            yield document.mistake((*at, "roles", value), *unknown(role, roles))
    keys = issuer.jwks
    if (keys.url is None) == (keys.file is None):
        message = "the keys are at a url or in a file, and one of them is to be named"
        hint = "write jwks: {url: https://…} or jwks: {file: …}"
        yield document.mistake((*at, "jwks"), message, hint)
    if keys.url is not None and not _is_protected(keys.url):
        message = "whoever stands between could give other keys, and so any token"
        yield document.mistake((*at, "jwks", "url"), message, "write https://")


def _is_protected(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" or parts.hostname in _LOOPBACK
