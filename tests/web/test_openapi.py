"""The API describes itself, and what it says is so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute
from litestar.testing import TestClient

Client = TestClient[Litestar]
METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}
WITHOUT_BODY = ("/replay", "/redeliver", "{campaign_id}/approve", "/pause", "/resume", "/undo")
PAGES = {
    *("/", "/verify", "/verify.js", "/pages.css", "/docs"),
    *("/holder", "/holder.js", "/holder.css", "/holder/texts.json"),
    *("/s/{link}", "/s/{link}/certificate.pdf", "/s/{link}/code.png"),
}


@pytest.fixture(scope="module")
def described(client: Client) -> dict[str, Any]:
    """What is told at `/openapi.json`."""
    answer = client.get("/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    content: dict[str, Any] = answer.json()
    return content


def operations(described: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in described["paths"].items():
        for method, operation in item.items():
            assert method in METHODS
            yield method, path, operation


def nodes(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        yield tree
    for inner in (
        tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    ):
        yield from nodes(inner)


class TestDescription:
    def test_it_is_openapi_3_1(self, described: dict[str, Any]) -> None:
        assert described["openapi"].startswith("3.1.")
        assert described["info"].keys() >= {"title", "version"}

    def test_every_route_is_in_it_those_of_plugins_too(
        self, app: Litestar, described: dict[str, Any]
    ) -> None:
        there = {
            (method.lower(), route.path_format)
            for route in app.routes
            if isinstance(route, HTTPRoute) and not route.path_format.startswith("/openapi.json")
            for method in route.methods - {"OPTIONS"}
            if route.path_format not in PAGES
        }

        assert {(method, path) for method, path, _ in operations(described)} == there
        assert ("post", "/divoc/api/v2/certify") in there

    def test_every_reference_leads_somewhere(self, described: dict[str, Any]) -> None:
        for node in nodes(described):
            if "$ref" in node:
                assert node["$ref"].startswith("#/")
                found: Any = described
                for step in node["$ref"][2:].split("/"):
                    found = found[step]

    def test_every_operation_has_its_own_name_and_every_path_its_parameters(
        self, described: dict[str, Any]
    ) -> None:
        names = [operation["operationId"] for _, _, operation in operations(described)]
        assert len(set(names)) == len(names)
        for _, path, operation in operations(described):
            in_path = {
                each["name"] for each in operation.get("parameters", []) if each["in"] == "path"
            }
            assert in_path == set(re.findall(r"\{(\w+)\}", path))

    def test_every_operation_says_what_it_is_for_and_how_it_answers(
        self, described: dict[str, Any]
    ) -> None:
        for method, path, operation in operations(described):
            assert operation["summary"], path
            assert all(each["description"] for each in operation["responses"].values())
            takes_a_body = method in {"post", "put"} and not path.endswith(WITHOUT_BODY)
            assert ("requestBody" in operation) == takes_a_body

    def test_every_error_is_a_problem_document(self, described: dict[str, Any]) -> None:
        for _, path, operation in operations(described):
            for status, answer in operation["responses"].items():
                if int(status) >= 400 and not path.startswith("/health"):
                    assert "application/problem+json" in answer["content"], (path, status)

    def test_what_needs_a_key_says_so_and_what_happens_without(
        self, described: dict[str, Any]
    ) -> None:
        schemes = described["components"]["securitySchemes"]
        assert schemes["bearer"] == {**schemes["bearer"], "type": "http", "scheme": "bearer"}
        for _, path, operation in operations(described):
            needs_key = bool(operation.get("security"))
            # A wrong code is told as what it is, and a code is no key.
            if path != "/v1/holder/sessions":
                assert needs_key == ("401" in operation["responses"]), path
            for each in operation.get("security", []):
                assert set(each) <= set(schemes)

    def test_nothing_is_loaded_from_elsewhere_to_read_it(self, client: Client) -> None:
        for path in ("/openapi", "/schema", "/schema/swagger", "/redoc", "/_openapi"):
            assert client.get(path).status_code == 404
