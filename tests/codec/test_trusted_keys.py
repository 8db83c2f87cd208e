"""Key files that somebody trusts: each form is told by its content, each mistake by its key."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mohar.codec import did, jwk, keymaking, multikey, public_keys, trusted_keys
from mohar.domain.errors import ConfigError
from mohar.domain.keys import PublicKey

DID = "did:web:example.in"


@pytest.fixture(scope="module")
def key() -> PublicKey:
    return keymaking.generate("EdDSA", f"{DID}#one")[1]


@pytest.fixture(scope="module")
def other() -> PublicKey:
    return keymaking.generate("PS256", f"{DID}#two")[1]


def read(tree: object) -> list[trusted_keys.TrustedKey]:
    return list(trusted_keys.keys_from_bytes(json.dumps(tree).encode(), "keys.json"))


def pem(key: PublicKey) -> str:
    return public_keys.to_pem(key).decode()


class TestMap:
    def test_the_published_list_loads_as_it_is(self, vectors: Path):
        data = (vectors / "divoc/shared/public-keys.json").read_bytes()

        keys = trusted_keys.keys_from_bytes(data, "public-keys.json")
        by_id = {each.key.key_id: each for each in keys}

        assert len(by_id) == 7
        assert by_id["did:india"].key.algorithm == "PS256"
        assert by_id["did:jamaica"].key.algorithm == "EdDSA"
        # The list names 29 May 2021, and the key has signed since March: told, not enforced.
        assert by_id["did:india"].key.valid_from is None
        assert by_id["did:india"].fits("https://any.example/", "did:india")
        assert not by_id["did:india"].fits("https://any.example/", "did:india#1")

    def test_each_form_of_one_key_is_the_same_key(self, key: PublicKey):
        forms: list[dict[str, Any]] = [
            {"publicKeyPem": pem(key)},
            {"publicKeyMultibase": multikey.encode(key)},
            {"publicKeyJwk": jwk.encode(key)},
        ]

        assert {read({"did:x": form})[0].key.spki for form in forms} == {key.spki}

    def test_issuers_bind_a_key(self, key: PublicKey):
        [bound] = read({"did:x": {"publicKeyPem": pem(key), "issuers": ["https://a.example"]}})

        assert bound.fits("https://a.example", "did:x")
        assert not bound.fits("https://b.example", "did:x")

    def test_an_entry_may_name_the_algorithm_of_an_rsa_key(self, other: PublicKey):
        [told] = read({"did:x": {"publicKeyPem": pem(other), "algorithm": "RS256"}})

        assert told.key.algorithm == "RS256"

    def test_status_and_validity_are_kept(self, key: PublicKey):
        [told] = read(
            {
                "did:x": {
                    "publicKeyPem": pem(key),
                    "validUntil": "2026-01-01T00:00:00+05:30",
                    "status": "compromised",
                }
            }
        )

        assert told.key.status == "compromised"
        assert told.key.valid_until == datetime(2025, 12, 31, 18, 30, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("change", "says"),
        [
            ({"validUnitl": "2026-01-01T00:00:00Z"}, "validUnitl"),
            ({"validFrom": "2026-01-01T00:00:00"}, "validFrom"),
            ({"publicKeyPem": "nothing"}, "PEM"),
            ({"publicKeyPem": None}, "publicKeyPem"),
            ({"algorithm": "ES256"}, "ES256"),
            ({"issuers": []}, "issuers"),
            ({"publicKeyBase58": "11111111111111111111111111111112"}, "different keys"),
        ],
    )
    def test_a_mistake_names_the_file_and_the_key(
        self, key: PublicKey, change: dict[str, Any], says: str
    ):
        with pytest.raises(ConfigError) as caught:
            read({"did:x": {"publicKeyPem": pem(key), **change}})

        assert "keys.json" in str(caught.value)
        assert "did:x" in str(caught.value)
        assert says in str(caught.value)


class TestDidDocument:
    def test_our_own_document_is_read_back(self, key: PublicKey, other: PublicKey):
        ends = msgspec.structs.replace(key, valid_until=datetime(2027, 1, 1, tzinfo=UTC))

        found = read(did.did_document(DID, [ends, other]))

        assert [each.key.spki for each in found] == [key.spki, other.spki]
        assert found[0].key.valid_until == ends.valid_until
        assert found[0].fits(DID, f"{DID}#one")
        assert not found[0].fits("did:web:other.example", f"{DID}#one")

    def test_only_keys_for_assertions_are_taken(self, key: PublicKey):
        document = did.did_document(DID, [key])
        document["authentication"] = document.pop("assertionMethod")

        with pytest.raises(ConfigError, match="no key"):
            read(document)

    def test_relative_ids_and_embedded_methods_are_understood(
        self, key: PublicKey, other: PublicKey
    ):
        document = did.did_document(DID, [key, other])
        document["verificationMethod"][0]["id"] = "#one"
        embedded = document["verificationMethod"].pop()
        document["assertionMethod"] = ["#one", embedded]

        assert [each.key.key_id for each in read(document)] == [key.key_id, other.key_id]

    def test_an_alias_of_the_issuer_counts(self, key: PublicKey):
        document = did.did_document(DID, [key])
        document["alsoKnownAs"] = ["https://example.in/"]

        assert read(document)[0].fits("https://example.in/", key.key_id)

    @pytest.mark.parametrize(
        "change",
        [
            {"assertionMethod": ["#gone"]},
            {"assertionMethod": [7]},
            {"assertionMethod": [{}]},
            {"assertionMethod": {}},
            {"alsoKnownAs": "x"},
        ],
    )
    def test_a_document_that_contradicts_itself_is_refused(
        self, key: PublicKey, change: dict[str, Any]
    ):
        with pytest.raises(ConfigError, match=r"keys\.json"):
            read({**did.did_document(DID, [key]), **change})


class TestJwksAndPem:
    def test_a_jwk_set_is_read_and_foreign_keys_are_passed_over(
        self, key: PublicKey, other: PublicKey
    ):
        key_set = jwk.jwks([key, other])
        key_set["keys"].append({"kty": "oct", "kid": "x"})

        assert [each.key for each in read(key_set)] == [key, other]

    def test_one_jwk_alone_is_read(self, key: PublicKey):
        assert read(jwk.encode(key))[0].key == key

    def test_bare_pem_is_believed_for_any_issuer_and_id(self, key: PublicKey, other: PublicKey):
        both = (pem(key) + pem(other)).encode()

        found = trusted_keys.keys_from_bytes(both, "keys.pem")

        assert [each.key.spki for each in found] == [key.spki, other.spki]
        assert all(each.fits("https://any.example", "any") for each in found)
        assert len(trusted_keys.candidates(found, "x", "y")) == 2

    def test_a_verifier_s_configuration_file_is_read(self, other: PublicKey):
        assert read({"certificatePublicKey": pem(other)})[0].key.spki == other.spki

    @pytest.mark.parametrize("data", [b"", b"hello", b"{}", b"[]", b'{"a":1}', b'{"keys":[]}'])
    def test_a_file_without_keys_is_refused(self, data: bytes):
        with pytest.raises(ConfigError, match=r"keys\.json"):
            trusted_keys.keys_from_bytes(data, "keys.json")

    def test_a_private_key_is_never_taken(self):
        private, _ = keymaking.generate("EdDSA", "k")

        with pytest.raises(ConfigError, match="private"):
            trusted_keys.keys_from_bytes(private, "keys.pem")

    @settings(max_examples=60, deadline=None)
    @given(
        st.dictionaries(
            st.sampled_from(
                ["keys", "verificationMethod", "id", "assertionMethod", "kty", "did:x"]
            ),
            st.none()
            | st.text(max_size=5)
            | st.lists(st.dictionaries(st.sampled_from(["id", "kty"]), st.text(max_size=3)))
            | st.dictionaries(st.sampled_from(["publicKeyPem", "note"]), st.text(max_size=3)),
        )
    )
    def test_any_tree_gives_keys_or_a_configuration_error(self, tree: dict[str, Any]):
        try:
            trusted_keys.keys_from_tree(tree, "keys.json")
        except ConfigError:
            return
