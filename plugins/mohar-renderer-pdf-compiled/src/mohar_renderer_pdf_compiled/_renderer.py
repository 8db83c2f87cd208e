"""Credential → values → a sheet that is kept ready → PDF; where there is none, as `pdf` does it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, Final, Self

import msgspec

from mohar.domain.credential import Secured
from mohar.domain.errors import InvalidInput
from mohar.domain.findings import Refusal
from mohar.domain.rendition import Rendition, Shown
from mohar.plugin import Telemetry, Tools
from mohar_renderer_pdf import Settings as PdfSettings
from mohar_renderer_pdf.building import PdfRenderer, Printer, identifier
from mohar_renderer_pdf_compiled._bounded import Bounded
from mohar_renderer_pdf_compiled._compile import Compiler, Learned
from mohar_renderer_pdf_compiled._lines import Line
from mohar_renderer_pdf_compiled._marks import MarkedPage, Marks, marked_values
from mohar_renderer_pdf_compiled._nodes import NotTold
from mohar_renderer_pdf_compiled._plan import Fixed
from mohar_renderer_pdf_compiled._print import Press, Words
from mohar_renderer_pdf_compiled._settings import Settings
from mohar_renderer_pdf_compiled._sheet import Measure

COUNTED: Final = "mohar.pdf.compiled"
# What a width that another text depends on looks like in the end.
_BY_WIDTH: Final = frozenset({"moved", "objects", "picture"})
_TRIES: Final = 3
_MOST_LINES: Final = 2000
_MOST_ASKED: Final = 10_000


class CompiledRenderer(PdfRenderer):
    """A printed document like that of `pdf`, most of which was drawn before it was asked for."""

    def __init__(self, settings: PdfSettings, **parts: Any) -> None:
        super().__init__(settings, **parts)
        self._marks = Marks(_constant(settings))
        self._marked = self.template.passing(self._marks.printed)
        most, first = (
            (settings.sheets, settings.laid_out_first) if isinstance(settings, Settings) else (1, 0)
        )
        self._sheets = Sheets(self.printer, most, laid_out_first=first)
        self._telemetry: Telemetry | None = None

    @classmethod
    def open(cls, settings: PdfSettings, tools: Tools) -> Self:
        """Read the template with everything it needs. Raises ConfigError as `pdf` does."""
        renderer = super().open(settings, tools)
        renderer._telemetry = tools.telemetry  # noqa: SLF001 -- its own class
        return renderer

    def drawn(self, shown: Shown) -> Rendition | Refusal:
        """Return the PDF of one request, or the reason why there is none."""
        try:
            content = self._compiled(shown)
        except NotTold as reason:
            self._count("laid-out", str(reason))
            return super().drawn(shown)
        except InvalidInput:
            drawn = super().drawn(shown)
            if isinstance(drawn, Rendition):
                self._count("laid-out", "value")
            return drawn
        self._count("compiled", "")
        return Rendition(media_type=self.media_type, suffix=self.suffix, content=content)

    def _compiled(self, shown: Shown) -> bytes:
        values = self.values(shown)
        words = self.labels_for(shown).marking(self._marks.value).words
        html = self._marked.render(marked_values(values, words))
        page = MarkedPage.of(html, values["qr"])
        # A template may measure or cut what it has printed, and then its marks are in the way.
        if page is None or (
            self._sheets.is_new(page) and page.plain() != self.template.render(values)
        ):
            raise NotTold("marks")
        return self._sheets.printed(page, shown.secured, identifier(html, shown.secured))

    def _count(self, how: str, why: str) -> None:
        if self._telemetry is not None:
            self._telemetry.count(COUNTED, how=how, why=why)


class _Refused(msgspec.Struct, frozen=True):
    """A page without a sheet, and why."""

    why: str


_Read = tuple[tuple[Line, ...], tuple[Any, ...]]


class Sheets:
    """The sheets of one renderer, made when they have been asked for before."""

    def __init__(self, printer: Printer, most: int, *, laid_out_first: int) -> None:
        self._fonts: dict[Any, Any] = {}
        self._printer = printer
        self._compiler = Compiler(printer, self._fonts)
        self._press = Press(self._fonts)
        self._measures: Bounded[Sequence[Measure] | Fixed] = Bounded(most)
        self._sheets: Bounded[Words | _Refused] = Bounded(most)
        self._failed: Bounded[int] = Bounded(most)
        self._laid_out_first = laid_out_first
        self._asked: Bounded[int] = Bounded(_MOST_ASKED)
        self._fresh: tuple[MarkedPage, Learned] | None = None
        self._lines: Bounded[_Read] = Bounded(_MOST_LINES)

    def is_new(self, page: MarkedPage) -> bool:
        """Say whether no such page was seen yet."""
        with self._printer.lock:
            return self._measures.find((page.digest, False)) is None

    def printed(self, page: MarkedPage, secured: Secured, name: str) -> bytes:
        """
        Return a page as PDF from its sheet.

        Raises:
            NotTold: there is no sheet for it.
        """
        with self._printer.lock:
            try:
                return self._printed(page, secured, name, all_tight=False)
            except _Moved:
                return self._printed(page, secured, name, all_tight=True)

    def _printed(self, page: MarkedPage, secured: Secured, name: str, *, all_tight: bool) -> bytes:
        page, measures = self._measured(page, all_tight=all_tight)
        read = [self._read(page, number, each) for number, each in enumerate(measures)]
        lines = [each for each, _ in read]
        shapes = tuple(shape for _, shape in read)
        key = (page.digest, all_tight, shapes, secured.content[:1] == b"{")
        sheet = self._sheets.find(key)
        if sheet is None:
            if not self._fresh or self._fresh[0] != page:
                self._must_be_worth_it(key)
            sheet = self._sheets.keep(key, self._made(page, measures, secured, all_tight=all_tight))
        if isinstance(sheet, Words):
            return self._press.printed(sheet, page, lines, secured, name)
        raise _Moved(sheet.why) if sheet.why in _BY_WIDTH and not all_tight else NotTold(sheet.why)

    def _read(self, page: MarkedPage, number: int, measure: Measure) -> _Read:
        """Return the lines of one text and their shape; most texts come again and again."""
        key = (page.digest, number, measure.is_tight, measure.pattern.filled(page.values))
        known = self._lines.find(key)
        if known is None:
            lines = measure.lines(page.values)
            known = self._lines.keep(key, (lines, measure.shape(page.values, lines)))
        return known

    def _measured(
        self, page: MarkedPage, *, all_tight: bool
    ) -> tuple[MarkedPage, Sequence[Measure]]:
        """Return how the texts of a page are measured; some values may become words of it."""
        key = (page.digest, all_tight)
        known = self._measures.find(key)
        if known is None:
            self._must_be_worth_it(key)
            known = self._measures.keep(key, self._learned(page, all_tight=all_tight))
        if isinstance(known, Fixed):
            return self._measured(page.with_fixed(known.numbers), all_tight=all_tight)
        return page, known

    def _must_be_worth_it(self, key: Hashable) -> None:
        """Raise NotTold for what was not asked for often enough: it may never come again."""
        asked = self._asked.find(key) or 0
        if asked < self._laid_out_first:
            self._asked.keep(key, asked + 1)
            raise NotTold("rare")

    def _learned(self, page: MarkedPage, *, all_tight: bool) -> Sequence[Measure] | Fixed:
        """What one page has that others have not is no reason to give all of them up at once."""
        key = (page.digest, all_tight)
        failed = self._failed.find(key) or 0
        if failed >= _TRIES:
            raise NotTold("page")
        try:
            self._fresh = (page, self._compiler.learned(page, all_tight=all_tight))
            return self._fresh[1][0].measures
        except Fixed as fixed:
            return fixed
        except NotTold:
            self._failed.keep(key, failed + 1)
            raise

    def _made(
        self, page: MarkedPage, measures: Sequence[Measure], secured: Secured, *, all_tight: bool
    ) -> Words | _Refused:
        try:
            fresh, self._fresh = self._fresh, None
            plan, sheet = (
                fresh[1]
                if fresh and fresh[0] == page
                else self._compiler.learned(page, all_tight=all_tight)
            )
            return (
                Words(sheet(secured), self._fonts)
                if plan.measures == measures
                else _Refused("moved")
            )
        except NotTold as reason:
            return _Refused(str(reason))
        except Fixed:
            return _Refused("flow")


class _Moved(NotTold):
    """A page of which the sheet did not prove right, though it may if widths are looked at."""


def _constant(settings: PdfSettings) -> frozenset[str]:
    """Return the texts that a deployment gives, which are the same on every page."""
    given = [settings.texts, *(variant.texts for variant in settings.variants)]
    return frozenset(text for texts in given for text in texts.values())
