"""The studio of a folder that somebody is working in: opened anew whenever one of its files changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Final, Self, TypeAlias

import msgspec

from mohar.assembly.studio import Spot, Studio
from mohar.domain.errors import MoharError, NotFound
from mohar.domain.findings import Finding, Refusal
from mohar.domain.rendition import Rendition

_LOOK_SECONDS: Final = 0.3
# What a house writes while it runs, or must not show, has no part in a page.
_NOT_WATCHED: Final = frozenset({"data", "keys", "secrets"})
_Stamps: TypeAlias = dict[Path, tuple[int, int]]


class View(msgspec.Struct, frozen=True, kw_only=True):
    """What there is to see now: sheets, or the mistake that keeps them from being drawn."""

    version: int
    spots: tuple[Spot, ...] = ()
    mistake: str = ""


class Gallery:
    """
    Shows the sheets of a folder, and watches it while the block runs.

    `only` limits them to a rendering or a language. It may be asked from several threads.
    """

    def __init__(
        self,
        folder: Path,
        samples: Path | None = None,
        *,
        rendering: str | None = None,
        language: str | None = None,
    ) -> None:
        self._folder = folder
        self._samples = samples
        self._rendering = rendering
        self._language = language
        self._lock = Lock()
        self._studio: Studio | None = None
        self._view = View(version=0)
        self._stamps: _Stamps = {}
        self._end = Event()
        self._watching = Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._open()
        self._watching.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._end.set()
        self._watching.join()

    def view(self) -> View:
        """Return what there is to see; `version` rises with every change."""
        with self._lock:
            return self._view

    def draw(self, spot: Spot) -> Rendition | Refusal:
        """Return one sheet as it is now. Raises NotFound where there are none, as `Studio` does."""
        with self._lock:
            return self._opened().draw(spot)

    def inspect(self, spot: Spot) -> Sequence[Finding]:
        """Return what is to be mended on a sheet. Raises as `draw` does."""
        with self._lock:
            return self._opened().inspect(spot)

    def _opened(self) -> Studio:
        if self._studio is None:
            raise NotFound("the deployment has a mistake; there is no page to be drawn")
        return self._studio

    def _watch(self) -> None:
        while not self._end.wait(_LOOK_SECONDS):
            if {**self._read(), **self._of_folder()} != self._stamps:
                self._open()

    def _open(self) -> None:
        # What is changed while it is being read must be read once more.
        before = self._of_folder()
        with self._lock:
            version = self._view.version + 1
            try:
                self._studio = Studio(self._folder, self._samples)
                spots = tuple(each for each in self._studio.spots() if self._is_wanted(each))
                self._view = View(version=version, spots=spots)
            except MoharError as error:
                self._studio = None
                self._view = View(version=version, mistake=str(error))
        self._stamps = {**self._read(), **before}

    def _is_wanted(self, spot: Spot) -> bool:
        return self._rendering in (None, spot.rendering) and self._language in (None, spot.language)

    def _of_folder(self) -> _Stamps:
        tops = [each for each in self._folder.glob("*") if each.name not in _NOT_WATCHED]
        return _stamps(path for top in tops for path in (top, *top.rglob("*")))

    def _read(self) -> _Stamps:
        """Files that the deployment names may lie elsewhere."""
        with self._lock:
            return _stamps(self._studio.files()) if self._studio else {}


def _stamps(paths: Iterable[Path]) -> _Stamps:
    """Return how old and how large files are; what cannot be seen counts as gone."""
    found = {}
    for path in paths:
        try:
            seen = path.stat()
        except OSError:
            continue
        found[path] = (seen.st_mtime_ns, seen.st_size)
    return found
