"""A last look before signing: no national identity number goes into a credential of today."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from mohar.domain.credential import Credential
from mohar.domain.findings import Finding
from mohar.domain.record import Record
from mohar.domain.values import at_path

# An Aadhaar number: twelve digits, never beginning with 0 or 1, written in groups or not.
_NUMBER: Final = re.compile(r"(?<![0-9])[2-9][0-9]{3}[ -]?[0-9]{4}[ -]?[0-9]{4}(?![0-9])")
# DIVOC's own credentials carry the identity: that is what its verifiers know.
_LEGACY: Final = "/divoc-"


def review(credentials: Sequence[Credential], records: Sequence[Record]) -> list[list[Finding]]:
    """Return an error for each credential that repeats the number of its record's identity."""
    return [
        _look(credential, record) for credential, record in zip(credentials, records, strict=True)
    ]


def _look(credential: Credential, record: Record) -> list[Finding]:
    identity = at_path(record.content, "recipient.identity")
    numbers = {_digits(each) for each in _NUMBER.findall(str(identity or ""))}
    if not numbers or _LEGACY in credential.schema:
        return []
    repeated = (
        path
        for path, text in _texts(credential.document)
        if any(_digits(each) in numbers for each in _NUMBER.findall(text))
    )
    return [
        Finding(
            code="identity-in-credential",
            where=path,
            message="a national identity number would be signed here; "
            "take the field out of the type, or mend the record",
        )
        for path in repeated
    ]


def _texts(tree: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(tree, dict):
        for name, value in tree.items():
            yield from _texts(value, f"{path}.{name}" if path else name)
    elif isinstance(tree, list):
        for at, value in enumerate(tree):
            yield from _texts(value, f"{path}.{at}")
    elif isinstance(tree, str | int):
        yield path, str(tree)


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))
