"""What speaks against a deployment's doors to DigiLocker."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mohar.domain.findings import Finding

_STRONG = 2


def findings(deployment: Mapping[str, Any]) -> Sequence[Finding]:
    """Return what there is to say of each door and each channel to DigiLocker."""
    kinds = {each["name"]: each for each in deployment["credentials"]}
    doors = [each for each in deployment.get("doors", ()) if each["uses"] == "digilocker"]
    channels = [each for each in deployment["channels"] if each["uses"] == "digilocker"]
    return [
        *(finding for door in doors for finding in _of_door(door, kinds)),
        *(finding for each in channels for finding in _of_channel(each, deployment)),
    ]


def _of_door(door: Mapping[str, Any], kinds: Mapping[str, Any]) -> Iterator[Finding]:
    name = door["name"]
    if not {"read", "search"} <= set(door["may"]):
        yield Finding(
            code="digilocker-may-not",
            message=f"the door {name} must be allowed to read and to search; add both to `may`",
        )
    types = [each["type"] for each in door["settings"]["documents"]]
    for repeated in sorted({each for each in types if types.count(each) > 1}):
        yield Finding(
            code="digilocker-type-twice",
            message=f"the door {name} has the document type {repeated} twice; keep one of them",
        )
    for document in door["settings"]["documents"]:
        yield from _of_document(name, document, door, kinds)


def _of_document(
    door: str, document: Mapping[str, Any], section: Mapping[str, Any], kinds: Mapping[str, Any]
) -> Iterator[Finding]:
    what = f"the document {document['type']} of the door {door}"
    kind = kinds.get(document["kind"])
    if kind is None or (section["kinds"] and document["kind"] not in section["kinds"]):
        yield Finding(
            code="digilocker-kind-unknown",
            message=f"{what} is of the kind {document['kind']}, which this door has not",
        )
        return
    if document["body"] not in [body["name"] for body in kind["bodies"]]:
        yield Finding(
            code="digilocker-body-unknown",
            message=f"{what} is drawn from the body {document['body']}, which its kind has not",
        )
    yield from _of_match(what, document, kind)


def _of_match(what: str, document: Mapping[str, Any], kind: Mapping[str, Any]) -> Iterator[Finding]:
    match, enough = document["match"], set(document.get("enough", ()))
    handles = {each["name"] for each in kind.get("handles", ())}
    keys = {clue.get("name") for clue in match if clue["to"] == "key"}
    wrong = [c["element"] for c in match if c["to"] == "handle" and c.get("name") not in handles]
    if wrong or (keys and keys != set(kind["key"])) or enough - {c["element"] for c in match}:
        yield Finding(
            code="digilocker-match-unknown",
            message=f"the match of {what} names a handle that its kind has not, a natural key that "
            "is not the whole one, or an element in `enough` that is not in `match`",
        )
    demanded = [clue for clue in match if clue["element"] not in enough]
    if all(clue["to"] == "part" for clue in demanded):
        yield Finding(
            code="digilocker-match-of-parts",
            message=f"{what} is looked for by parts of its document alone, and nothing is found so; "
            "demand a group, an id, a handle or a natural key as well",
        )
    if enough or len(demanded) < _STRONG:
        yield Finding(
            code="digilocker-weak-match",
            severity="warning",
            message=f"{what} is found by less than two things that are both right (such as a mobile "
            "number or a name): whoever knows one of them gets the certificate of somebody else",
        )


def _of_channel(channel: Mapping[str, Any], deployment: Mapping[str, Any]) -> Iterator[Finding]:
    name, settings = channel["name"], channel["settings"]
    url = str(settings.get("url", ""))
    if deployment["environment"] == "production" and url.startswith("http:"):
        yield Finding(
            code="channel-not-https",
            message=f"the channel {name} calls a plain http address in production; use https",
        )
    if "search" not in channel.get("may", ()):
        yield Finding(
            code="digilocker-may-not",
            message=f"the channel {name} must be allowed to search for the first number of a "
            "credential; write `may: [search]`",
        )
