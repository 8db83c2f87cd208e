"""Credentials that others made, through the verifier that ships: text, ZIP, QR code, photo, PDF."""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mohar.assembly.verifier import open_verifier
from mohar.domain.verdict import Verdict
from mohar.verifying import Presented, Verifier

ROOT = Path(__file__).parents[2]
VECTORS = Path(os.environ.get("MOHAR_VECTORS", ROOT.parent / "shared" / "vectors")) / "divoc"

pytestmark = pytest.mark.skipif(
    not VECTORS.is_dir(), reason="third-party vectors are not here; set MOHAR_VECTORS"
)

PRODUCTION = "valid-rsa/cowin-production-2021-03-03.json"
# All there is to judge them by: no snapshot of their issuer was published.
GENUINE = "not-checked"

Read = Callable[[bytes], Verdict]


def cases(*groups: str) -> list[Any]:
    if not VECTORS.is_dir():
        return []
    listed = json.loads((VECTORS / "cases.json").read_bytes())["cases"]
    return [
        pytest.param(case["expect"].get("key", "did:india"), name, id=Path(name).name)
        for case in listed
        for name in case["files"]
        if case["group"] in groups and "FHIR" not in name and "Contents" not in name
    ]


@pytest.fixture(scope="module")
def verifiers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Verifier]]:
    """
    Open the bundled verifier with one key of the vectors trusted as `did:india`.

    Only the key itself is taken: the date beside it says when a registry listed it.
    """
    keys = json.loads((VECTORS / "shared" / "public-keys.json").read_bytes())
    folder = tmp_path_factory.mktemp("trust")
    with ExitStack() as opened:

        @cache
        def verifier_for(name: str) -> Verifier:
            trust = folder / f"{name.replace(':', '-')}.json"
            pem = keys[name]["publicKeyPem"]
            trust.write_text(json.dumps({"did:india": {"publicKeyPem": pem}}))
            return opened.enter_context(open_verifier(ROOT / "config" / "verifier", trust=trust))

        yield verifier_for


@pytest.fixture(scope="module")
def read(verifiers: Callable[[str], Verifier]) -> Read:
    """Verify with India's production key."""
    return lambda data: verifiers("did:india").verify([Presented(name="x", data=data)])[0]


@pytest.fixture(scope="module")
def production() -> bytes:
    return (VECTORS / PRODUCTION).read_bytes()


@pytest.fixture(scope="module")
def zipped(production: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("certificate.json", production)
    return stream.getvalue()


def outcomes(told: Verdict) -> Mapping[str, str]:
    return {check.name: check.outcome for check in told.checks}


class TestText:
    def test_the_production_credential_is_valid(self, read: Read, production: bytes) -> None:
        told = read(production)

        assert told.verdict == GENUINE, told.checks
        assert told.shown
        assert (told.format, told.key_id) == ("ld", "did:india")

    @pytest.mark.parametrize(("key", "name"), cases("valid-rsa", "valid-ed25519", "sdk-signed"))
    def test_a_right_signature_is_right(
        self, verifiers: Callable[[str], Verifier], key: str, name: str
    ) -> None:
        data = (VECTORS / name).read_bytes()

        told = verifiers(key).verify([Presented(name=name, data=data)])[0]

        assert outcomes(told)["signature"] == "passed"

    @pytest.mark.parametrize(("key", "name"), cases("tampered-detected"))
    def test_a_changed_credential_is_invalid(
        self, verifiers: Callable[[str], Verifier], key: str, name: str
    ) -> None:
        data = (VECTORS / name).read_bytes()

        told = verifiers(key).verify([Presented(name=name, data=data)])[0]

        assert told.verdict == "invalid"
        assert outcomes(told)["signature"] == "failed"
        assert told.shown == {}

    @pytest.mark.parametrize(("key", "name"), cases("signature-invalid"))
    def test_a_wrong_signature_is_invalid(
        self, verifiers: Callable[[str], Verifier], key: str, name: str
    ) -> None:
        data = (VECTORS / name).read_bytes()

        told = verifiers(key).verify([Presented(name=name, data=data)])[0]

        assert told.verdict == "invalid"
        assert told.shown == {}

    @pytest.mark.parametrize(("key", "name"), cases("tampered-undetected-by-rdf"))
    def test_a_change_the_signature_does_not_see_is_never_valid(
        self, verifiers: Callable[[str], Verifier], key: str, name: str
    ) -> None:
        data = (VECTORS / name).read_bytes()

        told = verifiers(key).verify([Presented(name=name, data=data)])[0]

        assert told.verdict in {"invalid", "limited", "unsupported"}

    def test_nobody_is_trusted_by_default(self, production: bytes) -> None:
        with open_verifier(ROOT / "config" / "verifier") as verifier:
            told = verifier.verify([Presented(name="x", data=production)])[0]

        assert told.verdict == "unknown-issuer"


class TestTheZip:
    def test_stored_is_valid(self, read: Read) -> None:
        told = read((VECTORS / "zip-container/derived-zip-stored.zip.bin").read_bytes())

        assert told.verdict == GENUINE

    @pytest.mark.parametrize("name", ["not-json", "wrong-entry"])
    def test_with_something_else_inside_is_unreadable(self, read: Read, name: str) -> None:
        told = read((VECTORS / f"zip-container/derived-zip-{name}.zip.bin").read_bytes())

        assert told.verdict == "unreadable"
        assert told.checks[0].detail

    def test_that_unfolds_without_end_is_unreadable(self, read: Read) -> None:
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("certificate.json", b" " * 50_000_000)

        told = read(stream.getvalue())

        assert told.verdict == "unreadable"
        assert told.checks[0].detail

    @pytest.mark.parametrize("entry", ["../certificate.json", "/certificate.json", "a/b.json"])
    def test_that_points_elsewhere_is_unreadable(
        self, read: Read, production: bytes, entry: str
    ) -> None:
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr(entry, production)

        assert read(stream.getvalue()).verdict == "unreadable"

    def test_spread_over_utf8_by_a_text_only_scanner_is_valid(
        self, read: Read, zipped: bytes
    ) -> None:
        assert read(zipped.decode("latin-1").encode()).verdict == GENUINE


class TestQrCodes:
    @pytest.fixture(params=["raw ZIP", "UTF-8-expanded ZIP", "plain JSON"])
    def code(
        self,
        request: pytest.FixtureRequest,
        qr: Callable[..., Image.Image],
        production: bytes,
        zipped: bytes,
    ) -> Image.Image:
        compact = json.dumps(json.loads(production), separators=(",", ":")).encode()
        carried = {
            "raw ZIP": zipped,
            "UTF-8-expanded ZIP": zipped.decode("latin-1").encode(),
            "plain JSON": compact,
        }
        return qr(carried[request.param])

    def test_a_clean_picture(
        self, read: Read, code: Image.Image, saved: Callable[..., bytes]
    ) -> None:
        assert read(saved(code)).verdict == GENUINE

    def test_turned_scaled_and_squeezed(
        self, read: Read, code: Image.Image, saved: Callable[..., bytes]
    ) -> None:
        turned = code.rotate(12, Image.Resampling.BICUBIC, expand=True, fillcolor=255)
        small = turned.resize((turned.width * 2 // 3, turned.height * 2 // 3))

        assert read(saved(small, "JPEG", quality=60)).verdict == GENUINE

    def test_a_page_of_a_pdf(
        self, read: Read, code: Image.Image, saved: Callable[..., bytes]
    ) -> None:
        page = Image.new("L", (1240, 1754), 255)
        page.paste(code.resize((600, 600)), (300, 900))

        assert read(saved(page, "PDF", resolution=150)).verdict == GENUINE


@settings(deadline=None, max_examples=80)
@given(data=st.data())
def test_a_flipped_bit_of_a_real_credential_is_never_valid_unless_it_changed_no_meaning(
    read: Read, production: bytes, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(production) * 8 - 1))
    flipped = bytearray(production)
    flipped[place // 8] ^= 1 << place % 8

    told = read(bytes(flipped))

    assert told.verdict != "valid" or json.loads(bytes(flipped)) == json.loads(production)
