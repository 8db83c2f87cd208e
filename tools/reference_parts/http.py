"""The page of HTTP operations, from the OpenAPI description of the India house."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from reference_parts.prose import one_line, table

from mohar.assembly.house import House, build_house
from mohar.assembly.keys import generate_missing
from mohar.testing.deployments import copy_deployment
from mohar.web.app import create_app

_INTRO = """\
# HTTP

These are the operations of `config/india`; other deployments have those of their own plugins.
A running house describes itself at `/openapi.json` and, for people, at `/docs`; people verify at `/verify`.

A caller sends an API key, made with `mohar apikeys create`, as `Authorization: Bearer …` or `X-API-Key: …`.
Verifying, the published documents and health are open to everybody; nothing that issues or shows a credential is.
An error is a problem document (RFC 9457) with one of the [codes](errors.md).
"""


def page(root: Path) -> str:
    """Return the page."""
    with tempfile.TemporaryDirectory() as folder:
        deployment = copy_deployment(root, "india", Path(folder))
        generate_missing(deployment)
        with build_house(deployment) as house:
            described = create_app(house).openapi_schema.to_schema()
            scopes = dict(_scopes(house))
    operations = list(_operations(described))
    rows = [(f"`{method}`", f"`{path}`", one["summary"]) for method, path, one in operations]
    parts = [_INTRO, table(("", "path", ""), rows).rstrip()]
    parts += [_operation(*each, scopes) for each in operations]
    return "\n\n".join(parts)


def _operations(described: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    for path, methods in sorted(described["paths"].items()):
        for method, operation in methods.items():
            if isinstance(operation, dict) and "responses" in operation:
                yield method.upper(), path, operation


def _operation(method: str, path: str, one: Mapping[str, Any], scopes: Mapping[str, str]) -> str:
    parts = [f"## `{method} {path}`", f"{one['summary']}.", one.get("description") or ""]
    parts.append(scopes.get(f"{method} {path}", ""))
    rows = [_parameter(each) for each in one.get("parameters", [])]
    parts.append(table(("parameter", "in", ""), rows).rstrip() if rows else "")
    told = [(status, one_line(answer["description"])) for status, answer in _answers(one)]
    parts.append(table(("status", "answer"), told).rstrip())
    return "\n\n".join(part for part in parts if part)


def _answers(one: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return sorted(one["responses"].items())


def _parameter(one: Mapping[str, Any]) -> tuple[str, str, str]:
    needed = "required" if one.get("required") else "optional"
    return f"`{one['name']}`", one["in"], one_line(one.get("description") or needed)


def _scopes(house: House) -> Iterator[tuple[str, str]]:
    for _, routes in house.plugin_routes():
        for route in routes.routes:
            needs = (
                f"The caller needs the scope `{route.action}`." if route.action else "Open to all."
            )
            yield f"{route.method} {route.path}", needs
