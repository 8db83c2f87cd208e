"""Each suite: what it signs verifies by rules written again, and what it reads is what was signed."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec
import pyoxigraph
import pytest
import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_der_public_key
from hypothesis import given, settings
from hypothesis import strategies as st
from pyld import jsonld

from mohar.codec import base58, base64url, jcs, jwk
from mohar.domain.credential import Credential, Secured
from mohar.domain.errors import ConfigError, MoharError, Unreadable, Unsupported
from mohar.domain.findings import Refusal
from mohar.domain.keys import Algorithm, PublicKey
from mohar.domain.proof import Opened
from mohar.testing.contracts import FormatContract, seal
from mohar.testing.tools import NOON
from mohar_format_ld._contexts import ED25519_2020, Contexts
from mohar_format_ld._format import LdFormat, Settings

MadeSigner = Any
SUITES: Final[list[tuple[str, Algorithm]]] = [
    ("eddsa-rdfc-2022", "EdDSA"),
    ("eddsa-jcs-2022", "EdDSA"),
    ("ecdsa-rdfc-2019", "ES256"),
    ("ecdsa-rdfc-2019", "ES384"),
    ("ecdsa-jcs-2019", "ES256"),
    ("ecdsa-jcs-2019", "ES384"),
    ("Ed25519Signature2020", "EdDSA"),
]


@pytest.fixture(params=SUITES, ids="-".join)
def chosen(request: pytest.FixtureRequest) -> tuple[str, Algorithm]:
    return request.param  # type: ignore[no-any-return]  # one of SUITES


@pytest.fixture
def signer(chosen: tuple[str, Algorithm], rsa_signer: MadeSigner) -> MadeSigner:
    return type(rsa_signer)(chosen[1], "did:web:example.org#key")


@pytest.fixture
def form(chosen: tuple[str, Algorithm], documents: dict[str, bytes]) -> LdFormat:
    return LdFormat(msgspec.convert({"suite": chosen[0]}, Settings), Contexts(documents))


@pytest.fixture
def secured(
    form: LdFormat,
    signer: MadeSigner,
    membership: dict[str, Any],
    credential: Callable[..., Credential],
) -> Secured:
    [answer] = seal(form, [credential(membership)], signer)
    assert isinstance(answer, Secured)
    return answer


class TestContract(FormatContract):
    @pytest.fixture
    def credentials(self, membership: dict[str, Any], credential: Any) -> list[Credential]:
        return [credential(membership, 1), credential({**membership, "number": 8}, 2)]


def canonical_digest(document: dict[str, Any], contexts: Contexts, name: str, bits: int) -> bytes:
    """Hash a document as its suite says, with libraries that are not ours."""
    hashed = hashlib.sha256 if bits == 256 else hashlib.sha384
    if "-jcs-" in name:
        return hashed(rfc8785.dumps(document)).digest()

    def load(url: str, _options: object) -> dict[str, Any]:
        return {"contextUrl": None, "documentUrl": url, "document": contexts.get(url)}

    options = {"format": "application/n-quads", "documentLoader": load}
    lines = jsonld.to_rdf(copy.deepcopy(document), options)
    dataset = pyoxigraph.Dataset(
        pyoxigraph.parse(lines.encode(), format=pyoxigraph.RdfFormat.N_QUADS)
    )
    algorithms = pyoxigraph.CanonicalizationAlgorithm
    dataset.canonicalize(algorithms.RDFC_1_0 if bits == 256 else algorithms.RDFC_1_0_SHA_384)
    written = pyoxigraph.serialize(dataset, format=pyoxigraph.RdfFormat.N_QUADS)
    assert written is not None
    ordered = sorted(line + "\n" for line in written.decode().split("\n") if line)
    return hashed("".join(ordered).encode()).digest()


def independent_verdict(
    signed: dict[str, Any], key: PublicKey, contexts: Contexts, previous: Any = None
) -> bool:
    document = copy.deepcopy(signed)
    proof = document.pop("proof")
    return proof_verdict(document if previous is None else previous, proof, key, contexts)


def proof_verdict(
    document: dict[str, Any], proof: dict[str, Any], key: PublicKey, contexts: Contexts
) -> bool:
    options = dict(proof)
    value = options.pop("proofValue")
    name = options.get("cryptosuite", options["type"])
    bits = 384 if key.algorithm == "ES384" else 256
    if "-jcs-" not in name:
        options["@context"] = document["@context"]
    payload = canonical_digest(options, contexts, name, bits) + canonical_digest(
        document, contexts, name, bits
    )
    return signature_verdict(base58.decode(value[1:]), payload, key)


def signature_verdict(made: bytes, payload: bytes, key: PublicKey) -> bool:
    public = load_der_public_key(key.spki)
    try:
        match public:
            case ed25519.Ed25519PublicKey():
                public.verify(made, payload)
            case ec.EllipticCurvePublicKey():
                half = len(made) // 2
                der = encode_dss_signature(int.from_bytes(made[:half]), int.from_bytes(made[half:]))
                hashed = hashes.SHA256() if half == 32 else hashes.SHA384()
                public.verify(der, payload, ec.ECDSA(hashed))
            case _:
                return False
    except InvalidSignature:
        return False
    return True


class TestIssuing:
    def test_what_is_signed_verifies_elsewhere(
        self, secured: Secured, signer: MadeSigner, documents: dict[str, bytes]
    ):
        assert independent_verdict(json.loads(secured.content), signer.key, Contexts(documents))

    def test_a_change_is_noticed_elsewhere_too(
        self, secured: Secured, signer: MadeSigner, documents: dict[str, bytes]
    ):
        changed = json.loads(secured.content)
        changed["number"] = 8

        assert not independent_verdict(changed, signer.key, Contexts(documents))

    def test_a_batch_with_the_same_contexts_shares_one_proof_configuration(
        self,
        form: LdFormat,
        signer: MadeSigner,
        membership: dict[str, Any],
        credential: Callable[..., Credential],
        documents: dict[str, bytes],
    ):
        batch = [credential({**membership, "number": number}, number) for number in range(1, 8)]

        for each in seal(form, batch, signer):
            assert isinstance(each, Secured)
            assert independent_verdict(json.loads(each.content), signer.key, Contexts(documents))

    def test_a_key_of_another_algorithm_is_a_mistake_of_the_deployment(
        self, form: LdFormat, rsa_signer: MadeSigner, chosen: tuple[str, Algorithm]
    ):
        with pytest.raises(ConfigError, match=f"suite {chosen[0]} signs with .* is PS256"):
            form.prepare([], rsa_signer.key, NOON)

    def test_the_suite_of_2020_brings_its_context(
        self, secured: Secured, chosen: tuple[str, Algorithm]
    ):
        has_it = ED25519_2020 in secured.document["@context"]

        assert has_it is (chosen[0] == "Ed25519Signature2020")

    def test_json_that_is_signed_as_it_is_may_hold_what_rdf_cannot(
        self,
        form: LdFormat,
        signer: MadeSigner,
        chosen: tuple[str, Algorithm],
        membership: dict[str, Any],
        credential: Callable[..., Credential],
    ):
        loss = {**membership, "name": {"@value": "Club", "@language": "en", "@direction": "ltr"}}

        [answer] = form.prepare([credential(loss)], signer.key, NOON)

        assert isinstance(answer, Refusal) is ("-jcs-" not in chosen[0])


class TestFlippedBits:
    @settings(max_examples=60, deadline=None)
    @given(place=st.integers(min_value=0), bit=st.integers(0, 7), number=st.integers(0, 6))
    def test_a_flipped_bit_never_verifies(
        self,
        flippable: list[tuple[LdFormat, Secured, PublicKey]],
        place: int,
        bit: int,
        number: int,
    ):
        """
        Where the text is still a document, either its signature is wrong or it fails a check.
        """
        form, secured, key = flippable[number]
        data = bytearray(secured.content)
        data[place % len(data)] ^= 1 << bit

        assert not passes(form, bytes(data), key)


@pytest.fixture(scope="module")
def flippable(
    documents: dict[str, bytes], rsa_signer: MadeSigner
) -> list[tuple[LdFormat, Secured, PublicKey]]:
    """One signed document of each suite, each of them opened by a plan."""
    made = []
    for name, algorithm in SUITES:
        signer = type(rsa_signer)(algorithm, "did:web:example.org#key")
        form = LdFormat(msgspec.convert({"suite": name}, Settings), Contexts(documents))
        document = {
            "@context": ["https://www.w3.org/ns/credentials/v2", *documents],
            "id": "urn:uuid:5f0c6a0e-0000-4000-8000-000000000001",
            "type": ["VerifiableCredential", "Membership"],
            "issuer": {"id": "did:web:example.org", "name": "A Club"},
            "validFrom": "2026-01-31T12:00:00Z",
            "credentialSubject": {"id": "urn:uuid:5f0c6a0e-0000-4000-8000-000000000002"},
            "member": {"givenName": "Meera", "notes": ["likes tea", "मीरा 😀"]},
            "number": 7,
        }
        one = Credential(
            kind="membership",
            body="main",
            credential_id="00000000001",
            revision=1,
            schema="membership/1",
            issued_at=NOON,
            document=document,
        )
        *_, secured = seal(form, [one] * 4, signer)
        assert isinstance(secured, Secured)
        assert passes(form, secured.content, signer.key)
        made.append((form, secured, signer.key))
    return made


def passes(form: LdFormat, data: bytes, key: PublicKey) -> bool:
    try:
        opened = form.open(data)
    except MoharError:
        return False
    is_safe = not any(check.outcome == "failed" for check in opened.checks)
    named = [proof.key_id == key.key_id for proof in opened.proofs]
    asserts = [proof.purpose == "assertionMethod" for proof in opened.proofs]
    right = [form.verify(opened, at, key) for at in range(len(opened.proofs))]
    return is_safe and all([*named, *asserts, *right])


class TestProofChains:
    @pytest.fixture
    def chained(
        self,
        secured: Secured,
        signer: MadeSigner,
        chosen: tuple[str, Algorithm],
        documents: dict[str, bytes],
    ) -> dict[str, Any]:
        """The document with a second proof that builds on the first, made without our code."""
        if chosen[0] == "Ed25519Signature2020":
            pytest.skip("proofs of 2020 know no previousProof; their context does not define it")
        document = copy.deepcopy(secured.document)
        first = {**document.pop("proof"), "id": "urn:uuid:00000000-0000-4000-8000-000000000001"}
        contexts = Contexts(documents)
        first = self._signed(document, first, signer, contexts)
        second = {**first, "id": "urn:uuid:00000000-0000-4000-8000-000000000002"}
        second["previousProof"] = first["id"]
        second = self._signed({**document, "proof": [first]}, second, signer, contexts)
        return {**document, "proof": [first, second]}

    def _signed(
        self,
        document: dict[str, Any],
        proof: dict[str, Any],
        signer: MadeSigner,
        contexts: Contexts,
    ) -> dict[str, Any]:
        options = {name: value for name, value in proof.items() if name != "proofValue"}
        bits = 384 if signer.key.algorithm == "ES384" else 256
        said = dict(options)
        if "-jcs-" not in options["cryptosuite"]:
            said["@context"] = document["@context"]
        payload = b"".join(
            canonical_digest(each, contexts, options["cryptosuite"], bits)
            for each in (said, document)
        )
        [made] = signer.sign([payload])
        return {**options, "proofValue": "z" + base58.encode(made)}

    def test_each_proof_of_a_chain_verifies(
        self, form: LdFormat, signer: MadeSigner, chained: dict[str, Any]
    ):
        opened = form.open(json.dumps(chained).encode())

        assert [form.verify(opened, at, signer.key) for at in (0, 1)] == [True, True]
        assert failed(opened) == []

    def test_a_proof_does_not_verify_without_the_one_it_builds_on(
        self, form: LdFormat, signer: MadeSigner, chained: dict[str, Any]
    ):
        alone = {**chained, "proof": chained["proof"][1]}

        opened = form.open(json.dumps(alone).encode())

        assert not form.verify(opened, 0, signer.key)
        assert failed(opened) == ["proof: a proof that another one builds on is missing"]

    def test_a_changed_first_proof_breaks_the_second(
        self, form: LdFormat, signer: MadeSigner, chained: dict[str, Any]
    ):
        changed = copy.deepcopy(chained)
        changed["proof"][0]["created"] = "2020-01-01T00:00:00Z"

        opened = form.open(json.dumps(changed).encode())

        assert [form.verify(opened, at, signer.key) for at in (0, 1)] == [False, False]


def failed(opened: Opened) -> list[str]:
    return [check.detail for check in opened.checks if check.outcome == "failed"]


class TestCanonicalJson:
    def test_a_context_that_was_added_after_signing_is_not_believed(
        self, flippable: list[tuple[LdFormat, Secured, PublicKey]]
    ):
        form, secured, key = flippable[1]
        document = copy.deepcopy(secured.document)
        document["@context"] = [*document["@context"], ED25519_2020]

        opened = form.open(json.dumps(document).encode())

        assert not form.verify(opened, 0, key)
        assert failed(opened) == ["the proof was made under other contexts than the document has"]

    def test_null_and_empty_lists_are_covered_and_can_be_read(
        self, flippable: list[tuple[LdFormat, Secured, PublicKey]], rsa_signer: MadeSigner
    ):
        form, secured, _ = flippable[1]
        signer = type(rsa_signer)("EdDSA", "did:web:example.org#key")
        document = {**secured.document, "extra": [None, [], {"a": None}]}
        proof = {k: v for k, v in document.pop("proof").items() if k != "proofValue"}
        payload = b"".join(hashlib.sha256(jcs.canonical(x)).digest() for x in (proof, document))
        [made] = signer.sign([payload])
        signed = {**document, "proof": {**proof, "proofValue": "z" + base58.encode(made)}}

        assert passes(form, json.dumps(signed).encode(), signer.key)


class TestTrustLists:
    """
    WHO's lists are signed with JsonWebSignature2020, ECDSA in DER.
    """

    @pytest.fixture
    def reader(self, vectors: Path) -> LdFormat:
        folder = vectors / "gdhcn/shared/contexts"
        return LdFormat(
            Settings(),
            Contexts(
                {
                    f"https://smart.who.int/trust/{name.replace('tng-context-v1', 'tng-context/v1')}": (
                        folder / name
                    ).read_bytes()
                    for name in (
                        "tng-context-v1.jsonld",
                        "tng-context-v1-UAT.jsonld",
                        "tng-context-v1-DEV.jsonld",
                    )
                }
            ),
        )

    def test_each_published_list_verifies_or_not_as_told(self, vectors: Path, reader: LdFormat):
        folder = vectors / "gdhcn"
        listed = json.loads((folder / "cases.json").read_bytes())["cases"]
        keys = who_keys(folder)
        judged = 0
        for case in listed:
            if not case["group"].startswith("did-trustlist"):
                continue
            judged += 1
            opened = reader.open((folder / case["files"][0]).read_bytes())

            right = any(reader.verify(opened, 0, key) for key in keys)
            assert case["expect"]["proof"] is (right and failed(opened) == []), case["id"]
        assert judged == 28

    def test_a_signature_that_is_no_ecdsa_signature_is_unreadable(
        self, vectors: Path, reader: LdFormat
    ):
        folder = vectors / "gdhcn/did-trustlist-embedded"
        document = json.loads(next(iter(sorted(folder.iterdir()))).read_bytes())
        header = document["proof"]["jws"].split(".")[0]
        document["proof"]["jws"] = f"{header}..{base64.urlsafe_b64encode(b'short').decode()[:-1]}"

        with pytest.raises(Unreadable, match="DER"):
            reader.open(json.dumps(document).encode())


def who_keys(folder: Path) -> list[PublicKey]:
    """The keys of WHO's own DID document, their coordinates as wide as they may be."""
    document = json.loads((folder / "shared/WHO-did.json").read_bytes())
    found = []
    for method in document["verificationMethod"]:
        told = dict(method["publicKeyJwk"])
        for name in ("x", "y"):
            number = int.from_bytes(base64url.decode(told[name]))
            told[name] = base64url.encode(number.to_bytes(32))
        found.append(
            jwk.decode({k: told[k] for k in ("kty", "crv", "x", "y")}, key_id=method["id"])
        )
    return found


class TestRelatedResources:
    @pytest.fixture
    def related(self, documents: dict[str, bytes], membership: dict[str, Any]) -> dict[str, Any]:
        [(url, content)] = documents.items()
        digest = base64.b64encode(hashlib.sha384(content).digest()).decode()
        return {**membership, "relatedResource": {"id": url, "digestSRI": f"sha384-{digest}"}}

    def prepared(self, documents: dict[str, bytes], signer: Any, one: Credential) -> Any:
        [answer] = LdFormat(Settings(), Contexts(documents)).prepare([one], signer.key, NOON)
        return answer

    def test_a_right_digest_of_a_pinned_document_is_signed(
        self,
        related: dict[str, Any],
        documents: dict[str, bytes],
        ed_signer: MadeSigner,
        credential: Callable[..., Credential],
    ):
        form = LdFormat(Settings(), Contexts(documents))

        [answer] = seal(form, [credential(related)], ed_signer)

        assert isinstance(answer, Secured)
        assert failed(form.open(answer.content)) == []

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"digestSRI": "sha384-AAAA"}, "is not the document that is pinned"),
            ({"digestSRI": "md5-AAAA"}, "is not the document that is pinned"),
            ({"digestMultibase": "zQmWrong"}, "is not the document that is pinned"),
        ],
    )
    def test_a_wrong_digest_is_refused(
        self,
        related: dict[str, Any],
        documents: dict[str, bytes],
        ed_signer: MadeSigner,
        credential: Callable[..., Credential],
        changes: dict[str, str],
        message: str,
    ):
        related["relatedResource"] |= changes

        answer = self.prepared(documents, ed_signer, credential(related))

        assert isinstance(answer, Refusal)
        assert [finding.code for finding in answer.findings] == ["vc-related"]
        assert message in answer.findings[0].message

    def test_one_without_a_digest_is_refused(
        self,
        related: dict[str, Any],
        documents: dict[str, bytes],
        ed_signer: MadeSigner,
        credential: Callable[..., Credential],
    ):
        del related["relatedResource"]["digestSRI"]
        related["relatedResource"]["mediaType"] = "application/ld+json"

        answer = self.prepared(documents, ed_signer, credential(related))

        assert isinstance(answer, Refusal)
        assert "an id and a digest" in answer.findings[0].message

    def test_a_multibase_digest_is_a_multihash(
        self,
        related: dict[str, Any],
        documents: dict[str, bytes],
        ed_signer: MadeSigner,
        credential: Callable[..., Credential],
    ):
        [content] = documents.values()
        multihash = b"\x12\x20" + hashlib.sha256(content).digest()
        related["relatedResource"]["digestMultibase"] = "z" + base58.encode(multihash)

        answer = self.prepared(documents, ed_signer, credential(related))

        assert not isinstance(answer, Refusal)

    def test_a_resource_that_is_not_pinned_is_named_and_not_fetched(
        self,
        related: dict[str, Any],
        documents: dict[str, bytes],
        ed_signer: MadeSigner,
        credential: Callable[..., Credential],
    ):
        form = LdFormat(Settings(), Contexts(documents))
        related["relatedResource"]["id"] = "https://example.org/elsewhere"

        [answer] = seal(form, [credential(related)], ed_signer)
        assert isinstance(answer, Secured)
        checks = [c for c in form.open(answer.content).checks if c.name == "related-resource"]

        assert [(check.outcome, check.detail) for check in checks] == [
            ("skipped", "1 related resources are not pinned here")
        ]


def test_a_proof_of_two_suites_at_once_is_no_proof_of_ours(
    flippable: list[tuple[LdFormat, Secured, PublicKey]],
):
    form, secured, _ = flippable[0]
    document = copy.deepcopy(secured.document)
    document["proof"]["cryptosuite"] = "ecdsa-sd-2023"

    with pytest.raises(Unsupported):
        form.open(json.dumps(document).encode())
