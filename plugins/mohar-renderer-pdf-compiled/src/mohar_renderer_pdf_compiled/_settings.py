"""What a deployment says about a document that is printed from sheets."""

from __future__ import annotations

from typing import Annotated

import msgspec

from mohar_renderer_pdf import Settings as PdfSettings


class Settings(PdfSettings, frozen=True, kw_only=True):
    """
    Settings of the renderer `pdf-compiled`: those of `pdf`, and which sheets it makes and keeps.

    `sheets` is how many compiled sheets each process keeps, the least used given up first; one
    takes about 150 kB. A page of another sort is laid out as by `pdf` `laid_out_first` times before
    its sheet is made, which takes as long as five: many a sort comes once and never again.
    """

    sheets: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 256
    laid_out_first: Annotated[int, msgspec.Meta(ge=0, le=100)] = 1
