"""`mohar apikeys create|list|revoke`: who may call."""

from __future__ import annotations

import argparse

from mohar.assembly.opening import open_store
from mohar.cli.options import add_folder, moment


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
        help="issue, read, search or operate, for all kinds or one; may be repeated",
    )
    create.add_argument("--expires", metavar="TIME", help="RFC 3339; default: never")
    create.set_defaults(run=_create)
    listing = verbs.add_parser("list", help="list the keys, never their texts")
    add_folder(listing)
    listing.set_defaults(run=_list)
    revoke = verbs.add_parser("revoke", help="revoke a key at once")
    add_folder(revoke)
    revoke.add_argument("key_id")
    revoke.set_defaults(run=_revoke)


def _create(parsed: argparse.Namespace) -> int:
    expires = moment(parsed.expires) if parsed.expires else None
    with open_store(parsed.folder) as store, store.begin() as work:
        text, _ = work.api_keys.create(parsed.name, frozenset(parsed.scope), expires)
    print(text)
    return 0


def _list(parsed: argparse.Namespace) -> int:
    with open_store(parsed.folder) as store, store.read() as work:
        keys = work.api_keys.listed()
    for key in keys:
        state = "revoked" if key.revoked_at else "active "
        print(f"{key.key_id}  {state}  {key.name}  {' '.join(sorted(key.scopes))}")
    return 0


def _revoke(parsed: argparse.Namespace) -> int:
    with open_store(parsed.folder) as store, store.begin() as work:
        work.api_keys.revoke(parsed.key_id)
    print(f"{parsed.key_id} is revoked")
    return 0
