"""Read the files of a deployment; every mistake in one of them is told at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, TypeVar

from mohar.config.crosscheck import cross_checked
from mohar.config.deployment import Deployment
from mohar.config.document import Document
from mohar.config.files import DeploymentFiles, read_bytes
from mohar.config.mistakes import Mistake, Mistakes
from mohar.config.secrets import SecretStore
from mohar.config.shapes import converted
from mohar.config.tree import Path as TreePath
from mohar.config.tree import nearest, placed
from mohar.config.yaml import read_document

T = TypeVar("T")

FILE: Final = "deployment.yaml"


def load_yaml(path: Path, shape: type[T], *, name: str | None = None) -> T:
    """
    Read one YAML file into a msgspec Struct; `name` is what mistakes call the file.

    Raises:
        ConfigError: there is no such file.
        ConfigMistakes: every mistake of the file, each with its place.
    """
    name = str(path) if name is None else name
    return converted(read_document(read_bytes(path, name), name), shape)


def load_deployment(folder: Path) -> Loaded:
    """
    Read `deployment.yaml` of a folder and check it as far as it can be without its plugins.

    Raises:
        ConfigError: there is no such file.
        ConfigMistakes: every mistake of the file, each with its place.
    """
    loaded, mistakes = read_deployment(folder)
    mistakes.raise_if_any()
    return loaded


def read_deployment(folder: Path) -> tuple[Loaded, Mistakes]:
    """
    Read `deployment.yaml` of a folder; what is wrong between its parts is returned beside it.

    For those who look further and tell all mistakes together.

    Raises:
        ConfigError: there is no such file.
        ConfigMistakes: the file has not the shape of a deployment.
    """
    data = read_bytes(folder / FILE, FILE)
    document = read_document(data, FILE)
    deployment = converted(document, Deployment)
    mistakes = Mistakes()
    mistakes.add(*cross_checked(deployment, document))
    return Loaded(deployment, folder, document, data), mistakes


class Loaded:
    """
    A deployment that was read, with the places of everything in it.

    It is immutable but for `digest`, which covers what was read so far. It prints without its
    content, since a store's address may hold a password.
    """

    def __init__(
        self, deployment: Deployment, folder: Path, document: Document, data: bytes
    ) -> None:
        self.deployment = deployment
        self.folder = folder
        self.secrets = SecretStore(folder)
        self.files = DeploymentFiles(folder, self.secrets, document)
        self.files.remember(FILE, data)
        self._document = document

    def __repr__(self) -> str:
        return f"Loaded({self.deployment.name!r}, {str(self.folder)!r})"

    @property
    def digest(self) -> str:
        """
        Return the SHA-256, in hex, over `deployment.yaml` and every file read through `files`.

        Plugins read their files when they are opened, so ask when assembly is done.
        """
        return self.files.digest()

    def mistake(self, path: TreePath, message: str, hint: str = "") -> Mistake:
        """Return a mistake at the value of a path, as in `("signers", 0, "uses")`."""
        return self._document.mistake(path, message, hint)

    def convert(self, path: TreePath, raw: dict[str, Any], shape: type[T]) -> T:
        """
        Turn the settings at a path into the shape that an offer declares.

        `raw` is what the deployment holds there; it counts where the file left the settings out.

        Raises:
            ConfigMistakes: all that does not fit (collect several with `Mistakes.collected`).
        """
        node, found = nearest(self._document.root, path)
        subtree = node if found else placed(raw, node)
        return converted(self._document, shape, node=subtree, path=path)
