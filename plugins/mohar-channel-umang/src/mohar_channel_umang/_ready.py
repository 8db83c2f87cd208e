"""What speaks against a deployment's doors of this sort."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mohar.domain.findings import Finding


def findings(deployment: Mapping[str, Any]) -> Sequence[Finding]:
    """Return an error for each door that could let nobody in, or that draws what is not there."""
    kinds = {kind["name"]: kind for kind in deployment["credentials"]}
    return [
        finding
        for door in deployment["doors"]
        if door["uses"] == "umang"
        for finding in _of(door, kinds, deployment)
    ]


def _of(
    door: Mapping[str, Any], kinds: Mapping[str, Mapping[str, Any]], deployment: Mapping[str, Any]
) -> Iterator[Finding]:
    name, settings = door["name"], door["settings"]
    if not deployment.get("holders"):
        yield _error(name, "umang-holders", "needs `holders:` in deployment.yaml")
    kind = kinds.get(settings.get("kind", ""))
    if kind is None or (door["kinds"] and settings["kind"] not in door["kinds"]):
        yield _error(name, "umang-kind", "names no kind of its own as `kind`")
    elif settings.get("body", "domestic") not in {
        each[key] for each in kind["bodies"] for key in ("name", "profile") if each.get(key)
    }:
        yield _error(name, "umang-body", "names no body of its kind as `body`")


def _error(door: str, code: str, told: str) -> Finding:
    return Finding(code=code, where=f"doors.{door}", message=f"the door {door} {told}")
