"""A file of records against what was issued: what would be corrected, row by row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final, Literal

import msgspec

from mohar.domain.findings import Finding
from mohar.domain.record import Message, Record
from mohar.domain.values import Personal, at_path, with_values
from mohar.plugin import AmendingSource, Source
from mohar.reconciling.rules import Judge, Rules
from mohar.store import Store, Work
from mohar.store.rows import StoredCredential

RowState = Literal["unchanged", "differs", "not-found", "refused"]
_AT_ONCE: Final = 500


class KindToCompare(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be known of a kind: its source, its natural key and what its policy ignores."""

    name: str
    source: Source
    key: tuple[str, ...]
    ignored: tuple[str, ...] = ()

    def ignores(self, path: str) -> bool:
        """Say whether a difference at this path of the record is none."""
        return any(path == each or path.startswith(f"{each}.") for each in self.ignored)


class Row(Personal, frozen=True, kw_only=True):
    """
    What became clear about one record of a file; `number` counts from 1.

    `before` and `changes` are the values by their paths; `mark` tells this very correction from
    all others, and confirms no guess.
    """

    number: int
    state: RowState
    credential_id: str = ""
    before: dict[str, Any] = msgspec.field(default_factory=dict)
    changes: dict[str, Any] = msgspec.field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    mark: str = ""


class Plan(Personal, frozen=True, kw_only=True):
    """All rows, and the digest of the corrections in them."""

    kind: str
    digest: str
    rows: tuple[Row, ...]

    @property
    def differing(self) -> tuple[Row, ...]:
        """Return the rows that would be corrected."""
        return tuple(row for row in self.rows if row.state == "differs")


class Planner:
    """Compares files with a store; it changes nothing. `zone` is where a day begins."""

    def __init__(self, store: Store, kinds: Mapping[str, KindToCompare], zone: str) -> None:
        self._store = store
        self._kinds = kinds
        self._zone = zone

    def plan(self, kind_name: str, messages: Sequence[Message], rules: Rules) -> Plan:
        """
        Return what would be corrected, judged by what is issued now.

        Raises:
            Unavailable: the store did not answer.
        """
        kind = self._kinds[kind_name]
        judge = Judge(rules, kind.ignores, self._zone)
        seen: set[str] = set()
        rows: list[Row] = []
        for page in _pages(messages):
            with self._store.read() as work:
                rows += _Page(kind, judge, work, seen).rows(len(rows) + 1, page)
        marks = [row.mark for row in rows if row.mark]
        told = msgspec.json.encode(["plan", kind.name, rules.digest, sorted(marks)]).decode()
        with self._store.read() as work:
            digest = work.approvals.mark(told)
        return Plan(kind=kind.name, digest=digest, rows=tuple(rows))


class _Page:
    """Some rows of a file, judged in one look at the store."""

    def __init__(self, kind: KindToCompare, judge: Judge, work: Work, seen: set[str]) -> None:
        self._kind = kind
        self._judge = judge
        self._work = work
        self._seen = seen

    def rows(self, first: int, page: Sequence[Message]) -> list[Row]:
        records = self._kind.source.read(page)
        keys = [_key(record, self._kind.key) for record in records]
        wanted = list(dict.fromkeys(key for key in keys if key))
        newest = self._work.credentials.newest_of_keys(self._kind.name, wanted)
        kept = self._work.credentials.record_of([each.credential_id for each in newest.values()])
        numbered = enumerate(zip(records, keys, strict=True), first)
        rows = [
            self._row(number, record, key, newest.get(key), kept)
            for number, (record, key) in numbered
        ]
        return self._amended(rows, kept)

    def _row(
        self,
        number: int,
        record: Record,
        key: str,
        stored: StoredCredential | None,
        kept: Mapping[str, Record],
    ) -> Row:
        errors = tuple(finding for finding in record.findings if finding.is_error)
        if errors or not key:
            return Row(number=number, state="refused", findings=errors or (_NO_KEY,))
        if key in self._seen:
            return Row(number=number, state="refused", findings=(_REPEATED,))
        self._seen.add(key)
        if stored is None:
            return Row(number=number, state="not-found")
        before = kept.get(stored.credential_id)
        if stored.state != "current" or before is None:
            why = _GONE if stored.state == "current" else _NOT_CURRENT
            return Row(
                number=number, state="refused", credential_id=stored.credential_id, findings=(why,)
            )
        changes = self._judge.changes(before.content, record.content)
        return Row(
            number=number,
            state="differs" if changes else "unchanged",
            credential_id=stored.credential_id,
            changes=changes,
        )

    def _amended(self, rows: Sequence[Row], kept: Mapping[str, Record]) -> list[Row]:
        """Let the source say what the changes come to: what it makes anew was no difference."""
        differing = [row for row in rows if row.state == "differs"]
        source = self._kind.source
        if not isinstance(source, AmendingSource):
            return [_refused(row, _UNSUPPORTED) if row.changes else row for row in rows]
        changed = [_changed(kept[row.credential_id], row.changes) for row in differing]
        amended = dict(zip([row.number for row in differing], source.amend(changed), strict=True))
        return [
            self._settled(row, kept[row.credential_id].content, amended[row.number])
            if row.number in amended
            else row
            for row in rows
        ]

    def _settled(self, row: Row, before: dict[str, Any], amended: Record) -> Row:
        errors = tuple(finding for finding in amended.findings if finding.is_error)
        if errors:
            return msgspec.structs.replace(row, state="refused", changes={}, findings=errors)
        effective = self._judge.changes(before, amended.content)
        changes = {path: value for path, value in row.changes.items() if path in effective}
        if not changes:
            return msgspec.structs.replace(row, state="unchanged", changes={})
        told = ["change", self._kind.name, row.credential_id, changes]
        text = msgspec.json.encode(told, order="deterministic").decode()
        return msgspec.structs.replace(
            row,
            changes=changes,
            before={path: at_path(before, path) for path in changes},
            mark=self._work.approvals.mark(text),
        )


def _pages(messages: Sequence[Message]) -> Iterator[list[Message]]:
    rest = iter(messages)
    while page := list(islice(rest, _AT_ONCE)):
        yield page


def _key(record: Record, paths: Sequence[str]) -> str:
    parts = [at_path(record.content, path) for path in paths]
    if any(part in (None, "") for part in parts):
        return ""
    return msgspec.json.encode(parts).decode()


def _changed(record: Record, changes: Mapping[str, Any]) -> Record:
    return msgspec.structs.replace(record, content=with_values(record.content, changes))


def _refused(row: Row, why: Finding) -> Row:
    return msgspec.structs.replace(row, state="refused", changes={}, findings=(why,))


_NO_KEY: Final = Finding(
    code="no-natural-key", message="a part of the natural key is missing, so nothing can be found"
)
_REPEATED: Final = Finding(
    code="repeated-key", message="a record of the same natural key stands before it in the file"
)
_NOT_CURRENT: Final = Finding(
    code="not-current", message="the credential is revoked or suspended; nothing takes its place"
)
_GONE: Final = Finding(
    code="record-gone", message="the record behind the credential is no longer kept"
)
_UNSUPPORTED: Final = Finding(
    code="changes-unsupported", message="the source of this kind cannot tell what follows"
)
