"""The fetcher of a page, which knows no other place than its folder."""

from __future__ import annotations

from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from mohar_renderer_pdf._within import NotWithin, TemplateFolder, is_own_image

__all__ = ["AddressRefused", "ClosedFetcher", "TemplateFolder"]


class AddressRefused(FatalURLFetchingError):  # type: ignore[misc]  # WeasyPrint has no types
    """
    A page asked for something outside its folder, or for something that is not in it.

    WeasyPrint lets a page be printed without a picture that could not be fetched; this exception
    is of the one sort that stops it. The message never repeats the address, which may have been
    built from a person's data.
    """


class ClosedFetcher(URLFetcher):  # type: ignore[misc]  # WeasyPrint has no types
    """
    Fetches files of one folder, and PNGs that are written into the page; never anything else.

    No handler for any network protocol is ever reached: `fetch` answers by itself. `refused` keeps
    the last refusal for whoever set it to None before.
    """

    def __init__(self, folder: TemplateFolder) -> None:
        super().__init__(allowed_protocols=("file", "data"), allow_redirects=False)
        self._folder = folder
        self.refused: AddressRefused | None = None

    def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
        """
        Return what an address of the page stands for.

        Raises:
            AddressRefused: the address leads out of the folder, or to nothing printable in it.
        """
        del headers
        if is_own_image(url):
            return super().fetch(url)
        try:
            content, media_type = self._folder.fetched(url)
        except NotWithin as error:
            self.refused = AddressRefused(str(error))
            raise self.refused from error
        return URLFetcherResponse(url, content, {"Content-Type": media_type})
