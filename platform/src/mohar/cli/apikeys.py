"""`mohar apikeys create|list|revoke`: who may call."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import datetime
from typing import Final, get_args

from mohar.assembly.opening import made_store, open_store
from mohar.cli.options import OPERATOR, add_folder, moment
from mohar.config.load import load_deployment
from mohar.config.words import choices, did_you_mean, quoted
from mohar.domain.access import Action
from mohar.domain.clock import utc_now
from mohar.domain.errors import InvalidInput
from mohar.store.rows import ApiKey

_ACTIONS: Final[Sequence[str]] = get_args(Action)
# Whole credentials are of no kind.
_WITHOUT_KIND: Final = "sign"


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
        required=True,
        metavar="ACTION[:KIND]",
        help=f"{', '.join(_ACTIONS)} or * for everything, for all kinds or one; may be repeated",
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
    _must_open_something(parsed.scope, [kind.name for kind in loaded.deployment.credentials])
    with made_store(loaded) as store, store.begin() as work:
        text, _ = work.api_keys.create(
            parsed.name, frozenset(parsed.scope), expires, actor_id=OPERATOR.actor_id
        )
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


def _must_open_something(scopes: Sequence[str], kinds: Sequence[str]) -> None:
    """A misspelt scope would make a key that everything refuses, and nobody would know why."""
    for scope in scopes:
        action, colon, kind = scope.partition(":")
        if scope != "*" and action not in _ACTIONS:
            raise _unknown(scope, action, _ACTIONS)
        if colon and action == _WITHOUT_KIND:
            raise InvalidInput(
                f"--scope {scope}: whole credentials are of no kind; write {quoted(action)} alone"
            )
        if colon and kind not in kinds:
            raise _unknown(scope, kind, kinds)


def _unknown(scope: str, part: str, known: Sequence[str]) -> InvalidInput:
    hint = did_you_mean(part, known) or f"known are {choices(known, 'and') or 'none'}"
    return InvalidInput(f"--scope {scope}: {quoted(part)} is not known; {hint}")


def _state(key: ApiKey, now: datetime) -> str:
    if key.revoked_at:
        return "revoked"
    return "expired" if key.expires_at and key.expires_at <= now else "active"
