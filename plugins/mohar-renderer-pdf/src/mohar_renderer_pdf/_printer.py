"""HTML → PDF: the same bytes for the same page, whole, and from one folder only."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from threading import Lock
from typing import Any

import weasyprint
from weasyprint.pdf.metadata import DocumentMetadata
from weasyprint.text.fonts import FontConfiguration

from mohar.domain.clock import rfc3339
from mohar.domain.credential import Secured
from mohar.domain.errors import InvalidInput
from mohar.domain.findings import Finding
from mohar_renderer_pdf._bidi import isolate
from mohar_renderer_pdf._finish import Finish
from mohar_renderer_pdf._folder import AddressRefused, ClosedFetcher
from mohar_renderer_pdf._glyphs import MissingGlyphs
from mohar_renderer_pdf._inspect import mends
from mohar_renderer_pdf._readable import ReadablePage
from mohar_renderer_pdf._within import TemplateFolder
from mohar_renderer_pdf.textlayer import UnseenFont


class Sheet:
    """How the pages of one document are painted and finished; `font` is its unseen one."""

    def __init__(self, identifier: str, font: UnseenFont | None = None) -> None:
        self.identifier = identifier
        self.font = font or UnseenFont()

    def page(self, laid_out: Any) -> ReadablePage:
        """Return a page that says in words what it draws."""
        return ReadablePage(laid_out, self.font)

    def finish(self, drawn: weasyprint.Document, pdf: Any, root: Any) -> None:
        """Complete the file that was drawn from the element tree at `root`."""
        Finish(pdf, drawn.pages, root).finish(self.font, drawn.metadata.lang)


class Printer:
    """
    Prints pages of one template folder, one at a time.

    Raises:
        ConfigError: a stylesheet is missing, or takes something from outside the folder.
    """

    def __init__(self, folder: TemplateFolder, stylesheets: Sequence[str], *, attach: bool) -> None:
        self._folder = folder
        self._fetcher = ClosedFetcher(folder)
        self._fonts = FontConfiguration()
        self._styles = [self._style(name) for name in stylesheets]
        self._attach = attach
        # A font configuration belongs to one layout at a time, and more threads print no faster.
        self.lock = Lock()

    def print(self, html: str, secured: Secured) -> bytes:
        """
        Return a page as PDF, dated by its credential, with the credential attached.

        Raises:
            InvalidInput: the page asks for something outside its folder, or it is not text.
            MissingGlyphs: no font installed has a letter of it.
        """
        _refuse_halves(html)
        try:
            with self.lock:
                return self._printed(html, secured)
        except AddressRefused as error:
            message = (
                f"a template in {self._folder.shown('')} asks for a file {error}; put the file "
                "into that folder and name it from there"
            )
            raise InvalidInput(message, [_finding("pdf-address-refused", message)]) from error

    def inspect(self, html: str) -> Sequence[Finding]:
        """Return what is to be mended on a page that `print` prints."""
        with self.lock:
            return mends(self.laid_out(self.page(html)))

    def _printed(self, html: str, secured: Secured) -> bytes:
        self._fetcher.refused = None
        page = self.page(html)
        return self.written(page, self.laid_out(page), secured, Sheet(identifier(html, secured)))

    def parsed(self, html: str) -> weasyprint.HTML:
        """Return a page as its author wrote it."""
        return weasyprint.HTML(
            string=html, base_url=self._folder.base_url, url_fetcher=self._fetcher
        )

    def page(self, html: str) -> weasyprint.HTML:
        """Return a page in which each text has its own direction."""
        page = self.parsed(html)
        isolate(page.etree_element)
        return page

    def laid_out(self, page: weasyprint.HTML) -> weasyprint.Document:
        """Return the pages of paper that a page takes. Whoever calls it holds `lock`."""
        return page.render(font_config=self._fonts, stylesheets=self._styles)

    def written(
        self, page: weasyprint.HTML, document: weasyprint.Document, secured: Secured, sheet: Sheet
    ) -> bytes:
        """
        Return a page that was laid out as PDF. Whoever calls it holds `lock`.

        Raises:
            AddressRefused: the page asks for something outside its folder.
            MissingGlyphs: no font installed has a letter of it.
        """
        describe(document.metadata, secured)
        document.pages = [sheet.page(each) for each in document.pages]
        content = document.write_pdf(
            attachments=[_attachment(secured)] if self._attach else None,
            pdf_variant="pdf/ua-1",
            pdf_identifier=sheet.identifier,
            finisher=lambda drawn, pdf: sheet.finish(drawn, pdf, page.etree_element),
        )
        # Inside a picture WeasyPrint catches even what should stop it, and leaves the picture out.
        if self._fetcher.refused:
            raise self._fetcher.refused
        _refuse_missing(document)
        return bytes(content)

    def _style(self, path: str) -> weasyprint.CSS:
        source = self._folder.named_text(path)
        self._folder.check(path, source)
        return weasyprint.CSS(
            string=source,
            base_url=self._folder.base_url,
            url_fetcher=self._fetcher,
            font_config=self._fonts,
        )


def identifier(html: str, secured: Secured) -> str:
    """Return what tells one file from every other: 32 digits made of all that is in it."""
    return hashlib.sha256(html.encode() + secured.content).hexdigest()[:32]


def describe(metadata: DocumentMetadata, secured: Secured) -> None:
    """Date a document by its credential, and give it the title and language that it may lack."""
    metadata.created = metadata.modified = rfc3339(secured.created)
    metadata.title = metadata.title or f"{secured.kind} {secured.credential_id}"
    metadata.lang = metadata.lang or "und"


def _attachment(secured: Secured) -> weasyprint.Attachment:
    # Some media types of JSON do not say so, such as application/vc.
    suffix = "json" if secured.content.startswith(b"{") else "bin"
    return weasyprint.Attachment(
        string=secured.content,
        name=f"credential.{suffix}",
        description="The signed credential",
        created=secured.created,
        modified=secured.created,
    )


def _refuse_halves(html: str) -> None:
    """Refuse what JSON lets through as text and no encoding can write."""
    if any("\ud800" <= letter <= "\udfff" for letter in html):
        message = (
            "a value on this page holds half of a character (a lone surrogate), which is not text; "
            "correct it where it was recorded"
        )
        raise InvalidInput(message, [_finding("pdf-not-text", message)])


def _refuse_missing(document: weasyprint.Document) -> None:
    """Refuse a page with a box where a letter should be, in whatever font Pango looked for it."""
    missing = {point for font in document.fonts.values() for point in font.missing}
    if missing:
        raise MissingGlyphs(missing)


def _finding(code: str, message: str) -> Finding:
    return Finding(code=code, message=message)
