"""The doors of the VC-API: a whole credential is signed, a presentation and all in it is verified."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st
from litestar import Litestar
from litestar.testing import TestClient

from mohar.assembly.house import House, build_house
from mohar.assembly.keys import generate_missing
from mohar.assembly.opening import open_store
from mohar.assembly.verifier import open_verifier
from mohar.codec import jcs, multibase, multikey
from mohar.domain.errors import ConfigError
from mohar.domain.keys import PublicKey
from mohar.testing.deployments import copy_deployment
from mohar.verifying import Presented
from mohar.web.app import create_app

Client = TestClient[Litestar]
Document = dict[str, Any]
Headers = Mapping[str, str]
Calling = Callable[[Litestar], AbstractContextManager[Client]]

ROOT = Path(__file__).resolve().parents[2]
V1 = "https://www.w3.org/2018/credentials/v1"
V2 = "https://www.w3.org/ns/credentials/v2"
AUTHORITY = "did:web:examinations.example"
OTHER = "did:web:schools.example"
WHOLE = """
whole:
  format: {uses: ld, settings: {suite: eddsa-rdfc-2022}}
  signer: board
  issuers: ["did:web:schools.example"]
verifying:
  holders: [{uses: did, settings: {issuers: any}}]
"""


class Wallet:
    """A holder with a did:key, who signs canonical JSON."""

    def __init__(self, seed: bytes) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(seed.ljust(32, b"."))
        spki = self._private.public_key().public_bytes(
            Encoding.DER, PublicFormat.SubjectPublicKeyInfo
        )
        method = multikey.encode(PublicKey(key_id="", algorithm="EdDSA", spki=spki))
        self.did = f"did:key:{method}"
        self.key_id = f"{self.did}#{method}"

    def present(self, *credentials: Document, **changes: Any) -> Document:
        """Return a signed presentation; `proof` changes the proof, all else the presentation."""
        proof = {
            "type": "DataIntegrityProof",
            "cryptosuite": "eddsa-jcs-2022",
            "created": "2026-06-30T12:00:00Z",
            "verificationMethod": self.key_id,
            "proofPurpose": "authentication",
            "@context": [V2],
            **changes.pop("proof", {}),
        }
        document = {
            "@context": [V2],
            "type": ["VerifiablePresentation"],
            "holder": self.did,
            "verifiableCredential": list(credentials),
            **changes,
        }
        told = copy.deepcopy({name: each for name, each in document.items() if each is not None})
        payload = b"".join(hashlib.sha256(jcs.canonical(each)).digest() for each in (proof, told))
        value = multibase.encode(self._private.sign(payload))
        return {**told, "proof": {**proof, "proofValue": value}}


def deployed(folder: Path, more: str) -> Path:
    deployment = copy_deployment(ROOT, "school", folder)
    file = deployment / "deployment.yaml"
    text = file.read_text(encoding="utf-8").replace("trust-static,", "trust-static, trust-did,")
    file.write_text(text + more, encoding="utf-8")
    generate_missing(deployment)
    with open_store(deployment) as store:
        store.upgrade()
    return deployment


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return deployed(tmp_path_factory.mktemp("school"), WHOLE)


@pytest.fixture(scope="module")
def house(folder: Path) -> Iterator[House]:
    with build_house(folder) as house:
        yield house


@pytest.fixture(scope="module")
def client(house: House, calling: Calling) -> Iterator[Client]:
    with calling(create_app(house)) as client:
        yield client


def key_in(house: House, *scopes: str) -> Headers:
    with house.store.begin() as work:
        text, _ = work.api_keys.create("test", frozenset(scopes))
    return {"Authorization": f"Bearer {text}"}


@pytest.fixture(scope="module")
def key(house: House) -> Headers:
    return key_in(house, "sign")


@pytest.fixture(scope="module")
def leaving(client: Client, house: House) -> Document:
    """A school-leaving certificate that was issued from a record."""
    url = "/v1/kinds/school-leaving/records?wait=issued&variant=registry"
    record = json.loads((ROOT / "config/school/samples/registry.jsonl").read_text().splitlines()[0])
    answer = client.post(url, json=record, headers=key_in(house, "issue")).json()
    document: Document = answer["credentials"][0]["credential"]
    return document


@pytest.fixture(scope="module")
def wallet() -> Wallet:
    return Wallet(b"holder")


@pytest.fixture
def plain() -> Document:
    """A credential of version 2.0 in which W3C's own context defines all."""
    return {
        "@context": [V2],
        "id": "urn:uuid:5f0c6a0e-0000-4000-8000-000000000001",
        "type": ["VerifiableCredential"],
        "issuer": AUTHORITY,
        "validFrom": "2026-01-31T12:00:00Z",
        "validUntil": "2036-01-31T12:00:00+05:30",
        "name": "A card",
        "credentialSubject": {"id": "did:example:subject", "description": "Ünïcode, मीरा"},
    }


def issue(client: Client, credential: Any, key: Headers, **more: Any) -> Any:
    return client.post("/credentials/issue", json={"credential": credential, **more}, headers=key)


class TestIssue:
    def test_every_member_comes_back_as_it_came_with_a_proof(
        self, client: Client, key: Headers, plain: Document
    ) -> None:
        answer = issue(client, plain, key, options={"credentialId": "urn:x:ignored"})

        assert answer.status_code == 201
        assert answer.headers["cache-control"] == "no-store"
        signed = answer.json()["verifiableCredential"]
        proof = signed.pop("proof")
        assert signed == plain
        assert proof["cryptosuite"] == "eddsa-rdfc-2022"
        assert proof["proofPurpose"] == "assertionMethod"
        assert proof["verificationMethod"] == "did:web:examinations.example#board-2026"

    @pytest.mark.parametrize(
        "issuer", [AUTHORITY, OTHER, {"id": AUTHORITY, "name": "The board"}, {"id": OTHER}], ids=str
    )
    def test_the_issuer_stays_as_it_was_written(
        self, client: Client, key: Headers, plain: Document, issuer: Any
    ) -> None:
        answer = issue(client, {**plain, "issuer": issuer}, key)

        assert answer.json()["verifiableCredential"]["issuer"] == issuer

    @pytest.mark.parametrize("issuer", [AUTHORITY, OTHER])
    def test_what_was_signed_verifies_where_its_type_is_known(
        self, client: Client, key: Headers, leaving: Document, issuer: str, folder: Path
    ) -> None:
        whole = {name: value for name, value in leaving.items() if name != "proof"}
        whole["issuer"] = {**whole["issuer"], "id": issuer}
        signed = issue(client, whole, key).json()["verifiableCredential"]

        answer = client.post("/credentials/verify", json={"verifiableCredential": signed})

        assert answer.json()["verified"] is True
        with open_verifier(folder) as verifier:
            data = json.dumps(signed).encode()
            assert verifier.verify([Presented(name="x", data=data)])[0].verdict == "valid"

    def test_version_1_1_gets_the_context_that_its_proof_needs(
        self, client: Client, key: Headers, plain: Document
    ) -> None:
        del plain["validFrom"], plain["validUntil"], plain["name"]
        plain["credentialSubject"] = {"id": "did:example:subject"}
        older = {**plain, "@context": [V1], "issuanceDate": "2026-01-31T12:00:00Z"}

        answer = issue(client, older, key)

        assert answer.status_code == 201
        contexts = answer.json()["verifiableCredential"]["@context"]
        assert contexts == [V1, "https://w3id.org/security/data-integrity/v2"]

    def test_nothing_of_it_is_kept(
        self, client: Client, key: Headers, plain: Document, folder: Path
    ) -> None:
        plain["credentialSubject"]["description"] = "a very rare word: Quokkatrapezoid"

        assert issue(client, plain, key).status_code == 201
        files = [each for each in (folder / "data").rglob("*") if each.is_file()]
        assert files
        assert not any(b"Quokkatrapezoid" in each.read_bytes() for each in files)


class TestRefusals:
    @pytest.mark.parametrize(
        "issuer",
        ["did:web:elsewhere.example", {"id": "did:x:y"}, None, 5, [AUTHORITY], {}],
        ids=str,
    )
    def test_nobody_elses_name_is_signed_in(
        self, client: Client, key: Headers, plain: Document, issuer: Any
    ) -> None:
        answer = issue(client, {**plain, "issuer": issuer}, key)

        assert answer.status_code == 400
        assert answer.headers["content-type"] == "application/problem+json"
        [told] = [each for each in answer.json()["findings"] if each["code"] == "whole-issuer"]
        assert AUTHORITY in told["message"]
        assert OTHER in told["message"]

    def test_all_findings_are_told_at_once(
        self, client: Client, key: Headers, plain: Document
    ) -> None:
        wrong = {
            **plain,
            "@context": [V2, "https://example.org/a", "https://example.org/b"],
            "issuer": "did:web:elsewhere.example",
            "type": ["Card"],
            "validFrom": "yesterday",
            "proof": {"type": "DataIntegrityProof"},
            "credentialSubject": {},
        }

        findings = issue(client, wrong, key).json()["findings"]

        told = {each["code"] for each in findings}
        assert told >= {
            "whole-issuer",
            "whole-type",
            "ld-proof",
            "ld-unpinned-context",
            "vc-validity",
            "vc-subject",
            "vc-type",
        }
        unpinned = [each["message"] for each in findings if each["code"] == "ld-unpinned-context"]
        assert len(unpinned) == 2
        assert "https://example.org/a" in unpinned[0]
        assert "credential type" in unpinned[0]

    def test_a_context_that_is_written_out_is_refused(
        self, client: Client, key: Headers, plain: Document
    ) -> None:
        plain["@context"].append({"name": "urn:x:other"})

        answer = issue(client, plain, key)

        assert "ld-inline-context" in {each["code"] for each in answer.json()["findings"]}

    def test_a_member_that_nothing_defines_is_named(
        self, client: Client, key: Headers, plain: Document
    ) -> None:
        findings = issue(client, {**plain, "unheard": "of"}, key).json()["findings"]

        assert [(each["code"], each["where"]) for each in findings] == [
            ("ld-undefined-term", "unheard")
        ]

    @pytest.mark.parametrize(
        "more",
        [
            ["VerifiablePresentation"],
            ["BitstringStatusListCredential"],
            [{"id": "x"}],
        ],
        ids=str,
    )
    def test_neither_presentations_nor_lists_of_statuses_are_signed(
        self, client: Client, key: Headers, plain: Document, more: list[Any]
    ) -> None:
        answer = issue(client, {**plain, "type": ["VerifiableCredential", *more]}, key)

        assert answer.status_code == 400
        assert {each["code"] for each in answer.json()["findings"]} & {"whole-type", "vc-type"}

    def test_a_known_type_has_to_be_as_its_type_says(
        self, client: Client, key: Headers, leaving: Document
    ) -> None:
        whole = copy.deepcopy({name: leaving[name] for name in leaving if name != "proof"})
        del whole["credentialSubject"]["examination"]

        answer = issue(client, whole, key)

        assert answer.status_code == 400
        assert "whole-structure" in {each["code"] for each in answer.json()["findings"]}

    def test_a_status_entry_that_cannot_be_read_is_a_finding(
        self, client: Client, key: Headers, plain: Document
    ) -> None:
        plain["credentialStatus"] = {"id": "urn:x:1", "type": "BitstringStatusListEntry"}

        answer = issue(client, plain, key)

        assert answer.status_code == 400
        assert answer.json()["findings"]

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"[]",
            b"{}",
            b'{"credential": 5}',
            b'{"credential": []}',
            b'{"credential": "text"}',
            b'{"credential": {}, "options": []}',
            b'{"credential": {}, "options": null}',
            b'{"credential": {"a": 1, "a": 2}}',
            b'{"credential": {"a": NaN}}',
            b'{"verifiableCredential": {}}',
            b"[" * 100_000,
        ],
        ids=lambda body: repr(body[:40]),
    )
    def test_what_is_no_such_request_is_a_problem(
        self, client: Client, key: Headers, body: bytes
    ) -> None:
        answer = client.post("/credentials/issue", content=body, headers=key)

        assert answer.status_code == 400
        assert answer.headers["content-type"] == "application/problem+json"

    @settings(deadline=None, max_examples=60)
    @given(
        credential=st.dictionaries(
            st.sampled_from(["@context", "type", "issuer", "credentialSubject", "id", "proof"]),
            st.recursive(
                st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from([V1, V2, "x", ""]),
                lambda inner: (
                    st.lists(inner, max_size=3)
                    | st.dictionaries(st.sampled_from(["id", "type", "@context", ""]), inner)
                ),
                max_leaves=6,
            ),
        )
    )
    def test_any_other_object_is_refused_with_findings(
        self, client: Client, key: Headers, credential: Document
    ) -> None:
        answer = issue(client, credential, key)

        assert answer.status_code == 400
        assert answer.json()["findings"]


class TestDeployment:
    def test_processes_that_sign_do_so_here_too(
        self, tmp_path: Path, calling: Calling, plain: Document
    ) -> None:
        folder = deployed(tmp_path, f"{WHOLE}issuing: {{processes: 1}}\n")
        with build_house(folder) as house, calling(create_app(house)) as client:
            key = key_in(house, "sign")
            good = issue(client, plain, key)
            wrong = issue(client, {**plain, "unheard": "of"}, key)

        assert good.status_code == 201
        assert [each["code"] for each in wrong.json()["findings"]] == ["ld-undefined-term"]

    @pytest.mark.parametrize(
        ("before", "after", "told"),
        [
            ("signer: board\n  issuers", "signer: boord\n  issuers", 'did you mean "board"'),
            ("eddsa-rdfc-2022}}\n  signer", "ecdsa-rdfc-2019}}\n  signer", "board-2026 is EdDSA"),
            ("{uses: ld, settings: {suite: eddsa-rdfc-2022}}\n  signer: board\n  is", "", "hcert"),
        ],
        ids=["signer", "suite", "format"],
    )
    def test_what_could_never_sign_is_told_at_the_start(
        self, tmp_path: Path, before: str, after: str, told: str
    ) -> None:
        folder = deployed(tmp_path, WHOLE)
        file = folder / "deployment.yaml"
        text = file.read_text(encoding="utf-8")
        assert before in text
        changed = text.replace(before, after or "hcert\n  signer: board\n  is")
        file.write_text(changed.replace("[source-declared", "[format-hcert, source-declared"))

        with pytest.raises(ConfigError, match=told), build_house(folder):
            pass


class TestWhoMaySign:
    def test_nobody_without_a_key(self, client: Client, plain: Document) -> None:
        assert issue(client, plain, {}).status_code == 401

    @pytest.mark.parametrize("scope", ["issue", "issue:school-leaving", "read", "sign:other"])
    def test_no_other_scope_will_do(
        self, client: Client, house: House, plain: Document, scope: str
    ) -> None:
        assert issue(client, plain, key_in(house, scope)).status_code == 403

    def test_the_scope_for_everything_will(
        self, client: Client, house: House, plain: Document
    ) -> None:
        assert issue(client, plain, key_in(house, "*")).status_code == 201

    def test_a_deployment_that_signs_none_says_what_to_do(
        self, tmp_path: Path, calling: Calling, plain: Document
    ) -> None:
        with build_house(deployed(tmp_path, "")) as house, calling(create_app(house)) as client:
            answer = issue(client, plain, key_in(house, "sign"))

        assert answer.status_code == 404
        assert "`whole:`" in answer.json()["detail"]


def verified(client: Client, presentation: Any, **options: Any) -> Any:
    content = {"verifiablePresentation": presentation, "options": options}
    return client.post("/presentations/verify", json=content)


def failed(answer: Any) -> set[str]:
    return {each["type"].removeprefix("urn:mohar:check:") for each in answer["problemDetails"]}


class TestPresentations:
    def test_one_with_a_good_credential_is_verified(
        self, client: Client, wallet: Wallet, leaving: Document
    ) -> None:
        bound = {"challenge": "c-1", "domain": "shop.example"}
        whole = wallet.present(leaving, proof=bound)

        answer = verified(client, whole, **bound, returnResults=True)

        assert answer.status_code == 200
        assert answer.json()["verified"] is True
        outcomes = {each["name"]: each["outcome"] for each in answer.json()["checks"]}
        assert outcomes["challenge"] == outcomes["domain"] == outcomes["holder"] == "passed"
        assert outcomes["credential.1.signature"] == outcomes["credential.1.status"] == "passed"

    @pytest.mark.parametrize(
        ("proof", "options", "wrong"),
        [
            ({}, {"challenge": "c"}, ["challenge"]),
            ({"challenge": "other"}, {"challenge": "c"}, ["challenge"]),
            ({"challenge": ""}, {"challenge": "c"}, ["challenge"]),
            ({"challenge": "c"}, {"challenge": "c", "domain": "d"}, ["domain"]),
            ({"domain": "other"}, {"domain": "d"}, ["domain"]),
            ({"domain": ["d", "e"]}, {"domain": "d"}, ["domain"]),
            ({}, {"challenge": "c", "domain": "d"}, ["challenge", "domain"]),
        ],
        ids=str,
    )
    def test_what_was_asked_for_must_be_what_it_was_made_for(
        self,
        client: Client,
        wallet: Wallet,
        leaving: Document,
        proof: Document,
        options: Document,
        wrong: list[str],
    ) -> None:
        answer = verified(client, wallet.present(leaving, proof=proof), **options)

        assert answer.status_code == 400
        assert (answer.json()["verdict"], failed(answer.json())) == ("invalid", set(wrong))

    @pytest.mark.parametrize("options", [{}, {"domain": ["e", "d"]}, {"checks": []}], ids=str)
    def test_the_same_domains_in_any_order_will_do(
        self, client: Client, wallet: Wallet, leaving: Document, options: Document
    ) -> None:
        whole = wallet.present(leaving, proof={"domain": ["d", "e"]})

        assert verified(client, whole, **options).json()["verified"] is True

    def test_a_credentials_purpose_is_none_for_a_presentation(
        self, client: Client, wallet: Wallet, leaving: Document
    ) -> None:
        whole = wallet.present(leaving, proof={"proofPurpose": "assertionMethod"})

        assert verified(client, whole).json()["verdict"] == "invalid"

    def test_somebody_elses_key_is_not_the_holders(
        self, client: Client, wallet: Wallet, leaving: Document
    ) -> None:
        whole = wallet.present(leaving, holder=Wallet(b"other").did)

        answer = verified(client, whole).json()

        assert (answer["verdict"], failed(answer)) == ("invalid", {"holder"})

    def test_without_a_holder_the_key_tells_who_shows_it(
        self, client: Client, wallet: Wallet, leaving: Document
    ) -> None:
        assert verified(client, wallet.present(leaving, holder=None)).json()["verified"] is True

    def test_a_holder_nobody_knows_is_unknown(
        self, client: Client, wallet: Wallet, leaving: Document
    ) -> None:
        key_id = "did:web:wallet.example#1"
        whole = wallet.present(
            leaving, holder="did:web:wallet.example", proof={"verificationMethod": key_id}
        )

        answer = verified(client, whole).json()

        assert (answer["verdict"], failed(answer)) == ("unknown-issuer", {"trust"})

    def test_the_weakest_credential_decides(
        self, client: Client, wallet: Wallet, leaving: Document, key: Headers, plain: Document
    ) -> None:
        changed = copy.deepcopy(leaving)
        changed["credentialSubject"]["id"] = "urn:uuid:5f0c6a0e-0000-4000-8000-00000000000f"
        unknown = issue(client, plain, key).json()["verifiableCredential"]

        one = verified(client, wallet.present(leaving, unknown)).json()
        two = verified(client, wallet.present(leaving, unknown, changed)).json()

        assert (one["verdict"], failed(one)) == ("unsupported", {"credential.2.type"})
        assert two["verdict"] == "invalid"
        assert failed(two) == {"credential.2.type", "credential.3.signature"}

    def test_an_envelope_of_a_format_that_is_read_is_opened(
        self, client: Client, wallet: Wallet, leaving: Document
    ) -> None:
        inside = base64.b64encode(json.dumps(leaving).encode()).decode()
        envelopes = [
            {"@context": V2, "type": "EnvelopedVerifiableCredential", "id": url}
            for url in (f"data:application/vc;base64,{inside}", "data:application/vc+jwt,eyJ.e.A")
        ]

        good, unknown = (verified(client, wallet.present(each)).json() for each in envelopes)

        assert good["verified"] is True
        assert (unknown["verdict"], failed(unknown)) == ("unsupported", {"credential.1.format"})

    def test_a_presentation_in_a_presentation_is_not_read(
        self, client: Client, wallet: Wallet, leaving: Document
    ) -> None:
        inner = wallet.present(leaving)

        answer = verified(client, wallet.present(inner)).json()

        assert answer["verified"] is False

    def test_a_hundred_credentials_are_read_and_no_more(
        self, client: Client, wallet: Wallet, leaving: Document
    ) -> None:
        many = [leaving] * 100

        assert verified(client, wallet.present(*many)).json()["verified"] is True
        assert verified(client, wallet.present(*many, leaving)).json()["verdict"] == "unreadable"

    def test_after_five_that_are_not_valid_no_more_are_looked_at(
        self, client: Client, wallet: Wallet, leaving: Document
    ) -> None:
        whole = wallet.present(*[{**leaving, "unheard": "of"}] * 6)

        checks = verified(client, whole).json()["checks"]

        assert checks[-1]["name"] == "credential.6"
        assert checks[-1]["outcome"] == "skipped"

    def test_one_without_credentials_tells_only_who_holds_the_key(
        self, client: Client, wallet: Wallet
    ) -> None:
        whole = wallet.present(verifiableCredential=None)

        assert verified(client, whole).json()["verified"] is True

    def test_each_door_refuses_what_belongs_to_the_other(
        self, client: Client, wallet: Wallet, leaving: Document
    ) -> None:
        whole = wallet.present(leaving)

        as_credential = client.post("/credentials/verify", json={"verifiableCredential": whole})
        as_presentation = verified(client, leaving)

        for answer in (as_credential.json(), as_presentation.json()):
            assert (answer["verdict"], failed(answer)) == ("unsupported", {"type"})

    def test_the_door_for_anything_knows_it_and_shows_what_is_in_it(
        self, client: Client, wallet: Wallet, leaving: Document, folder: Path
    ) -> None:
        data = json.dumps(wallet.present(leaving)).encode()

        told = client.post("/v1/verify", content=data).json()

        assert (told["verdict"], told["kind"], told["format"]) == ("valid", "presentation", "ld")
        assert told["issuer"] == told["shown"]["holder"] == wallet.did
        assert told["shown"]["credentials"][0]["kind"] == "school-leaving"
        with open_verifier(folder) as verifier:
            [same] = verifier.verify([Presented(name="x", data=data)])
        assert same.verdict == "valid"

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"[]",
            b"{}",
            b'{"verifiableCredential": {}}',
            b'{"verifiablePresentation": {}, "options": 5}',
            b'{"verifiablePresentation": {}, "options": null}',
            b'{"verifiablePresentation": {}, "options": {"challenge": 5}}',
            b'{"verifiablePresentation": {}, "options": {"domain": [5]}}',
            b'{"verifiablePresentation": {}, "options": {"domain": []}}',
            b'{"verifiablePresentation": {"a": 1, "a": 2}}',
            b'{"verifiablePresentation": "\\ud800"}',
        ],
        ids=lambda body: repr(body[:60]),
    )
    def test_what_is_no_such_request_is_a_problem(self, client: Client, body: bytes) -> None:
        answer = client.post("/presentations/verify", content=body)

        assert answer.status_code == 400
        assert answer.headers["content-type"] == "application/problem+json"

    @pytest.mark.parametrize("presented", [{}, [], 5, None, "", "text", {"proof": 1}], ids=str)
    def test_what_is_no_presentation_is_not_verified(self, client: Client, presented: Any) -> None:
        answer = verified(client, presented)

        assert answer.status_code == 400
        assert answer.json()["verified"] is False


def places(tree: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if place:
        yield place
    if isinstance(tree, dict | list):
        for step, member in tree.items() if isinstance(tree, dict) else enumerate(tree):
            yield from places(member, (*place, step))


class TestForgery:
    @settings(deadline=None, max_examples=300)
    @given(data=st.data())
    def test_no_member_can_be_taken_away_or_exchanged(
        self, house: House, wallet: Wallet, leaving: Document, data: st.DataObject
    ) -> None:
        whole = wallet.present(leaving, proof={"challenge": "c"})
        *parents, last = data.draw(st.sampled_from(list(places(whole))))
        node: Any = whole
        for step in parents:
            node = node[step]
        changes: list[Any] = [None, "", "x", 5, [], {}, "gone", "twice"]
        change = data.draw(st.sampled_from(changes))
        before = copy.deepcopy(whole)
        if change == "gone":
            del node[last]
        elif change == "twice":
            node[last] = [node[last], node[last]]
        else:
            node[last] = change

        [told] = house.verifier.verify([Presented(name="x", data=json.dumps(whole).encode())])

        # One right proof, said twice, is two right proofs.
        same = (before, {**before, "proof": [before["proof"]] * 2})
        assert told.verdict != "valid" or whole in same

    @settings(deadline=None, max_examples=300)
    @given(data=st.data())
    def test_no_bit_can_be_flipped(
        self, house: House, wallet: Wallet, leaving: Document, data: st.DataObject
    ) -> None:
        text = json.dumps(wallet.present(leaving)).encode()
        place = data.draw(st.integers(0, len(text) * 8 - 1))
        flipped = bytearray(text)
        flipped[place // 8] ^= 1 << place % 8

        [told] = house.verifier.verify([Presented(name="x", data=bytes(flipped))])

        assert told.verdict != "valid" or json.loads(flipped) == json.loads(text)
