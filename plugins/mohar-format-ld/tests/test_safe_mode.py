"""Safe mode: what a signature would not cover is not signed, and not believed either."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mohar.domain.credential import Credential, Prepared
from mohar.domain.errors import MoharError, Unreadable, Unsupported
from mohar.domain.findings import Refusal
from mohar.domain.proof import Opened
from mohar.testing.contracts import seal
from mohar.testing.tools import NOON
from mohar_format_ld._contexts import Contexts
from mohar_format_ld._format import LdFormat, Settings

Change = Callable[[dict[str, Any]], object]


def put(*place: Any, value: object) -> Change:
    def change(document: dict[str, Any]) -> None:
        holder: Any = document
        for step in place[:-1]:
            holder = holder[step]
        holder[place[-1]] = value

    return change


# What is done to a good document, the finding's code, and the place it names.
UNSAFE: list[tuple[Change, str, str]] = [
    (put("colour", value="red"), "ld-undefined-term", "colour"),
    (put("member", "colour", value="red"), "ld-undefined-term", "member.colour"),
    (put("member", "colour", value={"a": ["red"]}), "ld-undefined-term", "member.colour"),
    (put("nothing", value="x"), "ld-not-kept", ""),
    (put("type", 1, value="Colour"), "ld-relative-iri", "type.1"),
    (put("id", value="one"), "ld-relative-iri", "id"),
    (put("id", value=""), "ld-relative-iri", "id"),
    (put("id", value="urn:a b"), "ld-relative-iri", "id"),
    (put("id", value="urn:x> <urn:y"), "ld-relative-iri", "id"),
    (put("id", value="_:b0"), "ld-relative-iri", "id"),
    (put("issuer", value="club"), "ld-relative-iri", "issuer"),
    (put("member", "friend", value="../friend"), "ld-relative-iri", "member.friend"),
    (put("role", value="Colour"), "ld-relative-iri", "role"),
    (put("member", "@id", value="urn:x"), "ld-keyword", "member.@id"),
    (put("member", "notes", value={"@value": "x"}), "ld-keyword", "member.notes.@value"),
    (put("@graph", value=[]), "ld-keyword", "@graph"),
    (put("@type", value="Membership"), "ld-keyword", "@type"),
    (put("@reverse", value={}), "ld-keyword", "@reverse"),
    (put("member", "@context", value=[]), "ld-nested-context", "member.@context"),
    (put("member", "@context", value={"x": "urn:x"}), "ld-nested-context", "member.@context"),
    (put("@context", value={"x": "urn:x"}), "ld-inline-context", ""),
    (put("@context", value=[]), "ld-inline-context", ""),
    (put("@context", value=None), "ld-inline-context", ""),
    (put("@context", 1, value={"name": "urn:x"}), "ld-inline-context", ""),
    (put("member", "givenName", value=None), "ld-null", "member.givenName"),
    (put("member", "notes", value=[]), "ld-empty-list", "member.notes"),
    (put("member", "notes", value=["a", None]), "ld-null", "member.notes.1"),
    (put("member", "notes", value=[["a"]]), "ld-nested-list", "member.notes"),
    (put("member", "givenName", value="a\tb"), "ld-control-character", "member.givenName"),
    (put("member", "givenName", value="a\x7fb"), "ld-control-character", "member.givenName"),
    (put("member", "givenName", value="\ud800"), "ld-surrogate", "member.givenName"),
    (put("number", value=2**53), "ld-number", "number"),
    (put("number", value=float("nan")), "ld-number", "number"),
    (put("number", value=0.1 + 0.2), "ld-number", "number"),
    (put("number", value=NOON), "ld-not-json", "number"),
    (put("member", "notes", value=["a", "b", "a"]), "ld-repeated", "member.notes"),
    (put("number", value=[7, 7]), "ld-repeated", "number"),
    (put("number", value=[7, 7.0]), "ld-repeated", "number"),
    (put("member", "friend", value=["urn:a:b", {"id": "urn:a:b"}]), "ld-repeated", "member.friend"),
    (put("type", value=["VerifiableCredential"] * 2), "ld-repeated", "type"),
    (put("labels", value={"en": "x", "hi": "y"}), "ld-not-kept", ""),
    (put("sections", value={"a": "x", "b": "y"}), "ld-keyword", ""),
    (put("sections", value={"a": "x"}), "ld-keyword", ""),
    (put("steps", value=list(range(3000))), "ld-too-large", ""),
    (put("issuer", value="Membership:x y"), "ld-relative-iri", "issuer"),
    (put("credentialSubject", "id", value="did:web:example.org"), "", ""),
]


trees = st.dictionaries(
    st.sampled_from(
        [
            "@context",
            "type",
            "id",
            "issuer",
            "validFrom",
            "expirationDate",
            "member",
            "credentialStatus",
            "created",
            "expires",
            "proofValue",
            "verificationMethod",
            "x",
        ]
    ),
    st.recursive(
        st.none()
        | st.booleans()
        | st.floats()
        | st.text(max_size=5)
        | st.sampled_from(["urn:a:b", "2026-01-31T25:00:00Z", "9999-12-31T23:59:59-14:00", "zz0"]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["id", "type", "@value", "statusListIndex", "name", "a:b"]),
                inner,
                max_size=3,
            )
        ),
        max_leaves=6,
    ),
    max_size=3,
)


def deep(levels: int) -> dict[str, Any]:
    return {} if levels == 0 else {"member": deep(levels - 1)}


class TestSigning:
    @pytest.mark.parametrize(("change", "code", "place"), UNSAFE)
    def test_an_unsafe_document_is_refused_with_its_place(
        self,
        modern: LdFormat,
        membership: dict[str, Any],
        credential: Callable[[dict[str, Any]], Credential],
        ed_signer: Any,
        change: Change,
        code: str,
        place: str,
    ):
        change(membership)

        [answer] = modern.prepare([credential(membership)], ed_signer.key, NOON)

        if not code:
            assert isinstance(answer, Prepared)
            return
        assert isinstance(answer, Refusal)
        assert (code, place) in {(each.code, each.where) for each in answer.findings}
        assert all(each.is_error for each in answer.findings)

    @pytest.mark.parametrize(
        ("document", "code"),
        [
            ({"raw": deep(40)}, "ld-too-deep"),
            ({"proof": {"type": "x"}}, "ld-proof"),
            (
                {"@context": ["https://www.w3.org/ns/credentials/v2", "https://evil.example/v1"]},
                "ld-unpinned-context",
            ),
        ],
    )
    def test_so_is_one_that_is_unsafe_as_a_whole(
        self,
        modern: LdFormat,
        membership: dict[str, Any],
        credential: Callable[[dict[str, Any]], Credential],
        ed_signer: Any,
        document: dict[str, Any],
        code: str,
    ):
        [answer] = modern.prepare([credential({**membership, **document})], ed_signer.key, NOON)

        assert isinstance(answer, Refusal)
        assert code in {each.code for each in answer.findings}

    def test_an_id_that_two_places_describe_is_refused(
        self,
        modern: LdFormat,
        membership: dict[str, Any],
        credential: Callable[[dict[str, Any]], Credential],
        ed_signer: Any,
    ):
        """Otherwise members could move from one place to the other under the same signature."""
        membership["issuer"] = {"id": "urn:example:same", "name": "A Club"}
        membership["credentialSubject"] = {"id": "urn:example:same", "name": "Meera"}

        [answer] = modern.prepare([credential(membership)], ed_signer.key, NOON)

        assert isinstance(answer, Refusal)
        assert [each.code for each in answer.findings] == ["ld-said-twice"]

    def test_what_a_true_list_says_twice_is_signed_twice(
        self,
        modern: LdFormat,
        membership: dict[str, Any],
        credential: Callable[[dict[str, Any]], Credential],
        ed_signer: Any,
    ):
        once, twice = modern.prepare(
            [credential({**membership, "steps": steps}) for steps in (["a"], ["a", "a"])],
            ed_signer.key,
            NOON,
        )

        assert isinstance(once, Prepared)
        assert isinstance(twice, Prepared)
        assert once.payload != twice.payload

    def test_the_findings_name_every_place_and_no_value(
        self,
        modern: LdFormat,
        membership: dict[str, Any],
        credential: Callable[[dict[str, Any]], Credential],
        ed_signer: Any,
    ):
        membership["member"] |= {"givenName": "Meera\tSECRET", "notes": None}
        membership["number"] = 2**60

        [answer] = modern.prepare([credential(membership)], ed_signer.key, NOON)

        assert isinstance(answer, Refusal)
        assert [each.where for each in answer.findings] == [
            "member.givenName",
            "member.notes",
            "number",
        ]
        assert "SECRET" not in repr(answer)
        assert str(2**60) not in repr(answer)

    def test_two_undefined_members_are_both_named(
        self,
        modern: LdFormat,
        membership: dict[str, Any],
        credential: Callable[[dict[str, Any]], Credential],
        ed_signer: Any,
    ):
        membership["colour"] = "red"
        membership["member"]["number"] = 5

        [answer] = modern.prepare([credential(membership)], ed_signer.key, NOON)

        assert isinstance(answer, Refusal)
        assert [each.where for each in answer.findings] == ["member.number", "colour"]

    def test_one_refused_document_stops_no_other(
        self,
        modern: LdFormat,
        membership: dict[str, Any],
        credential: Callable[[dict[str, Any]], Credential],
        ed_signer: Any,
    ):
        bad = {**membership, "colour": "red"}

        answers = modern.prepare(
            [credential(membership), credential(bad), credential(membership)], ed_signer.key, NOON
        )

        assert [type(answer) for answer in answers] == [Prepared, Refusal, Prepared]


class TestOpening:
    @pytest.fixture
    def signed(
        self,
        modern: LdFormat,
        membership: dict[str, Any],
        credential: Callable[[dict[str, Any]], Credential],
        ed_signer: Any,
    ) -> dict[str, Any]:
        [secured] = seal(modern, [credential(membership)], ed_signer)
        return secured.document

    @pytest.mark.parametrize(
        ("change", "code", "place"), [each for each in UNSAFE if each[1] != "ld-not-json"]
    )
    def test_what_is_not_signed_is_not_believed(
        self,
        modern: LdFormat,
        signed: dict[str, Any],
        ed_signer: Any,
        change: Change,
        code: str,
        place: str,
    ):
        del code, place
        changed = copy.deepcopy(signed)
        change(changed)

        assert not is_believed(modern, json.dumps(changed).encode(), ed_signer)

    def test_the_unchanged_document_is_believed(
        self, modern: LdFormat, signed: dict[str, Any], ed_signer: Any
    ):
        assert is_believed(modern, json.dumps(signed, indent=3).encode(), ed_signer)

    def test_an_unknown_context_is_named(self, modern: LdFormat, signed: dict[str, Any]):
        signed = {**signed, "@context": [*signed["@context"], "https://evil.example/v1"]}

        with pytest.raises(Unsupported, match=r"https://evil\.example/v1"):
            modern.open(json.dumps(signed).encode())

    def test_a_duplicate_key_is_unreadable(self, modern: LdFormat, signed: dict[str, Any]):
        text = json.dumps(signed).replace('"number": 7', '"number": 8, "number": 7')

        with pytest.raises(Unreadable, match="same key twice"):
            modern.open(text.encode())

    def test_a_context_written_out_leaves_nothing_that_a_signature_covers(
        self, modern: LdFormat, signed: dict[str, Any]
    ):
        signed = {**signed, "@context": [*signed["@context"], {"number": "urn:x"}]}

        opened = modern.open(json.dumps(signed).encode())

        assert opened.proofs[0].payload == b""
        assert set(failed(opened)) == {"safe-mode"}

    def test_an_undefined_member_of_a_proof_fails_too(
        self, modern: LdFormat, signed: dict[str, Any], ed_signer: Any
    ):
        signed = {**signed, "proof": {**signed["proof"], "colour": "red"}}

        opened = modern.open(json.dumps(signed).encode())
        [check] = [each for each in opened.checks if each.outcome == "failed"]

        assert check.detail.startswith("proof.colour")
        assert not is_believed(modern, json.dumps(signed).encode(), ed_signer)

    def test_a_shorter_form_of_an_id_is_not_believed(self, vectors: Any, cowin: dict[str, Any]):
        """A prefix of some context would let the same RDF be written with other letters."""
        context = json.dumps({"@context": {"gov": "https://cowin.gov.in/"}}).encode()
        v1 = (vectors / "divoc/shared/contexts/DIVOCVaccinationContextV1.json").read_bytes()
        urls = {cowin["@context"][1]: v1, "https://example.org/prefix": context}
        form = LdFormat(Settings(suite="RsaSignature2018"), Contexts(urls))
        cowin["@context"].append("https://example.org/prefix")
        cowin["evidence"][0]["id"] = "gov:vaccine/92047670169"
        cowin["issuer"] = "gov:"
        cowin["proof"] = {
            "type": "RsaSignature2018",
            "created": "2021-03-03T04:28:46Z",
            "verificationMethod": "did:india",
            "proofPurpose": "assertionMethod",
            "jws": "eyJhbGciOiJQUzI1NiIsImI2NCI6ZmFsc2UsImNyaXQiOlsiYjY0Il19..AAAA",
        }

        opened = form.open(json.dumps(cowin).encode())
        details = [check.detail for check in opened.checks if check.outcome == "failed"]

        assert any("issuer" in detail for detail in details)
        assert any("written out in full" in detail for detail in details)


class TestFlippedLetters:
    """Flip any letter: an error of ours, no belief, or a document that means the same."""

    @settings(
        max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(position=st.integers(0, 10_000), letter=st.sampled_from('ax0 "{}[]:,\\\u00e9_@#'))
    def test_no_changed_letter_is_believed(
        self,
        modern: LdFormat,
        membership: dict[str, Any],
        credential: Callable[[dict[str, Any]], Credential],
        ed_signer: Any,
        position: int,
        letter: str,
    ):
        [secured] = seal(modern, [credential(membership)], ed_signer)
        text = secured.content.decode()
        at = position % len(text)
        changed = (text[:at] + letter + text[at + 1 :]).encode()

        if is_believed(modern, changed, ed_signer):
            assert json.loads(changed) == secured.document

    @settings(
        max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(st.binary(max_size=80) | st.text('{}[]":,@contexproftyp1 ', max_size=80).map(str.encode))
    def test_any_bytes_are_opened_or_refused_by_name(self, modern: LdFormat, data: bytes):
        assert modern.recognise(data) in {True, False}
        for read in (modern.open, modern.unpack):
            try:
                read(data)
            except MoharError:
                continue

    @settings(
        max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(changes=trees, in_proof=trees)
    def test_any_tree_is_opened_or_refused_by_name(
        self,
        modern: LdFormat,
        membership: dict[str, Any],
        changes: dict[str, Any],
        in_proof: dict[str, Any],
    ):
        proof = {
            "type": "DataIntegrityProof",
            "cryptosuite": "eddsa-rdfc-2022",
            "created": "2026-01-31T12:00:00Z",
            "verificationMethod": "did:web:example.org#one",
            "proofPurpose": "assertionMethod",
            "proofValue": "z2",
        }
        document = {**membership, "proof": {**proof, **in_proof}, **changes}

        try:
            modern.open(json.dumps(document).encode("utf-8", "surrogatepass"))
        except MoharError:
            return


def failed(opened: Opened) -> list[str]:
    return [check.name for check in opened.checks if check.outcome == "failed"]


def is_believed(form: LdFormat, data: bytes, signer: Any) -> bool:
    try:
        opened = form.open(data)
    except MoharError:
        return False
    return not failed(opened) and form.verify(opened, 0, signer.key)
