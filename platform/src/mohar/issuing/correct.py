"""What a correction is about: the record it leads to, and whether the kind's policy allows it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import msgspec

from mohar.domain.correction import Correction
from mohar.domain.findings import Finding
from mohar.domain.record import Message, Record
from mohar.domain.values import Personal, at_path, differing_paths, with_values
from mohar.issuing.draft import ItemDraft
from mohar.issuing.plan import CorrectionPlan, FieldPlan, KindPlan, covers
from mohar.plugin import AmendingSource
from mohar.store.rows import IntakeItem, StoredCredential
from mohar.store.store import Store, Work

_GONE: Final = Finding(
    code="record-gone",
    message="the record behind the credential is no longer kept; send a whole record",
)
_NOTHING: Final = Finding(
    code="nothing-to-correct",
    message="no credential of this kind has the id that is to be corrected",
)


_UNSUPPORTED: Final = Finding(
    code="changes-unsupported",
    message="the source of this kind cannot tell what follows from a change; send a whole record",
)


class Target(Personal, frozen=True, kw_only=True):
    """
    A credential that is to be corrected, its record where kept, and all of its revisions.

    `bodies` are those it has or was refused: what was not asked for is not issued now either.
    `is_followed` says that a later one of its group is current, where the kind's policy asks.
    """

    stored: StoredCredential
    record: Record | None
    revisions: tuple[StoredCredential, ...]
    bodies: tuple[str, ...]
    is_followed: bool = False


def read_items(store: Store, kind: KindPlan, items: Sequence[IntakeItem]) -> list[ItemDraft]:
    """
    Return a draft for each item; those that correct something know what, and if they may.

    Raises:
        Unavailable: the store did not answer; the same items may be read again.
    """
    told = [number for number, item in enumerate(items) if not _names_changes(item)]
    messages = [
        Message(content=items[number].content, variant=items[number].variant) for number in told
    ]
    read = dict(zip(told, kind.source.read(messages), strict=True))
    wishes = {
        number: wish
        for number, item in enumerate(items)
        if (wish := _wish(item, read.get(number))) is not None
    }
    if not wishes:
        return [ItemDraft(item, read[number], kind) for number, item in enumerate(items)]
    with store.read() as work:
        moved = _of_successors(work, wishes)
        wishes |= moved
        items = [_moved(item, moved.get(number)) for number, item in enumerate(items)]
        targets = _targets(work, kind, {wish.credential_id for wish in wishes.values()})
        read |= _amended(kind, targets, {n: wishes[n] for n in wishes if n not in read})
        return [
            _draft(work, _like_the_one_before(item, targets), read[n], kind, wishes.get(n), targets)
            for n, item in enumerate(items)
        ]


def _names_changes(item: IntakeItem) -> bool:
    return item.correction is not None and item.correction.changes is not None


def _wish(item: IntakeItem, record: Record | None) -> Correction | None:
    if item.correction is not None:
        return item.correction
    if record is None or not record.corrects:
        return None
    return Correction(credential_id=record.corrects, reason="", actor_id=f"source:{item.source}")


def _of_successors(work: Work, wishes: Mapping[int, Correction]) -> dict[int, Correction]:
    """Return those whose credential somebody else corrected first, as they are of what is current."""
    movable = {number: wish for number, wish in wishes.items() if wish.changes and wish.before}
    named = {wish.credential_id for wish in movable.values()}
    current = work.credentials.current_after(sorted(named)) if named else {}
    records = work.credentials.record_of(sorted(set(current.values()) - named))
    return {
        number: msgspec.structs.replace(wish, credential_id=successor)
        for number, wish in movable.items()
        if (successor := current.get(wish.credential_id, "")) in records
        and _is_still_true(wish, records[successor])
    }


def _is_still_true(wish: Correction, record: Record) -> bool:
    """What nobody looked at is not overwritten, and what is as wished is not issued again."""
    before, changes = wish.before or {}, wish.changes or {}
    now = {path: at_path(record.content, path) for path in changes}
    return now != changes and all(
        value in (before.get(path), changes[path]) for path, value in now.items()
    )


def _moved(item: IntakeItem, wish: Correction | None) -> IntakeItem:
    return msgspec.structs.replace(item, correction=wish) if wish else item


def _targets(work: Work, kind: KindPlan, numbers: Iterable[str]) -> dict[str, Target]:
    wanted = sorted(numbers)
    found = work.credentials.find(wanted)
    records = work.credentials.record_of(wanted)
    revisions = work.credentials.revisions(wanted)
    names = work.credentials.body_names(wanted)
    followed = _followed(work, kind, records)
    return {
        number: Target(
            stored=stored,
            record=records.get(number),
            revisions=revisions.get(number, ()),
            bodies=(*sorted(names[number]), *(each.name for each in stored.refused)),
            is_followed=number in followed,
        )
        for number, stored in found.items()
        if stored.issued_at is not None and stored.kind == kind.name
    }


def _followed(work: Work, kind: KindPlan, records: Mapping[str, Record]) -> frozenset[str]:
    """Return those after which a current credential of their group stands, by the policy's path."""
    path = kind.corrections.only_latest if kind.corrections else ""
    if not path:
        return frozenset()
    groups = work.credentials.current_in_group(list(records))
    others = {each.credential_id for group in groups.values() for each in group}
    places = {
        number: at_path(record.content, path)
        for number, record in {**work.credentials.record_of(list(others)), **records}.items()
    }
    return frozenset(
        number
        for number in records
        if any(_is_after(places.get(each.credential_id), places[number]) for each in groups[number])
    )


def _is_after(other: object, own: object) -> bool:
    numbers = isinstance(other, int | float) and isinstance(own, int | float)
    texts = isinstance(other, str) and isinstance(own, str)
    return (numbers or texts) and bool(other > own)  # type: ignore[operator] # of one sort


def _amended(
    kind: KindPlan, targets: Mapping[str, Target], wishes: Mapping[int, Correction]
) -> dict[int, Record]:
    """
    Return the records that changes lead to; the source makes anew what follows from them.

    What is issued once more is so from the record as it was kept.
    """
    changed = {
        number: _changed_record(wish, targets.get(wish.credential_id))
        for number, wish in wishes.items()
    }
    sound = [
        key
        for key, record in changed.items()
        if not record.findings and wishes[key].cause != "reissue"
    ]
    if isinstance(kind.source, AmendingSource):
        amended = kind.source.amend([changed[key] for key in sound])
        return changed | dict(zip(sound, amended, strict=True))
    return changed | {
        key: msgspec.structs.replace(changed[key], findings=(_UNSUPPORTED,)) for key in sound
    }


def _like_the_one_before(item: IntakeItem, targets: Mapping[str, Target]) -> IntakeItem:
    """A request gets the bodies that the credential has, and those it was refused before."""
    target = targets.get(item.correction.credential_id) if item.correction else None
    if target is None or item.bodies is not None:
        return item
    return msgspec.structs.replace(item, bodies=target.bodies)


def _draft(
    work: Work,
    item: IntakeItem,
    record: Record,
    kind: KindPlan,
    wish: Correction | None,
    targets: Mapping[str, Target],
) -> ItemDraft:
    draft = ItemDraft(item, record, kind)
    if wish is None:
        return draft
    draft.correction = wish
    target = targets.get(wish.credential_id)
    if target is None:
        draft.findings += () if _NOTHING in draft.findings else (_NOTHING,)
        return draft
    draft.may_be_outpaced = wish.before is not None and target.stored.state == "current"
    if target.record is not None:
        before, after = target.record.content, draft.record.content
        draft.changed = tuple(
            path for path in differing_paths(before, after) if not kind.ignores(path)
        )
    if draft.key and not work.credentials.has_key(target.stored, draft.key):
        draft.findings.append(_other_key(kind))
    if not draft.has_error and target.stored.state == "current":
        draft.findings += _against(draft, target, is_message=item.correction is None)
    return draft


def _changed_record(wish: Correction, target: Target | None) -> Record:
    """Return the kept record with the changes made; with an error finding where it cannot."""
    if target is None:
        return Record(content={}, findings=(_NOTHING,))
    if target.record is None:
        return Record(content={}, findings=(_GONE,))
    try:
        content = with_values(target.record.content, wish.changes or {})
    except ValueError:
        finding = Finding(
            code="changes-unusable", message="the changes name a path that this record cannot have"
        )
        return Record(content={}, findings=(finding,))
    return msgspec.structs.replace(target.record, content=content)


def _against(draft: ItemDraft, target: Target, *, is_message: bool) -> Iterator[Finding]:
    """What the policy of the kind says; a re-issue and a reconciliation use nothing up."""
    wish, plan = draft.correction, draft.kind.corrections
    assert wish is not None
    if wish.cause != "correction":
        return
    if plan is None or (is_message and not plan.by_message):
        yield Finding(
            code="not-correctable",
            message="this deployment takes no such corrections of this kind (`corrections:`)",
        )
        return
    if plan.evidence and not is_message and not wish.evidence:
        yield Finding(
            code="evidence-missing", message="name what proves the correction, in `evidence`"
        )
    if target.is_followed:
        yield Finding(
            code="not-the-latest",
            where=plan.only_latest,
            message="a later credential of the same group is current, and only the latest is corrected",
        )
    corrections = [each for each in target.revisions if each.cause == "correction"]
    if len(corrections) >= plan.limit:
        yield Finding(
            code="correction-limit",
            message=f"the credential was corrected {len(corrections)} times, and {plan.limit} "
            "times are allowed",
        )
    if plan.fields and target.record is None:
        yield _GONE
    for path in draft.changed if plan.fields else ():
        yield from _against_field(path, plan, corrections, is_message=is_message)


def _against_field(
    path: str,
    plan: CorrectionPlan,
    corrections: Sequence[StoredCredential],
    *,
    is_message: bool,
) -> Iterator[Finding]:
    field = next((each for each in plan.fields if covers(each.path, path)), None)
    if field is None or (field.by and ("message" if is_message else "request") not in field.by):
        yield Finding(
            code="field-not-correctable", where=path, message="this field is not corrected this way"
        )
        return
    used = sum(_touches(field, each) for each in corrections)
    if field.times is not None and used >= field.times:
        yield Finding(
            code="correction-limit",
            where=path,
            message=f"this field was corrected {used} times, and {field.times} times are allowed",
        )


def _touches(field: FieldPlan, earlier: StoredCredential) -> bool:
    return any(covers(field.path, path) for path in earlier.changed)


def _other_key(kind: KindPlan) -> Finding:
    return Finding(
        code="other-key",
        where=", ".join(kind.key),
        message="a correction keeps the natural key; this record is of another",
    )
