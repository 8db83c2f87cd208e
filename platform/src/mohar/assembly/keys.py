"""Make and read the keys and secrets that a deployment names as files."""

from __future__ import annotations

import os
import secrets
from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from mohar.assembly.opening import silent_telemetry, tools_of
from mohar.assembly.plugins import Plugins
from mohar.assembly.ports import Late
from mohar.assembly.resolve import Resolver
from mohar.codec.keymaking import KeyDescription, generate
from mohar.config.load import load_deployment
from mohar.domain.clock import utc_now
from mohar.domain.errors import ConfigError
from mohar.domain.keys import Algorithm, PublicKey
from mohar.plugin.tools import SecretReference


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was asked for; `is_new` when it had to be made."""

    what: str
    path: Path
    is_new: bool


class _KeyFile(msgspec.Struct, frozen=True, kw_only=True):
    """What settings of a signer with a key file have in common; other settings are left alone."""

    key: SecretReference
    key_id: str
    algorithm: Algorithm = "EdDSA"
    controller: str = ""


def generate_missing(folder: Path) -> list[Made]:
    """
    Make each signing key, encryption key and pepper whose file is not there; none is replaced.

    Raises:
        ConfigError: the deployment holds mistakes, or a file cannot be written.
    """
    deployment = load_deployment(folder).deployment
    made = []
    for use in deployment.signers:
        wanted = _key_file(use.settings)
        if wanted is not None and wanted.key.file is not None:
            made.append(_key(folder / wanted.key.file, wanted))
    if deployment.store:
        store = deployment.store
        for what, reference in (
            ("encryption key", store.encryption_key),
            ("pepper", store.pepper.secret),
        ):
            if reference.file is not None:
                made.append(_secret(what, folder / reference.file))
    return made


def signer_keys(folder: Path) -> Sequence[PublicKey]:
    """
    Return the public keys of all signers of a deployment.

    Raises:
        ConfigError: the deployment holds mistakes, or a key is missing.
    """
    loaded = load_deployment(folder)
    plugins = Plugins(loaded.deployment.plugins)
    tools = tools_of(loaded, silent_telemetry(), utc_now, Late())
    resolved = Resolver(loaded, plugins.offered, tools).resolve(with_parts=False)
    return [signer.key for signer in resolved.signers.values()]


def _key_file(settings: dict[str, Any]) -> _KeyFile | None:
    try:
        return msgspec.convert(settings, _KeyFile)
    except msgspec.ValidationError:
        return None


def _key(path: Path, wanted: _KeyFile) -> Made:
    what = f"{wanted.algorithm} key {wanted.key_id}"
    if path.exists():
        return Made(what=what, path=path, is_new=False)
    now = datetime.now(UTC).replace(microsecond=0)
    pem, _ = generate(wanted.algorithm, wanted.key_id)
    description = KeyDescription(
        key_id=wanted.key_id,
        algorithm=wanted.algorithm,
        created=now,
        valid_from=now,
        controller=wanted.controller,
    )
    _write(path, pem)
    _write(path.with_suffix(".yaml"), description.as_yaml().encode())
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
