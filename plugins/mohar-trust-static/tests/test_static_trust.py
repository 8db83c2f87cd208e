"""Keys that the deployment pins are trusted, and no others."""

from __future__ import annotations

import json
import os
from pathlib import Path

import msgspec
import pytest

import mohar_trust_static
from mohar.codec import did, jwk, keymaking, multikey, public_keys
from mohar.domain.errors import ConfigError
from mohar.domain.keys import PublicKey
from mohar.plugin import Offers, Trust
from mohar.testing.contracts import PluginContract, TrustContract
from mohar.testing.tools import NOON, tools_for
from mohar_trust_static import Settings, StaticTrust

DID = "did:web:example.in"
KEY_ID = f"{DID}#one"


@pytest.fixture(scope="module")
def key() -> PublicKey:
    return keymaking.generate("EdDSA", KEY_ID)[1]


def opened(folder: Path, **files: str) -> StaticTrust:
    """Write files, `name_suffix` as `name.suffix`, and trust them all."""
    names = {name: name.replace("_", ".") for name in files}
    for name, text in files.items():
        (folder / names[name]).write_text(text)
    return StaticTrust.open(Settings(keys=list(names.values())), tools_for(folder))


def found(trust: StaticTrust, issuer: str = DID, key_id: str = KEY_ID) -> list[bytes]:
    return [each.spki for each in trust.keys(issuer, key_id, NOON)]


class TestPlugin(PluginContract):
    @pytest.fixture
    def module(self):
        return mohar_trust_static

    def test_it_offers_a_trust_that_a_deployment_can_open(self, tmp_path: Path, key: PublicKey):
        (tmp_path / "keys.json").write_text(json.dumps(jwk.jwks([key])))
        offers: Offers[Trust] = Offers("trust")
        mohar_trust_static.mohar_register_trust(offers.speaking("mohar-trust-static"))
        offer = offers.get("static")
        assert offer is not None

        trust = offer.open(
            msgspec.convert({"keys": ["keys.json"]}, offer.settings), tools_for(tmp_path)
        )

        assert [each.key_id for each in trust.keys(DID, KEY_ID, NOON)] == [KEY_ID]

    def test_no_key_is_built_in(self):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({"keys": []}, Settings)


class TestStaticTrust(TrustContract):
    @pytest.fixture
    def trust(self, tmp_path: Path, key: PublicKey) -> StaticTrust:
        return opened(tmp_path, did_json=json.dumps(did.did_document(DID, [key])))

    def test_the_key_counts_for_its_issuer_and_its_id_only(
        self, trust: StaticTrust, key: PublicKey
    ):
        assert found(trust) == [key.spki]
        assert found(trust, issuer="did:web:other.example") == []
        assert found(trust, key_id=DID) == []

    def test_every_form_of_file_is_told_by_its_content(self, tmp_path: Path, key: PublicKey):
        multibase = multikey.encode(key)
        trust = opened(
            tmp_path,
            map_yaml=f"{KEY_ID}:\n  publicKeyMultibase: {multibase}\n  validUntil: 2020-01-01T00:00:00Z\n",
            set_json=json.dumps(jwk.jwks([key])),
            bare_pem=public_keys.to_pem(key).decode(),
            did_yml=json.dumps(did.did_document(DID, [key])),
        )

        assert found(trust) == [key.spki] * 4
        assert found(trust, issuer="https://any.example", key_id="any") == [key.spki]

    def test_a_key_that_is_over_is_still_a_candidate(self, tmp_path: Path, key: PublicKey):
        """The verifier judges validity; a trust that hid the key would say "unknown" instead."""
        entry = {"publicKeyMultibase": multikey.encode(key), "validUntil": "2020-01-01T00:00:00Z"}
        trust = opened(tmp_path, keys_json=json.dumps({KEY_ID: entry}))

        [candidate] = trust.keys(DID, KEY_ID, NOON)

        assert not candidate.was_valid(NOON)

    def test_the_published_list_names_india_s_key_by_its_plain_id(self, tmp_path: Path):
        root = Path(__file__).parents[3]
        vectors = root / os.environ.get("MOHAR_VECTORS", "../shared/vectors")
        if not vectors.is_dir():
            pytest.skip("no third-party vectors here; set MOHAR_VECTORS to their folder")
        data = (vectors / "divoc/shared/public-keys.json").read_text()

        trust = opened(tmp_path, keys_json=data)

        [india] = trust.keys("https://cowin.gov.in/", "did:india", NOON)
        assert india.algorithm == "PS256"
        assert found(trust, "https://cowin.gov.in/", "did:india#key1") == []

    @pytest.mark.parametrize(
        ("name", "text"),
        [("keys_json", "{}"), ("keys_pem", "hello"), ("keys_yaml", "x: {publicKeyPem: no}\n")],
    )
    def test_a_file_without_keys_stops_the_start(self, tmp_path: Path, name: str, text: str):
        with pytest.raises(ConfigError, match=name.replace("_", r"\.")):
            opened(tmp_path, **{name: text})

    def test_a_missing_file_stops_it_too(self, tmp_path: Path):
        with pytest.raises(ConfigError, match=r"gone\.json"):
            StaticTrust.open(Settings(keys=["gone.json"]), tools_for(tmp_path))
