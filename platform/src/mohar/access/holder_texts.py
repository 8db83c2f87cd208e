"""What the page for holders and the codes sent to them say, in every language there is a file for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal

import msgspec

from mohar.domain.findings import Finding

_FALLBACK: Final = "en"
# What is said outside the page; a page needs these, and may need more.
_NEEDED: Final = ("code-subject", "code-message")


class TextFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    The words of one language: its BCP 47 tag, its own name, and how it runs.

    What it lacks is said in the language of `fallback`. `draft` means that nobody who speaks the
    language has read it yet.
    """

    language: str
    name: str
    direction: Literal["ltr", "rtl"] = "ltr"
    review: Literal["draft", "reviewed"] = "draft"
    fallback: str = _FALLBACK
    labels: dict[str, str]


class Texts(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that can be said in one language."""

    language: str
    name: str
    direction: str
    labels: Mapping[str, str]

    def label(self, key: str, **values: str | int) -> str:
        """Return a text with its values filled in; a name that it has no value for stays."""
        text = self.labels.get(key, key)
        for name, value in values.items():
            text = text.replace(f"{{{name}}}", str(value))
        return text


class HolderTexts:
    """All languages, the fallback first."""

    def __init__(self, files: Sequence[TextFile]) -> None:
        own = {each.language: each for each in files}
        self._all = {tag: _whole(each, own) for tag, each in own.items()}
        self._files = files

    @property
    def languages(self) -> Sequence[Texts]:
        """Return every language, by its tag."""
        return sorted(self._all.values(), key=lambda each: (each.language != _FALLBACK, each.name))

    def of(self, language: str) -> Texts:
        """Return the texts of a language, of a wider one, or of the fallback."""
        tag = language.replace("_", "-").casefold()
        known = {each.casefold(): texts for each, texts in self._all.items()}
        while tag and tag not in known:
            tag = tag.rpartition("-")[0]
        return known.get(tag) or self.languages[0]

    def findings(self) -> Sequence[Finding]:
        """Return what is missing, and what nobody has read."""
        there = set(self.languages[0].labels) if self._all else set()
        missing = [each for each in _NEEDED if each not in there]
        found = [] if not missing else [_missing(missing)]
        drafts = sorted(each.language for each in self._files if each.review == "draft")
        return [*found, *([_drafts(drafts)] if drafts else [])]


def _whole(file: TextFile, files: Mapping[str, TextFile]) -> Texts:
    beneath = files.get(file.fallback)
    below = beneath.labels if beneath and beneath is not file else {}
    last = files[_FALLBACK].labels if _FALLBACK in files else {}
    return Texts(
        language=file.language,
        name=file.name,
        direction=file.direction,
        labels={**last, **below, **file.labels},
    )


def _missing(labels: Sequence[str]) -> Finding:
    return Finding(
        code="holder-texts-missing",
        severity="error",
        message=f"no text says {', '.join(labels)}; give {_FALLBACK}.yaml all of them",
        where="holders.texts",
    )


def _drafts(languages: Sequence[str]) -> Finding:
    return Finding(
        code="holder-texts-draft",
        severity="warning",
        message=f"nobody has reviewed the texts for holders of {', '.join(languages)}",
        where="holders.texts",
    )
