"""What is issued here, verified by rules written a second time, with none of the house's code."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyoxigraph
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key
from pyld import jsonld

from mohar.assembly.house import House, build_house
from mohar.assembly.opening import silent_telemetry
from mohar.domain.access import Actor
from mohar.testing.deployments import sample_messages

ROOT = Path(__file__).resolve().parents[2]
CONTEXTS = ROOT / "plugins/mohar-format-ld/src/mohar_format_ld/contexts"
PUBLISHED = {
    "https://www.w3.org/2018/credentials/v1": "credentials-v1",
    "https://www.w3.org/ns/credentials/v2": "credentials-v2",
    "https://w3id.org/security/v1": "security-v1",
    "https://w3id.org/security/v2": "security-v2",
}
OPERATOR = Actor(actor_id="operator", name="test", scopes=frozenset({"*"}))
ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
SOME = 12


@pytest.fixture
def issued(
    deployed: Callable[..., Path], samples: Path
) -> Iterator[Callable[[str], tuple[House, list[dict[str, Any]]]]]:
    """Issue some samples with a deployment and return the house and the signed documents."""
    opened = []

    def issue(name: str) -> tuple[House, list[dict[str, Any]]]:
        context = build_house(deployed(name), telemetry=silent_telemetry())
        house = context.__enter__()
        opened.append(context)
        messages = sample_messages(samples)
        chosen = [*messages[:SOME], *(each for each in messages if each.variant != "v3")]
        receipt = house.issue_now(OPERATOR, house.submit(OPERATOR, "vaccination", chosen))
        numbers = [each.credential_id for each in receipt.outcomes if each.credential_id]
        found = [body for number in numbers for body in house.access.bodies(OPERATOR, number)]
        return house, [json.loads(each.content) for each in found if each.format == "ld"]

    yield issue
    for context in opened:
        context.__exit__(None, None, None)


def loader(house: House) -> Callable[[str, Any], dict[str, Any]]:
    """Serve contexts from files, and nothing from a network."""
    known = {
        url: json.loads((CONTEXTS / f"{name}.jsonld").read_bytes())
        for url, name in PUBLISHED.items()
    }
    known |= {url: json.loads(content) for url, content in house.documents.items()}
    return lambda url, _: {"contextUrl": None, "documentUrl": url, "document": known[url]}


def urdna2015(document: dict[str, Any], load: Callable[[str, Any], dict[str, Any]]) -> bytes:
    options = {
        "algorithm": "URDNA2015",
        "format": "application/n-quads",
        "documentLoader": load,
    }
    canonical: str = jsonld.normalize(document, options)
    return hashlib.sha256(canonical.encode()).digest()


def rdfc10(document: dict[str, Any], load: Callable[[str, Any], dict[str, Any]]) -> bytes:
    """PyLD makes the quads, another library canonicalises them (RDFC-1.0)."""
    quads = jsonld.to_rdf(document, {"format": "application/n-quads", "documentLoader": load})
    dataset = pyoxigraph.Dataset(pyoxigraph.parse(quads, pyoxigraph.RdfFormat.N_QUADS))
    dataset.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)
    text = pyoxigraph.serialize(dataset, format=pyoxigraph.RdfFormat.N_QUADS)
    assert text is not None
    lines = sorted(line for line in text.decode().split("\n") if line)
    return hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).digest()


def base58(text: str) -> bytes:
    number = 0
    for letter in text:
        number = number * 58 + ALPHABET.index(letter)
    return number.to_bytes(64, "big")


def test_what_old_verifiers_know_verifies_by_their_rules(
    issued: Callable[[str], tuple[House, list[dict[str, Any]]]],
) -> None:
    """
    Proof options under security/v2, a pair of SHA-256, PS256 with a salt of 32 bytes.
    """
    house, documents = issued("india-divoc")
    load = loader(house)
    key = load_der_public_key(house.public_keys[0].spki)
    assert isinstance(key, rsa.RSAPublicKey)
    contexts = set()
    for document in documents:
        proof = document.pop("proof")
        header, empty, signature = proof.pop("jws").split(".")
        options = {"@context": "https://w3id.org/security/v2", **proof}
        payload = urdna2015(options, load) + urdna2015(document, load)
        made = base64.urlsafe_b64decode(signature + "==")

        assert json.loads(base64.urlsafe_b64decode(header + "==")) == {
            "alg": "PS256",
            "b64": False,
            "crit": ["b64"],
        }
        assert empty == ""
        key.verify(
            made,
            f"{header}.".encode() + payload,
            padding.PSS(padding.MGF1(hashes.SHA256()), salt_length=32),
            hashes.SHA256(),
        )
        contexts.add(document["@context"][1].rsplit("/", 1)[1])

    assert contexts == {"v1", "v2"}


def test_what_is_issued_today_verifies_by_the_recommendation(
    issued: Callable[[str], tuple[House, list[dict[str, Any]]]],
) -> None:
    """
    eddsa-rdfc-2022: hash of the proof configuration, then hash of the document.
    """
    house, documents = issued("india")
    load = loader(house)
    key = load_der_public_key(house.public_keys[0].spki)
    assert isinstance(key, ed25519.Ed25519PublicKey)
    for document in documents:
        proof = document.pop("proof")
        value = proof.pop("proofValue")
        configuration = {"@context": document["@context"], **proof}

        assert (proof["type"], proof["cryptosuite"]) == ("DataIntegrityProof", "eddsa-rdfc-2022")
        assert value.startswith("z")
        key.verify(base58(value[1:]), rdfc10(configuration, load) + rdfc10(document, load))

    assert len(documents) > SOME
