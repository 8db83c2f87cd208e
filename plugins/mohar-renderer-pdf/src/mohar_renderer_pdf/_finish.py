"""What is left to say in a PDF that WeasyPrint has drawn: languages, words, relations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

import pydyf
from weasyprint.formatting_structure import boxes

from mohar_renderer_pdf._fontdate import undated
from mohar_renderer_pdf._readable import ReadablePage
from mohar_renderer_pdf.textlayer import FONT_NAME, UnseenFont, structure_entries

_POINTS_PER_PIXEL: Final = 0.75


class Finish:
    """Completes one document of readable pages before it is written."""

    def __init__(self, pdf: Any, pages: Sequence[ReadablePage], root: Any) -> None:
        self._pdf = pdf
        self._pages = pages
        self._around = {child: parent for parent in root.iter() for child in parent}
        self._tree = self._object(pdf.catalog["StructTreeRoot"])
        self._numbers = self._object(self._tree["ParentTree"])["Nums"]

    def finish(self, font: UnseenFont, language: str) -> None:
        """Add the unseen font, and what readers of the structure need (ISO 14289-1 §7)."""
        self._undate_fonts()
        if font.is_used:
            self._add_font(font)
        for page, elements in zip(self._pages, self._elements_of_pages(), strict=True):
            self._leave_out(page, elements)
            self._say(page, elements, language)
            self._describe_pictures(page, elements)
            self._scope_headers(page)
        self._index_identifiers()
        self._relate_attachments()

    def _elements_of_pages(self) -> list[list[Any]]:
        """Return for each page the references to the elements of its marked content, by number."""
        return list(self._numbers[1 : 2 * len(self._pages) : 2])

    def _leave_out(self, page: ReadablePage, elements: list[Any]) -> None:
        """Take from the structure what is an artifact, with what holds nothing else."""
        for number in sorted(page.artifacts):
            reference = elements[number]
            elements[number] = b"null"
            self._take_out(reference)

    def _take_out(self, reference: bytes) -> None:
        parent = self._object(reference).get("P")
        if parent is None:
            return
        children = self._object(parent).get("K", [])
        if reference in children:
            children.remove(reference)

    def _say(self, page: ReadablePage, elements: list[Any], language: str) -> None:
        """Tell each element the language and the words of its text."""
        runs = defaultdict(list)
        for number, box in page.marked.items():
            if isinstance(box, boxes.TextBox) and number not in page.artifacts:
                runs[elements[number]].append(box)
        for reference, texts in runs.items():
            text = "".join(box.text for box in texts)
            own = texts[0].style["lang"] or ""
            self._object(reference).update(structure_entries(text, own, language))

    def _describe_pictures(self, page: ReadablePage, elements: list[Any]) -> None:
        """Give a picture the label of what it stands in (`role="img"`), and its true place."""
        for number, box in page.marked.items():
            if isinstance(box, boxes.ReplacedBox) and number not in page.artifacts:
                figure = self._object(elements[number])
                if label := self._label(box.element):
                    figure.setdefault("Alt", pydyf.String(label))
                if "A" in figure:
                    figure["A"]["BBox"] = _place(box, page.height)

    def _label(self, element: Any) -> str | None:
        while element is not None:
            if label := element.get("aria-label"):
                return str(label)
            element = self._around.get(element)
        return None

    def _scope_headers(self, page: ReadablePage) -> None:
        """Say of header cells what they head, and of other cells no headers they have not."""
        for box in page.boxes():
            cell = getattr(box, "mark", None)
            if cell is None or "A" not in cell:
                continue
            if cell["S"] == "/TH":
                cell["A"]["Scope"] = "/Row" if box.element.get("scope") == "row" else "/Column"
            elif cell["A"].get("Headers") == []:
                del cell["A"]["Headers"]

    def _index_identifiers(self) -> None:
        """Index the elements that others refer to (ISO 32000-1 §14.7.2)."""
        named = [
            (each["ID"].data, each.reference)
            for each in self._pdf.objects
            if isinstance(each, pydyf.Dictionary) and "ID" in each and "S" in each
        ]
        if named:
            pairs = [part for pair in sorted(named) for part in pair]
            leaf = {"Limits": pydyf.Array([pairs[0], pairs[-2]]), "Names": pydyf.Array(pairs)}
            kids = pydyf.Array([self._added(pydyf.Dictionary(leaf))])
            self._tree["IDTree"] = pydyf.Dictionary({"Kids": kids})

    def _relate_attachments(self) -> None:
        """Say that the page was made from what is attached (ISO 32000-2 §14.13)."""
        embedded = self._pdf.catalog.get("Names", {}).get("EmbeddedFiles")
        if embedded:
            files = self._object(embedded)["Names"][1::2]
            for each in files:
                self._object(each)["AFRelationship"] = "/Source"
            self._pdf.catalog["AF"] = pydyf.Array(files)

    def _undate_fonts(self) -> None:
        for each in self._pdf.objects:
            if isinstance(each, pydyf.Stream) and "Length1" in each.extra:
                each.stream = [undated(each.stream[0])]

    def _add_font(self, font: UnseenFont) -> None:
        program = font.program()
        file = self._added(pydyf.Stream([program], {"Length1": len(program)}, compress=True))
        glyphs = self._added(pydyf.Stream([font.glyph_of_each_code()], compress=True))
        letters = self._added(pydyf.Stream([font.to_unicode()], compress=True))
        descriptor = self._added(pydyf.Dictionary(font.descriptor(file)))
        descendant = self._added(pydyf.Dictionary(font.descendant(descriptor, glyphs)))
        page = self._object(self._pdf.page_references[0])
        fonts = self._object(self._object(page["Resources"])["Font"])
        fonts[FONT_NAME] = self._added(pydyf.Dictionary(font.font(descendant, letters)))

    def _object(self, reference: bytes) -> Any:
        return self._pdf.objects[int(reference.split()[0])]

    def _added(self, thing: Any) -> bytes:
        self._pdf.add_object(thing)
        reference: bytes = thing.reference
        return reference


def _place(box: Any, page_height: float) -> pydyf.Array:
    """Return the rectangle of a box as a PDF has it: from below, in points."""
    left, top = box.content_box_x(), box.content_box_y()
    corners = (left, page_height - top - box.height, left + box.width, page_height - top)
    return pydyf.Array([round(corner * _POINTS_PER_PIXEL, 3) for corner in corners])
