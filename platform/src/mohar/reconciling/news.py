"""What is to be compared with what, and what was said about it, put together for each credential."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from mohar.domain.findings import Finding
from mohar.domain.reconciling import Comparison, Earlier
from mohar.domain.record import Record
from mohar.domain.values import Personal, tellable_paths
from mohar.plugin.caller import Answer
from mohar.store import Work
from mohar.store.rows import DueComparison, StoredCredential

# A superseded one may have been corrected by hand meanwhile; what its record says of others stands.
_SPEAKING: Final = ("current", "superseded")


class Case(Personal, frozen=True, kw_only=True):
    """A record that became a credential, and the credentials it is to be compared with."""

    due: DueComparison
    record: Record
    earlier: tuple[Earlier, ...]


class Told(Personal, frozen=True, kw_only=True):
    """What one plugin said, because of one record, about one earlier credential."""

    due: DueComparison
    plugin: str
    comparison: Comparison


def cases_of(work: Work, due: Sequence[DueComparison]) -> list[Case]:
    """Return the cases of what is due; a record with nothing before it is none."""
    numbers = [each.credential_id for each in due]
    stored = work.credentials.find(numbers)
    groups = work.credentials.current_in_group(numbers)
    others = {n: _before(stored[n], groups[n]) for n in numbers if stored[n].state in _SPEAKING}
    wanted = {
        number
        for n, found in others.items()
        if found
        for number in (n, *(each.credential_id for each in found))
    }
    records = work.credentials.record_of(sorted(wanted))
    return [
        Case(due=each, record=records[each.credential_id], earlier=earlier)
        for each in due
        if each.credential_id in records
        and (earlier := _with_records(others[each.credential_id], records))
    ]


def sound(answer: Answer, cases: Sequence[Case]) -> Answer:
    """Return a plugin's answer, as a failure where it is not one comparison list for each record."""
    if answer.error or answer.value is None or _is_sound(answer.value, cases):
        return answer
    return msgspec.structs.replace(answer, value=None, error="UnsoundAnswer", code="unexpected")


def told_by(answer: Answer, cases: Sequence[Case]) -> Iterator[Told]:
    """Return what a sound answer says, without the values that nobody knows."""
    for case, comparisons in zip(cases, answer.value or [()] * len(cases), strict=True):
        for each in comparisons:
            yield Told(due=case.due, plugin=answer.plugin, comparison=_known(each))


def joined(told: Iterable[Told]) -> list[Told]:
    """Return one answer for each plugin and earlier credential; the newer record has the word."""
    found: dict[tuple[str, str], Told] = {}
    for each in sorted(told, key=lambda each: each.due.noted_at):
        at = each.plugin, each.comparison.credential_id
        found[at] = _and(found[at], each) if at in found else each
    return list(found.values())


def facts_of(comparison: Comparison) -> dict[str, Any]:
    """Return what may be told of a comparison: names of fields, never values."""
    codes = [finding.code for finding in comparison.findings]
    result = "differs" if comparison.changes else "unclear" if codes else "agrees"
    return {
        "result": result,
        "changed": tellable_paths(comparison.changes),
        "reasons": {code: codes.count(code) for code in sorted(set(codes))},
    }


def is_unknown(value: object) -> bool:
    """Say whether a value says nothing: it must never take the place of another."""
    return value is None or (isinstance(value, str) and not value.strip()) or value in ([], {})


def _before(own: StoredCredential, group: Sequence[StoredCredential]) -> list[StoredCredential]:
    return [
        each
        for each in group
        if (each.kind, each.key_hash) != (own.kind, own.key_hash) and not _is_newer(each, own)
    ]


def _is_newer(other: StoredCredential, own: StoredCredential) -> bool:
    """What was corrected since knows more than a record from before that."""
    if other.cause != "correction" or other.issued_at is None or own.issued_at is None:
        return False
    return other.issued_at > own.issued_at


def _with_records(
    others: Sequence[StoredCredential], records: Mapping[str, Record]
) -> tuple[Earlier, ...]:
    return tuple(
        Earlier(
            credential_id=each.credential_id,
            issued_at=each.issued_at,
            record=records[each.credential_id],
        )
        for each in others
        if each.credential_id in records and each.issued_at is not None
    )


def _is_sound(value: object, cases: Sequence[Case]) -> bool:
    if not isinstance(value, list | tuple) or len(value) != len(cases):
        return False
    return all(
        isinstance(said, list | tuple)
        and all(
            isinstance(each, Comparison)
            and each.credential_id in {earlier.credential_id for earlier in case.earlier}
            for each in said
        )
        for said, case in zip(value, cases, strict=True)
    )


def _known(comparison: Comparison) -> Comparison:
    unknown = [path for path, value in comparison.changes.items() if is_unknown(value)]
    if not unknown:
        return comparison
    findings = [
        Finding(
            code="unknown-value",
            where=path,
            severity="warning",
            message="a value that is not known takes the place of none",
        )
        for path in unknown
    ]
    return msgspec.structs.replace(
        comparison,
        changes={p: value for p, value in comparison.changes.items() if p not in unknown},
        findings=(*comparison.findings, *findings),
    )


def _and(before: Told, after: Told) -> Told:
    """Of two that came together nobody knows which is right, so where they differ neither is."""
    one, two = before.comparison, after.comparison
    disputed = [
        path
        for path in one.changes
        if before.due.noted_at == after.due.noted_at
        and path in two.changes
        and one.changes[path] != two.changes[path]
    ]
    findings = [
        Finding(
            code="records-disagree",
            where=path,
            severity="warning",
            message="two records of one moment say different things about this credential",
        )
        for path in disputed
    ]
    changes = one.changes | two.changes
    return msgspec.structs.replace(
        after,
        comparison=Comparison(
            credential_id=two.credential_id,
            changes={p: value for p, value in changes.items() if p not in disputed},
            reason=two.reason or one.reason,
            findings=(*one.findings, *two.findings, *findings),
        ),
    )
