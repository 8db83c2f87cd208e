"""The files of a deployment folder, as plugins may read them."""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from mohar.config.document import Document
from mohar.config.mistakes import ConfigMistakes
from mohar.config.secrets import SecretStore
from mohar.config.shapes import converted
from mohar.config.tree import walked
from mohar.config.value_sets import value_set_of
from mohar.config.words import quoted
from mohar.config.yaml import read_document
from mohar.domain.errors import ConfigError
from mohar.domain.valueset import ValueSet
from mohar.plugin.tools import Secret, SecretReference

T = TypeVar("T")


def read_bytes(path: Path, name: str) -> bytes:
    """
    Return the bytes of a file; `name` is what mistakes call it.

    Raises:
        ConfigError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"cannot read {quoted(name)} at {path}: {error.strerror}") from error


class DeploymentFiles:
    """
    Reads each file once, and remembers what it read: the same bytes for everybody, and a digest.

    Paths are relative to the folder and may leave it by `..`, since only the deployment's own
    files name them. A path that `deployment.yaml` spells is told with its line when it is wrong.
    """

    def __init__(self, root: Path, secrets: SecretStore, document: Document | None = None) -> None:
        self.root = root
        self._secrets = secrets
        self._document = document
        self._read: dict[str, bytes] = {}
        self._value_sets: dict[str, ValueSet] = {}

    def path(self, relative: str) -> Path:
        """
        Return the path of a file that the deployment names, whether it is there or not.

        Raises:
            ConfigError: the path is empty or absolute.
        """
        if not relative or "\0" in relative or Path(relative).is_absolute():
            raise self._refusal(relative, "is no path relative to the folder of deployment.yaml")
        return self.root / relative

    def read(self, relative: str) -> bytes:
        """
        Return a file's bytes, the same ones however often it is asked.

        Raises:
            ConfigError: the file cannot be read; the message names it.
        """
        path, known = self.path(relative), posixpath.normpath(relative)
        if known not in self._read:
            try:
                self.remember(known, path.read_bytes())
            except OSError as error:
                raise self._refusal(relative, f"cannot be read: {error.strerror}") from error
        return self._read[known]

    def known(self) -> list[Path]:
        """Return the paths of the files that were read so far."""
        return [self.root / name for name in self._read]

    def load(self, relative: str, shape: type[T]) -> T:
        """
        Read a YAML file into a msgspec Struct.

        Raises:
            ConfigError: every mistake of the file, each with file, line, column and excerpt.
        """
        return converted(read_document(self.read(relative), relative), shape)

    def load_anew(self, relative: str, shape: type[T]) -> T:
        """
        Read a YAML file as it is at this moment; it is neither remembered nor in the digest.

        Raises:
            ConfigError: every mistake of the file, each with file, line, column and excerpt.
        """
        return converted(read_document(read_bytes(self.path(relative), relative), relative), shape)

    def value_set(self, relative: str) -> ValueSet:
        """
        Read a value set (`docs/reference/value-sets.md`).

        Raises:
            ConfigError: every mistake of the file, each with file, line, column and excerpt.
        """
        known = posixpath.normpath(relative)
        if known not in self._value_sets:
            self._value_sets[known] = value_set_of(read_document(self.read(relative), relative))
        return self._value_sets[known]

    def secret(self, reference: SecretReference) -> Secret:
        """
        Return the secret behind a reference. Secrets are neither remembered nor in the digest.

        Raises:
            SecretMissing: it is not there; the message names the reference.
        """
        return self._secrets.get(reference)

    def remember(self, relative: str, data: bytes) -> None:
        """Keep what was read, for those who ask again and for the digest."""
        self._read[posixpath.normpath(relative)] = data

    def digests(self) -> Mapping[str, bytes]:
        """Return the SHA-256 of each file read so far, by its name."""
        return {name: hashlib.sha256(data).digest() for name, data in self._read.items()}

    def digest(self) -> str:
        """Return the SHA-256, in hex, over the names and contents of all files read so far."""
        total = hashlib.sha256()
        for name in sorted(self._read):
            total.update(f"{name}\0{hashlib.sha256(self._read[name]).hexdigest()}\n".encode())
        return total.hexdigest()

    def _refusal(self, relative: str, why: str) -> ConfigError:
        message = f"{quoted(relative)} {why}"
        for path, node in walked(self._document.root) if self._document else ():
            if self._document is not None and node.value == relative:
                return ConfigMistakes([self._document.mistake(path, message)])
        return ConfigError(message)
