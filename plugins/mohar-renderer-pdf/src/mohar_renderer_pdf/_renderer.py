"""Credential → values → HTML → PDF."""

from __future__ import annotations

import posixpath
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, Self
from zoneinfo import ZoneInfo

import msgspec
from jinja2 import pass_context
from jinja2.runtime import Context

from mohar.domain.clock import Clock
from mohar.domain.credential import Secured
from mohar.domain.errors import ConfigError, InvalidInput
from mohar.domain.findings import Finding, Refusal
from mohar.domain.rendition import PrintedCode, Rendition, Shown
from mohar.domain.values import JsonObject, at_path
from mohar.domain.valueset import ValueSet
from mohar.plugin import Tools
from mohar_renderer_pdf._bundles import Bundles
from mohar_renderer_pdf._dates import Dates
from mohar_renderer_pdf._glyphs import MissingGlyphs, glyph_findings
from mohar_renderer_pdf._labels import Labels
from mohar_renderer_pdf._page import TODAY, as_of, expression_values, page_values
from mohar_renderer_pdf._qr import printed_code, qr_picture
from mohar_renderer_pdf._rules import Requirements, Rules, Variants
from mohar_renderer_pdf._settings import Image, Settings
from mohar_renderer_pdf._template import Template
from mohar_renderer_pdf._within import TemplateFolder

if TYPE_CHECKING:
    from mohar_renderer_pdf._printer import Printer

# Rules that are followed when a stylesheet is read, not when a page is laid out; and the escapes by
# which they could be written otherwise.
_TAKES_FILES_IN: Final = re.compile(r"@import|@font-face|\\", re.IGNORECASE)


class PdfRenderer:
    """A printed document. What cannot be printed whole, or only with a wrong word, is refused."""

    media_type = "application/pdf"
    suffix = "pdf"

    def __init__(
        self,
        settings: Settings,
        *,
        template: Template,
        printing: Callable[[], Printer],
        bundles: Bundles,
        value_sets: Mapping[str, ValueSet],
        today: Callable[[], str],
    ) -> None:
        self.settings = settings
        self.template = template
        self._printing = printing
        self._printer: Printer | None = None
        self._opening = Lock()
        self._bundles = bundles
        self._labels = bundles.labels
        self._value_sets = value_sets
        self._today = today
        self._rules = Rules(settings.rules)
        self._requirements = Requirements(settings.requires)
        self._variants = Variants(settings.variants, settings.images, settings.texts)

    @classmethod
    def open(cls, settings: Settings, tools: Tools) -> Self:
        """
        Read the template with everything it needs.

        Raises:
            ConfigError: a file is missing, wrong or outside the template's folder, a rule is no
                CEL, or a label is in no language.
        """
        folder = TemplateFolder(tools.files, settings.template)
        styles = _styles(folder, settings)
        dates = Dates(tools.time_zone, settings.digits)
        template = Template(folder, posixpath.basename(settings.template), _filters(dates))
        for name, source in template.sources.items():
            folder.check(folder.shown(name), source)
        for image in _images(settings):
            folder.check(f"image {image.name}", f"url({image.file})")
        bundles = Bundles(settings, tools.files)
        _check_labels(template, bundles.labels)
        value_sets = {each.name: tools.files.value_set(each.file) for each in settings.value_sets}
        _check_default(settings)
        renderer = cls(
            settings,
            template=template,
            printing=partial(_made_printer, folder, settings),
            bundles=bundles,
            value_sets=value_sets,
            today=_day(tools.clock, ZoneInfo(tools.time_zone)),
        )
        if any(_TAKES_FILES_IN.search(style) for style in styles):
            # What these files hold is read with them, and a mistake in them is one of the start.
            renderer.prepare()
        return renderer

    def prepare(self) -> None:
        """Make ready now what the first page would wait for."""
        _ = self.printer

    @property
    def printer(self) -> Printer:
        """
        Return what prints, made when it is first needed.

        To import WeasyPrint takes half a second, and most who open a deployment print nothing.
        """
        with self._opening:
            if self._printer is None:
                self._printer = self._printing()
            return self._printer

    @property
    def parameters(self) -> Sequence[str]:
        """Return the name by which a page as of an earlier row is asked for, if there is one."""
        return [self.settings.rows.up_to] if self.settings.rows.up_to else []

    def settle(self, shown: Shown) -> Shown:
        """Return the request for the credential whose row the page ends with, and with the day."""
        dated = {TODAY: self._today()} if self.settings.variants else {}
        return msgspec.structs.replace(
            shown,
            secured=as_of(shown, self.settings.rows) or shown.secured,
            parameters={**shown.parameters, **dated},
        )

    @property
    def languages(self) -> Sequence[str]:
        """Return the languages of the settings, in their order."""
        return self.settings.languages

    @property
    def aliases(self) -> Mapping[str, str]:
        """Return the language behind each other name that the label files give."""
        return self._bundles.aliases

    def usual_language(self, secured: Secured) -> str | None:
        """Return the language that the settings find for what the document says, or None."""
        wanted = self.settings.default_language
        value = at_path(secured.document, wanted.path) if wanted else None
        entry = self._entry(wanted.value_set, value) if wanted and isinstance(value, str) else None
        language = entry.get(wanted.field) if wanted and entry else None
        return language if isinstance(language, str) else None

    def findings(self) -> Sequence[Finding]:
        """Return which labels are missing, and which languages nobody has reviewed."""
        return self._bundles.findings()

    def render(self, shown: Sequence[Shown]) -> Sequence[Rendition | Refusal]:
        """Return one PDF for each; what cannot be printed is refused with its reason."""
        return [self.drawn(each) for each in shown]

    def inspect(self, shown: Sequence[Shown]) -> Sequence[Sequence[Finding]]:
        """Return what a designer should mend on each; what cannot be printed is told as that."""
        return [self._inspected(each) for each in shown]

    def codes(self, shown: Sequence[Shown]) -> Sequence[PrintedCode | None]:
        """Return the QR code of each page, as large as the settings make it."""
        return [printed_code(each, self.settings.qr) for each in shown]

    def _inspected(self, shown: Shown) -> Sequence[Finding]:
        drawn = self.drawn(shown)
        if isinstance(drawn, Refusal):
            return [self._noted(finding) for finding in drawn.findings]
        return self.printer.inspect(self.template.render(self.values(shown)))

    def _noted(self, finding: Finding) -> Finding:
        """That a page is not for a document is as its designer wanted it."""
        is_wanted = any(each.code == finding.code for each in self.settings.requires)
        return msgspec.structs.replace(finding, severity="warning") if is_wanted else finding

    def drawn(self, shown: Shown) -> Rendition | Refusal:
        """Return the PDF of one request, or the reason why there is none."""
        try:
            html = self.template.render(self.values(shown))
            content = self.printer.print(html, shown.secured)
        except MissingGlyphs as missing:
            documents = [each.document for each in (*shown.group, shown.secured)]
            files = self._bundles.files_of(self.labels_for(shown))
            return Refusal(findings=glyph_findings(missing, documents, files))
        except InvalidInput as error:
            findings = error.findings or (Finding(code="pdf-not-printable", message=str(error)),)
            return Refusal(findings=findings)
        return Rendition(media_type=self.media_type, suffix=self.suffix, content=content)

    def values(self, shown: Shown) -> dict[str, Any]:
        """
        Return all that the template is told about one document.

        Raises:
            InvalidInput: the document lacks what the page needs, or a rule has no answer.
        """
        labels = self.labels_for(shown)
        values = page_values(shown, self.settings.rows)
        today = shown.parameters.get(TODAY) or self._today()
        known = expression_values(values, self.settings.tables, today)
        self._requirements.check(known)
        furnishing = self._variants.choose(known)
        return {
            **values,
            "language": labels.language,
            "direction": labels.direction,
            "is_bilingual": labels.is_bilingual,
            "date_language": labels.language if self.settings.dates == "page" else labels.fallback,
            "number": labels.number,
            "text": labels.text,
            "words": labels.words,
            "rules": self._rules.evaluate(known),
            "variants": furnishing.variants,
            "texts": furnishing.texts,
            "images": furnishing.images,
            "alts": furnishing.alts,
            "entry": self._entry,
            "qr": qr_picture(shown, self.settings.qr),
        }

    def labels_for(self, shown: Shown) -> Labels:
        """Return the labels of the language that was asked for."""
        return self._labels.get(shown.language) or self._labels[self.settings.languages[0]]

    def _entry(self, name: str, found_by: str) -> JsonObject | None:
        """Return the entry of a value set with that code or name, or None."""
        found = self._value_sets[name].find(found_by)
        return None if found is None else {**found.more, "code": found.code, "name": found.name}


def _made_printer(folder: TemplateFolder, settings: Settings) -> Printer:
    from mohar_renderer_pdf._printer import Printer

    return Printer(folder, settings.stylesheets, attach=settings.attach)


def _styles(folder: TemplateFolder, settings: Settings) -> list[str]:
    """Return the stylesheets, each of which was looked at."""
    styles = [folder.named_text(name) for name in settings.stylesheets]
    for name, style in zip(settings.stylesheets, styles, strict=True):
        folder.check(name, style)
    return styles


def _images(settings: Settings) -> Iterator[Image]:
    """Give every picture that any page may have."""
    yield from settings.images
    for variant in settings.variants:
        yield from variant.images


def _day(clock: Clock, zone: ZoneInfo) -> Callable[[], str]:
    return lambda: clock().astimezone(zone).date().isoformat()


def _check_labels(template: Template, labels: Mapping[str, Labels]) -> None:
    any_language = next(iter(labels.values()))
    for key, place in template.labels():
        if not any_language.has(key):
            raise ConfigError(
                f"{place}: there is no label {key!r}; add it to {any_language.fallback}.yaml"
            )


def _check_default(settings: Settings) -> None:
    wanted = settings.default_language
    known = [each.name for each in settings.value_sets]
    if wanted and wanted.value_set not in known:
        raise ConfigError(
            f"default_language: there is no value set {wanted.value_set!r}; name it under `value_sets`"
        )


def _filters(dates: Dates) -> dict[str, Any]:
    @pass_context
    def local_date(context: Context, value: str, language: str | None = None) -> str:
        return dates.local_date(value, language or str(context["date_language"]))

    return {
        "in_force": _in_force,
        "iso_date": dates.iso_date,
        "language_of": _language_of,
        "local_date": local_date,
        "mask": _mask,
        "plus_days": dates.plus_days,
    }


def _in_force(periods: Sequence[JsonObject], day: str) -> JsonObject | None:
    """Return the last of dated entries whose `effective_from` is not after that day, or None."""
    begun = [period for period in periods if str(period["effective_from"]) <= day]
    return max(begun, key=lambda period: str(period["effective_from"]), default=None)


def _language_of(value: str) -> str:
    """Return the BCP 47 tag to mark a value with: English for Latin letters, else undetermined."""
    text = str(value)
    if text.isascii():
        return "en"
    letters = [unicodedata.name(letter, "") for letter in text if letter.isalpha()]
    return "en" if all(name.startswith("LATIN ") for name in letters) else "und"


def _mask(value: str, visible: int = 4) -> str:
    """Return a text with all but its last characters hidden."""
    shown = value[-visible:] if 0 < visible < len(value) else ""
    return "X" * (len(value) - len(shown)) + shown
