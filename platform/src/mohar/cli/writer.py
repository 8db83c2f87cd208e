"""Write what was issued into a folder: the report, the signed bodies, and pictures of them."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from mohar.assembly.house import House
from mohar.cli.options import OPERATOR
from mohar.domain.access import Reason
from mohar.domain.credential import Outcome, Secured
from mohar.domain.errors import InvalidInput
from mohar.domain.findings import Refusal

BODIES: Final = "json"
_REPORT: Final = "report.jsonl"
_ISSUED: Final = Reason(channel="cli")


class Writer:
    """
    Writes into one folder; `formats` are suffixes, None for all there are.

    `wishes` are what pictures are asked for; each gets those that it has a parameter for.

    Raises:
        InvalidInput: the folder cannot be made, or no rendering makes one of the suffixes. It is
            found out before anything is issued.
    """

    def __init__(
        self,
        house: House,
        out: Path,
        formats: Sequence[str] | None,
        wishes: Mapping[str, str] | None = None,
    ) -> None:
        self._house = house
        self._wishes = wishes or {}
        self._out = out
        self._suffixes = _suffixes(house, formats)
        try:
            out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _unwritable(out, error) from error

    def write(self, outcomes: Sequence[Outcome]) -> None:
        """
        Write a line about every record, and what was issued of it.

        Raises:
            InvalidInput: a file cannot be written; what was issued stays issued.
        """
        lines = [msgspec.json.encode(outcome) for outcome in outcomes]
        self._file(_REPORT, b"\n".join([*lines, b""]))
        for outcome in outcomes:
            if outcome.credential_id and outcome.state in {"issued", "known"}:
                for secured in self._house.access.bodies(
                    OPERATOR, outcome.credential_id, reason=_ISSUED
                ):
                    self.write_body(secured)

    def write_body(self, secured: Secured) -> None:
        """Write one signed body, and the pictures of it. Raises as `write` does."""
        stem = f"{secured.credential_id}.{secured.body}"
        if BODIES in self._suffixes:
            suffix = self._house.suffix_of(secured.kind, secured.body)
            self._file(f"{stem}.{suffix}", secured.content)
        for suffix in sorted(self._suffixes - {BODIES}):
            drawings = self._house.access.drawings(
                OPERATOR, secured, suffix=suffix, wishes=self._wishes, reason=_ISSUED
            )
            for option, drawn in drawings:
                if isinstance(drawn, Refusal):
                    why = "; ".join(finding.message for finding in drawn.findings)
                    print(f"{stem}.{option.name}: {why}", file=sys.stderr)
                else:
                    self._file(f"{stem}.{option.name}.{suffix}", drawn.content)

    def _file(self, name: str, content: bytes) -> None:
        try:
            (self._out / name).write_bytes(content)
        except OSError as error:
            raise _unwritable(self._out / name, error) from error


def _suffixes(house: House, wanted: Sequence[str] | None) -> set[str]:
    drawn = {option.suffix for kind in house.plans for option in house.drawing.options(kind)}
    known = {BODIES, *drawn}
    unknown = sorted(set(wanted or ()) - known)
    if unknown:
        raise InvalidInput(
            f"nothing here makes {', '.join(unknown)}; --write can name {', '.join(sorted(known))}"
        )
    return known if wanted is None else set(wanted)


def _unwritable(path: Path, error: OSError) -> InvalidInput:
    return InvalidInput(f"{path} cannot be written: {error.strerror}")
