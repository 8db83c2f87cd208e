"""Make and read the keys and secrets that a deployment names as files."""

from __future__ import annotations

import secrets
from base64 import b64encode
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

import msgspec

from mohar.assembly.blueprint import Blueprint
from mohar.assembly.keyfile import KeyFile, key_file, write_new
from mohar.assembly.own_keys import keys_of, published_keys
from mohar.codec.keymaking import KeyDescription, generate
from mohar.config.deployment import Deployment
from mohar.config.load import load_deployment
from mohar.domain.clock import Clock, utc_now
from mohar.domain.errors import ConfigError
from mohar.domain.keys import Algorithm, PublicKey
from mohar.plugin import Signer
from mohar.plugin.tools import SecretReference

Use = Literal["current", "coming", "past"]
_DEFAULT: Final[Algorithm] = "EdDSA"


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was asked for; `is_new` when it had to be made."""

    what: str
    path: Path
    is_new: bool


def generate_missing(folder: Path) -> list[Made]:
    """
    Make each signing key, encryption key and pepper whose file is not there; none is replaced.

    Raises:
        ConfigError: the deployment holds mistakes, or a file cannot be written.
    """
    deployment = load_deployment(folder).deployment
    made = [_key(folder, each) for each in _keys(deployment) if each.key.file]
    return made + [
        _secret(what, folder / reference.file)
        for what, reference in _secrets(deployment)
        if reference.file
    ]


def left_to_people(folder: Path) -> list[tuple[str, SecretReference]]:
    """Return what a deployment reads from the environment, so that no file can be made for it."""
    deployment = load_deployment(folder).deployment
    keys = [(f"key {each.key_id}", each.key) for each in _keys(deployment)]
    return [
        (what, reference) for what, reference in [*keys, *_secrets(deployment)] if reference.env
    ]


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """
    A key of this deployment, what it is used for now, and its file where it has one.

    `status` is that of the key in a word; a key that is believed up to a moment is `revoked`.
    """

    key: PublicKey
    status: str
    use: Use
    path: Path | None


def listed_keys(folder: Path, clock: Clock = utc_now) -> list[Listed]:
    """
    Return the keys of all signers, each once, with those of one signer in their order.

    Raises:
        ConfigError: the deployment holds mistakes, or a key is missing.
    """
    blueprint = Blueprint(folder, clock=clock)
    signers, now = blueprint.signers(), clock()
    published = published_keys(signers.values())
    uses = {key_id: use for each in signers.values() for key_id, use in _uses(each, now)}
    files = _files(folder, blueprint.loaded.deployment)
    return [_listed(key, uses[key.key_id], files.get(key.key_id)) for key in published]


def signer_keys(folder: Path) -> Sequence[PublicKey]:
    """
    Return the public keys of all signers of a deployment, past and coming ones too.

    Raises:
        ConfigError: the deployment holds mistakes, or a key is missing.
    """
    return Blueprint(folder).public_keys()


def _listed(key: PublicKey, use: Use, file: tuple[Path, KeyDescription | None] | None) -> Listed:
    path, described = file or (None, None)
    status: str = "active" if use == "current" else key.status
    if described is not None and described.compromised_since and status != "compromised":
        status = "revoked"
    return Listed(key=key, status=status, use=use, path=path)


def _uses(signer: Signer, now: datetime) -> Iterator[tuple[str, Use]]:
    has_come = False
    current = signer.key
    for key in keys_of(signer):
        if key.key_id == current.key_id:
            has_come = True
            has_end = key.status == "active" or key.valid_until is not None
            yield key.key_id, "current" if has_end and key.was_valid(now) else "past"
        else:
            yield key.key_id, "coming" if has_come else "past"


def _files(folder: Path, deployment: Deployment) -> dict[str, tuple[Path, KeyDescription | None]]:
    """Return the PEM of each key that has one, and how the key is described."""
    found: dict[str, tuple[Path, KeyDescription | None]] = {}
    for each in _keys(deployment):
        if each.key.file is None:
            continue
        ring = each.ring(folder)
        found[each.key_id] = (each.pem(folder), ring)
        for one in ring.keys if ring else ():
            found[one.key_id] = (each.pem(folder, one), one)
    return found


def _keys(deployment: Deployment) -> list[KeyFile]:
    found = [key_file(use.settings) for use in deployment.signers]
    return [each for each in found if each is not None]


def _secrets(deployment: Deployment) -> list[tuple[str, SecretReference]]:
    store = deployment.store
    if store is None:
        return []
    return [("encryption key", store.encryption_key), ("pepper", store.pepper.secret)]


def _key(folder: Path, wanted: KeyFile) -> Made:
    ring = wanted.ring(folder)
    if ring is None:
        path = wanted.pem(folder)
        return (
            Made(what=_named(wanted), path=path, is_new=False)
            if path.exists()
            else _new(folder, wanted)
        )
    signing = ring.signing(datetime.now(UTC))
    path = wanted.pem(folder, signing)
    if not path.exists():
        raise ConfigError(
            f"{wanted.description(folder)} describes a key, and {path} is gone: restore it from "
            "its copy, or give the new key another file and another key_id; what the lost one "
            "signed stays valid"
        )
    return Made(what=f"{signing.algorithm} key {signing.key_id}", path=path, is_new=False)


def _new(folder: Path, wanted: KeyFile) -> Made:
    path, described = wanted.pem(folder), wanted.description(folder)
    now = datetime.now(UTC).replace(microsecond=0)
    pem, _ = generate(wanted.algorithm or _DEFAULT, wanted.key_id)
    description = KeyDescription(
        key_id=wanted.key_id,
        algorithm=wanted.algorithm or _DEFAULT,
        created=now,
        valid_from=now,
        controller=wanted.controller,
    )
    write_new(path, pem)
    write_new(described, description.as_yaml().encode())
    return Made(what=_named(wanted), path=path, is_new=True)


def _named(wanted: KeyFile) -> str:
    return f"{wanted.algorithm or _DEFAULT} key {wanted.key_id}"


def _secret(what: str, path: Path) -> Made:
    if path.exists():
        return Made(what=what, path=path, is_new=False)
    write_new(path, b64encode(secrets.token_bytes(32)) + b"\n")
    return Made(what=what, path=path, is_new=True)
