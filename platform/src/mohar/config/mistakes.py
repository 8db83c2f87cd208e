"""Mistakes in a deployment folder: each with its place, all of them told together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

from mohar.domain.errors import ConfigError


class Mistake(msgspec.Struct, frozen=True, kw_only=True):
    """
    One thing to mend.

    `path` names the part of the file in words (`signers "issuer-2026"`); `line` and `column`
    start at one, and are zero where a mistake has no place in a file. `hint` is the likely mend.
    """

    file: str = ""
    line: int = 0
    column: int = 0
    path: str = ""
    message: str
    excerpt: str = ""
    hint: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        told = ": ".join(part for part in (place, self.path, self.message) if part)
        hinted = f"{told} ({self.hint})" if self.hint else told
        return f"{hinted}\n{self.excerpt}" if self.excerpt else hinted


class ConfigMistakes(ConfigError):
    """
    Everything that is wrong with what was read, in the order of the files.

    The message holds each mistake with its place, excerpt and likely mend.
    """

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        told = dict.fromkeys(mistakes)
        self.mistakes = tuple(sorted(told, key=lambda each: (each.file, each.line, each.column)))
        super().__init__("\n\n".join(str(mistake) for mistake in self.mistakes))

    def __reduce__(self) -> Any:
        return type(self), (self.mistakes,)


class Mistakes:
    """
    Collects mistakes so that they can be raised together.

        mistakes = Mistakes()
        with mistakes.collected():
            settings = loaded.convert(path, raw, shape)
        mistakes.raise_if_any()
    """

    def __init__(self) -> None:
        self._found: list[Mistake] = []

    def __iter__(self) -> Iterator[Mistake]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def add(self, *mistakes: Mistake) -> None:
        """Keep mistakes for later."""
        self._found.extend(mistakes)

    @contextmanager
    def collected(self) -> Iterator[None]:
        """Keep the mistakes of a ConfigError raised inside, and go on after the block."""
        try:
            yield
        except ConfigMistakes as error:
            self.add(*error.mistakes)
        except ConfigError as error:
            self.add(Mistake(message=str(error)))

    def raise_if_any(self) -> None:
        """
        End the collecting.

        Raises:
            ConfigMistakes: something was collected.
        """
        if self._found:
            raise ConfigMistakes(self._found)
