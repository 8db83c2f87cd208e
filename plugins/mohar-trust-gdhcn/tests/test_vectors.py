"""Every list that WHO published verifies, and none of the altered ones does."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from mohar.codec import x509
from mohar.domain.errors import ConfigError, MoharError
from mohar.testing.conformance import Conformance
from mohar.testing.tools import NOON, tools_for
from mohar_trust_gdhcn import GdhcnTrust, Settings, _nquads
from mohar_trust_gdhcn._list import read
from mohar_trust_gdhcn._proof import Anchor

CONTEXT_FILES = {
    "https://www.w3.org/ns/did/v1": "did_v1.json",
    "https://w3id.org/security/suites/jws-2020/v1": "jws-2020_v1.json",
    **{
        f"https://smart.who.int/trust/tng-context/v1{end}.jsonld": f"tng-context-v1{end}.jsonld"
        for end in ("", "-UAT", "-DEV")
    },
}

# Groups that are not about lists: what is asked of them is that their certificates are read.
CERTIFICATES = {"SCA-certificate", "TLS-certificate", "UP-certificate"}
TRUST_ANCHOR_SIGNED = {"SCA-ta-signed", "TLS-ta-signed", "UP-ta-signed"}
NOT_APPLICABLE = dict.fromkeys(
    TRUST_ANCHOR_SIGNED,
    "the CMS signature over a participant's certificate is between the participant and WHO, who "
    "then puts the key on a list; the certificate inside is read all the same",
)


def cases(vectors: Path, *groups: str) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = json.loads((vectors / "cases.json").read_bytes())["cases"]
    chosen = [case for case in listed if case["group"] in groups]
    assert chosen
    return chosen


@pytest.fixture(scope="module")
def anchor(vectors: Path) -> Anchor:
    return Anchor.read((vectors / "shared/WHO-did.json").read_bytes(), "WHO-did.json")


@pytest.fixture(scope="module")
def reference(vectors: Path) -> Callable[[dict[str, Any]], bytes]:
    """The canonical form as a general JSON-LD processor makes it."""
    jsonld = pytest.importorskip("pyld.jsonld")
    folder = vectors / "shared/contexts"
    loaded = {url: json.loads((folder / name).read_bytes()) for url, name in CONTEXT_FILES.items()}

    def load(url: str, _options: Any) -> dict[str, Any]:
        return {
            "contentType": "application/ld+json",
            "contextUrl": None,
            "documentUrl": url,
            "document": loaded[url],
        }

    options = {
        "algorithm": "URDNA2015",
        "format": "application/n-quads",
        "documentLoader": load,
    }
    return lambda document: jsonld.normalize(document, options).encode()


class TestPublishedLists:
    def test_each_list_is_signed_by_who_or_not_as_told(
        self, vectors: Path, anchor: Anchor, mohar_conformance: Conformance
    ):
        groups = ("did-trustlist-embedded", "did-trustlist-reference", "did-trustlist-tampered")
        for case in cases(vectors, *groups):
            found = read((vectors / case["files"][0]).read_bytes())

            assert anchor.has_signed(found) is case["expect"]["proof"], case["id"]
            if "keys" in case["expect"]:
                assert len(found.methods or found.references) == case["expect"]["keys"]
                assert found.id == case["expect"]["id"]
            mohar_conformance.passed("gdhcn", case["id"])

    def test_a_deployment_opens_every_list_and_no_altered_one(self, vectors: Path):
        tools = tools_for(vectors)
        for case in cases(vectors, "did-trustlist-embedded", "did-trustlist-tampered"):
            chosen = Settings(
                anchor="shared/WHO-did.json",
                lists=case["files"],
                usages=("DSC", "CSCA", "SCA", "DECA", "DESC"),
            )
            if case["expect"]["proof"]:
                trust = GdhcnTrust.open(chosen, tools)
                assert len(trust.listed) == case["expect"]["keys"], case["id"]
            else:
                with pytest.raises(ConfigError, match="not signed with the pinned key"):
                    GdhcnTrust.open(chosen, tools)

    def test_a_signer_is_found_by_country_and_kid_and_a_country_authority_is_not(
        self, vectors: Path
    ):
        folder = "did-trustlist-embedded"
        lists = [
            f"{folder}/v2_trustlist_{name}.json" for name in ("-_XXU_DSC", "-_XXV_DSC", "-_XXA_SCA")
        ]
        trust = GdhcnTrust.open(
            Settings(anchor="shared/WHO-did.json", lists=lists), tools_for(vectors)
        )
        [key] = trust.keys("XU", "BqNazANoqrA=", NOON)

        assert (key.key_id, key.algorithm) == ("BqNazANoqrA=", "ES256")
        assert key.was_valid(NOON)
        assert key.usages
        assert [each.spki for each in trust.keys("XXU", "BqNazANoqrA=", NOON)] == [key.spki]
        assert not trust.keys("XV", "BqNazANoqrA=", NOON)
        assert not trust.keys("XA", "9UfTnW0KX/k=", NOON)
        assert {each.usage for each in trust.listed} == {"DSC"}
        assert {each.participant for each in trust.listed} == {"XXU", "XXV"}

    def test_a_list_that_refers_needs_the_lists_it_refers_to(self, vectors: Path):
        refers = "did-trustlist-reference/v2_trustlist-ref_-_XXU_DSC.json"
        has = "did-trustlist-embedded/v2_trustlist_-_XXU_DSC.json"
        tools = tools_for(vectors)

        with pytest.raises(ConfigError, match="which is not among the lists"):
            GdhcnTrust.open(Settings(anchor="shared/WHO-did.json", lists=[refers]), tools)
        both = GdhcnTrust.open(Settings(anchor="shared/WHO-did.json", lists=[refers, has]), tools)
        assert len(both.listed) == 6

    def test_another_key_of_whos_has_not_signed_the_lists(self, vectors: Path):
        other = Anchor.read((vectors / "shared/WHO-TNG_TA.pub").read_bytes(), "TNG_TA.pub")
        path = vectors / "did-trustlist-reference/v2_trustlist-ref_-_XXU_DSC.json"

        assert not other.has_signed(read(path.read_bytes()))

    def test_no_flipped_bit_of_a_list_is_believed(self, vectors: Path, anchor: Anchor):
        path = vectors / "did-trustlist-reference/v2_trustlist-ref_-_XXU_DSC.json"
        data = path.read_bytes()
        assert is_believed(data, anchor)

        for at, bit in itertools.product(range(len(data)), range(8)):
            changed = data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1 :]
            assert not is_believed(changed, anchor), (at, bit)

    def test_no_flipped_byte_of_a_list_with_keys_is_believed(self, vectors: Path, anchor: Anchor):
        data = (vectors / "did-trustlist-embedded/v2_trustlist_DCC_XXB_DECA.json").read_bytes()
        assert is_believed(data, anchor)

        for at in range(len(data)):
            changed = data[:at] + bytes([data[at] ^ 1 << at % 8]) + data[at + 1 :]
            assert not is_believed(changed, anchor), at


class TestPublishedCertificates:
    def test_every_certificate_of_a_participant_is_read(
        self, vectors: Path, mohar_conformance: Conformance
    ):
        for case in cases(vectors, *CERTIFICATES):
            found = x509.read((vectors / case["files"][0]).read_bytes())

            assert found.key().spki == found.spki, case["id"]
            assert found.valid_from < found.valid_until
            mohar_conformance.passed("gdhcn", case["id"])

    def test_every_certificate_that_the_trust_anchor_signed_is_the_one_it_names(
        self, vectors: Path, mohar_conformance: Conformance
    ):
        for case in cases(vectors, *NOT_APPLICABLE):
            told = json.loads((vectors / case["files"][0]).read_bytes())
            der = base64.b64decode(told["certificateRawData"])

            assert hashlib.sha256(der).hexdigest() == told["certificateThumbprint"], case["id"]
            assert x509.read(der).kid.hex() == told["certificateThumbprint"][:16]
            reason = NOT_APPLICABLE[case["group"]]
            mohar_conformance.not_applicable("gdhcn", case["id"], reason)

    def test_every_group_is_run(self, vectors: Path):
        groups = {
            case["group"] for case in json.loads((vectors / "cases.json").read_bytes())["cases"]
        }

        assert groups == CERTIFICATES | TRUST_ANCHOR_SIGNED | {
            "did-trustlist-embedded",
            "did-trustlist-reference",
            "did-trustlist-tampered",
        }


class TestCanonicalForm:
    """The lines written here are those of a general processor, on any list of the shape."""

    def test_it_is_the_reference_on_every_published_list(
        self, vectors: Path, reference: Callable[[dict[str, Any]], bytes]
    ):
        for case in cases(vectors, "did-trustlist-embedded", "did-trustlist-reference"):
            assert_same((vectors / case["files"][0]).read_bytes(), reference)

    @settings(deadline=None, max_examples=40)
    @given(data=st.data())
    def test_it_is_the_reference_on_any_list(
        self,
        data: st.DataObject,
        maker: Any,
        entry: Callable[..., dict[str, Any]],
        key: ec.EllipticCurvePrivateKey,
        reference: Callable[[dict[str, Any]], bytes],
    ):
        plain = st.from_regex(r"[A-Za-z0-9+/=_-]{1,12}", fullmatch=True)
        kids = data.draw(st.lists(plain, max_size=4, unique=True))
        methods: list[Any] = []
        for kid in kids:
            made = entry(key, kid, usage=data.draw(st.sampled_from(["DSC", "CSCA", "x_-1"])))
            made["publicKeyJwk"] |= data.draw(st.dictionaries(plain, plain, max_size=3))
            methods.append(made)
        methods += [f"did:web:example.int:{each}" for each in data.draw(st.sets(st.just("a")))]
        proof = {"nonce": data.draw(plain)} if data.draw(st.booleans()) else {}
        tree = maker.signed(methods, **proof)
        end = data.draw(st.sampled_from(["", "-UAT", "-DEV"]))
        tree["@context"] = [
            *tree["@context"][:2],
            f"https://smart.who.int/trust/tng-context/v1{end}.jsonld",
        ]

        assert_same(json.dumps(tree).encode(), reference)


def assert_same(data: bytes, reference: Callable[[dict[str, Any]], bytes]) -> None:
    found, tree = read(data), json.loads(data)
    proof = {name: value for name, value in tree.pop("proof").items() if name != "jws"}

    assert _nquads.of_list(found) == reference(tree)
    assert _nquads.of_proof(found.proof) == reference({"@context": tree["@context"], **proof})


def is_believed(data: bytes, anchor: Anchor) -> bool:
    try:
        return anchor.has_signed(read(data))
    except MoharError:
        return False
