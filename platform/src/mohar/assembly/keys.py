"""Make and read the keys and secrets that a deployment names as files."""

from __future__ import annotations

import os
import secrets
from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from mohar.assembly.blueprint import Blueprint
from mohar.assembly.keyfile import KeyFile, key_file
from mohar.codec.keymaking import KeyDescription, generate
from mohar.config.deployment import Deployment
from mohar.config.load import load_deployment
from mohar.domain.errors import ConfigError
from mohar.domain.keys import Algorithm, PublicKey
from mohar.plugin.tools import SecretReference

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
    made = [_key(folder / each.key.file, each) for each in _keys(deployment) if each.key.file]
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


def signer_keys(folder: Path) -> Sequence[PublicKey]:
    """
    Return the public keys of all signers of a deployment.

    Raises:
        ConfigError: the deployment holds mistakes, or a key is missing.
    """
    return Blueprint(folder).public_keys()


def _keys(deployment: Deployment) -> list[KeyFile]:
    found = [key_file(use.settings) for use in deployment.signers]
    return [each for each in found if each is not None]


def _secrets(deployment: Deployment) -> list[tuple[str, SecretReference]]:
    store = deployment.store
    if store is None:
        return []
    return [("encryption key", store.encryption_key), ("pepper", store.pepper.secret)]


def _key(path: Path, wanted: KeyFile) -> Made:
    algorithm = wanted.algorithm or _DEFAULT
    what = f"{algorithm} key {wanted.key_id}"
    described = path.with_suffix(".yaml")
    if path.exists():
        return Made(what=what, path=path, is_new=False)
    if described.exists():
        raise ConfigError(
            f"{described} describes a key, and {path} is gone: restore it from its copy, or give "
            "the new key another file and another key_id; what the lost one signed stays valid"
        )
    now = datetime.now(UTC).replace(microsecond=0)
    pem, _ = generate(algorithm, wanted.key_id)
    description = KeyDescription(
        key_id=wanted.key_id,
        algorithm=algorithm,
        created=now,
        valid_from=now,
        controller=wanted.controller,
    )
    _write(path, pem)
    _write(described, description.as_yaml().encode())
    return Made(what=what, path=path, is_new=True)


def _secret(what: str, path: Path) -> Made:
    if path.exists():
        return Made(what=what, path=path, is_new=False)
    _write(path, b64encode(secrets.token_bytes(32)) + b"\n")
    return Made(what=what, path=path, is_new=True)


def _write(path: Path, content: bytes) -> None:
    """Write a file for the owner's eyes only, and never over another."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}") from error
