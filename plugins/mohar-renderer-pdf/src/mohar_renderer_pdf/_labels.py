"""The words of a document in one language, with another one's where it has none."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

import msgspec
from babel import Locale, UnknownLocaleError
from markupsafe import Markup

from mohar.domain.errors import ConfigError, InvalidInput
from mohar.domain.findings import Finding
from mohar.plugin import Files


class LabelFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    The labels of one language.

    A label is a text, or one text for each plural category of the language (`one`, `other`; CLDR).
    `{name}` in it is replaced by a value the template gives. `review` says whether a person who
    speaks the language has read it.
    """

    language: str
    direction: Literal["ltr", "rtl"] = "ltr"
    review: Literal["draft", "reviewed"]
    labels: dict[str, str | dict[str, str]]


class Labels:
    """What a template prints beside values. English or whatever `fallback` is fills the gaps."""

    def __init__(self, local: LabelFile, fallback: LabelFile, *, bilingual: bool) -> None:
        self._local = local
        self._fallback = fallback
        self.language = local.language
        self.direction = local.direction
        self.fallback = fallback.language
        self.is_bilingual = bilingual and local.language != fallback.language

    def has(self, key: str) -> bool:
        """Say whether there is such a label at all."""
        return key in self._fallback.labels

    def text(self, key: str, count: int | None = None, /, **values: str | int) -> str:
        """Return one label as plain text, in the page's language where it has one."""
        return _filled(self._source(key), key, count, values)

    def words(self, key: str, count: int | None = None, /, **values: str | int) -> Markup:
        """
        Return one label as HTML, each language marked as what it is.

        On a bilingual page the fallback's words follow in a second element of class `also`.
        """
        source = self._source(key)
        first = _marked(source, _filled(source, key, count, values), "local")
        if not self.is_bilingual or source is self._fallback:
            return first
        also = _marked(self._fallback, _filled(self._fallback, key, count, values), "also")
        return first + Markup(" ") + also

    def _source(self, key: str) -> LabelFile:
        return self._local if key in self._local.labels else self._fallback


def load_labels(
    files: Files, folder: str, languages: list[str], *, fallback: str, bilingual: bool
) -> Mapping[str, Labels]:
    """
    Return the labels of each language.

    Raises:
        ConfigError: a file is missing or wrong, names another language than its own, or holds a
            label that the fallback does not.
    """
    ground = _load(files, folder, fallback)
    return {
        language: Labels(
            _known(_load(files, folder, language), ground, folder), ground, bilingual=bilingual
        )
        for language in languages
    }


def _load(files: Files, folder: str, language: str) -> LabelFile:
    path = f"{folder}/{language}.yaml"
    loaded = files.load(path, LabelFile)
    if loaded.language != language:
        raise ConfigError(f"{path}: its language is {loaded.language!r}; name it {language!r}")
    return loaded


def _known(local: LabelFile, ground: LabelFile, folder: str) -> LabelFile:
    strange = sorted(local.labels.keys() - ground.labels.keys())
    if strange:
        raise ConfigError(
            f"{folder}/{local.language}.yaml: {', '.join(strange)} is in no template's language "
            f"{ground.language}; add it to {ground.language}.yaml or take it out"
        )
    return local


def _filled(source: LabelFile, key: str, count: int | None, values: Mapping[str, str | int]) -> str:
    text = source.labels.get(key)
    if isinstance(text, dict):
        text = text.get(_plural(source.language, count)) or text.get("other")
    if text is None:
        raise _refused(f"there is no label {key} in {source.language}; add it to its labels")
    given = {"count": count, **values}
    missing = set(re.findall(r"\{(\w+)\}", text)) - {
        name for name in given if given[name] is not None
    }
    if missing:
        raise _refused(f"label {key} needs {', '.join(sorted(missing))}; give it in the template")
    return re.sub(r"\{(\w+)\}", lambda match: str(given[match[1]]), text)


def _plural(language: str, count: int | None) -> str:
    try:
        return str(Locale.parse(language, sep="-").plural_form(count or 0))
    except (UnknownLocaleError, ValueError):
        # A language that CLDR does not know has one form only.
        return "other"


def _marked(source: LabelFile, text: str, style: str) -> Markup:
    return Markup('<span class="{}" lang="{}" dir="{}">{}</span>').format(
        style, source.language, source.direction, text
    )


def _refused(message: str) -> InvalidInput:
    return InvalidInput(message, [Finding(code="pdf-label-missing", message=message)])
