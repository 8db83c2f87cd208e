"""The page of events: what is handed to sinks and observers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from reference_parts import bundled
from reference_parts.prose import docstring, table

from mohar.config.load import load_yaml
from mohar.domain import events

_INTRO = """\
Events are born in the transaction that makes them true and are handed out afterwards, at least once.
A sink gets each event as a fact, its tree made flat: `bodies.domestic`."""
_OF_A_REQUEST = "`request`: the name of its type, and `before` but for a new one"
_MEANINGS = {
    "credential.issued": (
        "A record became a credential.",
        "what the type says may be counted, and `bodies`: each body's name with `issued` or `refused`",
    ),
    "credential.refused": (
        "A record was refused.",
        "`reasons`: how often each finding code spoke against it",
    ),
    "credential.body-added": (
        "A body was added to a credential issued before.",
        "what the type says may be counted, and `bodies`: the body's name with `added`",
    ),
    "credential.revoked": ("A credential was revoked.", "`before` and `after`: its states"),
    "credential.suspended": (
        "A credential was suspended.",
        "`before` and `after`, and `until` where the suspension ends by itself",
    ),
    "credential.restored": ("A suspension was lifted.", "`before` and `after`"),
    "credential.superseded": (
        "A correction took the place of a credential.",
        "`before` and `after`, and `changed`: the paths that differ",
    ),
    "credential.compared": (
        "A new record was compared with a credential issued before.",
        "`result`: `agrees`, `differs` or `unclear`, `changed`: the paths that differ, and `reasons`: how often each finding code was told",
    ),
    "request.opened": ("A holder asked that a credential be put right.", _OF_A_REQUEST),
    "request.forwarded": ("A request goes to the source.", _OF_A_REQUEST),
    "request.approved": ("A request was approved.", _OF_A_REQUEST),
    "request.declined": ("A request was declined.", _OF_A_REQUEST),
    "request.withdrawn": ("A request was withdrawn.", _OF_A_REQUEST),
    "request.done": ("An approved request was done.", _OF_A_REQUEST),
    "request.failed": (
        "An approved request could not be done.",
        f"{_OF_A_REQUEST}; `code`: what spoke against it",
    ),
    "access.enumeration": (
        "A caller asks for many different things and finds few, and is slowed.",
        "`caller`, the id of the actor; `asked` and `found`, how many different things",
    ),
    "credential.accessed": (
        "Credentials were read, or somebody tried to; one event for all reads of a moment that are alike.",
        "`outcome`: `shown`, `not-found` or `refused`, `purpose`, `channel`, and `count`: how many reads it stands for",
    ),
    "key.used": ("A key signed.", "none yet"),
}


def page(root: Path) -> str:
    """Return the page."""
    parts = [
        f"# Events\n\n{docstring(events)}",
        _INTRO,
        table(("type", "when", "facts", "sent"), _rows(root)).rstrip(),
        f"## Event\n\n{docstring(events.Event)}\n\n{_fields(events.Event)}",
        f"## Fact\n\n{docstring(events.Fact)}\n\n{_fields(events.Fact)}",
        "## What the bundled types tell\n\n" + table(("type", "facts"), _facts(root)).rstrip(),
    ]
    return "\n\n".join(parts)


def _rows(root: Path) -> Iterator[tuple[str, str, str, str]]:
    for name in get_args(events.EventType):
        when, facts = _MEANINGS[name]
        yield f"`{name}`", when, facts, "yes" if _is_sent(root, name) else "not yet"


def _is_sent(root: Path, name: str) -> bool:
    rooms = (root / "platform/src/mohar").glob("*/*.py")
    return any(
        f'"{name}"' in path.read_text(encoding="utf-8")
        for path in rooms
        if path.parent.name not in {"domain", "testing"}
    )


def _fields(struct: Any) -> str:
    return "Its members: " + ", ".join(f"`{name}`" for name in struct.__struct_fields__) + "."


def _facts(root: Path) -> Iterator[tuple[str, str]]:
    for path in bundled.type_files(root):
        type_file = load_yaml(path, dict[str, Any])
        names = ", ".join(f"`{fact['name']}`" for fact in type_file.get("facts", []))
        yield f"{type_file['name']} {type_file['version']}", names
