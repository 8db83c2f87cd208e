"""Put the first page of every PDF of a folder onto one picture, to look at them side by side."""

from __future__ import annotations

import argparse
import math
from contextlib import closing
from pathlib import Path

import pypdfium2
from PIL import Image, ImageDraw

COLUMNS = 6
WIDTH = 420
MARGIN = 12
CAPTION = 16


def main() -> int:
    """Write the picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="as in build/demo/languages")
    parser.add_argument("picture", type=Path, help="as in docs/pictures/languages.png")
    parsed = parser.parse_args()
    pages = {path.stem: first_page(path) for path in sorted(parsed.folder.glob("*.pdf"))}
    parsed.picture.parent.mkdir(parents=True, exist_ok=True)
    # Few colours keep the picture small; the pages have few.
    sheet(pages).quantize(24).save(parsed.picture, optimize=True)
    return 0


def first_page(path: Path) -> Image.Image:
    """Return the first page as a picture of the common width."""
    with closing(pypdfium2.PdfDocument(path)) as document:
        page = document[0]
        picture: Image.Image = page.render(scale=WIDTH / page.get_width()).to_pil()
        return picture


def sheet(pages: dict[str, Image.Image]) -> Image.Image:
    """Return all pages in rows, each under its name."""
    height = max(page.height for page in pages.values()) + CAPTION + MARGIN
    rows = math.ceil(len(pages) / COLUMNS)
    whole = Image.new("RGB", (COLUMNS * (WIDTH + MARGIN) + MARGIN, rows * height + MARGIN), "#888")
    pen = ImageDraw.Draw(whole)
    for at, (name, page) in enumerate(pages.items()):
        left = MARGIN + at % COLUMNS * (WIDTH + MARGIN)
        top = MARGIN + at // COLUMNS * height
        pen.text((left, top), name, fill="white")
        whole.paste(page, (left, top + CAPTION))
    return whole


if __name__ == "__main__":
    raise SystemExit(main())
