"""The one folder a page can take anything from, and the fetcher that knows no other place."""

from __future__ import annotations

import posixpath
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from mohar.domain.errors import ConfigError
from mohar.plugin import Files

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


class AddressRefused(FatalURLFetchingError):  # type: ignore[misc]  # WeasyPrint has no types
    """
    A page asked for something outside its folder, or for something that is not in it.

    WeasyPrint lets a page be printed without a picture that could not be fetched; this exception
    is of the one sort that stops it. The message never repeats the address, which may have been
    built from a person's data.
    """


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


def _decoded(content: bytes, path: str) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: it is not UTF-8; save it as UTF-8") from error


class ClosedFetcher(URLFetcher):  # type: ignore[misc]  # WeasyPrint has no types
    """
    Fetches files of one folder, and PNGs that are written into the page; never anything else.

    No handler for any network protocol is ever reached: `fetch` answers by itself. `refused` keeps
    the last refusal for whoever set it to None before.
    """

    def __init__(self, folder: TemplateFolder) -> None:
        super().__init__(allowed_protocols=("file", "data"), allow_redirects=False)
        self._folder = folder
        self.refused: AddressRefused | None = None

    def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
        """
        Return what an address of the page stands for.

        Raises:
            AddressRefused: the address leads out of the folder, or to nothing printable in it.
        """
        del headers
        try:
            return super().fetch(url) if url.startswith(_OWN_IMAGE) else self._file(url)
        except AddressRefused as error:
            self.refused = error
            raise

    def _file(self, url: str) -> URLFetcherResponse:
        name = self._name(url)
        media_type = _MEDIA_TYPES.get(posixpath.splitext(name)[1].lower())
        if media_type is None:
            raise AddressRefused(
                f"of a kind that a page cannot use (it can use {', '.join(sorted(_MEDIA_TYPES))})"
            )
        try:
            content = self._folder.read(name)
        except ConfigError as error:
            raise AddressRefused("outside the template's folder, or not there") from error
        return URLFetcherResponse(url, content, {"Content-Type": media_type})

    def _name(self, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme != "file" or parts.netloc:
            raise AddressRefused(f"behind {parts.scheme}:, and pages fetch nothing")
        path = Path(unquote(parts.path))
        try:
            return path.relative_to(self._folder.root).as_posix()
        except ValueError as error:
            raise AddressRefused("outside the template's folder") from error
