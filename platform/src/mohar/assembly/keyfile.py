"""Signers whose keys are files: what their settings have in common, and how such files are written."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from mohar.codec.keymaking import KeyDescription
from mohar.codec.keyring import KeyRing, LaterKey
from mohar.config.load import load_yaml
from mohar.config.shapes import converted
from mohar.config.yaml import read_document
from mohar.domain.errors import ConfigError
from mohar.domain.keys import Algorithm
from mohar.plugin.tools import SecretReference


class KeyFile(msgspec.Struct, frozen=True, kw_only=True):
    """Where a signer's first key is kept, and which it is; other settings are left alone."""

    key: SecretReference
    key_id: str
    algorithm: Algorithm | None = None
    controller: str = ""
    metadata: str | None = None

    def pem(self, folder: Path, described: KeyDescription | None = None) -> Path:
        """Return where the PEM of the first key is, or that of a later one."""
        assert self.key.file is not None
        first = folder / self.key.file
        return first.with_name(described.file) if isinstance(described, LaterKey) else first

    def description(self, folder: Path) -> Path:
        """Return where the description of the keys is, or is to be."""
        return folder / self.metadata if self.metadata else self.pem(folder).with_suffix(".yaml")

    def ring(self, folder: Path) -> KeyRing | None:
        """
        Return the keys that are described, or None where nothing is.

        Raises:
            ConfigError: every mistake of the description.
        """
        path = self.description(folder)
        if not path.exists() or (self.metadata is None and Path(self.key.file or "").is_absolute()):
            return None
        return load_yaml(path, KeyRing)

    def describe(self, folder: Path, ring: KeyRing) -> None:
        """
        Put this ring in the place of what was described, in one step.

        Raises:
            ConfigError: it cannot be written; what was described is as it was.
        """
        path, text = self.description(folder), ring.as_yaml().encode()
        if converted(read_document(text, str(path)), KeyRing) != ring:
            raise ConfigError(f"{path} would not say what it should, so it was left as it is")
        _replace(path, text)


def key_file(settings: dict[str, Any]) -> KeyFile | None:
    """Return the key that a signer's settings name, or None where they name none this way."""
    try:
        return msgspec.convert(settings, KeyFile)
    except msgspec.ValidationError:
        return None


def write_new(path: Path, content: bytes) -> None:
    """
    Write a file for the owner's eyes only, and never over another; it is on the disk afterwards.

    Raises:
        ConfigError: it cannot be written.
    """
    with _told(path):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        _fill(descriptor, content)
        _settle(path.parent)


def own_like(path: Path, other: Path) -> None:
    """
    Give a file to whoever has the other one, so that a house finds what root has made for it.

    Raises:
        ConfigError: only root can do that.
    """
    wanted, now = other.stat(), path.stat()
    with _told(path):
        if (wanted.st_uid, wanted.st_gid) != (now.st_uid, now.st_gid):
            os.chown(path, wanted.st_uid, wanted.st_gid)
        path.chmod(wanted.st_mode & 0o777)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Let one command at a time change the keys of a deployment; the next one waits."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _replace(path: Path, content: bytes) -> None:
    """Whoever reads the file meanwhile finds all of the old or all of the new."""
    with _told(path):
        descriptor, beside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        _fill(descriptor, content)
        if path.exists():
            own_like(Path(beside), path)
        Path(beside).replace(path)
        _settle(path.parent)


def _fill(descriptor: int, content: bytes) -> None:
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _settle(folder: Path) -> None:
    """A name is on the disk when its folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}") from error
