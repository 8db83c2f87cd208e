"""Health certificates that others published: read, signed by whom, and until when."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mohar.codec import trusted_keys, x509
from mohar.domain.errors import MoharError, Unreadable
from mohar.domain.keys import PublicKey
from mohar.domain.proof import Opened
from mohar.testing.conformance import Conformance
from mohar_format_hcert import _wire
from mohar_format_hcert._format import HcertFormat

# Groups that hold no signed text; the types are held to them where they are tested.
NO_TEXT = ("json-schema-valid", "json-schema-invalid")
# What a case expects and does not get, and why.
DIFFERENT = {
    "IS-3": "keyusage: its certificate names a travel document usage and none of the three that "
    "tell tests, vaccinations and recoveries apart, so it may sign any (technical specification)",
}
AUSTRIAN = "AT1: is Austria's own prefix for exemptions; only HC1: is read"
# Why groups of WHO's say nothing about HC1, by how their names begin.
UNSIGNED = {
    "ig": "a FHIR resource of WHO's implementation guide, which is not signed; the HC1 form carries "
    "the core data set, and FHIR is neither issued nor judged for WHO's forms",
    "fo": "input or output of WHO's own maps between formats; bodies are made from the record here, "
    "never from one another",
    "ic": "the certificate of vaccination or prophylaxis as a FHIR example, which is not offered",
}
NOT_APPLICABLE = {
    "ve_good": AUSTRIAN,
    "ve_bad_oid_in_cert": AUSTRIAN,
    "ve_bad_wrongcert": AUSTRIAN,
}


def listed(vectors: Path, name: str) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = json.loads((vectors / name / "cases.json").read_bytes())["cases"]
    return cases


def texts(vectors: Path) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Return each EU case that holds a signed text, and what its file says."""
    for case in listed(vectors, "eu-dcc"):
        if case["files"][0].endswith(".json") and not case["group"].startswith(NO_TEXT):
            yield case, json.loads((vectors / "eu-dcc" / case["files"][0]).read_bytes())


def key_of(told: dict[str, Any]) -> PublicKey:
    return x509.read(base64.b64decode(told["TESTCTX"]["CERTIFICATE"])).key()


def moment_of(told: dict[str, Any]) -> datetime:
    at = datetime.fromisoformat(told["TESTCTX"]["VALIDATIONCLOCK"])
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def opened_or_none(form: HcertFormat, text: str) -> Opened | None:
    try:
        return form.open(text.encode())
    except MoharError:
        return None


def is_right(form: HcertFormat, opened: Opened, key: PublicKey) -> bool:
    return key.answers_to(opened.proofs[0].key_id) and form.verify(opened, 0, key)


class TestEu:
    def test_every_text_is_read_or_not_as_told(
        self, vectors: Path, form: HcertFormat, mohar_conformance: Conformance
    ):
        read = ("unprefix", "b45decode", "compression", "decode")
        seen = 0
        for case, told in texts(vectors):
            if case["id"] in NOT_APPLICABLE:
                continue
            seen += 1
            expect = case["expect"]
            opened = opened_or_none(form, told["PREFIX"])
            if any(expect.get(step) is False for step in read):
                assert opened is None, case["id"]
            elif expect.get("decode"):
                assert opened is not None, case["id"]
                assert opened.document == told["JSON"], case["id"]
            mohar_conformance.passed("eu-dcc", case["id"])

        assert seen == 173

    def test_every_signature_is_right_or_wrong_as_told(self, vectors: Path, form: HcertFormat):
        right, wrong = 0, 0
        for case, told in texts(vectors):
            if "verify" not in case["expect"] or case["id"] in NOT_APPLICABLE:
                continue
            opened = opened_or_none(form, told["PREFIX"])
            verified = opened is not None and is_right(form, opened, key_of(told))

            assert case["expect"]["verify"] is verified, case["id"]
            right, wrong = right + verified, wrong + (not verified)

        assert right > 140
        assert wrong >= 9

    def test_every_certificate_is_for_that_event_or_not_as_told(
        self, vectors: Path, form: HcertFormat, mohar_conformance: Conformance
    ):
        different = set()
        for case, told in texts(vectors):
            expected = case["expect"].get("keyusage")
            if expected is None or case["id"] in NOT_APPLICABLE:
                continue
            proof = form.open(told["PREFIX"].encode()).proofs[0]
            if key_of(told).serves(proof.usages) is not expected:
                different.add(case["id"])

        assert different == DIFFERENT.keys()
        mohar_conformance.all_passed("eu-dcc", different, but=DIFFERENT)

    def test_every_text_counts_at_its_clock_or_not_as_told(self, vectors: Path, form: HcertFormat):
        seen = set()
        for case, told in texts(vectors):
            expected = case["expect"].get("expirationcheck")
            if expected is None or case["id"] in NOT_APPLICABLE:
                continue
            opened = form.open(told["PREFIX"].encode())
            assert opened.valid_from is not None
            assert opened.valid_until is not None
            counts = opened.valid_from <= moment_of(told) <= opened.valid_until

            assert counts is expected, case["id"]
            seen.add(expected)

        assert seen == {True, False}

    def test_austrias_own_prefix_is_not_ours(
        self, vectors: Path, form: HcertFormat, mohar_conformance: Conformance
    ):
        found = {case["id"]: told for case, told in texts(vectors) if case["id"] in NOT_APPLICABLE}

        assert found.keys() == NOT_APPLICABLE.keys()
        for name, told in found.items():
            mohar_conformance.not_applicable("eu-dcc", name, NOT_APPLICABLE[name])
            assert not form.recognise(told["PREFIX"].encode())
            with pytest.raises(Unreadable):
                form.open(told["PREFIX"].encode())

    def test_the_first_draft_is_read_and_its_key_named_as_today(
        self, vectors: Path, form: HcertFormat, mohar_conformance: Conformance
    ):
        folder = vectors / "eu-dcc/hcert-testdata-2021-04"
        opened = form.open(_wire.wrap((folder / "test1.bin").read_bytes()))
        certificates = [
            trusted_keys.keys_from_bytes(path.read_bytes(), path.name)[0]
            for path in sorted(folder.glob("issuer*.crt"))
        ]
        fitting = [each.key for each in certificates if each.fits("XX", opened.proofs[0].key_id)]

        assert opened.document == json.loads((folder / "test1.json").read_bytes())
        assert len(fitting) == 1
        assert form.verify(opened, 0, fitting[0])
        mohar_conformance.passed("eu-dcc", "hcert-test1")

    def test_a_key_set_names_the_same_key_in_base64url(self, vectors: Path, form: HcertFormat):
        folder = vectors / "eu-dcc/hcert-testdata-2021-04"
        opened = form.open(_wire.wrap((folder / "test1.bin").read_bytes()))
        # Its serial numbers are beyond what our reader of JSON texts takes.
        tree = json.loads((folder / "jwks.json").read_bytes())
        keys = trusted_keys.keys_from_tree(tree, "jwks.json")
        fitting = [each.key for each in keys if each.fits("XX", opened.proofs[0].key_id)]

        assert [form.verify(opened, 0, key) for key in fitting] == [True]


class TestWho:
    @pytest.mark.parametrize(
        ("folder", "name"),
        [
            ("ddcc/qr-hc1-core-data-set", "WHOQR1"),
            ("ddcc/qr-hc1-core-data-set", "WHOSingaporePCR"),
            ("eu-dcc/who-validator", "EUItalyAcceptanceQR"),
        ],
    )
    def test_what_the_who_published_is_read_and_right(
        self,
        vectors: Path,
        form: HcertFormat,
        folder: str,
        name: str,
        mohar_conformance: Conformance,
    ):
        case = next(
            case
            for case in listed(vectors, folder.partition("/")[0])
            if case["files"][0].endswith(f"{name}Contents.txt")
        )
        opened = form.open((vectors / folder / f"{name}Contents.txt").read_bytes())
        [unpacked] = (vectors / folder).glob(f"{name}Unpacked.*")
        key = registered(vectors / folder / f"{name}-key.json", case["expect"]["kid_base64"])

        assert opened.document == json.loads(unpacked.read_bytes())
        assert opened.proofs[0].key_id == case["expect"]["kid_base64"]
        assert form.verify(opened, 0, key)
        assert key.serves(opened.proofs[0].usages)
        mohar_conformance.passed(folder.partition("/")[0], case["id"])

    def test_a_changed_name_is_detected(
        self, vectors: Path, form: HcertFormat, mohar_conformance: Conformance
    ):
        folder = vectors / "ddcc/qr-tampered"
        opened = form.open((folder / "derived-WHOQR1-name.txt").read_bytes())

        assert not form.verify(opened, 0, registered(folder / "WHOQR1-key.json", "MTE="))
        mohar_conformance.passed("ddcc", "derived-WHOQR1-name")

    def test_the_other_groups_hold_nothing_signed(
        self, vectors: Path, form: HcertFormat, mohar_conformance: Conformance
    ):
        """
        FHIR resources and inputs of WHO's maps: none is a text that a verifier could be given.
        """
        signed = ("qr-hc1-core-data-set", "qr-tampered")
        others = [case for case in listed(vectors, "ddcc") if case["group"] not in signed]

        assert len(others) == 39
        for case in others:
            assert "signature" not in case["expect"]
            for name in case["files"]:
                assert not form.recognise((vectors / "ddcc" / name).read_bytes()), name
            mohar_conformance.not_applicable("ddcc", case["id"], UNSIGNED[case["group"][:2]])


def registered(path: Path, kid: str) -> PublicKey:
    """Return the key of a registry entry under the name it is listed by."""
    entry = {kid: {"publicKeyPem": json.loads(path.read_bytes())["didDocument"]}}
    [trusted] = trusted_keys.keys_from_bytes(json.dumps(entry).encode(), path.name)
    assert trusted.fits("", kid)
    return trusted.key
