"""The texts of each language, and what may be filled in: nothing that tells who somebody is."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final, Literal, get_args

import msgspec

from mohar.codec.sms import is_gsm, plain
from mohar.domain.errors import ConfigError
from mohar.plugin import Files

NoticeEvent = Literal["issued", "corrected", "reissued", "revoked", "suspended", "restored"]
EVENTS: Final[tuple[NoticeEvent, ...]] = get_args(NoticeEvent)
PLACES: Final = frozenset({"name", "kind", "number", "link"})
_PLACE: Final = re.compile(r"\{(\w*)\}")
_DIGITS: Final = 4
_MOST_MARKS: Final = 2
_HIDDEN: Final = "***"


class Notice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A text, and the subject that goes with it in an e-mail."""

    subject: str = ""
    text: str


class NoticeFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    The notices of one language.

    `also` are other names of the language; `review` says whether a person who speaks it has read
    them. `kinds` are what the kinds of credentials are called.
    """

    language: str
    also: list[str] = []
    review: Literal["draft", "reviewed"]
    kinds: dict[str, str]
    notices: dict[NoticeEvent, Notice]

    def notice(self, event: str) -> Notice | None:
        """Return the notice of an event, or None where there is none."""
        return next((each for name, each in self.notices.items() if name == event), None)


class Values(msgspec.Struct, frozen=True, kw_only=True):
    """What is filled into a text."""

    name: str
    kind: str
    number: str
    link: str


def read_texts(files: Files, folder: str, languages: Sequence[str]) -> Mapping[str, NoticeFile]:
    """
    Return the file of each language, by the language.

    Raises:
        ConfigError: a file is not there, has not the shape, or a place that is not known.
    """
    return {language: _read(files, f"{folder}/{language}.yaml", language) for language in languages}


def filled(text: str, values: Values) -> str:
    """
    Return a text with its places filled in, once.

    Where the words can be sent in the small alphabet, the letters of a name do not change that.
    """
    known = msgspec.structs.asdict(values)
    known["name"] = masked_name(values.name)
    rest = _PLACE.sub(lambda found: known[found[1]] if found[1] != "name" else "", text)
    if is_gsm(rest):
        known["name"] = "".join(plain(each) for each in known["name"])
    return _PLACE.sub(lambda found: known[found[1]], text)


def masked_name(name: str) -> str:
    """Return the first letter of the first and of the last word, and nothing of what follows."""
    words = name.split()
    return " ".join(_initial(word) + _HIDDEN for word in [*words[:1], *words[1:][-1:]]) or _HIDDEN


def last_digits(credential_id: str) -> str:
    """Return the end of a number: enough for its holder, and of no use to others."""
    return credential_id[-_DIGITS:]


def shortest_and_longest(text: str, kinds: Sequence[str], link: str, usual: str) -> tuple[str, str]:
    """Return a text with the shortest and with the longest values; `usual` is a letter of names."""
    by_length = sorted(kinds, key=len) or [""]
    marks = "" if is_gsm(usual) else usual[1:2] * _MOST_MARKS
    short = Values(name=usual[:1], kind=by_length[0], number="1" * _DIGITS, link=link)
    name = f"{usual[:1]}{marks} {usual[:1]}{marks}"
    long = Values(name=name, kind=by_length[-1], number="1" * _DIGITS, link=link)
    return filled(text, short), filled(text, long)


def _initial(word: str) -> str:
    """A letter goes with the marks on it: without them it is another one, or none."""
    first = unicodedata.normalize("NFC", word)[:1]
    if unicodedata.category(first)[0] != "L":
        return ""
    rest = unicodedata.normalize("NFC", word)[1 : 1 + _MOST_MARKS]
    marks = ""
    for each in rest:
        if unicodedata.category(each)[0] != "M":
            break
        marks += each
    return first + marks


def _read(files: Files, path: str, language: str) -> NoticeFile:
    read = files.load(path, NoticeFile)
    if read.language != language:
        raise ConfigError(f"{path}: its language is {read.language}; write {language}, as its name")
    for event, notice in read.notices.items():
        used = {*_PLACE.findall(notice.text), *_PLACE.findall(notice.subject)}
        if unknown := sorted(used - PLACES):
            raise ConfigError(
                f"{path}: the notice {event} has the places {', '.join(unknown)}, which are not "
                f"known; there are {', '.join(sorted(PLACES))}"
            )
    return read
