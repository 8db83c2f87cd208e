"""`mohar apikeys create|list|revoke`: who may call."""

from __future__ import annotations

import argparse
import re
from datetime import datetime
from typing import Final

from mohar.access.roles import role_text, where_text
from mohar.assembly.opening import made_store, open_store
from mohar.cli.options import OPERATOR, add_folder, moment
from mohar.config.deployment import Deployment
from mohar.config.load import load_deployment
from mohar.config.scopes import ACTIONS, scope_fault, unknown
from mohar.domain.clock import utc_now
from mohar.domain.errors import InvalidInput
from mohar.store.rows import ApiKey

_LIMIT: Final = re.compile(r"[^=\s]+=.+")


def register(parser: argparse.ArgumentParser) -> None:
    """Say which arguments the command takes."""
    parser.description = "Who may call over HTTP."
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    create = verbs.add_parser("create", help="make a key; it is shown this once")
    add_folder(create)
    create.add_argument("--name", required=True, help="who the key is for")
    create.add_argument(
        "--scope",
        action="append",
        default=[],
        metavar="ACTION[:KIND]",
        help=f"{', '.join(ACTIONS)} or * for everything, for all kinds or one; may be repeated",
    )
    create.add_argument(
        "--role",
        action="append",
        default=[],
        metavar="NAME",
        help="a role of access: in deployment.yaml; may be repeated",
    )
    create.add_argument(
        "--where",
        action="append",
        default=[],
        metavar="PATH=VALUE",
        help="only records that say so, as in facility.name=Springfield; may be repeated",
    )
    create.add_argument("--expires", metavar="TIME", help="RFC 3339; default: never")
    create.set_defaults(run=_create)
    listing = verbs.add_parser("list", help="list the keys, never their texts")
    add_folder(listing)
    listing.set_defaults(run=_list)
    revoke = verbs.add_parser("revoke", help="revoke a key at once")
    add_folder(revoke)
    revoke.add_argument("key_id", metavar="KEY", help="the id of a key, as listed")
    revoke.set_defaults(run=_revoke)


def _create(parsed: argparse.Namespace) -> int:
    expires = moment(parsed.expires) if parsed.expires else None
    loaded = load_deployment(parsed.folder)
    scopes = _asked(parsed, loaded.deployment)
    with made_store(loaded) as store, store.begin() as work:
        text, _ = work.api_keys.create(parsed.name, scopes, expires, actor_id=OPERATOR.actor_id)
    print(text)
    return 0


def _list(parsed: argparse.Namespace) -> int:
    with open_store(parsed.folder) as store, store.read() as work:
        keys = work.api_keys.listed()
    now = utc_now()
    for key in keys:
        scopes = " ".join(sorted(key.scopes))
        print(f"{key.key_id}  {_state(key, now):<7}  {key.name}  {scopes}")
    return 0


def _revoke(parsed: argparse.Namespace) -> int:
    with open_store(parsed.folder) as store, store.begin() as work:
        work.api_keys.revoke(parsed.key_id, actor_id=OPERATOR.actor_id)
    print(f"{parsed.key_id} is revoked")
    return 0


def _asked(parsed: argparse.Namespace, deployment: Deployment) -> frozenset[str]:
    """
    Return what the key is to have, as it is kept.

    Raises:
        InvalidInput: it would have nothing, or something that is not known.
    """
    kinds = [kind.name for kind in deployment.credentials]
    roles = [role.name for role in deployment.access.roles]
    for scope in parsed.scope:
        _must_be_good(f"--scope {scope}", *scope_fault(scope, kinds))
    for role in parsed.role:
        if role not in roles:
            _must_be_good(f"--role {role}", *unknown(role, roles))
    if not parsed.scope and not parsed.role:
        raise InvalidInput("a key without a scope opens nothing: name a --scope or a --role")
    if not all(_LIMIT.fullmatch(each) for each in parsed.where):
        raise InvalidInput("--where is written as PATH=VALUE, as in facility.name=Springfield")
    limits = [where_text(*each.split("=", 1)) for each in parsed.where]
    return frozenset([*parsed.scope, *map(role_text, parsed.role), *limits])


def _must_be_good(what: str, message: str, hint: str) -> None:
    if message:
        raise InvalidInput(f"{what}: {message}; {hint}")


def _state(key: ApiKey, now: datetime) -> str:
    if key.revoked_at:
        return "revoked"
    return "expired" if key.expires_at and key.expires_at <= now else "active"
