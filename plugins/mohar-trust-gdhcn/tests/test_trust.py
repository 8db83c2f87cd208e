"""A key on a signed list is trusted for whom, for what and as long as the list says."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import mohar_trust_gdhcn
from mohar.domain.errors import ConfigError, MoharError, Unreadable
from mohar.plugin import Offers, Trust
from mohar.testing.contracts import PluginContract, TrustContract
from mohar.testing.tools import NOON, tools_for
from mohar_trust_gdhcn import GdhcnTrust, Settings
from mohar_trust_gdhcn._list import read
from mohar_trust_gdhcn._proof import Anchor

KID = "AAAAAAAAAAA="
ED25519 = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
OTHER_ANCHOR = json.dumps({"verificationMethod": [{"id": "x", "publicKeyJwk": ED25519}]})
Entry = Callable[..., dict[str, Any]]


def opened(folder: Path, maker: Any, *lists: Any, **chosen: Any) -> GdhcnTrust:
    """Trust these lists, pinned in a folder."""
    (folder / "who.json").write_bytes(maker.document())
    names = [f"{number}.json" for number in range(len(lists))]
    for name, each in zip(names, lists, strict=True):
        (folder / name).write_text(json.dumps(each))
    return GdhcnTrust.open(Settings(anchor="who.json", lists=names, **chosen), tools_for(folder))


def spki(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


class TestPlugin(PluginContract):
    @pytest.fixture
    def module(self):
        return mohar_trust_gdhcn

    def test_it_offers_a_trust_that_a_deployment_can_open(
        self, tmp_path: Path, maker: Any, signed: dict[str, Any]
    ):
        opened(tmp_path, maker, signed)
        offers: Offers[Trust] = Offers("trust")
        mohar_trust_gdhcn.mohar_register_trust(offers.speaking("mohar-trust-gdhcn"))
        offer = offers.get("gdhcn")
        assert offer is not None

        trust = offer.open(
            msgspec.convert({"anchor": "who.json", "lists": ["0.json"]}, offer.settings),
            tools_for(tmp_path),
        )

        assert [each.key_id for each in trust.keys("IND", KID, NOON)] == [KID]


class TestContract(TrustContract):
    @pytest.fixture
    def trust(self, tmp_path: Path, maker: Any, signed: dict[str, Any]) -> GdhcnTrust:
        return opened(tmp_path, maker, signed)


class TestKeys:
    def test_a_key_goes_by_each_of_its_names_for_each_of_its_issuers(
        self, tmp_path: Path, maker: Any, signed: dict[str, Any], key: ec.EllipticCurvePrivateKey
    ):
        trust = opened(tmp_path, maker, signed)
        whole = signed["verificationMethod"][0]["id"]
        issuers = ["IND", "IN", signed["id"], signed["controller"], ""]
        found = [
            [(each.spki, each.key_id) for each in trust.keys(issuer, name, NOON)]
            for issuer in issuers
            for name in (KID, whole)
        ]

        assert found == [[(spki(key), KID)], [(spki(key), whole)]] * len(issuers)
        assert not trust.keys("PK", KID, NOON)
        assert not trust.keys("IND", "BBBBBBBBBBB=", NOON)

    def test_a_key_is_valid_as_long_as_its_certificate(
        self, tmp_path: Path, maker: Any, signed: dict[str, Any]
    ):
        [key] = opened(tmp_path, maker, signed).keys("IND", KID, NOON)

        assert key.was_valid(NOON)
        assert not key.was_valid(NOON + timedelta(days=365))
        assert not key.was_valid(NOON - timedelta(days=365))

    def test_several_keys_may_go_by_one_kid(
        self, tmp_path: Path, maker: Any, signed: dict[str, Any], entry: Entry
    ):
        other = ec.generate_private_key(ec.SECP256R1())
        second = maker.signed([entry(other, KID)], did="did:web:lists.example.int:other")
        trust = opened(tmp_path, maker, signed, second)

        assert len({each.spki for each in trust.keys("IND", KID, NOON)}) == 2

    def test_a_key_on_p384_is_read_from_its_certificate(
        self, tmp_path: Path, maker: Any, entry: Entry
    ):
        large = ec.generate_private_key(ec.SECP384R1())
        [key] = opened(tmp_path, maker, maker.signed([entry(large, KID)])).keys("IN", KID, NOON)

        assert (key.algorithm, key.spki) == ("ES384", spki(large))

    def test_a_key_without_a_certificate_is_read_whatever_the_width_of_its_numbers(
        self, tmp_path: Path, maker: Any, entry: Entry, key: ec.EllipticCurvePrivateKey
    ):
        trust = opened(tmp_path, maker, maker.signed([entry(key, KID, x5c=None)]))

        assert [each.spki for each in trust.keys("IND", KID, NOON)] == [spki(key)]
        assert not trust.keys("IN", KID, NOON)

    def test_an_entry_that_is_of_no_use_is_passed_over(
        self,
        tmp_path: Path,
        maker: Any,
        entry: Entry,
        key: ec.EllipticCurvePrivateKey,
        certificate: Callable[..., str],
    ):
        other = ec.generate_private_key(ec.SECP256R1())
        useless = [
            entry(key, "swapped", x5c=[certificate(other)]),
            entry(key, "damaged", x5c=["AAAA"]),
            entry(key, "no-base64", x5c=["="]),
            entry(key, "text", x5c="AAAA"),
            entry(key, "wide", x5c=None, x="AA" * 40),
            entry(key, "unknown", x5c=None, crv="secp256k1"),
            entry(key, "no-point", x5c=None, x="AQ"),
        ]
        trust = opened(tmp_path, maker, maker.signed([*useless, entry(key, KID)]))

        assert [each.key.key_id for each in trust.listed] == [KID]


class TestSettings:
    def test_only_what_is_chosen_counts(
        self, tmp_path: Path, maker: Any, entry: Entry, key: ec.EllipticCurvePrivateKey
    ):
        made = maker.signed([entry(key, "d"), entry(key, "s", usage="SCA")])

        assert {each.usage for each in opened(tmp_path, maker, made).listed} == {"DSC"}
        both = opened(tmp_path, maker, made, usages=("DSC", "SCA"), participants=["IND"])
        assert {each.usage for each in both.listed} == {"DSC", "SCA"}
        with pytest.raises(ConfigError, match=r"no key on 0\.json counts"):
            opened(tmp_path, maker, made, domains=["DCC"])
        with pytest.raises(ConfigError, match=r"no key on 0\.json counts"):
            opened(tmp_path, maker, made, participants=["LKA"])

    @pytest.mark.parametrize(
        ("anchor", "told"),
        [
            ("{}", "no key in it"),
            ('{"verificationMethod": [{"id": "x"}]}', "needs an id and a publicKeyJwk"),
            ("nothing", "neither JSON nor PEM"),
            (OTHER_ANCHOR, "P-256 or P-384 keys only"),
        ],
    )
    def test_an_anchor_that_cannot_be_whos_stops_the_start(self, anchor: str, told: str):
        with pytest.raises(ConfigError, match=f"who: .*{told}"):
            Anchor.read(anchor.encode(), "who")

    def test_an_anchor_may_be_pem(self, maker: Any, signed: dict[str, Any]):
        pem = maker.anchor.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

        assert Anchor.read(pem, "who.pem").has_signed(read(json.dumps(signed).encode()))


class TestWhatRdfWouldLose:
    """A list that says in JSON what its signature does not cover is not read at all."""

    @pytest.mark.parametrize(
        "change",
        [
            {"@context": ["https://www.w3.org/ns/did/v1"]},
            {"note": "unsigned"},
            {"id": "relative"},
            {"id": "did:web:example.int> <x"},
            {"id": "did:web:example.int\n"},
            {"verificationMethod": ["did:web:a.example", "did:web:a.example"]},
            {"verificationMethod": ["https://example.int/list"]},
            {"proof": None},
        ],
    )
    def test_a_changed_list_is_refused(self, signed: dict[str, Any], change: dict[str, Any]):
        with pytest.raises(Unreadable):
            read(json.dumps(signed | change).encode())

    @pytest.mark.parametrize(
        "change",
        [
            {"@context": {"publicKeyJwk": None}},
            {"id": "AAAAAAAAAAA="},
            {"type": "JsonWebKey"},
            {"type": ["JsonWebKey2020"]},
            {"domain": {"code": "#DDCC", "name": "x"}},
            {"keyusage": {"code": "DSC"}},
            {"participant": {"code": "#IND> <x"}},
            {"publicKeyJwk": {"x": 'a"b'}},
            {"publicKeyJwk": {"x": "a\\b"}},
            {"publicKeyJwk": {"x": "ab\n"}},
            {"publicKeyJwk": {"x": 1}},
            {"publicKeyPem": ""},
        ],
    )
    def test_a_changed_entry_is_refused(self, signed: dict[str, Any], change: dict[str, Any]):
        signed["verificationMethod"][0] |= change

        with pytest.raises(Unreadable):
            read(json.dumps(signed).encode())

    def test_two_entries_of_one_id_are_refused(
        self, signed: dict[str, Any], entry: Entry, key: ec.EllipticCurvePrivateKey
    ):
        """
        RDF would join them, and their uses could change places.
        """
        signed["verificationMethod"].append(entry(key, KID, usage="SCA"))

        with pytest.raises(Unreadable, match="the same thing in two places"):
            read(json.dumps(signed).encode())

    @pytest.mark.parametrize(
        ("member", "value"),
        [
            ("jws", "AA..AA"),
            ("jws", "no signature"),
            ("verificationMethod", "did:web:other.example"),
            ("created", "2026-01-30T18:00:26Z"),
            ("nonce", "abd"),
        ],
    )
    def test_a_changed_proof_is_not_believed(
        self, tmp_path: Path, maker: Any, signed: dict[str, Any], member: str, value: str
    ):
        signed["proof"][member] = value

        with pytest.raises(ConfigError, match=r"^0\.json: "):
            opened(tmp_path, maker, signed)

    @settings(
        deadline=None,
        max_examples=60,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(
        value=st.recursive(
            st.none() | st.integers(-9, 9) | st.text(max_size=5),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner),
            max_leaves=6,
        ),
        at=st.sampled_from(["", "id", "verificationMethod", "entry", "publicKeyJwk", "proof"]),
    )
    def test_any_json_is_a_list_or_our_own_error(
        self, maker: Any, signed: dict[str, Any], value: Any, at: str
    ):
        tree: Any = copy.deepcopy(signed)
        match at:
            case "":
                tree = value
            case "entry":
                tree["verificationMethod"].append(value)
            case "publicKeyJwk":
                tree["verificationMethod"][0][at] = value
            case _:
                tree[at] = value
        anchor = Anchor.read(maker.document(), "who")
        try:
            believed = anchor.has_signed(read(json.dumps(tree).encode()))
        except MoharError:
            return

        assert not believed or tree == signed
