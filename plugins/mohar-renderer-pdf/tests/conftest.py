"""India's deployment folders as they are, made-up folders on disk, and credentials to print."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pypdfium2
import pytest
from ruamel.yaml import YAML

from mohar.domain.credential import Secured
from mohar.domain.findings import Finding, Refusal
from mohar.domain.rendition import Carrier, Rendition, Segment, Shown
from mohar.domain.values import JsonObject
from mohar.testing.tools import tools_for
from mohar_renderer_pdf import Settings
from mohar_renderer_pdf._renderer import PdfRenderer
from mohar_renderer_pdf._template import Template

ROOT = Path(__file__).parents[3]
CONFIG = ROOT / "config"


@pytest.fixture(scope="session")
def open_folder() -> Callable[..., PdfRenderer]:
    """Open the renderer over a deployment folder, with settings as YAML would give them."""

    def opened(root: Path, **settings: Any) -> PdfRenderer:
        return PdfRenderer.open(msgspec.convert(settings, Settings), tools_for(root))

    return opened


@pytest.fixture(scope="session")
def deployed() -> Callable[[str, str], PdfRenderer]:
    """Open a rendering of a deployment as its `deployment.yaml` has it."""

    def opened(deployment: str, rendering: str) -> PdfRenderer:
        written = YAML(typ="safe", pure=True).load(CONFIG / deployment / "deployment.yaml")
        (kind,) = written["credentials"]
        (settings,) = (each["settings"] for each in kind["renderings"] if each["name"] == rendering)
        return PdfRenderer.open(msgspec.convert(settings, Settings), tools_for(CONFIG / deployment))

    return opened


@pytest.fixture(scope="session")
def domestic(deployed: Callable[[str, str], PdfRenderer]) -> PdfRenderer:
    return deployed("india", "certificate")


@pytest.fixture(scope="session")
def international(deployed: Callable[[str, str], PdfRenderer]) -> PdfRenderer:
    return deployed("india", "international")


@pytest.fixture(scope="session")
def legacy(deployed: Callable[[str, str], PdfRenderer]) -> PdfRenderer:
    return deployed("india-divoc", "certificate")


def core(dose: int = 1, total: int = 2, **changed: Any) -> JsonObject:
    """Return a document of type core-1, as the domestic profile has it."""
    vaccination = {
        "disease": "RA01",
        "vaccine": "XM9QW8",
        "vaccineType": "COVID-19 vaccine, non-replicating viral vector",
        "brand": "COVISHIELD",
        "manufacturer": "Serum Institute of India",
        "lot": f"4121Z00{dose}",
        "date": f"2021-0{dose + 2}-02",
        "dose": dose,
        "totalDoses": total,
        "country": "IND",
        "centre": "District Hospital",
        "district": "Bengaluru Urban",
        "state": "Karnataka",
        "vaccinator": "Dr. Meera Rao",
    }
    subject = {
        "type": "VaccinatedPerson",
        "id": "urn:uuid:0b5e2c58-9f4a-4f7e-8a1d-3c0d5f2a7b10",
        "name": "Asha Devi",
        "age": 45,
        "sex": "female",
        "beneficiaryReference": "12345678901234",
        "vaccination": vaccination,
        "certificate": {"issuer": "Ministry", "hcid": f"1000000000{dose}", "version": "core-1"},
    }
    vaccination.update(changed.pop("vaccination", {}))
    subject.update(changed)
    return {"type": ["VerifiableCredential"], "credentialSubject": subject}


def secured(document: JsonObject, number: int = 1) -> Secured:
    """Return a signed body of that document, with the weight of a real one."""
    return Secured(
        kind="vaccination",
        body="domestic",
        credential_id=f"1000000000{number}",
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


def zipped(content: bytes) -> bytes:
    """Return what the format puts into a QR code: a ZIP with one file."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("certificate.json"), content)
    return out.getvalue()


def shown(*documents: JsonObject, language: str = "en", carrier: bytes | None = None) -> Shown:
    """Return the request to print the last of these documents with all of them as its group."""
    group = tuple(secured(document, number) for number, document in enumerate(documents, start=1))
    data = zipped(group[-1].content) if carrier is None else carrier
    carriers = tuple(
        Carrier(name=name, media_type="application/zip", segments=(Segment("byte", data),))
        for name in ("packed", "zip")
    )
    return Shown(
        secured=group[-1], group=group, carriers=carriers if data else (), language=language
    )


def printed(renderer: PdfRenderer, request: Shown) -> bytes:
    """Return the PDF of one request that must not be refused."""
    (drawn,) = renderer.render([request])
    assert isinstance(drawn, Rendition), [each.message for each in drawn.findings]
    return drawn.content


def legacy_document(dose: int = 1, total: int = 2, **changed: Any) -> JsonObject:
    """Return a document as DIVOC issues it, with one evidence."""
    evidence = {
        "certificateId": f"1000000000{dose}",
        "type": ["Vaccination"],
        "batch": "MB3428BX",
        "vaccine": "COVAXIN",
        "manufacturer": "Bharat Biotech",
        "date": "2021-03-02T19:00:00.000Z",
        "effectiveStart": "2021-03-02",
        "effectiveUntil": "2025-12-02",
        "dose": dose,
        "totalDoses": total,
        "verifier": {"name": "Meera Rao"},
        "facility": {
            "name": "District Hospital",
            "address": {"district": "Bengaluru Urban", "addressRegion": "Karnataka"},
        },
    }
    subject = {
        "type": "Person",
        "id": "did:in.gov.uidai.aadhaar:999900001234",
        "refId": "12345678901234",
        "name": "Asha Devi",
        "uhid": "",
        "gender": "Female",
        "age": "45",
        **changed,
    }
    return {"credentialSubject": subject, "evidence": [evidence], "nonTransferable": "true"}


def text_of(pdf: bytes) -> str:
    """Return the text of all pages with every run of blanks as one."""
    with closing(pypdfium2.PdfDocument(pdf)) as document:
        pages = [page.get_textpage().get_text_bounded() for page in document]
    return " ".join(" ".join(pages).split())


def refused(renderer: PdfRenderer, request: Shown) -> Finding:
    """Return the finding of one request that must be refused."""
    (drawn,) = renderer.render([request])
    assert isinstance(drawn, Refusal)
    return drawn.findings[0]


def template_of(body: str) -> Template:
    """Return a template of that text, which includes nothing."""
    return Template(cast("Any", _OneFile(body)), "page.html", {})


class _OneFile:
    def __init__(self, body: str) -> None:
        self._body = body

    def text(self, name: str) -> str:
        return self._body if name == "page.html" else ""

    def shown(self, name: str) -> str:
        return name


@pytest.fixture(scope="session")
def paper() -> SimpleNamespace:
    """Return the helpers of this file, for tests that cannot import it."""
    return SimpleNamespace(
        core=core,
        legacy=legacy_document,
        printed=printed,
        refused=refused,
        shown=shown,
        template=template_of,
        text_of=text_of,
        zipped=zipped,
    )


PAGE = "<!doctype html><html><title>t</title><body>{}</body></html>"


@pytest.fixture
def small(tmp_path: Path, open_folder: Callable[..., PdfRenderer]) -> Callable[..., PdfRenderer]:
    """Open a made-up deployment whose page has this body; its root is `tmp_path/deployment`."""

    def opened(
        body: str, files: Mapping[str, str | bytes] | None = None, **settings: Any
    ) -> PdfRenderer:
        root = tmp_path / "deployment"
        labels = "language: en\nreview: reviewed\nlabels: {name: Name, only: Only here}\n"
        hindi = "language: hi\nreview: draft\nlabels: {name: नाम}\n"
        written: dict[str, str | bytes] = {
            "templates/page.html": PAGE.format(body),
            "labels/en.yaml": labels,
            "labels/hi.yaml": hindi,
            **(files or {}),
        }
        for name, content in written.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        known = {
            "template": "templates/page.html",
            "languages": ["en", "hi"],
            "labels": "labels",
            "rows": {"path": "credentialSubject.vaccination", "order": "dose"},
        }
        return open_folder(root, **{**known, **settings})

    return opened
