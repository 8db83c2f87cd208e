"""What a deployment says about a document that is printed from sheets."""

from __future__ import annotations

from typing import Annotated

import msgspec

from mohar_renderer_pdf import Settings as PdfSettings


class Settings(PdfSettings, frozen=True, kw_only=True):
    """
    Settings of the renderer `pdf-compiled`: those of `pdf`, and how many sheets it keeps.

    `sheets` is how many compiled sheets each process keeps, the least used given up first; one
    takes about 150 kB. A page of another sort than those is compiled when it is first asked for.
    """

    sheets: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 256
