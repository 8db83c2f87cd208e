"""
Make a sheet of a page, and prove it before it is used.

The page is laid out three times: as it is, to see where its values stand, and with shorter and
longer ones. What the sheet makes of these must be what WeasyPrint made of them, operator by
operator and object by object; a page of which that is not so is never printed from a sheet.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from typing import Any, Final

import msgspec
import pydyf
from weasyprint.formatting_structure import boxes

from mohar.codec.qr import encode
from mohar.domain.credential import Secured
from mohar.domain.errors import InvalidInput
from mohar.domain.rendition import Segment
from mohar_renderer_pdf.building import AddressRefused, Printer, isolate
from mohar_renderer_pdf.textlayer import UnseenFont, is_unseen
from mohar_renderer_pdf_compiled._file import Attachment, Kept
from mohar_renderer_pdf_compiled._fillings import Fillings, alike, long, short
from mohar_renderer_pdf_compiled._leaves import Leaves
from mohar_renderer_pdf_compiled._lines import Pen
from mohar_renderer_pdf_compiled._marks import MarkedPage
from mohar_renderer_pdf_compiled._nodes import Node, NotTold, Texts
from mohar_renderer_pdf_compiled._plan import Plan, Planner
from mohar_renderer_pdf_compiled._print import KeptFont, Sheet
from mohar_renderer_pdf_compiled._sheet import (
    Code,
    content,
    written,
)
from mohar_renderer_pdf_compiled._trial import Trial, objects, static_fonts

_NUMBER: Final = re.compile(rb"-?\d+\.?\d*")
_NEAR: Final = 0.002
_SMALL: Final = 30
_TITLE, _DATE = "\u2042title\u2042", "\u2042date\u2042"


class Laid(msgspec.Struct, frozen=True, kw_only=True):
    """One page that was laid out: its texts with values, and its pages of paper."""

    html: Any
    document: Any
    texts: Texts
    nodes: Sequence[Node]
    values: tuple[str, ...]


Learned = tuple[Plan, Callable[[Secured], Sheet]]


class Compiler:
    """Makes sheets of the pages of one printer. Whoever calls it holds the printer's lock."""

    def __init__(self, printer: Printer, fonts: dict[Any, Any]) -> None:
        self._printer = printer
        self._fonts = fonts

    def learned(self, page: MarkedPage, *, all_tight: bool) -> Learned:
        """
        Return how a page is measured, and what makes and proves its sheet.

        Raises:
            NotTold: there is no sheet for such a page.
            Fixed: there is one if some values are taken for words of the template.
        """
        first = _planner(self._laid(page))
        copies = self._copies(page, first)
        plan = first.plan(copies, all_tight=all_tight)
        _check(plan, page.values)

        def sheet(secured: Secured) -> Sheet:
            rows = [row for rows in plan.rows for row in rows]
            fillings = Fillings(plan.measures, page.values, page.digest, rows)
            tried = []
            small_code = page.with_code(encode([Segment("byte", bytes(_SMALL))]))
            for sort, of in ((short, page), (long, small_code)):
                laid = self._laid(of.with_values(fillings.changed(sort)))
                own = _planner(laid).plan(copies, all_tight=all_tight)
                if own.measures != plan.measures or _counts(own) != _counts(plan):
                    raise NotTold("moved")
                tried.append(Tried(self._printer, of, laid, own, secured))
            return self._proven(*tried)

        return plan, sheet

    def _copies(self, page: MarkedPage, first: Planner) -> frozenset[tuple[int, int]]:
        """Return which texts in the margin are copies: they read alike with other values too."""
        likely = first.copies()
        if not likely:
            return likely
        values = Fillings((), page.values, page.digest).changed(alike)
        second = _planner(self._laid(page.with_values(values)))
        if any(first.text(at) == second.text(at) for _, at in likely):
            raise NotTold("copy")
        return likely & second.copies()

    def _proven(self, base: Tried, other: Tried) -> Sheet:
        sheet = base.sheet()
        for each in (base, other):
            each.prove(sheet, self._fonts)
        base.compare(other)
        return sheet

    def _laid(self, page: MarkedPage) -> Laid:
        html = self._printer.parsed(page.html())
        texts = Texts(html.etree_element)
        isolate(html.etree_element)
        try:
            document = self._printer.laid_out(html)
        except (AddressRefused, InvalidInput) as error:
            raise NotTold("refused") from error
        return Laid(
            html=html,
            document=document,
            texts=texts,
            nodes=texts.nodes(document.pages),
            values=page.values,
        )


class Tried:
    """One page with made-up values, printed by WeasyPrint."""

    def __init__(
        self, printer: Printer, page: MarkedPage, laid: Laid, plan: Plan, secured: Secured
    ) -> None:
        self._page = page.with_values(laid.values)
        self._laid = laid
        self._plan = plan
        self._secured = secured
        pages = laid.document.pages
        spots = [spot for rows in plan.rows for row in rows for spot in row.spots]
        changing = frozenset(id(spot.box) for spot in spots if spot.measure >= 0)
        self._static = static_fonts(pages, changing, plan.measures)
        seed = UnseenFont()
        for page_ in pages:
            for box in page_._page_box.descendants():  # noqa: SLF001 -- the only way to the boxes
                if isinstance(box, boxes.TextBox) and id(box) not in changing:
                    seed.encoded(f" \u200e\u200f{box.text}" if is_unseen(box.text) else "")
        self._seed = seed
        self.trial = Trial(len(pages) - 1, seed.copy(), self._static)
        try:
            printer.written(laid.html, laid.document, secured, self.trial)
        except InvalidInput as error:
            raise NotTold("refused") from error
        self._leaves = [
            Leaves(each, rows, self._elements(number)).leaf(self._matrix())
            for number, (each, rows) in enumerate(zip(self.trial.pages, plan.rows, strict=True))
        ]
        pieces = [piece for leaf in self._leaves for piece in leaf.pieces]
        codes = sum(isinstance(piece, Code) for piece in pieces)
        if codes != (self._page.picture is not None):
            raise NotTold("code")

    def sheet(self) -> Sheet:
        """Return the sheet of this page, with all that does not change."""
        pdf, trial = self.trial.pdf, self.trial
        changing = self._changing()
        kept = Kept.of(
            pdf,
            changing.values(),
            info={
                k: v for k, v in pdf.info.items() if k not in ("Title", "CreationDate", "ModDate")
            },
            contents=tuple(changing[f"content {n}"] for n in range(len(trial.pages))),
            metadata_number=changing["metadata"],
            metadata=_metadata(trial.metadata),
            fonts_number=changing["fonts"],
            fonts=dict(pdf.objects[changing["fonts"]]),
            attachment=self._attachment(changing.get("attachment")),
            unseen=(changing["glyphs"], changing["letters"]) if "glyphs" in changing else None,
        )
        return Sheet(
            leaves=tuple(self._leaves),
            kept=kept,
            fonts={
                font.hash: KeptFont(glyphs=frozenset(font.to_unicode), widths=dict(font.widths))
                for font in self._static.values()
            },
            title=self._laid.texts.title,
            elements=self.open_elements(),
            language=str(trial.metadata.lang),
            unseen=self._seed,
            has_code=self._page.picture is not None,
        )

    def prove(self, sheet: Sheet, fonts: dict[Any, Any]) -> None:
        """Raise NotTold unless the sheet makes of these values what WeasyPrint made of them."""
        lines = [each.lines(self._laid.values) for each in self._plan.measures]
        pen = Pen(fonts, {name: font.widths for name, font in sheet.fonts.items()})
        unseen = sheet.unseen.copy()
        for leaf, page in zip(sheet.leaves, self.trial.pages, strict=True):
            filled = written(leaf, lines, lambda line: pen.drawn(line).operators)
            ours = b"".join(content(leaf, filled, self._matrix(), unseen))
            if not _equal(ours, b"\n".join(page.bytes())):
                raise NotTold("picture")
        if unseen.to_unicode() != self.trial.font.to_unicode():
            raise NotTold("words")
        if sheet.document_title(self._laid.values, self._secured) != self.trial.metadata.title:
            raise NotTold("title")

    def compare(self, other: Tried) -> None:
        """Raise NotTold unless two files differ in what a sheet writes anew alone."""
        left_out = set(self._changing().values())
        if left_out != set(other._changing().values()):
            raise NotTold("objects")
        for tried in (self, other):
            tried.open_elements()
        ours, theirs = dict(objects(self.trial.pdf)), dict(objects(other.trial.pdf))
        if ours.keys() != theirs.keys():
            raise NotTold("objects")
        if any(ours[number] != theirs[number] for number in ours.keys() - left_out):
            raise NotTold("objects")

    def _matrix(self) -> Any:
        return self._page.picture.matrix if self._page.picture else None

    def _elements(self, page: int) -> list[int]:
        pdf = self.trial.pdf
        tree = pdf.object(pdf.catalog["StructTreeRoot"])
        references = pdf.object(tree["ParentTree"])["Nums"][2 * page + 1]
        return [0 if each == b"null" else _number(each) for each in references]

    def open_elements(self) -> dict[int, Mapping[str, Any]]:
        """Return the elements of texts that change, which lose the words they had."""
        found: dict[int, Mapping[str, Any]] = {}
        for leaf in self._leaves:
            for hole in (each for row in leaf.rows for each in row.holes):
                if hole.constant is None and not hole.is_artifact:
                    element = self.trial.pdf.objects[hole.element]
                    element.pop("ActualText", None)
                    found[hole.element] = dict(element)
        return found

    def _changing(self) -> dict[str, int]:
        """Return the numbers of the objects that are written for each document."""
        pdf = self.trial.pdf
        found = {
            f"content {at}": _number(pdf.object(reference)["Contents"])
            for at, reference in enumerate(pdf.page_references)
        }
        page = pdf.object(pdf.page_references[0])
        found["metadata"] = _number(pdf.catalog["Metadata"])
        found["fonts"] = _number(pdf.object(page["Resources"])["Font"])
        embedded = pdf.catalog.get("Names", {}).get("EmbeddedFiles")
        if embedded:
            _, *files = pdf.object(embedded)["Names"]
            if len(files) > 1:
                raise NotTold("attachments")
            found["attachment"] = _number(pdf.object(files[0])["EF"]["F"])
        font = self.trial.font
        if font.is_used:
            # What Finish adds first is the program of the unseen font, then these two.
            added = pdf.objects[self.trial.before_finish :]
            found["glyphs"], found["letters"] = added[1].number, added[2].number
        return found

    def _attachment(self, number: int | None) -> Attachment | None:
        if number is None:
            return None
        extra = self.trial.pdf.objects[number].extra
        return Attachment(number=number, subtype=str(extra["Subtype"]))


def _planner(laid: Laid) -> Planner:
    return Planner(laid.document.pages, laid.nodes, laid.values)


def _check(plan: Plan, values: Sequence[str]) -> None:
    """See whether texts break by themselves as they do on the page."""
    lines = [each.lines(values) for each in plan.measures]
    for row in (each for rows in plan.rows for each in rows):
        for spot in row.spots:
            if spot.measure < 0:
                continue
            found = lines[spot.measure]
            if spot.line >= len(found) or found[spot.line].text != spot.box.text:
                raise NotTold("lines")


def _counts(plan: Plan) -> list[list[tuple[tuple[int, int], ...]]]:
    return [
        [tuple((spot.measure, spot.line) for spot in row.spots) for row in rows]
        for rows in plan.rows
    ]


def _metadata(metadata: Any) -> tuple[bytes, ...]:
    """Return the XMP of a document cut at its title and at its dates."""
    marked = copy(metadata)
    marked.title, marked.created, marked.modified = _TITLE, _DATE, _DATE
    pdf = pydyf.PDF()
    marked.include_in_pdf(pdf, "ua", 1, conformance=None, compress=False)
    (whole,) = pdf.objects[-1].stream
    return tuple(re.split(f"{_TITLE}|{_DATE}".encode(), whole))


def _equal(ours: bytes, theirs: bytes) -> bool:
    """Say whether two contents draw the same, but for the last digit of a place."""
    if ours == theirs:
        return True
    first, second = ours.split(), theirs.split()
    return len(first) == len(second) and all(
        a == b
        or bool(_NUMBER.fullmatch(a) and _NUMBER.fullmatch(b) and abs(float(a) - float(b)) < _NEAR)
        for a, b in zip(first, second, strict=True)
    )


def _number(reference: bytes) -> int:
    return int(reference.split()[0])
