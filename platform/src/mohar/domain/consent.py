"""What holders are shown before they do something that rests on their consent."""

from __future__ import annotations

import hashlib
from typing import Final, Literal, Self

import msgspec

NoticeName = Literal["code", "share", "report"]
_DIGEST_LETTERS: Final = 32


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """
    A notice in one language, as it was shown.

    `version` is its name, its language and the beginning of the SHA-256 of its words, as in
    `share-en-0f…`: no word of it changes and the version stays.
    """

    version: str
    text: str

    @classmethod
    def of(cls, name: NoticeName, language: str, text: str) -> Self:
        """Return a notice with the version that its words give it."""
        digest = hashlib.sha256(text.encode()).hexdigest()[:_DIGEST_LETTERS]
        return cls(version=f"{name}-{language}-{digest}", text=text)
