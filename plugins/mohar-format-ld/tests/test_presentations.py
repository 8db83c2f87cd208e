"""Presentations: canonical as PyLD has them, signed by a wallet that is not ours, safe in every part."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyld import jsonld

from mohar.codec import did, multibase, multikey
from mohar.domain.credential import Prepared
from mohar.domain.errors import Unreadable, Unsupported
from mohar_format_ld._canonical import LEGACY, RDFC
from mohar_format_ld._contexts import CREDENTIALS_V1, CREDENTIALS_V2, Contexts
from mohar_format_ld._format import LdFormat, Settings
from mohar_format_ld._linked import LinkedData
from mohar_format_ld._presentation import MOST_CREDENTIALS, Presentations, credentials_in
from mohar_format_ld._problems import Unsafe

Document = dict[str, Any]


def independent(document: Document, contexts: Contexts) -> str:
    """Canonicalise the whole presentation with PyLD alone."""

    def load(url: str, _options: object) -> Document:
        return {"contextUrl": None, "documentUrl": url, "document": contexts.get(url)}

    options = {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": load}
    lines: str = jsonld.normalize(copy.deepcopy(document), options)
    return lines


class Wallet:
    """A holder with a did:key, who signs what PyLD makes of a presentation."""

    def __init__(self, signer: Any, contexts: Contexts) -> None:
        method = multikey.encode(signer.key)
        self.did = f"did:key:{method}"
        self.key_id = f"{self.did}#{method}"
        self._signer = signer
        self._contexts = contexts

    def present(self, document: Document, **proof: Any) -> Document:
        told = {
            "type": "DataIntegrityProof",
            "cryptosuite": "eddsa-rdfc-2022",
            "created": "2026-02-01T12:00:00Z",
            "verificationMethod": self.key_id,
            "proofPurpose": "authentication",
            **proof,
        }
        halves = [{"@context": document["@context"], **told}, document]
        payload = b"".join(self._digest(half) for half in halves)
        [signature] = self._signer.sign([payload])
        return {**document, "proof": {**told, "proofValue": multibase.encode(signature)}}

    def _digest(self, document: Document) -> bytes:
        return hashlib.sha256(independent(document, self._contexts).encode()).digest()


@pytest.fixture(scope="session")
def wallet(ed_signer: Any, documents: dict[str, bytes]) -> Wallet:
    return Wallet(ed_signer, Contexts(documents))


@pytest.fixture
def signed(
    documents: dict[str, bytes],
    ed_signer: Any,
    membership: Document,
    credential: Callable[..., Any],
) -> Callable[..., Document]:
    """Return a function that signs a membership with a suite of Ed25519."""

    def made(suite: Any = "eddsa-rdfc-2022", **changed: Any) -> Document:
        form = LdFormat(Settings(suite=suite), Contexts(documents))
        [prepared] = form.prepare(
            [credential(_told({**membership, **changed}))],
            ed_signer.key,
            credential(membership).issued_at,
        )
        assert isinstance(prepared, Prepared)
        signatures = ed_signer.sign([prepared.payload])
        [secured] = form.seal([prepared], signatures, ed_signer.key)
        content: Document = json.loads(secured.content)
        return content

    return made


def _told(document: Document) -> Document:
    return {name: value for name, value in document.items() if value is not None}


def presentation(*credentials: Any, version: str = CREDENTIALS_V2, **members: Any) -> Document:
    return {
        "@context": [version],
        "type": ["VerifiablePresentation"],
        **members,
        "verifiableCredential": list(credentials),
    }


def older(suite: str) -> Document:
    """What makes a membership one of version 1.1, where its suite is of that time."""
    if suite != "Ed25519Signature2018":
        return {}
    return {
        "@context": [CREDENTIALS_V1, "https://example.org/contexts/membership/v1"],
        "issuer": "did:web:example.org",
        "issuanceDate": "2026-01-31T12:00:00Z",
        "validFrom": None,
    }


def read(document: Document, contexts: Contexts, dialect: Any = RDFC) -> Any:
    return Presentations(LinkedData(contexts)).read(document, dialect, before_signing=False)


class TestAgainstPyld:
    def test_each_published_presentation_has_the_same_canonical_form(self, vectors: Path) -> None:
        contexts = Contexts({})
        files = sorted((vectors / "vcdm2/presentation-ok").glob("*.json"))
        read_here = 0
        for file in files:
            document = json.loads(file.read_bytes())
            document.pop("proof", None)
            try:
                ours = read(document, contexts)
            except (Unsafe, Unsupported):
                continue
            read_here += 1

            assert independent(document, contexts) == ours.nquads, file.name
            assert ours.problems == (), file.name
        assert read_here >= 4

    @pytest.mark.parametrize("suite", ["eddsa-rdfc-2022", "eddsa-jcs-2022", "Ed25519Signature2018"])
    def test_signed_credentials_keep_their_contexts_and_proofs(
        self, signed: Callable[..., Document], documents: dict[str, bytes], suite: str
    ) -> None:
        contexts = Contexts(documents)
        held = [signed(suite, **older(suite)), signed(suite, id="urn:uuid:2", **older(suite))]
        whole = presentation(*held, holder="did:example:holder")

        ours = read(whole, contexts)

        assert independent(whole, contexts) == ours.nquads
        assert ours.problems == ()

    def test_credentials_about_one_person_by_one_issuer_are_not_mixed_up(
        self, signed: Callable[..., Document], documents: dict[str, bytes]
    ) -> None:
        contexts = Contexts(documents)
        whole = presentation(signed(), signed(id="urn:uuid:2"), signed(number=8))

        ours = read(whole, contexts)

        assert independent(whole, contexts) == ours.nquads
        assert ours.problems == ()

    def test_nodes_that_look_alike_in_two_credentials_are_told_apart_in_little_time(
        self, signed: Callable[..., Document], documents: dict[str, bytes]
    ) -> None:
        """
        A node without an id is tied to its graph by every line of it.
        """
        contexts = Contexts(documents)
        member = {"givenName": "Meera", "notes": ["a", "b", "c", "d", "e"]}
        whole = presentation(signed(member=member), signed(member=member, id="urn:uuid:2"))

        ours = read(whole, contexts)

        assert independent(whole, contexts) == ours.nquads
        many = [signed(member=member, id=f"urn:uuid:{at}") for at in range(40)]
        assert read(presentation(*many), contexts).problems == ()

    def test_an_envelope_stands_as_what_it_is(
        self, signed: Callable[..., Document], documents: dict[str, bytes]
    ) -> None:
        contexts = Contexts(documents)
        envelope = {
            "@context": CREDENTIALS_V2,
            "id": "data:application/vc+jwt,eyJhbGciOiJFUzI1NiJ9.e30.AAAA",
            "type": "EnvelopedVerifiableCredential",
        }
        whole = presentation(envelope, signed())

        ours = read(whole, contexts)

        assert independent(whole, contexts) == ours.nquads
        assert ours.problems == ()

    @pytest.mark.parametrize("dialect", [RDFC, LEGACY])
    def test_in_the_older_version_the_contexts_of_both_count(
        self, vectors: Path, published: dict[str, bytes], dialect: Any
    ) -> None:
        contexts = Contexts(published)
        for file in sorted((vectors / "divoc/sdk-signed").glob("*.json")):
            whole = presentation(json.loads(file.read_bytes()), version=CREDENTIALS_V1)

            ours = read(whole, contexts, dialect)

            assert ours.problems == ()
            if dialect is RDFC:
                assert independent(whole, contexts) == ours.nquads

    @settings(
        max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(
        names=st.lists(
            st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=8),
            min_size=1,
            max_size=4,
        ),
        ids=st.sampled_from(["urn:x:0", "urn:x:{}"]),
        own=st.sampled_from([{}, {"id": "urn:x:vp"}]),
    )
    def test_so_has_any_presentation(
        self,
        membership: Document,
        documents: dict[str, bytes],
        names: list[str],
        ids: str,
        own: Document,
    ) -> None:
        contexts = Contexts(documents)
        held = [
            {**membership, "id": ids.format(at), "member": {"givenName": name}}
            for at, name in enumerate(names)
        ]
        whole = presentation(*held, **own)

        ours = read(whole, contexts)

        assert independent(whole, contexts) == ours.nquads


class TestOpening:
    def test_a_wallets_signature_is_right(
        self, modern: LdFormat, wallet: Wallet, signed: Callable[..., Document]
    ) -> None:
        whole = wallet.present(presentation(signed(), holder=wallet.did), challenge="c", domain="d")

        opened = modern.open(json.dumps(whole).encode())

        assert modern.verify(opened, 0, did.from_did_key(wallet.key_id))
        assert [check.outcome for check in opened.checks] == ["passed"]
        assert (opened.issuer, opened.proofs[0].purpose) == (wallet.did, "authentication")
        assert (opened.proofs[0].challenge, opened.proofs[0].domains) == ("c", ("d",))

    def test_each_credential_comes_out_as_it_was_signed(
        self, modern: LdFormat, wallet: Wallet, signed: Callable[..., Document], ed_signer: Any
    ) -> None:
        whole = wallet.present(presentation(signed(), signed(number=8)))

        opened = modern.open(json.dumps(whole).encode())

        assert opened.credentials is not None
        assert len(opened.credentials) == 2
        for each in opened.credentials:
            assert modern.verify(modern.open(each), 0, ed_signer.key)

    def test_a_credential_is_no_presentation(
        self, modern: LdFormat, signed: Callable[..., Document]
    ) -> None:
        assert modern.open(json.dumps(signed()).encode()).credentials is None

    def test_two_domains_are_told(
        self, modern: LdFormat, wallet: Wallet, signed: Callable[..., Document]
    ) -> None:
        whole = wallet.present(presentation(signed()), domain=["a.example", "b.example"])

        opened = modern.open(json.dumps(whole).encode())

        assert opened.proofs[0].domains == ("a.example", "b.example")
        assert modern.verify(opened, 0, did.from_did_key(wallet.key_id))

    @pytest.mark.parametrize(
        "changed",
        [
            {"holder": "did:example:other"},
            {"id": "urn:x:new"},
            {"verifiableCredential": []},
            {"verifiableCredential": [5]},
            {"verifiableCredential": ["urn:x:elsewhere"]},
            {"holder": None},
            {"unheard": "of"},
        ],
        ids=str,
    )
    def test_a_changed_one_is_wrong(
        self,
        modern: LdFormat,
        wallet: Wallet,
        signed: Callable[..., Document],
        changed: Document,
    ) -> None:
        whole = {**wallet.present(presentation(signed())), **changed}

        try:
            opened = modern.open(json.dumps(whole).encode())
        except Unreadable:
            return
        right = modern.verify(opened, 0, did.from_did_key(wallet.key_id))
        assert not right or any(check.outcome == "failed" for check in opened.checks)

    def test_what_a_credential_says_beside_its_signature_is_told_with_its_place(
        self, modern: LdFormat, wallet: Wallet, signed: Callable[..., Document]
    ) -> None:
        whole = wallet.present(presentation(signed(), {**signed(number=9), "unheard": "of"}))

        failed = [
            check.detail
            for check in modern.open(json.dumps(whole).encode()).checks
            if check.outcome == "failed"
        ]

        assert failed == ["verifiableCredential.1.unheard: no context defines this member"]

    def test_a_context_deeper_down_stays_refused(
        self, modern: LdFormat, wallet: Wallet, signed: Callable[..., Document]
    ) -> None:
        credential = signed()
        credential["member"] = {"@context": CREDENTIALS_V2, **credential["member"]}
        whole = wallet.present(presentation(signed()))
        whole["verifiableCredential"] = [credential]

        opened = modern.open(json.dumps(whole).encode())

        assert not modern.verify(opened, 0, did.from_did_key(wallet.key_id))
        assert any("context below the top" in check.detail for check in opened.checks)

    def test_a_context_that_is_not_pinned_is_named(
        self, modern: LdFormat, wallet: Wallet, signed: Callable[..., Document]
    ) -> None:
        whole = wallet.present(presentation(signed()))
        url = "https://example.org/unknown"
        whole["verifiableCredential"][0]["@context"].append(url)

        with pytest.raises(Unsupported, match=url):
            modern.open(json.dumps(whole).encode())

    def test_more_credentials_than_are_read_are_refused_before_any_is(
        self, modern: LdFormat, wallet: Wallet
    ) -> None:
        whole = wallet.present(presentation())
        whole["verifiableCredential"] = [{"@context": "x"}] * (MOST_CREDENTIALS + 1)

        with pytest.raises(Unreadable, match="at most 100"):
            modern.open(json.dumps(whole).encode())


class TestForgery:
    @settings(
        max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(data=st.data())
    def test_a_flipped_bit_is_never_believed_unless_it_changed_no_meaning(
        self,
        modern: LdFormat,
        wallet: Wallet,
        signed: Callable[..., Document],
        data: st.DataObject,
    ) -> None:
        whole = wallet.present(presentation(signed(), holder=wallet.did), challenge="c")
        text = json.dumps(whole, ensure_ascii=False).encode()
        place = data.draw(st.integers(0, len(text) * 8 - 1))
        flipped = bytearray(text)
        flipped[place // 8] ^= 1 << place % 8

        try:
            opened = modern.open(bytes(flipped))
        except (Unreadable, Unsupported):
            return
        right = modern.verify(opened, 0, did.from_did_key(wallet.key_id))
        believed = right and all(check.outcome == "passed" for check in opened.checks)
        assert not believed or json.loads(flipped) == whole


class TestEnvelopes:
    @pytest.mark.parametrize(
        ("url", "inside"),
        [
            ("data:application/vc+jwt,eyJ.e30.AA", b"eyJ.e30.AA"),
            ("data:text/plain,HC1%3A6B", b"HC1:6B"),
            ("data:application/vc+cose;base64,0oRD+w==", bytes.fromhex("d28443fb")),
            ("data:application/vc+jwt", b""),
            ("data:x;base64,%%%", b""),
            ("https://example.org/credential", b""),
            (5, b""),
        ],
    )
    def test_what_a_data_url_holds_comes_out(self, url: Any, inside: bytes) -> None:
        envelope = {"id": url, "type": ["EnvelopedVerifiableCredential"]}

        assert credentials_in({"verifiableCredential": envelope}) == (inside,)
