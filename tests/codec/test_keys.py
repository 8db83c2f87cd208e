"""Keys in every form they come in: PEM, SPKI, JWK, Multikey, did:key, base58."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from mohar.codec import (
    base58,
    did,
    jwk,
    key_lists,
    keymaking,
    multibase,
    multikey,
    public_keys,
)
from mohar.codec.trusted_keys import keys_from_tree
from mohar.domain.errors import MoharError, Unreadable, Unsupported
from mohar.domain.keys import Algorithm, PublicKey

ALGORITHMS: tuple[Algorithm, ...] = ("PS256", "RS256", "EdDSA", "ES256", "ES384")
SHORT: tuple[Algorithm, ...] = ("EdDSA", "ES256", "ES384")


@pytest.fixture(scope="session")
def keys() -> dict[Algorithm, PublicKey]:
    return {each: keymaking.generate(each, f"did:web:example.in#{each}")[1] for each in ALGORITHMS}


class TestRoundTrips:
    @pytest.mark.parametrize("algorithm", ALGORITHMS)
    def test_a_key_is_the_same_after_each_form_that_can_hold_it(
        self, keys: dict[Algorithm, PublicKey], algorithm: Algorithm
    ):
        key = keys[algorithm]
        name = key.key_id

        pem = public_keys.to_pem(key)

        assert key == public_keys.from_pem(pem, key_id=name, algorithm=algorithm)
        assert key == public_keys.from_spki(key.spki, key_id=name, algorithm=algorithm)
        assert key == jwk.decode(jwk.encode(key))

    @pytest.mark.parametrize("algorithm", SHORT)
    def test_curve_keys_have_a_multikey_and_a_did(
        self, keys: dict[Algorithm, PublicKey], algorithm: Algorithm
    ):
        key = keys[algorithm]

        assert key == multikey.decode(multikey.encode(key), key_id=key.key_id)
        assert key.spki == did.from_did_key(did.did_key(key)).spki

    def test_rsa_has_neither(self, keys: dict[Algorithm, PublicKey]):
        with pytest.raises(Unsupported, match="JWK"):
            did.did_key(keys["PS256"])

    @settings(max_examples=60, deadline=None)
    @given(st.text(max_size=60), st.binary(max_size=60))
    def test_anything_is_a_key_or_a_named_error(self, text: str, data: bytes):
        attempts = (
            lambda: did.from_did_key("did:key:" + text),
            lambda: multikey.decode(multibase.encode(b"\xed\x01" + data), key_id="k"),
            lambda: multikey.decode(multibase.encode(b"\x80\x24" + data), key_id="k"),
            lambda: public_keys.from_spki(data, key_id="k"),
            lambda: public_keys.from_pem(text.encode(), key_id="k"),
            lambda: public_keys.from_base58(text, key_id="k"),
            lambda: jwk.decode({"kty": "EC", "crv": "P-256", "x": text, "y": text}),
            lambda: jwk.decode({"kty": "RSA", "n": base58.encode(data), "e": "AQAB"}),
            lambda: jwk.decode({"kty": text}),
        )
        for attempt in attempts:
            try:
                attempt()
            except MoharError:
                continue


class TestPublicKeys:
    def test_rsa_is_ps256_unless_told_otherwise(self):
        private = rsa.generate_private_key(65537, 2048)

        assert public_keys.from_native(private.public_key(), key_id="k").algorithm == "PS256"

    def test_an_algorithm_that_does_not_fit_is_refused(self, keys: dict[Algorithm, PublicKey]):
        with pytest.raises(Unsupported, match="ES256"):
            public_keys.from_spki(keys["EdDSA"].spki, key_id="k", algorithm="ES256")

    def test_a_short_rsa_key_is_refused(self):
        private = rsa.generate_private_key(65537, 1024)  # noqa: S505 -- too short on purpose

        with pytest.raises(Unsupported, match="1024 bits"):
            public_keys.from_native(private.public_key(), key_id="k")

    @pytest.mark.parametrize(
        "private", [x25519.X25519PrivateKey.generate(), ec.generate_private_key(ec.SECP256K1())]
    )
    def test_other_sorts_of_key_are_unsupported(
        self, private: x25519.X25519PrivateKey | ec.EllipticCurvePrivateKey
    ):
        spki = private.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )

        with pytest.raises(Unsupported):
            public_keys.from_spki(spki, key_id="k")

    def test_a_private_key_is_turned_away(self):
        pem, _ = keymaking.generate("EdDSA", "k")

        with pytest.raises(Unreadable, match="private"):
            public_keys.from_pem(pem, key_id="k")


class TestMultikey:
    def test_the_beginning_tells_the_curve(self, keys: dict[Algorithm, PublicKey]):
        beginnings = {each: multikey.encode(keys[each])[:4] for each in SHORT}

        assert beginnings["EdDSA"] == "z6Mk"
        assert beginnings["ES256"] == "zDna"
        assert beginnings["ES384"] == "z82L"

    def test_the_published_private_key_is_turned_away(self, vectors: Path):
        pair = json.loads(
            (
                vectors / "data-integrity/eddsa-rdfc-2022/eddsa-rdfc-2022-alumni/keyPair.json"
            ).read_bytes()
        )

        with pytest.raises(Unreadable, match="private"):
            multikey.decode(pair["privateKeyMultibase"], key_id="k")

    def test_an_uncompressed_point_is_no_multikey(self):
        point = (
            ec.generate_private_key(ec.SECP256R1())
            .public_key()
            .public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
        )

        with pytest.raises(Unreadable):
            multikey.decode(multibase.encode(b"\x80\x24" + point), key_id="k")


class TestDidKey:
    def test_the_published_ed25519_did_holds_its_key(self, vectors: Path):
        case = json.loads((vectors / "did/did-key/did-key-0.json").read_bytes())

        key = did.from_did_key(case["did"])

        assert key.spki == public_keys.from_base58(case["publicKeyBase58"], key_id="k").spki
        assert did.did_key(key) == case["did"]
        assert key.key_id == f"{case['did']}#{case['did'].removeprefix('did:key:')}"

    def test_the_published_p384_did_is_written_back_the_same(self, vectors: Path):
        case = json.loads((vectors / "did/did-key/did-key-4.json").read_bytes())

        assert did.did_key(did.from_did_key(case["did"])) == case["did"]

    @pytest.mark.parametrize("number", [2, 5])
    def test_secp256k1_is_unsupported(self, vectors: Path, number: int):
        case = json.loads((vectors / f"did/did-key/did-key-{number}.json").read_bytes())

        with pytest.raises(Unsupported):
            did.from_did_key(case["did"])

    def test_a_fragment_names_the_same_key_or_none(self, keys: dict[Algorithm, PublicKey]):
        own, other = did.did_key(keys["EdDSA"]), did.did_key(keys["ES256"])
        fragment = own.removeprefix("did:key:")

        assert did.from_did_key(f"{own}#{fragment}").spki == keys["EdDSA"].spki
        with pytest.raises(Unreadable):
            did.from_did_key(f"{other}#{fragment}")


class TestJwk:
    def test_the_thumbprint_is_that_of_rfc_7638(self):
        """The key and the value printed in RFC 7638 §3.1."""
        key = jwk.decode(
            {
                "kty": "RSA",
                "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
                "e": "AQAB",
                "alg": "RS256",
                "kid": "2011-04-29",
            }
        )

        assert jwk.thumbprint(key) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
        assert key.algorithm == "RS256"
        assert key.key_id == "2011-04-29"

    def test_without_a_kid_the_thumbprint_is_its_name(self, keys: dict[Algorithm, PublicKey]):
        nameless = {
            name: value for name, value in jwk.encode(keys["EdDSA"]).items() if name != "kid"
        }

        assert jwk.decode(nameless).key_id == jwk.thumbprint(keys["EdDSA"])

    @pytest.mark.parametrize("change", [{"d": "AA"}, {"x": "AA"}, {"x": 1}, {"kid": 5}, {"x": "+"}])
    def test_a_private_or_damaged_one_is_unreadable(
        self, keys: dict[Algorithm, PublicKey], change: dict[str, object]
    ):
        with pytest.raises(Unreadable):
            jwk.decode({**jwk.encode(keys["ES256"]), **change})

    @pytest.mark.parametrize("change", [{"use": "enc"}, {"crv": "P-521"}, {"alg": "ES384"}])
    def test_one_for_something_else_is_unsupported(
        self, keys: dict[Algorithm, PublicKey], change: dict[str, object]
    ):
        with pytest.raises(Unsupported):
            jwk.decode({**jwk.encode(keys["ES256"]), **change})


class TestPublishing:
    def test_every_key_is_in_both_documents_but_a_compromised_one(
        self, keys: dict[Algorithm, PublicKey]
    ):
        lost = PublicKey(
            key_id="did:web:example.in#lost",
            algorithm="EdDSA",
            spki=keys["EdDSA"].spki,
            status="compromised",
        )

        document = did.did_document("did:web:example.in", [*keys.values(), lost])
        key_set = jwk.jwks([*keys.values(), lost])

        names = [key.key_id for key in keys.values()]
        assert names == document["assertionMethod"]
        assert names == [method["id"] for method in document["verificationMethod"]]
        assert [key.spki for key in keys.values()] == [
            jwk.decode(each).spki for each in key_set["keys"]
        ]

    def test_a_p256_key_goes_by_its_thumbprint_in_a_key_set(self, keys: dict[Algorithm, PublicKey]):
        """
        Health cards name it so, and their readers look for it there.
        """
        names = {each["alg"]: each["kid"] for each in jwk.jwks([*keys.values()])["keys"]}

        assert names.pop("ES256") == jwk.thumbprint(keys["ES256"])
        assert names == {
            key.algorithm: key.key_id for key in keys.values() if key.algorithm != "ES256"
        }

    def test_a_map_by_key_id_tells_when_each_key_might_sign(self, keys: dict[Algorithm, PublicKey]):
        """
        And whoever verifies with it reads back what was written, a compromised key too.
        """
        start = datetime(2026, 1, 1, tzinfo=UTC)
        windowed = [
            structs.replace(
                key,
                valid_from=start,
                valid_until=start + timedelta(days=90),
                status=status,
                controller="did:web:example.in",
            )
            for key, status in zip(
                keys.values(), ("active", "retired", "compromised", "active"), strict=False
            )
        ]

        tree = key_lists.published("trust", "did:web:example.in", windowed)
        read = [each.key for each in keys_from_tree(tree, "trust")]

        # When a key was listed is told, and not held against what it signed before.
        assert read == [structs.replace(key, valid_from=None) for key in windowed]
        assert {entry["validFrom"] for entry in tree.values()} == {"2026-01-01T00:00:00Z"}

    def test_a_did_document_holds_no_empty_promise(self, keys: dict[Algorithm, PublicKey]):
        document = did.did_document("did:web:example.in", [keys["PS256"], keys["ES384"]])
        rsa_method, curve_method = document["verificationMethod"]

        assert jwk.decode(rsa_method["publicKeyJwk"]).spki == keys["PS256"].spki
        assert (
            multikey.decode(curve_method["publicKeyMultibase"], key_id="k").spki
            == keys["ES384"].spki
        )


class TestKeyMaking:
    @pytest.mark.parametrize("algorithm", ALGORITHMS)
    def test_a_new_key_is_read_back_from_its_pem(self, algorithm: Algorithm):
        pem, public = keymaking.generate(algorithm, "k")

        private = keymaking.from_pem(pem)

        assert public == keymaking.public_of(private, key_id="k", algorithm=algorithm)
        assert pem.startswith(b"-----BEGIN PRIVATE KEY-----")

    def test_no_two_keys_are_the_same(self):
        assert keymaking.generate("EdDSA", "k")[1].spki != keymaking.generate("EdDSA", "k")[1].spki

    def test_a_locked_pem_is_refused_with_the_reason(self):
        pem = ed25519.Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"word"),
        )

        with pytest.raises(Unreadable, match="password"):
            keymaking.from_pem(pem)

    @pytest.mark.parametrize("pem", [b"", b"-----BEGIN PRIVATE KEY-----\nAAAA\n", b"\xff" * 40])
    def test_what_is_no_private_key_is_unreadable(self, pem: bytes):
        with pytest.raises(Unreadable):
            keymaking.from_pem(pem)
