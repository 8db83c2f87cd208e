"""`mohar keys generate|list|rotate|revoke|export|rotate-data`: keys of a deployment are made by people."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import msgspec

from mohar.assembly.keys import Made, generate_missing, left_to_people, listed_keys, signer_keys
from mohar.assembly.opening import open_store
from mohar.assembly.rotation import Rotated, Wish, revoke, rotate
from mohar.cli.options import OPERATOR, add_deployment, add_folder, moment
from mohar.codec.key_lists import published
from mohar.config.load import load_deployment
from mohar.domain.clock import rfc3339
from mohar.store.keys import PURPOSES


def register(parser: argparse.ArgumentParser) -> None:
    """Say which arguments the command takes."""
    parser.description = "Keys and secrets of a deployment; people make them, never a start."
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")

    def verb(
        name: str, run: Callable[[argparse.Namespace], int], summary: str
    ) -> argparse.ArgumentParser:
        one = verbs.add_parser(
            name, help=summary, description=f"{summary[0].upper()}{summary[1:]}."
        )
        add_folder(one)
        one.set_defaults(run=run)
        return one

    verb("generate", _generate, "make every key and secret file that is missing; none is replaced")
    verb("list", _list, "list the signing keys, past and coming ones too")
    _rotate_arguments(verb("rotate", _rotate, "make new keys that take over; the old ones stay"))
    revoking = verb("revoke", _revoke, "let a key that cannot be trusted sign no more")
    revoking.add_argument("key_id", metavar="KEY", help="its id, as `mohar keys list` tells it")
    revoking.add_argument(
        "--since", metavar="TIME", help="believe what it says it signed before (RFC 3339)"
    )
    exporting = verb("export", _export, "print the public keys as the house publishes them")
    exporting.add_argument("--as", dest="form", choices=("did", "jwks", "trust"), default="did")
    _rotate_data_arguments(
        verbs.add_parser(
            "rotate-data",
            help="make new keys that encrypt what the store keeps; old ones still open",
        )
    )


def _rotate_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--signer", metavar="NAME", help="rotate this signer's key alone (default: every signer's)"
    )
    parser.add_argument(
        "--at", metavar="TIME", help="when the new key begins to sign (RFC 3339; default: now)"
    )
    parser.add_argument(
        "--overlap",
        type=int,
        default=10,
        metavar="MINUTES",
        help="how long the old key is still believed after that (default: 10)",
    )
    parser.add_argument(
        "--compromised-since",
        metavar="TIME",
        help="believe the old key only for what it says it signed before (RFC 3339)",
    )
    parser.add_argument("--dry-run", action="store_true", help="write nothing; say what would be")


def _rotate_data_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Make new data keys: every process seals with them from its next transaction on, and the "
        "old ones still open. `mohar db reencrypt` seals anew what they sealed, and retires them."
    )
    add_deployment(parser)
    parser.add_argument(
        "--purpose",
        action="append",
        choices=PURPOSES,
        help="rotate the key of this purpose alone; may be repeated (default: every one)",
    )
    parser.set_defaults(run=_rotate_data)


def _rotate_data(parsed: argparse.Namespace) -> int:
    purposes = frozenset(parsed.purpose or PURPOSES)
    with open_store(parsed.deployment) as store:
        made = store.rotate_data(purposes, OPERATOR.actor_id)
    for name in made:
        print(f"made  {name}")
    print(f"`mohar db reencrypt {parsed.deployment}` seals anew what the old ones sealed")
    return 0


def _generate(parsed: argparse.Namespace) -> int:
    made: list[Made] = generate_missing(parsed.folder)
    for each in made:
        print(f"{'made ' if each.is_new else 'there'}  {each.what}  {each.path}")
    for what, reference in left_to_people(parsed.folder):
        print(f"yours  {what}  ${reference.env}, which you set yourself")
    if any(each.is_new for each in made):
        print("Keep copies of these files in a safe place: what they protect is lost without them.")
    return 0


def _list(parsed: argparse.Namespace) -> int:
    for each in listed_keys(parsed.folder):
        key = each.key
        until = key.valid_until.isoformat() if key.valid_until else "open"
        since = key.valid_from.isoformat() if key.valid_from else "ever"
        where = _file(each.path, parsed.folder)
        print(
            f"{key.key_id}  {key.algorithm}  {each.status}  {each.use}  {where}  {since} – {until}"
        )
    return 0


def _file(path: Path | None, folder: Path) -> str:
    if path is None:
        return "no-file"
    name = path.relative_to(folder) if path.is_relative_to(folder) else path
    return f"{name}" if path.exists() else f"({name} is gone)"


def _rotate(parsed: argparse.Namespace) -> int:
    wish = Wish(
        signer=parsed.signer,
        at=moment(parsed.at) if parsed.at else None,
        overlap=timedelta(minutes=parsed.overlap),
        compromised_since=moment(parsed.compromised_since) if parsed.compromised_since else None,
        trial=parsed.dry_run,
    )
    rotated = rotate(parsed.folder, wish)
    for each in rotated:
        _tell(each, is_trial=wish.trial)
    if not wish.trial:
        print(
            "Keep copies of the new files, and take them to every machine that signs. "
            "An old PEM may be destroyed when its key has ended."
        )
    return 0


def _tell(rotated: Rotated, *, is_trial: bool) -> None:
    old, new = rotated.old, rotated.new
    ends = [each for each in (old.valid_until, old.compromised_since) if each]
    until = rfc3339(min(ends)) if ends else "open"
    print(f"{'would make' if is_trial else 'made'}  {new.algorithm} key {new.key_id}")
    print(f"       {rotated.new_path}, described in {rotated.description}")
    print(f"signs  {new.key_id} from {rfc3339(new.signs_from)}")
    print(f"ends   {old.key_id} at {until}; what it signed before stays valid")


def _revoke(parsed: argparse.Namespace) -> int:
    key = revoke(parsed.folder, parsed.key_id, moment(parsed.since) if parsed.since else None)
    if key.status == "compromised" or key.compromised_since is None:
        print(f"revoked  {key.key_id}: nothing that it signed is believed any more")
    else:
        since = rfc3339(key.compromised_since)
        print(f"revoked  {key.key_id}: believed for what it says it signed before {since}")
    print("Where it was the one that signs, `mohar keys rotate` makes another.")
    return 0


def _export(parsed: argparse.Namespace) -> int:
    controller = load_deployment(parsed.folder).deployment.authority.id
    document = published(parsed.form, controller, signer_keys(parsed.folder))
    print(msgspec.json.format(msgspec.json.encode(document)).decode())
    return 0
