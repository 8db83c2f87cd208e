"""Credentials that others published come out as their makers say."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from mohar.codec import did
from mohar.domain.errors import MoharError, Unreadable, Unsupported
from mohar.domain.keys import PublicKey
from mohar.domain.proof import Opened
from mohar.testing.conformance import Conformance
from mohar_format_ld._canonical import RDFC
from mohar_format_ld._contexts import Contexts
from mohar_format_ld._format import LdFormat
from mohar_format_ld._linked import LinkedData

INDIA = "https://cowin.gov.in/"


def cases(vectors: Path, name: str, *groups: str) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = json.loads((vectors / name / "cases.json").read_bytes())["cases"]
    chosen = [case for case in listed if case["group"] in groups]
    assert chosen
    return chosen


def is_safe(opened: Opened) -> bool:
    return not any(check.outcome == "failed" for check in opened.checks)


class TestLegacyCredentials:
    def test_each_published_signature_is_right_or_wrong_as_told(
        self,
        vectors: Path,
        form: LdFormat,
        published_keys: dict[str, PublicKey],
        mohar_conformance: Conformance,
    ):
        groups = (
            "valid-rsa",
            "valid-ed25519",
            "sdk-signed",
            "tampered-detected",
            "tampered-undetected-by-rdf",
        )
        for case in cases(vectors, "divoc", *groups):
            opened = form.open((vectors / "divoc" / case["files"][0]).read_bytes())
            key = published_keys[case["expect"]["key"]]

            assert case["expect"]["signature"] is form.verify(opened, 0, key), case["id"]
            mohar_conformance.passed("divoc", case["id"])

    def test_a_changed_subject_is_detected(
        self,
        vectors: Path,
        form: LdFormat,
        published_keys: dict[str, PublicKey],
        mohar_conformance: Conformance,
    ):
        name = "divoc-test-modified-subject"
        opened = form.open((vectors / f"divoc/signature-invalid/{name}.json").read_bytes())

        assert not form.verify(opened, 0, published_keys["divoc-test-rsa"])
        mohar_conformance.passed("divoc", name)

    def test_the_jamaican_test_credential_verifies_with_no_published_key(
        self,
        vectors: Path,
        form: LdFormat,
        published_keys: dict[str, PublicKey],
        mohar_conformance: Conformance,
    ):
        """
        Whatever the legacy context is, some refusal comes first or the signature is wrong.
        """
        text = (vectors / "divoc/signature-invalid/DIVOCJamaicaContents.txt").read_text()
        [document] = form.unpack(base64.b64decode(text.removeprefix("B64:")))

        try:
            opened = form.open(document)
        except (Unreadable, Unsupported):
            right = False
        else:
            right = any(form.verify(opened, 0, key) for key in published_keys.values())

        assert not right
        mohar_conformance.passed("divoc", "jamaica-test-user")

    def test_a_property_that_no_context_defines_fails_safe_mode(
        self, vectors: Path, form: LdFormat
    ):
        folder = vectors / "divoc/tampered-undetected-by-rdf"
        paths = {
            "derived-cowin-unmapped-property-in-evidence.json": "evidence.0.",
            "derived-ed25519-unmapped-property-top-level.json": "",
        }
        for name, path in paths.items():
            opened = form.open((folder / name).read_bytes())
            [failed] = [check for check in opened.checks if check.outcome == "failed"]

            assert failed.name == "safe-mode"
            assert failed.detail.startswith(path)
            assert failed.detail.endswith("no context defines this member")

    def test_the_production_credential_is_safe_and_tells_what_a_verifier_needs(
        self, vectors: Path, form: LdFormat
    ):
        opened = form.open(
            (vectors / "divoc/valid-rsa/cowin-production-2021-03-03.json").read_bytes()
        )

        assert is_safe(opened)
        assert opened.issuer == INDIA
        assert opened.proofs[0].key_id == "did:india"
        assert opened.proofs[0].algorithm == "PS256"
        assert opened.proofs[0].purpose == "assertionMethod"
        assert opened.valid_from is not None
        assert opened.valid_from.isoformat() == "2021-03-03T04:28:46.012000+00:00"
        assert opened.valid_until is None
        assert "proof" not in opened.document

    def test_the_published_qr_text_holds_the_production_credential(
        self,
        vectors: Path,
        form: LdFormat,
        published_keys: dict[str, PublicKey],
        mohar_conformance: Conformance,
    ):
        text = (vectors / "divoc/qr-zip/DIVOCQR1Contents.txt").read_text().strip()
        packed = base64.b64decode(text.removeprefix("B64:"))

        [document] = form.unpack(packed)

        assert form.verify(form.open(document), 0, published_keys["did:india"])
        mohar_conformance.passed("divoc", "cowin-production-2021-03-03-qr")

    def test_each_published_zip_opens_or_not_as_told(
        self,
        vectors: Path,
        form: LdFormat,
        published_keys: dict[str, PublicKey],
        mohar_conformance: Conformance,
    ):
        for case in cases(vectors, "divoc", "zip-container"):
            data = (vectors / "divoc" / case["files"][0]).read_bytes()
            if not case["expect"]["unpack"]:
                with pytest.raises(Unreadable):
                    form.unpack(data)
                mohar_conformance.passed("divoc", case["id"])
                continue
            [document] = form.unpack(data)

            assert form.verify(form.open(document), 0, published_keys[case["expect"]["key"]])
            mohar_conformance.passed("divoc", case["id"])

    def test_the_zips_made_by_the_legacy_tools_hold_the_same_credential(
        self, vectors: Path, form: LdFormat
    ):
        for case in cases(vectors, "divoc", "sdk-signed"):
            plain, packed = (vectors / "divoc" / name for name in case["files"])

            [document] = form.unpack(packed.read_bytes())

            assert json.loads(plain.read_bytes()) == json.loads(document)


class TestDataIntegrity:
    def test_the_published_steps_are_retraced_byte_for_byte(
        self, vectors: Path, published: dict[str, bytes]
    ):
        folder = vectors / "data-integrity/eddsa-rdfc-2022/eddsa-rdfc-2022-alumni"
        linked = LinkedData(Contexts(published))
        unsigned = json.loads((folder / "unsigned.json").read_bytes())
        config = json.loads((folder / "proofConfigDataInt.json").read_bytes())

        document = linked.read(unsigned, RDFC, before_signing=True)
        proof = linked.read(config, RDFC, before_signing=True)

        assert (folder / "canonDocDataInt.txt").read_text() == document.nquads
        assert (folder / "proofCanonDataInt.txt").read_text() == proof.nquads
        assert (folder / "docHashDataInt.txt").read_text().strip() == document.digest.hex()
        combined = (folder / "combinedHashDataInt.txt").read_text().strip()
        assert combined == (proof.digest + document.digest).hex()

    def test_each_published_proof_verifies(self, vectors: Path, form: LdFormat):
        names = [
            "eddsa-rdfc-2022/eddsa-rdfc-2022-alumni/signedDataInt.json",
            "proof-set/signedProofSet2.json",
            *(
                case["files"][0]
                for case in cases(vectors, "data-integrity", "db-signed-eddsa-rdfc-2022")
            ),
        ]
        for name in names:
            opened = form.open((vectors / "data-integrity" / name).read_bytes())

            assert is_safe(opened)
            for position, proof in enumerate(opened.proofs):
                assert form.verify(opened, position, did.from_did_key(proof.key_id))

    def test_a_proof_set_has_as_many_proofs_as_signers(self, vectors: Path, form: LdFormat):
        opened = form.open((vectors / "data-integrity/proof-set/signedProofSet2.json").read_bytes())

        assert len({proof.key_id for proof in opened.proofs}) == 2

    def test_no_published_forgery_passes(self, vectors: Path, form: LdFormat):
        groups = (
            "tampered-subject",
            "tampered-proof-created",
            "tampered-proof-purpose",
            "tampered-proof-missing-z",
            "tampered-cryptosuite",
            "tampered-unmapped-term",
        )
        for case in cases(vectors, "data-integrity", *groups):
            data = (vectors / "data-integrity" / case["files"][0]).read_bytes()

            assert not passes(form, data), case["id"]


def passes(form: LdFormat, data: bytes) -> bool:
    """Say whether a verifier that trusts every did:key would believe a document."""
    try:
        opened = form.open(data)
        keys = [did.from_did_key(proof.key_id) for proof in opened.proofs]
    except MoharError:
        return False
    return is_safe(opened) and all(
        form.verify(opened, position, key) for position, key in enumerate(keys)
    )
