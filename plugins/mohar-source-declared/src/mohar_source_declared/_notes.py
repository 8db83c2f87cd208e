"""The findings of one message, with places in the words of whoever sent it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final, Literal

from mohar.domain.findings import Finding, Severity

_TIDY_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}|\d{1,3}", re.ASCII)
_NAMES_TOLD: Final = 10
_SEVERITIES: Final[Mapping[str, Severity]] = {"warn": "warning", "refuse": "error"}


class Notes:
    """
    Collects what is wrong or odd about one message.

    `columns` gives the column behind a path where the message was a row. `unmapped` says how
    members that nothing reads are taken.
    """

    def __init__(
        self, columns: Mapping[str, str], unmapped: Literal["ignore", "warn", "refuse"]
    ) -> None:
        self._columns = columns
        self._unmapped = unmapped
        self.findings: list[Finding] = []

    def missing(self, path: str) -> None:
        """Note that a value is needed and not there."""
        where = self._place(path)
        self.findings.append(
            Finding(
                code="value-missing",
                message=f"{where} is missing, and the record needs it; send a value",
                where=where,
            )
        )

    def unfit(self, path: str, needed: str) -> None:
        """Note that a value is not what it must be."""
        where = self._place(path)
        self.findings.append(
            Finding(
                code="value-unfit",
                message=f"{where or 'the message'} {needed}; correct it at the source",
                where=where,
            )
        )

    def unknown(self, path: str, names: Iterable[str]) -> None:
        """Note that an object has members which nothing reads."""
        found = sorted(names)
        severity = _SEVERITIES.get(self._unmapped)
        if not found or severity is None:
            return
        self.findings.append(
            Finding(
                code="unknown-field",
                message=f"The mapping reads nothing from {_told(found)}; leave it out, or map it",
                where=path,
                severity=severity,
            )
        )

    def unknown_variant(self, known: Iterable[str]) -> None:
        """Note that the message came as a version which the mapping does not know."""
        self.findings.append(
            Finding(
                code="unknown-variant",
                message=f"The message came as none of {', '.join(known)}; name one of them",
            )
        )

    def _place(self, path: str) -> str:
        return self._columns.get(path, path)


def _told(names: list[str]) -> str:
    """A name that looks like none could be somebody's; it is counted and not repeated."""
    tidy = [name for name in names if _TIDY_NAME.fullmatch(name)][:_NAMES_TOLD]
    more = len(names) - len(tidy)
    counted = [f"{more} {'more' if tidy else 'of its members'}"] if more else []
    return " and ".join([", ".join(tidy), *counted] if tidy else counted)
