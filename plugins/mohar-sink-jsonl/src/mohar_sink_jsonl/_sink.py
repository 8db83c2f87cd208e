"""The file and how it is written: whole batches, whole lines, on the disk before we say so."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import msgspec

from mohar.domain.errors import Unavailable
from mohar.domain.events import Fact
from mohar.plugin import Tools

_OWNER_ONLY: Final = 0o600
_STEP_BYTES: Final = 65_536


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`path` is the file, relative to the deployment folder; its folder is made where needed."""

    path: Annotated[str, msgspec.Meta(min_length=1)]


class JsonLinesSink:
    """
    Appends each batch with one write and waits for the disk.

    A batch that was cut short (by a crash, or a full disk) is mended before the next one: what
    follows the last whole line is cut off. The batch comes again, so a fact may be there twice,
    told by its `event_id`. Several processes may write to one file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    @classmethod
    def open(cls, settings: Settings, tools: Tools) -> JsonLinesSink:
        """Make the sink; the file is made by the first batch."""
        return cls(tools.files.path(settings.path))

    def write(self, facts: Sequence[Fact]) -> None:
        """
        Append the facts, and return when they are on the disk.

        Raises:
            Unavailable: the file cannot be written; the facts should come again.
        """
        if not facts:
            return
        lines = b"".join(msgspec.json.encode(fact) + b"\n" for fact in facts)
        try:
            with _locked(self._path) as descriptor:
                _append(descriptor, lines)
                _keep_name(self._path, lines, descriptor)
        except OSError as error:
            raise Unavailable(f"{self._path} cannot be written: {error.strerror}") from error


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    path.parent.mkdir(parents=True, exist_ok=True)
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
    descriptor = os.open(path, flags, _OWNER_ONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def _append(descriptor: int, batch: bytes) -> None:
    end = _end_of_last_line(descriptor)
    os.ftruncate(descriptor, end)
    try:
        _write_whole(descriptor, batch)
    except OSError:
        os.ftruncate(descriptor, end)
        raise
    os.fsync(descriptor)


def _keep_name(path: Path, lines: bytes, descriptor: int) -> None:
    """Bring a new file's name to the disk, too: its folder is a file of its own."""
    if os.fstat(descriptor).st_size > len(lines):
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _write_whole(descriptor: int, batch: bytes) -> None:
    written = os.write(descriptor, batch)
    while written < len(batch):
        written += os.write(descriptor, batch[written:])


def _end_of_last_line(descriptor: int) -> int:
    """Return the length of the file without what follows its last line feed."""
    end = os.fstat(descriptor).st_size
    while end > 0:
        start = max(0, end - _STEP_BYTES)
        place = os.pread(descriptor, end - start, start).rfind(b"\n")
        if place >= 0:
            return start + place + 1
        end = start
    return 0
