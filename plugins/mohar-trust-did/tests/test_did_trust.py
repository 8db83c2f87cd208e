"""A DID's own key is trusted where its issuer is believed, and no other key is."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mohar_trust_did
from mohar.codec import base64url, did, jwk, keymaking, public_keys
from mohar.domain.errors import ConfigError, Unreadable
from mohar.domain.keys import PublicKey
from mohar.plugin import Offers, Trust
from mohar.testing.conformance import Conformance
from mohar.testing.contracts import PluginContract, TrustContract
from mohar.testing.tools import NOON, tools_for
from mohar_trust_did import DidTrust, Settings
from mohar_trust_did._methods import address_of, key_of

ROOT = Path(__file__).parents[3]
WEB = "did:web:example.in"

# Cases of the published DIDs that are about a key which is not used here.
SECP256K1 = "secp256k1 is no key of any format here: it is unknown, not an error"
NOT_APPLICABLE = {"did-key-2-zQ3sho": SECP256K1, "did-key-5-zQ3sht": SECP256K1}
DIFFERENT = {
    "did-key-0-ed25519": "the key that signs is right; the one for agreement is not derived, since "
    "nothing is encrypted to anybody"
}


@pytest.fixture(scope="module")
def key() -> PublicKey:
    return keymaking.generate("EdDSA", f"{WEB}#one")[1]


def cases(group: str) -> list[dict[str, Any]]:
    folder = ROOT / os.environ.get("MOHAR_VECTORS", "../shared/vectors") / "did"
    if not folder.is_dir():
        pytest.skip("no third-party vectors here; set MOHAR_VECTORS to their folder")
    listed: list[dict[str, Any]] = json.loads((folder / "cases.json").read_bytes())["cases"]
    chosen = [case for case in listed if case["group"] == group]
    assert chosen
    return [case | json.loads((folder / case["files"][0]).read_bytes()) for case in chosen]


def opened(folder: Path, document: Any, **settings: Any) -> DidTrust:
    """Trust one document of a deployment."""
    (folder / "did.json").write_text(json.dumps(document))
    return DidTrust.open(Settings(documents=["did.json"], **settings), tools_for(folder))


def did_jwk(key: PublicKey, **more: Any) -> str:
    members = {name: value for name, value in jwk.encode(key).items() if name != "kid"} | more
    return "did:jwk:" + base64url.encode(json.dumps(members).encode())


def found(trust: DidTrust, issuer: str, key_id: str) -> list[bytes]:
    return [each.spki for each in trust.keys(issuer, key_id, NOON)]


ANYONE = DidTrust(Settings(issuers="any"), {})


class TestPlugin(PluginContract):
    @pytest.fixture
    def module(self):
        return mohar_trust_did

    def test_it_offers_a_trust_that_a_deployment_can_open(self, tmp_path: Path, key: PublicKey):
        (tmp_path / "did.json").write_text(json.dumps(did.did_document(WEB, [key])))
        offers: Offers[Trust] = Offers("trust")
        mohar_trust_did.mohar_register_trust(offers.speaking("mohar-trust-did"))
        offer = offers.get("did")
        assert offer is not None

        trust = offer.open(
            msgspec.convert({"documents": ["did.json"]}, offer.settings), tools_for(tmp_path)
        )

        assert [each.key_id for each in trust.keys(WEB, f"{WEB}#one", NOON)] == [f"{WEB}#one"]


class TestContract(TrustContract):
    @pytest.fixture
    def trust(self) -> DidTrust:
        return ANYONE


class TestPublishedDids:
    def test_each_did_key_gives_the_key_its_makers_tell(self, mohar_conformance: Conformance):
        for case in cases("did-key"):
            name = case["did"]
            keys = ANYONE.keys(name, f"{name}#{name.removeprefix('did:key:')}", NOON)
            if case["id"] in NOT_APPLICABLE:
                assert not keys
                reason = NOT_APPLICABLE[case["id"]]
                mohar_conformance.not_applicable("did", case["id"], reason)
                continue
            algorithm = "ES384" if "P-384" in case["expect"]["multicodec"] else "EdDSA"

            assert [each.algorithm for each in keys] == [algorithm]
            assert did.did_key(keys[0]) == name
            if text := case["expect"].get("publicKeyBase58"):
                assert keys[0].spki == public_keys.from_base58(text, key_id="k").spki
            mohar_conformance.all_passed("did", [case["id"]], but=DIFFERENT)

    def test_each_did_web_is_found_where_its_makers_tell(self, mohar_conformance: Conformance):
        for case in cases("did-web"):
            assert address_of(case["did"]) == case["expect"]["url"]
            mohar_conformance.passed("did", case["id"])


class TestKeysInTheDid:
    @pytest.mark.parametrize("algorithm", ["EdDSA", "ES256", "ES384"])
    def test_a_did_key_is_its_key(self, algorithm: Any):
        key = keymaking.generate(algorithm, "k")[1]
        name = did.did_key(key)
        trust = DidTrust(Settings(issuers=[name]), {})

        assert found(trust, name, f"{name}#{name.removeprefix('did:key:')}") == [key.spki]
        assert found(trust, name, name) == [key.spki]
        assert found(trust, name, f"{name}#other") == []

    @pytest.mark.parametrize("algorithm", ["EdDSA", "ES256", "ES384", "PS256", "RS256"])
    def test_a_did_jwk_is_its_key(self, algorithm: Any):
        key = keymaking.generate(algorithm, "k")[1]
        name = did_jwk(key)
        trust = DidTrust(Settings(issuers=[name]), {})
        [answer] = trust.keys(name, f"{name}#0", NOON)

        assert (answer.spki, answer.algorithm) == (key.spki, algorithm)
        assert (answer.key_id, answer.controller) == (f"{name}#0", name)
        assert found(trust, name, f"{name}#1") == []

    def test_a_key_for_encryption_or_a_private_one_signs_nothing(self, key: PublicKey):
        for name in (did_jwk(key, use="enc"), did_jwk(key, d="AAAA")):
            assert found(ANYONE, name, f"{name}#0") == []

    def test_a_stranger_is_not_believed_because_his_did_holds_a_key(self, key: PublicKey):
        believed = did.did_key(keymaking.generate("EdDSA", "k")[1])
        stranger = did.did_key(key)
        trust = DidTrust(Settings(issuers=[believed]), {})

        assert found(trust, stranger, stranger) == []
        assert found(ANYONE, stranger, stranger) == [key.spki]

    def test_a_key_counts_for_its_own_did_only(self, key: PublicKey):
        mine, other = did.did_key(key), did.did_key(keymaking.generate("EdDSA", "k")[1])

        assert found(ANYONE, other, mine) == []
        assert found(ANYONE, "https://example.in", mine) == []


class TestDocuments:
    def test_only_a_method_for_assertions_counts(self, tmp_path: Path, key: PublicKey):
        other = keymaking.generate("EdDSA", f"{WEB}#login")[1]
        document = did.did_document(WEB, [key, other])
        document |= {"assertionMethod": [key.key_id], "authentication": [other.key_id]}
        trust = opened(tmp_path, document)

        assert found(trust, WEB, key.key_id) == [key.spki]
        assert found(trust, WEB, other.key_id) == []

    def test_an_alias_is_only_its_own_word(self, tmp_path: Path, key: PublicKey):
        document = did.did_document(WEB, [key]) | {"alsoKnownAs": ["did:web:other.in"]}
        trust = opened(tmp_path, document)

        assert found(trust, "did:web:other.in", key.key_id) == []

    def test_a_method_that_has_ended_is_told_with_its_end(self, tmp_path: Path, key: PublicKey):
        document = did.did_document(WEB, [key])
        document["verificationMethod"][0]["revoked"] = "2026-01-01T00:00:00Z"
        [answer] = opened(tmp_path, document).keys(WEB, key.key_id, NOON)

        assert not answer.was_valid(NOON)

    @pytest.mark.parametrize(
        ("document", "told"),
        [
            ({"keys": []}, "did.json: this is no DID document"),
            ({"id": "did:key:z6Mk", "verificationMethod": []}, "did.json: this is not a did:web"),
            ({"id": WEB, "verificationMethod": []}, "did.json: no key in it"),
            ([], "did.json: this is JSON, but no object"),
        ],
    )
    def test_a_file_that_is_no_such_document_stops_the_start(
        self, tmp_path: Path, document: Any, told: str
    ):
        with pytest.raises(ConfigError, match=told):
            opened(tmp_path, document)

    def test_two_documents_of_one_did_stop_the_start(self, tmp_path: Path, key: PublicKey):
        for name in ("a.json", "b.json"):
            (tmp_path / name).write_text(json.dumps(did.did_document(WEB, [key])))

        with pytest.raises(ConfigError, match=r"b\.json: another document is of did:web"):
            DidTrust.open(Settings(documents=["a.json", "b.json"]), tools_for(tmp_path))


class TestSettings:
    @pytest.mark.parametrize(
        ("issuer", "told"),
        [
            ("did:web:example.org:health", "get https://example.org/health/did.json, look at it"),
            ("did:web:", "this is not a did:web"),
            ("did:example:1", "this DID has no key in it"),
            ("did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme", "is not used"),
            ("did:jwk:AA", "this is not JSON|not UTF-8"),
        ],
    )
    def test_an_issuer_that_could_never_be_verified_stops_the_start(self, issuer: str, told: str):
        with pytest.raises(ConfigError, match=told):
            DidTrust(Settings(issuers=[issuer]), {})

    def test_a_trust_in_nobody_stops_the_start(self):
        with pytest.raises(ConfigError, match="nobody is believed otherwise"):
            DidTrust(Settings(), {})

    def test_a_did_web_with_its_document_may_be_named(self, tmp_path: Path, key: PublicKey):
        trust = opened(tmp_path, did.did_document(WEB, [key]), issuers=[WEB])

        assert found(trust, WEB, key.key_id) == [key.spki]


class TestNames:
    @pytest.mark.parametrize(
        ("name", "address"),
        [
            ("did:web:example.org", "https://example.org/.well-known/did.json"),
            ("did:web:example.org:a:b", "https://example.org/a/b/did.json"),
            ("did:web:example.org%3A8443:a", "https://example.org:8443/a/did.json"),
        ],
    )
    def test_a_did_web_says_where_its_document_stands(self, name: str, address: str):
        assert address_of(name) == address

    @pytest.mark.parametrize(
        "name",
        [
            "did:web:example.org/a",
            "did:web:example.org:..",
            "did:web:example.org:a:.:b",
            "did:web:user@example.org",
            "did:web:example.org%2Fa",
            "did:web:example.org#one",
            "did:web:-example.org",
            "did:web:example.org::a",
        ],
    )
    def test_a_name_that_could_lead_elsewhere_is_no_did_web(self, name: str):
        with pytest.raises(Unreadable):
            address_of(name)

    @settings(deadline=None, max_examples=100)
    @given(text=st.text(max_size=60), prefix=st.sampled_from(["did:key:z", "did:jwk:", "did:web:"]))
    def test_any_text_is_a_stranger_and_no_error(self, text: str, prefix: str):
        assert list(ANYONE.keys(prefix + text, prefix + text + "#0", NOON)) == []

    def test_an_endless_did_is_not_read(self):
        with pytest.raises(Unreadable, match="more than 4000 characters"):
            key_of("did:key:z" + "1" * 5_000)
