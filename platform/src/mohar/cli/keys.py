"""`mohar keys generate|list|export`: keys and secrets of a deployment are made by people."""

from __future__ import annotations

import argparse

import msgspec

from mohar.assembly.keys import Made, generate_missing, left_to_people, signer_keys
from mohar.cli.options import add_folder
from mohar.codec.did import did_document
from mohar.codec.jwk import jwks
from mohar.config.load import load_deployment


def register(parser: argparse.ArgumentParser) -> None:
    """Say which arguments the command takes."""
    parser.description = "Keys and secrets of a deployment; people make them, never a start."
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for verb, run, summary in (
        ("generate", _generate, "make every key and secret file that is missing; none is replaced"),
        ("list", _list, "list the signing keys with their status"),
        ("export", _export, "print the public keys as DID document or JWK Set"),
    ):
        one = verbs.add_parser(verb, help=summary)
        add_folder(one)
        one.set_defaults(run=run)
        if verb == "export":
            one.add_argument("--as", dest="form", choices=("did", "jwks"), default="did")


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
    for key in signer_keys(parsed.folder):
        until = key.valid_until.isoformat() if key.valid_until else "open"
        since = key.valid_from.isoformat() if key.valid_from else "ever"
        print(f"{key.key_id}  {key.algorithm}  {key.status}  {since} – {until}")
    return 0


def _export(parsed: argparse.Namespace) -> int:
    keys = signer_keys(parsed.folder)
    controller = load_deployment(parsed.folder).deployment.authority.id
    document = did_document(controller, keys) if parsed.form == "did" else jwks(keys)
    print(msgspec.json.format(msgspec.json.encode(document)).decode())
    return 0
