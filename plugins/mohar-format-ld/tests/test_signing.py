"""What is signed here verifies elsewhere: by rules written again, with other people's libraries."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import pickle
from collections.abc import Callable
from typing import Any

import msgspec
import pyoxigraph
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key
from pyld import jsonld

import mohar_format_ld
from mohar.codec import base58
from mohar.domain.credential import Credential, Prepared, Secured
from mohar.domain.errors import ConfigError, Unreadable, Unsupported
from mohar.domain.keys import PublicKey
from mohar.plugin import Format, Offers
from mohar.testing.contracts import FormatContract, PluginContract, seal
from mohar.testing.tools import NOON, tools_for
from mohar_format_ld._contexts import Contexts
from mohar_format_ld._format import LdFormat, Settings

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


class TestPlugin(PluginContract):
    @pytest.fixture
    def module(self):
        return mohar_format_ld

    def test_it_offers_one_format_that_a_deployment_can_open(self, tmp_path: Any):
        offers: Offers[Format] = Offers("format")
        mohar_format_ld.mohar_register_formats(offers.speaking("mohar-format-ld"))
        offer = offers.get("ld")
        assert offer is not None

        form = offer.open(msgspec.convert({}, offer.settings), tools_for(tmp_path))

        assert (form.name, form.media_type, form.suffix) == ("ld", "application/vc", "json")


class TestModernContract(FormatContract):
    @pytest.fixture
    def form(self, modern: LdFormat) -> LdFormat:
        return modern

    @pytest.fixture
    def credentials(self, membership: dict[str, Any], credential: Any) -> list[Credential]:
        return [credential(membership, 1), credential({**membership, "number": 8}, 2)]

    @pytest.fixture
    def signer(self, ed_signer: Any) -> Any:
        return ed_signer


class TestLegacyContract(FormatContract):
    @pytest.fixture
    def form(self, legacy: LdFormat) -> LdFormat:
        return legacy

    @pytest.fixture
    def credentials(self, cowin: dict[str, Any], credential: Any) -> list[Credential]:
        return [credential(cowin, 1), credential({**cowin, "nonTransferable": "false"}, 2)]

    @pytest.fixture
    def signer(self, rsa_signer: Any) -> Any:
        return rsa_signer


def legacy_verdict(signed: dict[str, Any], key: PublicKey, contexts: Contexts) -> bool:
    """Verify as the legacy stack does: two digests under a detached JWS, all written anew."""

    def load(url: str, _options: object) -> dict[str, Any]:
        return {"contextUrl": None, "documentUrl": url, "document": contexts.get(url)}

    def digest(document: dict[str, Any]) -> bytes:
        options = {
            "algorithm": "URDNA2015",
            "format": "application/n-quads",
            "documentLoader": load,
        }
        return hashlib.sha256(jsonld.normalize(document, options).encode()).digest()

    document = copy.deepcopy(signed)
    proof = document.pop("proof")
    header, _, signature = proof.pop("jws").split(".")
    proof["@context"] = "https://w3id.org/security/v2"
    payload = header.encode() + b"." + digest(proof) + digest(document)
    made = base64.urlsafe_b64decode(signature + "==")
    public = load_der_public_key(key.spki)
    try:
        match public:
            case rsa.RSAPublicKey():
                pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
                public.verify(made, payload, pss, hashes.SHA256())
            case ed25519.Ed25519PublicKey():
                public.verify(made, payload)
            case _:
                return False
    except InvalidSignature:
        return False
    return True


def modern_verdict(signed: dict[str, Any], key: PublicKey, contexts: Contexts) -> bool:
    """Verify eddsa-rdfc-2022 with PyLD for RDF and pyoxigraph for the canonical form."""

    def load(url: str, _options: object) -> dict[str, Any]:
        return {"contextUrl": None, "documentUrl": url, "document": contexts.get(url)}

    def digest(document: dict[str, Any]) -> bytes:
        options = {"format": "application/n-quads", "documentLoader": load}
        lines = jsonld.to_rdf(document, options)
        dataset = pyoxigraph.Dataset(
            pyoxigraph.parse(lines.encode(), format=pyoxigraph.RdfFormat.N_QUADS)
        )
        dataset.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)
        written = pyoxigraph.serialize(dataset, format=pyoxigraph.RdfFormat.N_QUADS)
        assert written is not None
        in_order = sorted(line for line in written.decode().split("\n") if line)
        return hashlib.sha256("".join(f"{line}\n" for line in in_order).encode()).digest()

    document = copy.deepcopy(signed)
    proof = document.pop("proof")
    value = proof.pop("proofValue")
    assert value[0] == "z"
    number = 0
    for letter in value[1:]:
        number = number * 58 + ALPHABET.index(letter)
    proof["@context"] = document["@context"]
    public = load_der_public_key(key.spki)
    assert isinstance(public, ed25519.Ed25519PublicKey)
    try:
        public.verify(number.to_bytes(64), digest(proof) + digest(document))
    except InvalidSignature:
        return False
    return True


class TestElsewhere:
    def test_a_legacy_rsa_credential_verifies_by_the_legacy_rules(
        self,
        legacy: LdFormat,
        published: dict[str, bytes],
        cowin: dict[str, Any],
        credential: Callable[..., Credential],
        rsa_signer: Any,
    ):
        cowin["credentialSubject"]["name"] = 'Asha "Áé" \\ मीरा 😀 \uff21'
        [secured] = seal(legacy, [credential(cowin)], rsa_signer)
        signed = json.loads(secured.content)

        assert legacy_verdict(signed, rsa_signer.key, Contexts(published))
        signed["credentialSubject"]["name"] = "Asha"
        assert not legacy_verdict(signed, rsa_signer.key, Contexts(published))

    def test_a_legacy_ed25519_credential_does_too(
        self,
        published: dict[str, bytes],
        cowin: dict[str, Any],
        credential: Callable[..., Credential],
        ed_signer: Any,
    ):
        form = LdFormat(Settings(suite="Ed25519Signature2018"), Contexts(published))
        [secured] = seal(form, [credential(cowin)], ed_signer)

        assert legacy_verdict(secured.document, ed_signer.key, Contexts(published))
        assert form.verify(form.open(secured.content), 0, ed_signer.key)

    def test_the_rules_written_here_accept_the_production_credential(
        self,
        vectors: Any,
        published: dict[str, bytes],
        published_keys: dict[str, PublicKey],
    ):
        file = vectors / "divoc/valid-rsa/cowin-production-2021-03-03.json"

        assert legacy_verdict(
            json.loads(file.read_bytes()), published_keys["did:india"], Contexts(published)
        )

    def test_a_modern_credential_verifies_with_other_libraries(
        self,
        modern: LdFormat,
        documents: dict[str, bytes],
        membership: dict[str, Any],
        credential: Callable[..., Credential],
        ed_signer: Any,
    ):
        [secured] = seal(modern, [credential(membership)], ed_signer)
        signed = json.loads(secured.content)

        assert modern_verdict(signed, ed_signer.key, Contexts(documents))
        signed["number"] = 8
        assert not modern_verdict(signed, ed_signer.key, Contexts(documents))


class TestProofs:
    def test_a_legacy_proof_is_written_as_the_legacy_stack_writes_it(
        self, legacy: LdFormat, cowin: dict[str, Any], credential: Any, rsa_signer: Any
    ):
        [secured] = seal(legacy, [credential(cowin)], rsa_signer)
        proof = secured.document["proof"]

        assert list(proof) == ["type", "created", "verificationMethod", "proofPurpose", "jws"]
        assert proof["created"] == "2026-01-31T12:00:00Z"
        assert proof["jws"].startswith("eyJhbGciOiJQUzI1NiIsImI2NCI6ZmFsc2UsImNyaXQiOlsiYjY0Il19..")
        assert len(proof["jws"].split("..")[1]) == 342

    def test_a_modern_proof_value_is_base58(
        self, modern: LdFormat, membership: dict[str, Any], credential: Any, ed_signer: Any
    ):
        [secured] = seal(modern, [credential(membership)], ed_signer)
        proof = secured.document["proof"]

        assert proof["cryptosuite"] == "eddsa-rdfc-2022"
        assert proof["verificationMethod"] == ed_signer.key.key_id
        assert len(base58.decode(proof["proofValue"][1:])) == 64

    def test_the_content_is_compact_and_the_proof_comes_last(
        self, legacy: LdFormat, cowin: dict[str, Any], credential: Any, rsa_signer: Any
    ):
        cowin["credentialSubject"]["name"] = 'मीरा "😀"/'
        [secured] = seal(legacy, [credential(cowin)], rsa_signer)

        written = json.dumps(secured.document, ensure_ascii=False, separators=(",", ":"))
        assert written.encode() == secured.content
        assert [*cowin, "proof"] == list(json.loads(secured.content))

    def test_secured_says_which_key_and_suite_made_it(
        self, legacy: LdFormat, cowin: dict[str, Any], credential: Any, rsa_signer: Any
    ):
        [secured] = seal(legacy, [credential(cowin, 5)], rsa_signer)

        assert (secured.format, secured.media_type) == ("ld", "application/ld+json")
        assert (secured.key_id, secured.algorithm) == (rsa_signer.key.key_id, "PS256")
        assert secured.created == NOON
        assert secured.credential_id == "00000000005"

    def test_a_key_of_another_algorithm_is_a_mistake_of_the_deployment(
        self, legacy: LdFormat, cowin: dict[str, Any], credential: Any, ed_signer: Any
    ):
        with pytest.raises(ConfigError, match="PS256"):
            legacy.prepare([credential(cowin)], ed_signer.key, NOON)

    def test_the_same_document_gives_the_same_bytes_to_sign(
        self, modern: LdFormat, membership: dict[str, Any], credential: Any, ed_signer: Any
    ):
        shuffled = dict(reversed(membership.items()))

        first, second = modern.prepare(
            [credential(membership), credential(shuffled)], ed_signer.key, NOON
        )

        assert isinstance(first, Prepared)
        assert isinstance(second, Prepared)
        assert first.payload == second.payload

    def test_what_is_prepared_crosses_to_another_process(
        self, modern: LdFormat, membership: dict[str, Any], credential: Any, ed_signer: Any
    ):
        [prepared] = modern.prepare([credential(membership)], ed_signer.key, NOON)

        assert pickle.loads(pickle.dumps(prepared)) == prepared  # noqa: S301 -- our own bytes

    def test_a_batch_is_a_batch(self, modern: LdFormat, ed_signer: Any):
        assert modern.prepare([], ed_signer.key, NOON) == []
        assert modern.seal([], [], ed_signer.key) == []


class TestOpened:
    @pytest.fixture
    def secured(
        self, modern: LdFormat, membership: dict[str, Any], credential: Any, ed_signer: Any
    ) -> Secured:
        membership |= {
            "validUntil": "2027-01-31T12:00:00+05:30",
            "credentialStatus": {
                "id": "https://example.org/status/1#7",
                "type": "BitstringStatusListEntry",
                "statusPurpose": "revocation",
                "statusListIndex": "7",
                "statusListCredential": "https://example.org/status/1",
            },
        }
        [secured] = seal(modern, [credential(membership)], ed_signer)
        return secured

    def changed(self, secured: Secured, **changes: Any) -> bytes:
        return json.dumps({**secured.document, **changes}).encode()

    def test_issuer_validity_and_status_are_told(self, modern: LdFormat, secured: Secured):
        opened = modern.open(secured.content)

        assert opened.issuer == "did:web:example.org"
        assert opened.valid_from == NOON
        assert opened.valid_until is not None
        assert opened.valid_until.isoformat() == "2027-01-31T06:30:00+00:00"
        [status] = opened.status
        assert (status.list_url, status.index) == ("https://example.org/status/1", 7)
        assert [check.outcome for check in opened.checks] == ["passed"]

    def test_another_key_and_another_algorithm_say_no(
        self, modern: LdFormat, secured: Secured, ed_signer: Any, rsa_signer: Any
    ):
        opened = modern.open(secured.content)
        told_wrong = msgspec.structs.replace(ed_signer.key, algorithm="ES256")

        assert modern.verify(opened, 0, ed_signer.key)
        assert not modern.verify(opened, 0, rsa_signer.key)
        assert not modern.verify(opened, 0, told_wrong)

    def test_a_proof_that_ends_earlier_ends_the_validity(self, modern: LdFormat, secured: Secured):
        proof = {**secured.document["proof"], "expires": "2026-06-01T00:00:00Z"}

        opened = modern.open(self.changed(secured, proof=proof))

        assert opened.valid_until is not None
        assert opened.valid_until.isoformat() == "2026-06-01T00:00:00+00:00"

    def test_a_proof_for_somebody_else_is_told(self, modern: LdFormat, secured: Secured):
        proof = {**secured.document["proof"], "domain": "https://gate.example"}

        opened = modern.open(self.changed(secured, proof=proof))

        assert ("proof-binding", "unknown") in {(each.name, each.outcome) for each in opened.checks}

    def test_a_proof_of_another_suite_beside_ours_is_passed_over(
        self, modern: LdFormat, secured: Secured, ed_signer: Any
    ):
        other = {**secured.document["proof"], "cryptosuite": "ecdsa-sd-2023"}

        opened = modern.open(self.changed(secured, proof=[other, secured.document["proof"]]))

        assert len(opened.proofs) == 1
        assert modern.verify(opened, 0, ed_signer.key)
        assert "other-proofs" in {check.name for check in opened.checks}

    def test_status_of_another_sort_cannot_be_told(self, modern: LdFormat, secured: Secured):
        entry = {"id": "urn:example:entry", "type": "BitstringStatusList"}

        opened = modern.open(self.changed(secured, credentialStatus=[entry]))

        assert opened.status == ()
        assert ("status-entry", "unknown") in {(each.name, each.outcome) for each in opened.checks}

    @pytest.mark.parametrize(
        "changes",
        [
            {"proof": None},
            {"proof": []},
            {"proof": "x"},
            {"proof": [{}] * 9},
            {"issuer": None},
            {"issuer": {"name": "A Club"}},
            {"validFrom": "yesterday"},
            {"validFrom": "2026-02-30T00:00:00Z"},
            {"validUntil": 2027},
            {"credentialStatus": "x"},
            {"credentialStatus": {"type": "BitstringStatusListEntry"}},
            {
                "credentialStatus": {
                    "type": "BitstringStatusListEntry",
                    "statusPurpose": "revocation",
                    "statusListIndex": 7,
                    "statusListCredential": "https://example.org/status/1",
                }
            },
        ],
    )
    def test_a_damaged_part_is_unreadable(
        self, modern: LdFormat, secured: Secured, changes: dict[str, Any]
    ):
        with pytest.raises(Unreadable):
            modern.open(self.changed(secured, **changes))

    @pytest.mark.parametrize(
        "changes",
        [
            {"verificationMethod": {"id": "did:x"}},
            {"proofPurpose": None},
            {"created": "now"},
            {"proofValue": "uAAAA"},
            {"proofValue": "z0"},
            {"proofValue": None},
        ],
    )
    def test_so_is_a_damaged_proof(
        self, modern: LdFormat, secured: Secured, changes: dict[str, Any]
    ):
        proof = {**secured.document["proof"], **changes}

        with pytest.raises(Unreadable):
            modern.open(self.changed(secured, proof=proof))

    @pytest.mark.parametrize(
        "changes",
        [
            {"type": "SomethingElse"},
            {"cryptosuite": "ecdsa-sd-2023"},
            {"@context": "https://www.w3.org/ns/credentials/v2"},
        ],
    )
    def test_another_sort_of_proof_is_unsupported(
        self, modern: LdFormat, secured: Secured, changes: dict[str, Any]
    ):
        proof = {**secured.document["proof"], **changes}

        with pytest.raises(Unsupported):
            modern.open(self.changed(secured, proof=proof))

    @pytest.mark.parametrize(
        ("data", "known"),
        [
            (b'{"@context":[]}', True),
            (b'\xef\xbb\xbf \r\n{ "x":1,"@context":""}', True),
            (b'{"context":[]}', False),
            (b'["@context"]', False),
            (b"", False),
            (b"\x00\xff", False),
        ],
    )
    def test_a_document_is_recognised_by_its_first_letters(
        self, modern: LdFormat, data: bytes, *, known: bool
    ):
        assert modern.recognise(data) is known
