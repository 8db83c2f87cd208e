"""What speaks against a deployment's doors of this sort."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mohar.domain.findings import Finding


def findings(deployment: Mapping[str, Any]) -> Sequence[Finding]:
    """Return an error for what a door could never find, and a warning for a partner told more."""
    kinds = {kind["name"]: kind for kind in deployment["credentials"]}
    return [
        finding
        for door in deployment["doors"]
        if door["uses"] == "apisetu"
        for finding in _of(door, kinds, deployment)
    ]


def _of(
    door: Mapping[str, Any], kinds: Mapping[str, Mapping[str, Any]], deployment: Mapping[str, Any]
) -> Iterator[Finding]:
    name, settings = door["name"], door["settings"]
    kind = kinds.get(settings.get("kind", ""))
    if kind is None or (door["kinds"] and settings["kind"] not in door["kinds"]):
        yield _error(name, "door-kind", "kind", "names no kind of this door")
    else:
        yield from _of_kind(name, settings, kind)
    if settings.get("public") is not None and not deployment.get("holders"):
        yield _error(name, "door-holders", "public", "needs `holders:` in deployment.yaml")
    if settings.get("status") and not (deployment.get("whole") and "sign" in door["may"]):
        told = "needs `whole:` in deployment.yaml, and `sign` in what the door may"
        yield _error(name, "door-cannot-sign", "status", told)
    for partner in settings.get("partners", ()):
        if partner.get("tells_mismatch"):
            yield Finding(
                code="mismatch-told",
                severity="warning",
                where=f"doors.{name}.settings.partners",
                message=f"the partner {partner['actor']} is told which ids exist, even with a wrong "
                "mobile number; take `tells_mismatch` away unless it cannot do without",
            )


def _of_kind(name: str, settings: Mapping[str, Any], kind: Mapping[str, Any]) -> Iterator[Finding]:
    handles = {each["name"] for each in kind.get("handles", ())}
    if settings.get("mobile", "mobile") not in handles:
        yield _error(name, "door-handle", "mobile", "names no handle of the kind")
    if not kind.get("group"):
        yield _error(name, "door-group", "kind", "names a kind without a `group`")
    bodies = {each[key] for each in kind["bodies"] for key in ("name", "profile") if each.get(key)}
    for key, default in (("body", "domestic"), ("international", "international")):
        if settings.get(key, default) not in bodies:
            yield _error(name, "door-body", key, "names no body of the kind")


def _error(door: str, code: str, setting: str, told: str) -> Finding:
    return Finding(
        code=code,
        where=f"doors.{door}.settings.{setting}",
        message=f"the setting {setting} of the door {door} {told}",
    )
