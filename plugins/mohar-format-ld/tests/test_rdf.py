"""Our quads from an expanded document are those of PyLD, where PyLD has no reason to drop any."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyld import jsonld

from mohar_format_ld._canonical import RDFC
from mohar_format_ld._contexts import Contexts
from mohar_format_ld._linked import LinkedData

SAFE = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=12)
NUMBERS = st.integers(-(2**53) + 1, 2**53 - 1) | st.sampled_from(
    [0.0, -0.0, 1.0, 1.5, -1e-6, 1e20, 1e21, 1e22, 5e-324, 123456.789, 1e300]
)


def independent(document: dict[str, Any], contexts: Contexts) -> str:
    """Canonicalise with PyLD alone, contexts parsed anew."""

    def load(url: str, _options: object) -> dict[str, Any]:
        return {"contextUrl": None, "documentUrl": url, "document": contexts.get(url)}

    options = {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": load}
    lines: str = jsonld.normalize(copy.deepcopy(document), options)
    return lines


class TestAgainstPyld:
    def test_the_published_credentials_have_the_same_canonical_form(
        self, vectors: Path, published: dict[str, bytes]
    ):
        contexts = Contexts(published)
        linked = LinkedData(contexts)
        files = [
            *sorted((vectors / "divoc/sdk-signed").glob("*.json")),
            *sorted((vectors / "divoc/valid-rsa").glob("*.json")),
            *sorted((vectors / "data-integrity/eddsa-rdfc-2022").glob("*/unsigned.json")),
        ]
        for file in files:
            document = json.loads(file.read_bytes())
            document.pop("proof", None)

            ours = linked.read(document, RDFC, before_signing=False)

            assert independent(document, contexts) == ours.nquads
            assert ours.problems == ()

    @settings(
        max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(
        name=SAFE,
        notes=st.lists(SAFE, min_size=1, max_size=3, unique=True),
        number=NUMBERS | st.booleans(),
        weight=NUMBERS,
        steps=st.lists(SAFE | st.integers(0, 9), min_size=1, max_size=4),
        raw=st.recursive(
            SAFE | st.integers(0, 9),
            lambda inner: st.dictionaries(
                st.text("abc", min_size=1), inner, min_size=1, max_size=3
            ),
            max_leaves=4,
        ),
    )
    def test_so_has_any_document_of_our_own(
        self,
        membership: dict[str, Any],
        documents: dict[str, bytes],
        name: str,
        notes: list[str],
        number: object,
        weight: object,
        steps: list[object],
        raw: object,
    ):
        contexts = Contexts(documents)
        member = {"givenName": name, "notes": notes, "friend": "urn:example:friend"}
        document = {
            **membership,
            "member": member,
            "number": number,
            "weight": weight,
            "steps": steps,
            "raw": raw,
            "role": "Membership",
        }

        ours = LinkedData(contexts).read(document, RDFC, before_signing=True)

        assert independent(document, contexts) == ours.nquads
        assert ours.problems == ()

    def test_a_document_inside_a_graph_container_keeps_its_own_graph(self):
        contexts = Contexts({})
        document = {
            "@context": "https://www.w3.org/2018/credentials/v1",
            "type": "VerifiablePresentation",
            "verifiableCredential": [
                {
                    "type": "VerifiableCredential",
                    "issuer": "urn:example:issuer",
                    "credentialSubject": {"id": "urn:example:subject"},
                }
            ],
        }

        ours = LinkedData(contexts).read(document, RDFC, before_signing=True)

        assert independent(document, contexts) == ours.nquads
        assert ours.problems == ()
        assert any(len(line.split()) == 5 for line in ours.nquads.splitlines())


@pytest.mark.parametrize("url", ["https://www.w3.org/ns/credentials/v2"])
def test_a_processed_context_is_kept_for_the_next_document(url: str, membership: dict[str, Any]):
    """
    The loader is asked once for each context, however many documents there are.
    """
    asked: list[str] = []

    class Counted(Contexts):
        def get(self, url: str) -> dict[str, Any]:
            asked.append(url)
            return super().get(url)

    plain = {
        name: value
        for name, value in membership.items()
        if name not in ("member", "number", "@context")
    }
    document = {"@context": url, **plain, "type": "VerifiableCredential"}
    linked = LinkedData(Counted({}))

    for _ in range(3):
        linked.read(document, RDFC, before_signing=True)

    assert asked == [url]
