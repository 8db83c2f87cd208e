"""The words of a document in one language, with another one's where it has none."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from copy import copy
from typing import Final, Literal

import msgspec
from markupsafe import Markup, escape

from mohar.domain.errors import InvalidInput
from mohar.domain.findings import Finding
from mohar_renderer_pdf._bidi import Direction, direction_of
from mohar_renderer_pdf._digits import Digits, in_digits, locale_of
from mohar_renderer_pdf._settings import Language

_PLACE: Final = re.compile(r"\{(\w+)\}")
# UAX #9: what stands between them has a direction of its own and disturbs nothing around it.
_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"


class LabelFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    The labels of one language.

    A label is a text, or one text for each plural category of the language (`one`, `other`; CLDR).
    `{name}` in it is replaced by a value the template gives. `also` are other names by which the
    language may be asked for. `review` says whether a person who speaks it has read the labels.
    """

    language: str
    also: list[Language] = []
    direction: Direction = "ltr"
    review: Literal["draft", "reviewed"]
    labels: dict[str, str | dict[str, str]]


class Labels:
    """What a template prints beside values. English or whatever `fallback` is fills the gaps."""

    def __init__(
        self, local: LabelFile, fallback: LabelFile, *, bilingual: bool, digits: Digits = "latn"
    ) -> None:
        self._local = local
        self._fallback = fallback
        self._digits = digits
        self._mark: Callable[[str], str] = str
        self._plain: dict[str, Markup] = {}
        self.language = local.language
        self.direction = local.direction
        self.fallback = fallback.language
        self.is_bilingual = bilingual and local.language != fallback.language

    def marking(self, mark: Callable[[str], str]) -> Labels:
        """Return the same labels, in whose HTML every value given to them is marked."""
        marking = copy(self)
        marking._mark = mark  # noqa: SLF001 -- its own class
        return marking

    def has(self, key: str) -> bool:
        """Say whether there is such a label at all."""
        return key in self._fallback.labels

    def text(self, key: str, count: int | None = None, /, **values: str | int) -> str:
        """Return one label as plain text, in the page's language where it has one."""
        return self._filled(self._source(key), key, count, values)

    def words(self, key: str, count: int | None = None, /, **values: str | int) -> Markup:
        """
        Return one label as HTML, each language marked as what it is.

        On a bilingual page the fallback's words follow in a second element of class `also`.
        """
        if count is None and not values:
            if key not in self._plain:
                self._plain[key] = self._worded(key, None, {})
            return self._plain[key]
        return self._worded(key, count, values)

    def _worded(self, key: str, count: int | None, values: Mapping[str, str | int]) -> Markup:
        source = self._source(key)
        first = _marked(source, self._filled(source, key, count, values, self._mark), "local")
        if not self.is_bilingual or source is self._fallback:
            return first
        words = self._filled(self._fallback, key, count, values, self._mark)
        also = _marked(self._fallback, words, "also")
        return first + Markup(" ") + also

    def number(self, value: int) -> str:
        """Return a number in the digits of the page's language."""
        return in_digits(str(value), self.language, self._digits)

    def _source(self, key: str) -> LabelFile:
        return self._local if key in self._local.labels else self._fallback

    def _filled(
        self,
        source: LabelFile,
        key: str,
        count: int | None,
        values: Mapping[str, str | int],
        mark: Callable[[str], str] = str,
    ) -> str:
        text = source.labels.get(key)
        if isinstance(text, dict):
            text = text.get(_plural(source.language, count)) or text.get("other")
        if text is None:
            raise _refused(f"there is no label {key} in {source.language}; add it to its labels")
        known = {
            name: each for name, each in {"count": count, **values}.items() if each is not None
        }
        missing = set(_PLACE.findall(text)) - known.keys()
        if missing:
            raise _refused(
                f"label {key} needs {', '.join(sorted(missing))}; give it in the template"
            )
        return _PLACE.sub(lambda match: self._given(source, known[match[1]], mark), text)

    def _given(self, source: LabelFile, value: str | int, mark: Callable[[str], str]) -> str:
        if isinstance(value, int):
            return mark(in_digits(str(value), source.language, self._digits))
        if direction_of(value) not in (None, source.direction):
            return f"{_FIRST_STRONG_ISOLATE}{mark(value)}{_POP_ISOLATE}"
        return mark(value)


def plurals(language: str) -> frozenset[str]:
    """Return the plural categories of a language; one that CLDR does not know has one form only."""
    locale = locale_of(language)
    return frozenset({"other", *(locale.plural_form.tags if locale else ())})


def _plural(language: str, count: int | None) -> str:
    locale = locale_of(language)
    return str(locale.plural_form(count or 0)) if locale else "other"


def _marked(source: LabelFile, text: str, style: str) -> Markup:
    # Languages and directions are of a few letters each, by the shape of a label file.
    return Markup(  # noqa: S704 -- the text is escaped
        f'<span class="{style}" lang="{source.language}" dir="{source.direction}">'
        f"{escape(text)}</span>"
    )


def _refused(message: str) -> InvalidInput:
    return InvalidInput(message, [Finding(code="pdf-label-missing", message=message)])
