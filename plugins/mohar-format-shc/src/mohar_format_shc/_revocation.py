"""Which cards an issuer has revoked: its lists, as a deployment pins them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Final, Literal

import msgspec

from mohar.codec import strict_json
from mohar.domain.errors import ConfigError, Unreadable
from mohar.domain.verdict import Check

# At most 24 characters of base64url, and the moment before which cards are revoked.
RID: Final = r"[A-Za-z0-9_-]{1,24}"

_ENTRY: Final = re.compile(rf"({RID})(?:\.([0-9]{{1,11}}))?", re.ASCII)
_MOST_BYTES: Final = 20_000_000


class _File(msgspec.Struct, frozen=True):
    kid: str
    method: Literal["rid"]
    ctr: Annotated[int, msgspec.Meta(ge=0)]
    rids: list[str]


class Revocations:
    """What the lists say, by the key of a card and the number the card has in them."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        """
        Read the lists of the files, by their names.

        Raises:
            ConfigError: a file is no such list, two are of one key, or an entry is no number of
                a card or comes twice.
        """
        self._lists: dict[str, Mapping[str, int | None]] = {}
        for where, data in files.items():
            read = _parsed(data, where)
            if read.kid in self._lists:
                raise ConfigError(f"{where}: another list is of the same key; leave the newer one")
            self._lists[read.kid] = _entries(read.rids, where)

    def check(self, key_id: str, rid: str, issued: datetime | None) -> Check | None:
        """Return whether a card is revoked; None where no list of its key is pinned."""
        listed = self._lists.get(key_id)
        if listed is None:
            return None
        if rid in listed and _reaches(listed[rid], issued):
            return Check(name="revocation", outcome="failed", detail="its issuer has revoked it")
        return Check(name="revocation", outcome="passed")


def _parsed(data: bytes, where: str) -> _File:
    try:
        return msgspec.convert(strict_json.parse_object(data, max_bytes=_MOST_BYTES), _File)
    except (Unreadable, msgspec.ValidationError) as error:
        raise ConfigError(f"{where}: no list of revoked health cards: {error}") from error


def _entries(texts: Iterable[str], where: str) -> Mapping[str, int | None]:
    entries: dict[str, int | None] = {}
    for number, text in enumerate(texts):
        match = _ENTRY.fullmatch(text)
        if match is None:
            raise ConfigError(f"{where}: rids.{number} is not up to 24 characters of base64url")
        if match[1] in entries:
            raise ConfigError(f"{where}: rids.{number} stands in the list before, too")
        entries[match[1]] = int(match[2]) if match[2] else None
    return entries


def _reaches(before_seconds: int | None, issued: datetime | None) -> bool:
    return before_seconds is None or issued is None or issued.timestamp() < before_seconds
