"""The lists of keys of a house that is running: all of the same keys, whenever these change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from mohar.assembly.house import House, build_house
from mohar.assembly.keys import generate_missing, listed_keys
from mohar.assembly.rotation import Wish, revoke, rotate
from mohar.codec import jwk
from mohar.testing.deployments import copy_deployment
from mohar.web.app import create_app

ROOT = Path(__file__).parents[2]
Client = TestClient[Litestar]
LISTS = ("/.well-known/did.json", "/.well-known/jwks.json", "/v1/trust")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = copy_deployment(ROOT, "india", tmp_path_factory.mktemp("rotated"))
    generate_missing(folder)
    return folder


@pytest.fixture(scope="module")
def running(folder: Path) -> Iterator[House]:
    """A house that is built once, before anything is rotated."""
    with build_house(folder) as house:
        yield house


@pytest.fixture(scope="module")
def asking(
    running: House, calling: Callable[[Litestar], AbstractContextManager[Client]]
) -> Iterator[Client]:
    with calling(create_app(running)) as client:
        yield client


class TestLists:
    def test_they_are_of_the_keys_that_are_listed_after_each_rotation(
        self, folder: Path, asking: Client
    ) -> None:
        """
        After none, one and three, without a restart; and whoever holds an old list is told.
        """
        for rotations in range(4):
            listed = [each.key for each in listed_keys(folder)]
            answers = [asking.get(path) for path in LISTS]
            did, jwks, trust = (answer.json() for answer in answers)

            names = [key.key_id for key in listed]
            assert len(names) == 2 * (rotations + 1)
            assert names == [each["id"] for each in did["verificationMethod"]] == list(trust)
            assert names == did["assertionMethod"]
            assert jwks["keys"] == [entry["publicKeyJwk"] for entry in trust.values()]
            assert [jwk.decode(each).spki for each in jwks["keys"]] == [key.spki for key in listed]

            held = {
                path: answer.headers["etag"] for path, answer in zip(LISTS, answers, strict=True)
            }
            assert {self.status(asking, held, path) for path in LISTS} == {304}
            rotate(folder, Wish())
            assert {self.status(asking, held, path) for path in LISTS} == {200}

    def status(self, client: Client, held: dict[str, str], path: str) -> int:
        return client.get(path, headers={"If-None-Match": held[path]}).status_code

    def test_health_card_readers_find_each_p256_key_by_its_thumbprint(self, asking: Client) -> None:
        keys = asking.get(LISTS[1]).json()["keys"]

        found = [each for each in keys if each["alg"] == "ES256"]
        assert found
        for each in found:
            assert each["kid"] == jwk.thumbprint(jwk.decode(each))
            assert (each["kty"], each["crv"], each["use"]) == ("EC", "P-256", "sig")
            assert "d" not in each

    def test_a_key_that_is_revoked_is_only_named_where_it_can_be_called_so(
        self, folder: Path, asking: Client
    ) -> None:
        lost = listed_keys(folder)[0].key
        revoke(folder, lost.key_id)

        did, jwks, trust = (asking.get(path).json() for path in LISTS)

        assert lost.key_id not in did["assertionMethod"]
        assert lost.spki not in [jwk.decode(each).spki for each in jwks["keys"]]
        assert trust[lost.key_id]["status"] == "compromised"

    def test_while_a_description_cannot_be_read_it_cannot_be_told(
        self, folder: Path, asking: Client
    ) -> None:
        """
        An old list would be wrong if the description said of a key that it is compromised.
        """
        file = folder / "keys" / "issuer-2026.yaml"
        before = file.read_bytes()
        file.write_bytes(before + b"statu")

        answers = [asking.get(path) for path in LISTS]
        file.write_bytes(before)

        assert [answer.status_code for answer in answers] == [503] * 3
        assert {answer.json()["code"] for answer in answers} == {"key-unavailable"}
        assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}
        assert [asking.get(path).status_code for path in LISTS] == [200] * 3
