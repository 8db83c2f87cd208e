"""Pages printed both ways: from sheets, and laid out by `pdf`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pypdfium2
import pytest
from ruamel.yaml import YAML

from mohar.domain.credential import Secured
from mohar.domain.rendition import Carrier, Rendition, Segment, Shown
from mohar.domain.values import JsonObject
from mohar.testing.tools import tools_for
from mohar_renderer_pdf import Settings as PdfSettings
from mohar_renderer_pdf.building import PdfRenderer
from mohar_renderer_pdf_compiled import Settings
from mohar_renderer_pdf_compiled._renderer import CompiledRenderer

CONFIG = Path(__file__).parents[3] / "config"


class Counting:
    """A telemetry that keeps what it is told."""

    def __init__(self) -> None:
        self.counted: Counter[tuple[str, str]] = Counter()

    @contextmanager
    def span(self, name: str, **attributes: str | int) -> Iterator[None]:
        del name, attributes
        yield

    def count(self, name: str, amount: int = 1, **attributes: str | int) -> None:
        assert name == "mohar.pdf.compiled"
        self.counted[str(attributes["how"]), str(attributes["why"])] += amount

    def log(self, event: str, **fields: str | float) -> None:
        del event, fields


class Both:
    """The same page by two renderers, and what was counted."""

    def __init__(self, root: Path, settings: dict[str, Any]) -> None:
        self.telemetry = Counting()
        tools = msgspec.structs.replace(tools_for(root), telemetry=self.telemetry)
        # A sheet is made at once, unless a test says otherwise.
        known = {"laid_out_first": 0, **settings}
        self.compiled = CompiledRenderer.open(msgspec.convert(known, Settings), tools)
        ours = {"sheets", "laid_out_first"}
        settings = {name: each for name, each in settings.items() if name not in ours}
        self.laid_out = PdfRenderer.open(msgspec.convert(settings, PdfSettings), tools)

    def print(self, shown: Shown) -> tuple[bytes, bytes]:
        """Return the PDF from a sheet, and the one laid out anew."""
        return _printed(self.compiled, shown), _printed(self.laid_out, shown)

    @property
    def counted(self) -> Counter[tuple[str, str]]:
        """Return how often pages were printed how, and why so."""
        return self.telemetry.counted


def _printed(renderer: PdfRenderer, shown: Shown) -> bytes:
    (drawn,) = renderer.render([shown])
    assert isinstance(drawn, Rendition), [each.message for each in drawn.findings]
    return drawn.content


@pytest.fixture(scope="session")
def india() -> Callable[[], Both]:
    """Open the domestic certificate of India anew."""

    def opened() -> Both:
        written = YAML(typ="safe", pure=True).load(CONFIG / "india" / "deployment.yaml")
        settings = written["credentials"][0]["renderings"][0]["settings"]
        return Both(CONFIG / "india", settings)

    return opened


PAGE = "<!doctype html><html lang='en'><title>{title}</title><body>{body}</body></html>"


def _made(folder: Path, body: str, title: str = "t", **settings: Any) -> Both:
    """Open a made-up deployment in a folder."""
    files = {
        "page.html": PAGE.format(title=title, body=body),
        "labels/en.yaml": "language: en\nreview: reviewed\nlabels: {years: '{count} years'}\n",
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    known = {
        "template": "page.html",
        "languages": ["en"],
        "labels": "labels",
        "rows": {"path": "credentialSubject.vaccination", "order": "dose"},
    }
    return Both(folder, {**known, **settings})


@pytest.fixture(scope="session")
def made() -> Callable[..., Both]:
    return _made


@pytest.fixture
def small(tmp_path: Path) -> Callable[..., Both]:
    """Open a made-up deployment whose page has this body."""
    return lambda body, title="t", **settings: _made(tmp_path, body, title, **settings)


def core(dose: int = 1, total: int = 2, **changed: Any) -> JsonObject:
    """Return a document of type core-1, as the domestic profile has it."""
    vaccination = {
        "vaccine": "XM9QW8",
        "vaccineType": "COVID-19 vaccine, non-replicating viral vector",
        "brand": "COVISHIELD",
        "manufacturer": "Serum Institute of India",
        "lot": f"4121Z00{dose}",
        "date": f"2021-0{dose + 2}-02",
        "dose": dose,
        "totalDoses": total,
        "centre": "District Hospital",
        "district": "Bengaluru Urban",
        "state": "Karnataka",
        "vaccinator": "Dr. Meera Rao",
    }
    vaccination.update(changed.pop("vaccination", {}))
    subject = {
        "name": "Asha Devi",
        "age": 45,
        "sex": "female",
        "beneficiaryReference": "12345678901234",
        "vaccination": vaccination,
        **changed,
    }
    return {"type": ["VerifiableCredential"], "credentialSubject": subject}


def shown(*documents: JsonObject, language: str = "en", number: int = 10_000_000_001) -> Shown:
    """Return the request to print the last of these documents with all of them as its group."""
    group = tuple(
        Secured(
            kind="vaccination",
            body="domestic",
            credential_id=f"{number + at}",
            revision=1,
            schema="core-1",
            format="ld",
            media_type="application/vc",
            key_id="k1",
            algorithm="EdDSA",
            created=datetime(2021, 5, 1, 9, 30, tzinfo=UTC),
            document=document,
            content=json.dumps({**document, "proof": "z" + "5Rk9" * 40}).encode(),
        )
        for at, document in enumerate(documents)
    )
    data = group[-1].content
    carrier = Carrier(name="packed", media_type="text/plain", segments=(Segment("byte", data),))
    return Shown(secured=group[-1], group=group, carriers=(carrier,), language=language)


def pictures(pdf: bytes) -> list[bytes]:
    """Return each page as grey pixels."""
    with closing(pypdfium2.PdfDocument(pdf)) as document:
        return [page.render(scale=1.5, grayscale=True).to_pil().tobytes() for page in document]


def texts(pdf: bytes) -> list[str]:
    """Return the text of each page as pdfium reads it."""
    with closing(pypdfium2.PdfDocument(pdf)) as document:
        return [page.get_textpage().get_text_bounded() for page in document]


@pytest.fixture(scope="session")
def paper() -> SimpleNamespace:
    """Return the helpers of this file, for tests that cannot import it."""
    return SimpleNamespace(core=core, shown=shown, pictures=pictures, texts=texts)
