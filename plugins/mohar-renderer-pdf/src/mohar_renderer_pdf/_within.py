"""The one folder a page can take anything from, and what the addresses of a page stand for."""

from __future__ import annotations

import posixpath
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urljoin, urlsplit
from urllib.request import DataHandler, Request

from mohar.domain.errors import ConfigError
from mohar.plugin import Files
from mohar_renderer_pdf._addresses import literal_addresses

_MEDIA_TYPES: Final = {
    ".css": "text/css",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".otf": "font/otf",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
}
_OWN_IMAGE: Final = "data:image/png;base64,"


class NotWithin(Exception):
    """An address leads out of the folder, or to nothing printable in it; the message says which."""


class TemplateFolder:
    """The folder of a template, read through the deployment's files so that its digest is known."""

    def __init__(self, files: Files, template: str) -> None:
        self._files = files
        self.relative = posixpath.dirname(template)
        self.root = files.path(template).parent.resolve()
        self.base_url = f"{self.root.as_uri()}/"

    def read(self, name: str) -> bytes:
        """
        Return a file of the folder or of one below it.

        Raises:
            ConfigError: the file is outside, by its path or through a link, or cannot be read.
        """
        path = (self.root / name).resolve()
        if "\0" in name or not path.is_relative_to(self.root):
            raise ConfigError(f"{name}: a page takes nothing from outside {self.relative or '.'}/")
        return self._files.read(posixpath.join(self.relative, name))

    def text(self, name: str) -> str:
        """Return a text file of the folder. Raises ConfigError as `read` does, or for no UTF-8."""
        return _decoded(self.read(name), self.shown(name))

    def named_text(self, path: str) -> str:
        """
        Return a text file that the deployment itself names, wherever it is.

        Raises:
            ConfigError: it cannot be read, or is not UTF-8.
        """
        return _decoded(self._files.read(path), path)

    def shown(self, name: str) -> str:
        """Return the path of a file as people know it: relative to the deployment folder."""
        return posixpath.join(self.relative, name)

    def check(self, place: str, source: str) -> None:
        """
        Look at the addresses written out in HTML or CSS.

        Raises:
            ConfigError: one of them is refused; the message names `place`, line and address.
        """
        for address, line in literal_addresses(source):
            url = urljoin(self.base_url, address)
            try:
                if is_own_image(url):
                    DataHandler().data_open(Request(url))  # noqa: S310 -- what stands in the page
                else:
                    self.fetched(url)
            except NotWithin as error:
                raise ConfigError(f"{place}:{line}: {address!r} is {error}") from error

    def fetched(self, url: str) -> tuple[bytes, str]:
        """
        Return what an address stands for, a file of the folder, and its media type.

        Raises:
            NotWithin: it stands for nothing that a page can use.
        """
        name = self._name(url)
        media_type = _MEDIA_TYPES.get(posixpath.splitext(name)[1].lower())
        if media_type is None:
            raise NotWithin(
                f"of a kind that a page cannot use (it can use {', '.join(sorted(_MEDIA_TYPES))})"
            )
        try:
            return self.read(name), media_type
        except ConfigError as error:
            raise NotWithin("outside the template's folder, or not there") from error

    def _name(self, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme != "file" or parts.netloc:
            raise NotWithin(f"behind {parts.scheme}:, and pages fetch nothing")
        path = Path(unquote(parts.path))
        try:
            return path.relative_to(self.root).as_posix()
        except ValueError as error:
            raise NotWithin("outside the template's folder") from error


def is_own_image(url: str) -> bool:
    """Say whether an address is a PNG that is written into the page itself."""
    return url.startswith(_OWN_IMAGE)


def _decoded(content: bytes, path: str) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: it is not UTF-8; save it as UTF-8") from error
