"""Public documents, pages and health."""

from __future__ import annotations

import hashlib
import re
import shutil
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from mohar.assembly.house import House, build_house
from mohar.codec import jwk
from mohar.web.app import create_app

Client = TestClient[Litestar]
Calling = Callable[[Litestar], AbstractContextManager[Client]]


@pytest.fixture(scope="module")
def context(house: House) -> str:
    """The path of one of the contexts of this deployment."""
    prefix = house.deployment.domains.contexts
    url = next(url for url in house.documents if url.startswith(prefix))
    return f"/contexts{url.removeprefix(prefix)}"


class TestContexts:
    def test_every_context_of_the_deployment_is_served(self, client: Client, house: House) -> None:
        prefix = house.deployment.domains.contexts
        own = {url: text for url, text in house.documents.items() if url.startswith(prefix)}

        served = {url: client.get(f"/contexts{url.removeprefix(prefix)}").content for url in own}

        assert own
        assert served == own

    def test_it_never_changes_and_says_its_digest(self, client: Client, context: str) -> None:
        answer = client.get(context)

        digest = hashlib.sha256(answer.content)
        assert answer.headers["content-type"] == "application/ld+json"
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["etag"] == f'"{digest.hexdigest()}"'
        told = re.fullmatch(r"sha-256=:(.+):", answer.headers["repr-digest"])
        assert told is not None
        assert b64decode(told[1]) == digest.digest()

    def test_whoever_has_it_is_told_so(self, client: Client, context: str) -> None:
        tag = client.get(context).headers["etag"]

        for held in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            answer = client.get(context, headers={"If-None-Match": held})

            assert answer.status_code == 304
            assert answer.content == b""
            assert answer.headers["etag"] == tag
            assert answer.headers["access-control-allow-origin"] == "*"
        assert client.get(context, headers={"If-None-Match": '"other"'}).status_code == 200

    def test_pages_of_any_origin_may_read_it(self, client: Client, context: str) -> None:
        asked = {"Origin": "https://verifier.example", "Access-Control-Request-Method": "GET"}

        before, answer = client.options(context, headers=asked), client.get(context)

        assert before.status_code == 204
        assert before.headers["access-control-allow-origin"] == "*"
        assert "GET" in before.headers["access-control-allow-methods"]
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["cross-origin-resource-policy"] == "cross-origin"

    @pytest.mark.parametrize(
        "path", ["", "/", "/other", "/../deployment.yaml", "/%2e%2e/deployment.yaml", "/%00"]
    )
    def test_nothing_else_is_there(self, client: Client, path: str) -> None:
        assert client.get(f"/contexts{path}").status_code == 404


class TestKeys:
    def test_the_did_document_names_the_keys_that_sign(self, client: Client, house: House) -> None:
        answer = client.get("/.well-known/did.json")

        assert answer.headers["content-type"] == "application/did+json"
        assert answer.json()["id"] == house.deployment.authority.id
        methods = [method["id"] for method in answer.json()["verificationMethod"]]
        assert methods == [key.key_id for key in house.public_keys]

    def test_the_key_set_holds_the_public_halves_only(self, client: Client, house: House) -> None:
        answer = client.get("/.well-known/jwks.json")

        assert answer.headers["content-type"] == "application/jwk-set+json"
        assert [jwk.decode(each).spki for each in answer.json()["keys"]] == [
            each.spki for each in house.public_keys
        ]
        assert all("d" not in key for key in answer.json()["keys"])

    @pytest.mark.parametrize(
        "path", ["/.well-known/did.json", "/.well-known/jwks.json", "/v1/trust"]
    )
    def test_each_may_be_kept_a_while_and_read_from_anywhere(
        self, client: Client, path: str
    ) -> None:
        answer = client.get(path)

        assert answer.headers["cache-control"] == "public, max-age=300"
        assert answer.headers["access-control-allow-origin"] == "*"
        assert client.options(path).headers["access-control-allow-origin"] == "*"
        held = {"If-None-Match": answer.headers["etag"]}
        assert client.get(path, headers=held).status_code == 304


class TestPages:
    def test_the_bare_address_leads_to_verifying(self, client: Client) -> None:
        """
        Most people come to verify, and type what is printed on the certificate.
        """
        answer = client.get("/", follow_redirects=False)

        assert (answer.status_code, answer.headers["location"]) == (302, "/verify")

    @pytest.mark.parametrize("path", ["/verify", "/docs"])
    def test_a_page_loads_nothing_from_elsewhere_and_runs_nothing_inline(
        self, client: Client, path: str
    ) -> None:
        answer = client.get(path)

        named = re.findall(r"""(?:src|href|action)="([^"]*)\"""", answer.text)
        loaded = [each for each in named if each != "data:,"]
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert loaded
        assert all(each.startswith("/") and not each.startswith("//") for each in loaded)
        assert all(client.get(each).status_code in {200, 405} for each in loaded)
        assert not re.search(r"<style|<script>|\sstyle=|\son\w+=|javascript:|@import", answer.text)

    @pytest.mark.parametrize("path", ["/verify.js", "/pages.css"])
    def test_what_a_page_loads_names_no_other_place(self, client: Client, path: str) -> None:
        answer = client.get(path)

        assert answer.status_code == 200
        assert not re.search(r"https?:|//\w|url\(|@import|innerHTML|eval\(", answer.text)

    def test_the_policy_lets_nothing_else_in(self, client: Client) -> None:
        policy = client.get("/verify").headers["content-security-policy"]

        assert "default-src 'none'" in policy
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy

    def test_every_field_has_its_label_and_the_answer_is_announced(self, client: Client) -> None:
        page = client.get("/verify").text

        fields = re.findall(r"<(?:input|textarea)[^>]* id=\"(\w+)\"", page)
        assert fields == re.findall(r"<label for=\"(\w+)\"", page)
        assert 'role="status"' in page
        assert 'lang="en"' in page

    def test_the_page_of_the_api_shows_every_operation(self, client: Client) -> None:
        page = client.get("/docs").text

        described = client.get("/openapi.json").json()["paths"]
        assert all(path in page for path in described)

    def test_a_browser_that_has_a_page_need_not_load_it_again(self, client: Client) -> None:
        tag = client.get("/verify").headers["etag"]

        assert client.get("/verify", headers={"If-None-Match": tag}).status_code == 304


class TestHealth:
    def test_all_is_well(self, client: Client) -> None:
        assert client.get("/health/live").json() == {"status": "ok"}
        for path in ("/health", "/health/ready"):
            answer = client.get(path)

            assert answer.status_code == 200, answer.text
            assert answer.json()["status"] == "ok"
            assert answer.json()["parts"]["store"] == "ok"


class TestWithoutItsDatabase:
    @pytest.fixture
    def orphan(self, watched: Any, calling: Calling, tmp_path: Path) -> Iterator[Client]:
        """A client of a house whose database went away after it was built."""
        shutil.copytree(watched.folder.parents[1], tmp_path / "copy")
        copied = tmp_path / "copy" / "config" / "india"
        with build_house(copied) as orphaned:
            orphaned.store.dispose()
            for file in (copied / "data").glob("india.sqlite*"):
                file.unlink()
            (copied / "data" / "india.sqlite").mkdir()
            with calling(create_app(orphaned)) as client:
                yield client

    def test_it_says_that_it_cannot_tell(
        self, orphan: Client, key: Mapping[str, str], record: Callable[..., object]
    ) -> None:
        """
        Not "not found", not "who are you" and no fault: the same request may work later.
        """
        asked = [
            orphan.get("/v1/credentials/1", headers=key),
            orphan.get("/v1/submissions/1", headers=key),
            orphan.post("/v1/kinds/vaccination/records", json=record(), headers=key),
            orphan.post("/divoc/api/v1/certify", json=[record()], headers=key),
        ]

        assert {answer.status_code for answer in asked} == {503}
        assert {answer.json()["code"] for answer in asked} == {"unavailable"}
        assert {answer.headers["retry-after"] for answer in asked} == {"5"}
        assert not any("sqlite" in answer.text for answer in asked)

    def test_health_says_which_part_is_missing(self, orphan: Client) -> None:
        answer = orphan.get("/health")

        assert answer.status_code == 503
        assert answer.json()["status"] == "not-ok"
        assert answer.json()["parts"]["store"] == "unavailable"
        assert orphan.get("/health/live").status_code == 200

    def test_what_needs_no_database_still_works(self, orphan: Client) -> None:
        assert orphan.get("/v1/kinds").status_code == 200
        assert orphan.get("/.well-known/did.json").status_code == 200
        assert orphan.post("/v1/verify", content=b"{}").json()["verdict"] == "unsupported"

    def test_a_status_that_nobody_can_tell_is_not_called_good(
        self, orphan: Client, issued: dict[str, list[dict[str, object]]]
    ) -> None:
        answer = orphan.post("/v1/verify", json=issued["credentials"][0]["credential"])

        assert answer.json()["verdict"] == "not-checked"
