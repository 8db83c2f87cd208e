"""A name in the letters of a passport: as the holder confirmed it, or not at all."""

from __future__ import annotations

import re
from typing import Final

from mohar.domain.values import JsonObject
from mohar_source_cowin.reading import Notes

PLACE: Final = "recipient.latinName"

_FORM: Final = re.compile(r"[A-Z]+(<[A-Z]+)*", re.ASCII)
_PARTS: Final = ("family", "given")


def keep_if_sound(recipient: JsonObject, notes: Notes) -> None:
    """
    Leave a name out of the record, whole and with a warning, where a part of it has another form.

    Half a name would be another name. Nothing is mended: what an upper-case letter or a missing
    accent should have been is for the holder to say.
    """
    wrong = [part for part in _PARTS if not _is_sound(recipient.get("latin", {}).get(part))]
    for part in wrong:
        notes.warn(
            "bad-latin-name",
            "This must be of capitals A to Z, its parts joined by <, as the holder confirmed it; "
            "the whole name in Latin letters was left out.",
            f"{PLACE}.{part}",
        )
    unread = any(each.is_error and each.where.startswith(PLACE) for each in notes.findings)
    if wrong or unread:
        recipient.pop("latin", None)


def _is_sound(part: str | None) -> bool:
    return part is None or _FORM.fullmatch(part) is not None
