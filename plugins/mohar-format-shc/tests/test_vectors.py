"""What others published comes out as its makers say, or for a reason that stands here."""

from __future__ import annotations

import io
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image

from mohar.codec import jwk, trusted_keys
from mohar.domain.errors import ConfigError
from mohar.testing.conformance import Conformance
from mohar_format_shc import Settings, ShcFormat
from mohar_format_shc._revocation import Revocations

ISSUER = "https://spec.smarthealth.cards/examples/issuer"
KID = "3Kfdg-XwP-7gXyywtUfUADwBumDOPKMQx-iELL11W9s"
# One of the examples ended in June 2024.
NOW = datetime(2024, 1, 31, 12, tzinfo=UTC)
_SEE_JWKS = "x5c is not read: a key is trusted because a deployment pinned it, not by a chain"
_SEE_DRAWING = "how a code is drawn is not part of what it says; a scanner does not tell"
_SEE_LINKS = "SMART Health Links are another protocol, which is not offered"
_SEE_BLANKS = "blanks behind a text are passed over; they are no part of what is signed"

# Cases that are not about what a verifier of cards is given.
NOT_APPLICABLE = {
    "key-cert_mismatch": _SEE_JWKS,
    "key-invalid_chain": _SEE_JWKS,
    "single-segment-qr": _SEE_DRAWING,
    "invalid-qr-version": _SEE_DRAWING,
    "shl-file": _SEE_LINKS,
    "shl-link-bad-passcode": _SEE_LINKS,
    "shl-link-w-viewer": _SEE_LINKS,
    "shl-manifest": _SEE_LINKS,
    "shl-payload-direct": _SEE_LINKS,
    "fhir-bundle-w-trailing-chars": "a bundle stands inside a card, where no text follows it",
    "numeric-qr-w-trailing-chars": _SEE_BLANKS,
    "crl-with-version-mismatch": "a list is pinned, and its number compared with nothing",
}

# Where the reference warns and we do not believe.
STRICTER = {
    "not-yet-valid": "a card whose time has not come is not valid; the reference only warns",
}

# What is told apart: the error of the reference → our verdicts.
VERDICTS = {
    "EXPIRATION_ERROR": {"expired", "invalid"},
    "NOT_YET_VALID": {"not-yet-valid"},
    "FHIR_SCHEMA_ERROR": {"invalid"},
    "SCHEMA_ERROR": {"invalid"},
    "7 x SCHEMA_ERROR": {"invalid"},
    "PROFILE_ERROR": {"invalid"},
    "INFLATION_ERROR": {"unreadable"},
    "INVALID_ISSUER_URL": {"invalid", "unknown-issuer"},
    "INVALID_NUMERIC_QR": {"unreadable"},
    "INVALID_NUMERIC_QR_HEADER": {"unreadable"},
    "QR_CHUNKING_DEPRECATED": {"unreadable"},
    "QR_DECODE_ERROR": {"unreadable"},
    "ISSUER_KEY_DOWNLOAD_ERROR": {"unknown-issuer"},
    "ISSUER_KID_MISMATCH": {"unknown-issuer"},
    "ISSUER_NOT_TRUSTED": {"unknown-issuer"},
    "JSON_PARSE_ERROR": {"unreadable", "unsupported"},
    "JWS_HEADER_ERROR": {"unreadable", "invalid"},
    "JWS_VERIFICATION_ERROR": {"invalid", "unknown-issuer"},
    "SIGNATURE_FORMAT_ERROR": {"invalid"},
    "TRAILING_CHARACTERS": {"unreadable", "invalid"},
}


def cases(vectors: Path, *types: str) -> list[dict[str, Any]]:
    """Return the cases of these input types that a verifier of cards can be given."""
    listed: list[dict[str, Any]] = json.loads((vectors / "cases.json").read_bytes())["cases"]
    return [
        case
        for case in listed
        if case["expect"]["input_type"] in types and case["id"] not in NOT_APPLICABLE
    ]


def is_as_told(case: dict[str, Any], verdicts: set[str]) -> bool:
    expect = case["expect"]
    if case["id"] in STRICTER:
        return verdicts == {case["id"]}
    if expect["valid"] in {True, "deprecated"}:
        return verdicts == {"valid"}
    # Of several cards in one file, the worst is told.
    wrong = verdicts - {"valid"}
    return bool(wrong) and wrong <= VERDICTS[expect["errors"][0]]


def drawn(path: Path) -> str:
    """Return what a scanner reads off a picture."""
    data = path.read_bytes()
    image = _rastered(data.decode()) if path.suffix == ".svg" else Image.open(io.BytesIO(data))
    codes = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.QRCode)
    return codes[0].text if codes else ""


def _rastered(svg: str) -> Image.Image:
    """Draw the one path of a QR code: rows of horizontal strokes, as its maker writes them."""
    side = int(re.search(r'viewBox="0 0 (\d+)', svg)[1])  # type: ignore[index]  # a vector that changed fails here
    path = re.search(r'stroke="#000000" d="([^"]+)"', svg)[1]  # type: ignore[index]  # the same
    image = Image.new("L", (side, side), 255)
    x = y = 0
    for verb, one, two in re.findall(r"([Mmh])(\d+)(?: (\d+))?", path):
        if verb == "M":
            x, y = int(one), int(two)
        elif verb == "m":
            x += int(one)
        else:
            image.paste(0, (x, y, x + int(one), y + 1))
            x += int(one)
    return image.resize((side * 4, side * 4), Image.Resampling.NEAREST)


def trusting(vectors: Path, verifier: Any, lists: dict[str, bytes]) -> Any:
    """A verifier that trusts the published keys of the examples."""
    data = (vectors / "shared/examples/issuer/.well-known/jwks.json").read_bytes()
    keys = trusted_keys.keys_from_bytes(data, "jwks.json")
    form = ShcFormat(Settings(), Revocations(lists))
    return type(verifier)(form, {(ISSUER, each.key.key_id): each.key for each in keys})


@pytest.fixture(scope="module")
def outside(vectors: Path, verifier: Any) -> Any:
    """A verifier at a time when the issuer of the examples had revoked nothing yet."""
    listed = {"kid": KID, "method": "rid", "ctr": 0, "rids": []}
    return trusting(vectors, verifier, {"crl.json": json.dumps(listed).encode()})


class TestPublishedCards:
    def test_texts_and_files_come_out_as_told(
        self, vectors: Path, outside: Any, mohar_conformance: Conformance
    ):
        kinds = ("jws", "healthcard", "fhirhealthcard", "qrnumeric", "qrnumeric + jws", "qr-text")
        for case in cases(vectors, *kinds):
            if case["group"] in {"issuer_not_trusted", "revocation_error"}:
                continue
            files = [vectors / name for name in case["files"] if "FHIR" not in name]
            parts = [path.read_bytes() for path in files]
            joined = case["group"] in {"multi-chunk-ok", "qr_chunking_deprecated"}
            inputs = [b"\n".join(parts)] if joined else parts
            for data in inputs:
                verdicts = set(outside.verdicts(data, NOW))

                assert is_as_told(case, verdicts), (case["id"], verdicts)
            mohar_conformance.all_passed("shc", [case["id"]], but=STRICTER)

    def test_pictures_come_out_as_told(
        self, vectors: Path, outside: Any, mohar_conformance: Conformance
    ):
        for case in cases(vectors, "qr"):
            text = "\n".join(drawn(vectors / name) for name in case["files"])
            verdicts = set(outside.verdicts(text.encode(), NOW))

            assert is_as_told(case, verdicts), (case["id"], verdicts)
            mohar_conformance.all_passed("shc", [case["id"]], but=STRICTER)

    def test_payloads_come_out_as_told_once_they_are_signed(
        self, vectors: Path, verifier: Any, signer: Any, mohar_conformance: Conformance
    ):
        for case in cases(vectors, "jwspayload"):
            payload = (vectors / case["files"][0]).read_bytes()
            verdicts = set(verifier.verdicts(signer.jws(payload).encode(), NOW))

            assert is_as_told(case, verdicts), (case["id"], verdicts)
            mohar_conformance.all_passed("shc", [case["id"]], but=STRICTER)

    def test_bundles_come_out_as_told_once_they_are_in_a_card(
        self,
        vectors: Path,
        verifier: Any,
        signer: Any,
        card: dict[str, Any],
        mohar_conformance: Conformance,
    ):
        for case in cases(vectors, "fhirbundle"):
            bundle = json.loads((vectors / case["files"][0]).read_bytes())
            card["vc"]["credentialSubject"]["fhirBundle"] = bundle
            payload = json.dumps({"nbf": 1_700_000_000, **card}).encode()
            verdicts = set(verifier.verdicts(signer.jws(payload).encode(), NOW))

            assert is_as_told(case, verdicts), (case["id"], verdicts)
            mohar_conformance.all_passed("shc", [case["id"]], but=STRICTER)

    def test_a_card_of_an_issuer_nobody_trusts_is_not_believed(
        self, vectors: Path, verifier: Any, mohar_conformance: Conformance
    ):
        data = (vectors / "issuer_not_trusted/example-00-d-jws.txt").read_bytes()

        assert verifier.verdicts(data, NOW) == ["unknown-issuer"]
        mohar_conformance.passed("shc", "issuer-not-in-trusted-directory")

    def test_the_list_of_an_issuer_revokes_the_card_it_names_and_no_other(
        self, vectors: Path, verifier: Any
    ):
        path = vectors / f"shared/examples/issuer/.well-known/crl/{KID}.json"
        informed = trusting(vectors, verifier, {path.name: path.read_bytes()})
        named = (vectors / "valid/example-03-e-file.smart-health-card").read_bytes()
        other = (vectors / "valid/example-00-d-jws.txt").read_bytes()

        assert informed.verdicts(named, NOW) == ["invalid"]
        assert informed.verdicts(other, NOW) == ["valid"]

    def test_a_damaged_list_of_revoked_cards_stops_the_start(
        self, vectors: Path, mohar_conformance: Conformance
    ):
        """
        The reference blames the card; here a list is pinned, and found wrong before any card comes.
        """
        listed = {
            "duplicate-rid": ["crl-with-invalid-rid-duplicate"],
            "invalid-method": ["crl-with-invalid-method"],
            "non-base64url-rid": [],
            "too-long-rid": [],
        }
        for name, of_list in listed.items():
            [path] = (vectors / "shared/badcrl" / name / ".well-known/crl").iterdir()

            with pytest.raises(ConfigError, match=r"crl.json: "):
                Revocations({"crl.json": path.read_bytes()})
            mohar_conformance.all_passed("shc", of_list)

    def test_every_case_is_either_run_or_not_applicable(
        self, vectors: Path, mohar_conformance: Conformance
    ):
        run = cases(
            vectors,
            *("jws", "healthcard", "fhirhealthcard", "qrnumeric", "qrnumeric + jws", "qr-text"),
            *("qr", "jwspayload", "fhirbundle", "jwkset"),
        )
        listed = json.loads((vectors / "cases.json").read_bytes())["cases"]

        assert {case["id"] for case in run} | NOT_APPLICABLE.keys() == {
            case["id"] for case in listed
        }
        for name, reason in NOT_APPLICABLE.items():
            mohar_conformance.not_applicable("shc", name, reason)


class TestPublishedKeyLists:
    def test_a_key_list_is_believed_as_told(self, vectors: Path, mohar_conformance: Conformance):
        """
        A wrong kid is found where it matters: no card can be right under it.
        """
        for case in cases(vectors, "jwkset"):
            is_usable = self._is_usable(vectors / case["files"][0])

            assert is_usable is case["expect"]["valid"], case["id"]
            mohar_conformance.passed("shc", case["id"])

    @staticmethod
    def _is_usable(path: Path) -> bool:
        try:
            keys = trusted_keys.keys_from_bytes(path.read_bytes(), path.name)
        except ConfigError:
            return False
        return all(
            each.key.algorithm == "ES256" and each.key.key_id == jwk.thumbprint(each.key)
            for each in keys
        )
