"""COSE_Sign1 and the claims in it, held to the published examples."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mohar.codec import base64url, cose, cwt, jwk, signatures, strict_cbor
from mohar.domain.errors import MoharError, Unreadable, Unsupported
from mohar.testing.conformance import Conformance

# Why a published case says nothing about COSE_Sign1; it is refused then.
NOT_APPLICABLE = {
    "D862": "COSE_Sign, many signers (tag 98): no credential format here has them",
    "D083": "COSE_Encrypt0 (tag 16): credentials are not encrypted",
    "D184": "COSE_Mac0 (tag 17): a credential that only its maker can check is none",
}
# A signature of the right key by an algorithm that the key must not be used with.
OTHER_ALGORITHM = {"ecdsa-examples-ecdsa-sig-04": "ES512 with a P-256 key; one key, one algorithm"}
CURVES = {"P-256": "EC", "P-384": "EC", "Ed25519": "OKP"}


def cases(vectors: Path) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    listed = json.loads((vectors / "cose/cases.json").read_bytes())["cases"]
    return [
        (case, json.loads((vectors / "cose" / case["files"][0]).read_bytes())) for case in listed
    ]


def key_of(told: dict[str, Any]) -> Any:
    written = told["input"]["sign0"]["key"]
    halves = {
        name: written.get(name) or base64url.encode(bytes.fromhex(written[f"{name}_hex"]))
        for name in ("x", "y")
        if name in written or f"{name}_hex" in written
    }
    return jwk.decode({"kty": CURVES[written["crv"]], "crv": written["crv"], **halves}, key_id="k")


def passes(told: dict[str, Any]) -> bool:
    try:
        signed = cose.parse(bytes.fromhex(told["output"]["cbor"]))
    except (Unreadable, Unsupported):
        return False
    key = key_of(told)
    return signed.algorithm == key.algorithm and signatures.verify(
        key,
        signed.signature,
        signed.to_be_signed(bytes.fromhex(told["input"]["sign0"].get("external", ""))),
    )


class TestVectors:
    def test_every_published_case_comes_out_as_told(
        self, vectors: Path, mohar_conformance: Conformance
    ):
        listed = cases(vectors)
        skipped = []
        for case, told in listed:
            data, start = bytes.fromhex(told["output"]["cbor"]), told["output"]["cbor"][:4]
            if start in NOT_APPLICABLE:
                skipped.append(case["id"])
                with pytest.raises(Unreadable):
                    cose.parse(data)
                mohar_conformance.not_applicable("cose", case["id"], NOT_APPLICABLE[start])
                continue
            expected = case["expect"]["valid"] and case["id"] not in OTHER_ALGORITHM
            assert expected is ("sign0" in told["input"] and passes(told)), case["id"]
            mohar_conformance.all_passed("cose", [case["id"]], but=OTHER_ALGORITHM)

        assert len(listed) == 27
        assert len(skipped) == 15

    def test_the_bytes_to_sign_are_those_published(self, vectors: Path):
        for case, told in cases(vectors):
            if "sign0" in told["input"] and case["expect"]["valid"]:
                signed = cose.parse(bytes.fromhex(told["output"]["cbor"]))
                external = bytes.fromhex(told["input"]["sign0"].get("external", ""))

                assert signed.to_be_signed(external).hex().upper() == (
                    told["intermediates"]["ToBeSign_hex"].upper()
                )

    def test_the_published_claims_are_read(self, vectors: Path):
        told = json.loads((vectors / "cose/cwt-pass/CWT-A_3.json").read_bytes())
        signed = cose.parse(bytes.fromhex(told["output"]["cbor"]))
        claims = cwt.read(strict_cbor.parse(signed.payload))

        assert claims.issuer == "coap://as.example.com"
        assert claims.expires == datetime.fromtimestamp(1444064944, UTC)
        assert claims.not_before == claims.issued_at == datetime.fromtimestamp(1443944944, UTC)


class TestParts:
    @settings(max_examples=50, deadline=None)
    @given(st.binary(max_size=50), st.binary(max_size=70), st.binary(max_size=8))
    def test_what_is_built_is_parsed(self, payload: bytes, signature: bytes, kid: bytes):
        protected = cose.protected_header("ES256", kid)
        signed = cose.parse(cose.build(protected, payload, signature))

        assert (signed.algorithm, signed.key_id) == ("ES256", kid)
        assert (signed.payload, signed.signature) == (payload, signature)
        assert signed.to_be_signed() == cose.sig_structure(protected, payload)

    @settings(max_examples=200, deadline=None)
    @given(st.binary(max_size=60))
    def test_no_bytes_raise_anything_but_our_own(self, data: bytes):
        for each in (data, b"\xd2" + data, b"\xd2\x84" + data):
            try:
                cose.parse(each)
            except MoharError:
                continue

    @pytest.mark.parametrize("tags", [[], [18], [61, 18]])
    def test_each_way_of_tagging_is_read(self, tags: list[int]):
        item: Any = [b"", {}, b"p", b"s"]
        for tag in reversed(tags):
            item = cbor2.CBORTag(tag, item)

        assert cose.parse(cbor2.dumps(item)).payload == b"p"

    @pytest.mark.parametrize(
        "item",
        [
            cbor2.CBORTag(61, [b"", {}, b"p", b"s"]),
            cbor2.CBORTag(98, [b"", {}, b"p", b"s"]),
            [b"", {}, b"p"],
            [b"", {}, None, b"s"],
            [b"", [], b"p", b"s"],
            [{}, {}, b"p", b"s"],
            [b"\x80", {}, b"p", b"s"],
            [b"\xff", {}, b"p", b"s"],
            [b"", {4: "11"}, b"p", b"s"],
            7,
        ],
    )
    def test_nothing_else_is(self, item: Any):
        with pytest.raises(Unreadable):
            cose.parse(cbor2.dumps(item))

    def test_the_protected_header_counts(self):
        protected = cbor2.dumps({1: -7, 4: b"inside"})
        signed = cose.parse(cbor2.dumps([protected, {1: -37, 4: b"outside"}, b"p", b"s"]))

        assert (signed.algorithm, signed.key_id) == ("ES256", b"inside")

    def test_a_header_that_must_be_understood_is_refused(self):
        protected = cbor2.dumps({1: -7, 2: [99], 99: 1})

        with pytest.raises(Unsupported):
            cose.parse(cbor2.dumps([protected, {}, b"p", b"s"]))

    def test_an_algorithm_without_a_number_signs_nothing(self):
        with pytest.raises(Unsupported, match="RS256"):
            cose.protected_header("RS256", b"")


class TestClaims:
    def test_what_is_encoded_is_read(self):
        claims = cwt.Claims(
            issuer="IN",
            issued_at=datetime(2026, 1, 31, tzinfo=UTC),
            expires=datetime(2027, 1, 31, tzinfo=UTC),
            private={-260: {1: {"a": 1}}},
        )

        assert claims == cwt.read(strict_cbor.parse(claims.encoded()))

    @pytest.mark.parametrize(
        "claims", [{1: 7}, {4: "x"}, {4: True}, {6: float("nan")}, {6: 1e300}, {5: -1}, {4: 2**60}]
    )
    def test_a_claim_of_another_sort_is_refused(self, claims: dict[int, Any]):
        with pytest.raises(Unreadable):
            cwt.read(claims)

    def test_a_fraction_of_a_second_is_kept(self):
        assert cwt.read({6: 0.5}).issued_at == datetime(1970, 1, 1, 0, 0, 0, 500_000, UTC)
