"""Files of records: durable as they were sent, then taken row by row, from where the last try ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from mohar.domain.access import Actor
from mohar.domain.clock import Clock
from mohar.domain.credential import Outcome
from mohar.domain.errors import Conflict, NotFound, Unavailable
from mohar.domain.findings import Finding
from mohar.domain.record import Message
from mohar.domain.values import Personal
from mohar.plugin import Source, Telemetry
from mohar.receiving.backlog import Backlog
from mohar.receiving.files import FileForm, RecordFile, Row, batches, form_of
from mohar.store import Store, Work
from mohar.store.rows import KeptUpload, NewItem, NewSubmission, NewUpload

_BATCH: Final = 500
_LEASE_SECONDS: Final = 120.0
_MOST_LISTED: Final = 200
_FORGOTTEN_AT_ONCE: Final = 20
_LONGEST_NAME: Final = 200


class Progress(Personal, frozen=True, kw_only=True):
    """
    An upload, and how many of its rows came to what.

    `rows` has a number for each state, `unreadable` among them; `is_complete` when every row was
    taken. `last_row` is how far it was read.
    """

    submission_id: str
    name: str
    received_at: datetime
    is_complete: bool
    last_row: int
    rows: Mapping[str, int]


class WrongRow(Personal, frozen=True, kw_only=True):
    """A row that led to no credential, and why; `cells` while the file is kept."""

    row: int
    state: str
    findings: tuple[Finding, ...]
    cells: tuple[str, ...] = ()


class WrongRows(Personal, frozen=True, kw_only=True):
    """The header of the file, and its wrong rows in order."""

    columns: tuple[str, ...]
    rows: tuple[WrongRow, ...]


class Uploads:
    """
    Takes files in.

    `source_of` returns the name and the source of a kind; `new_id` makes ids nobody can guess.
    """

    def __init__(
        self,
        *,
        store: Store,
        source_of: Callable[[str], tuple[str, Source]],
        clock: Clock,
        new_id: Callable[[], str],
        backlog: Backlog,
    ) -> None:
        self._store = store
        self._source_of = source_of
        self._clock = clock
        self._new_id = new_id
        self._backlog = backlog

    def accept(
        self,
        actor: Actor,
        kind: str,
        name: str,
        data: bytes,
        *,
        variant: str = "",
        idempotency_key: str | None = None,
    ) -> str:
        """
        Keep a file; return the id of its submission, durable when this returns.

        Raises:
            InvalidInput: it is of no form that is read, empty, or lacks columns; all are named.
            Conflict: the idempotency key was used for another file.
            TooManyWaiting: see `Backlog`; nothing was kept.
            Unavailable: nothing was kept; the same call may be made again.
        """
        source_name, source = self._source_of(kind)
        form = form_of(name, data)
        RecordFile(form=form, data=data, variant=variant).must_fit(source)
        self._backlog.must_have_room()
        submission = NewSubmission(
            submission_id=self._new_id(),
            kind=kind,
            actor_id=actor.actor_id,
            source=source_name,
            idempotency_key=idempotency_key,
            received_at=self._clock(),
        )
        new = NewUpload(name=name[:_LONGEST_NAME], form=form, variant=variant, data=data)
        with self._store.begin() as work:
            if work.uploads.add(submission, new):
                return submission.submission_id
            return _same_as_before(work, submission, data)

    def messages(self, kind: str, name: str, data: bytes, variant: str = "") -> Iterator[Message]:
        """
        Read a file before it is accepted, as it is asked for row by row; nothing of it is kept.

        Raises:
            InvalidInput: it is of no form that is read, empty, or lacks columns; all are named.
        """
        _, source = self._source_of(kind)
        file = RecordFile(form=form_of(name, data), data=data, variant=variant)
        file.must_fit(source)
        yield from (row.message for row in file.rows(source) if row.message is not None)

    def progress(self, actor: Actor, submission_id: str) -> Progress | None:
        """Return how far an upload is; None where it is no file. Raises NotFound for others'."""
        with self._store.read() as work:
            kept = work.uploads.find(submission_id)
            return _progress(work, _own(actor, kept)) if kept else None

    def listed(self, actor: Actor, kind: str) -> Sequence[Progress]:
        """Return the actor's own last uploads of a kind, the newest first."""
        with self._store.read() as work:
            kept = work.uploads.of_actor(kind, actor.actor_id, _MOST_LISTED)
            return [_progress(work, each) for each in kept]

    def wrong_rows(self, actor: Actor, submission_id: str) -> WrongRows:
        """
        Return the rows that led to no credential so far; of no file, its items.

        Raises:
            NotFound: there is no such submission, or it is another actor's.
        """
        with self._store.read() as work:
            submission = work.intake.find_submission(submission_id)
            if submission is None or not _may_see(actor, submission.actor_id, submission.kind):
                raise NotFound("there is no such submission of yours")
            dead = {each.position: each for each in work.dead.of_submission(submission_id)}
            unreadable = work.uploads.unreadable(submission_id)
            kept = work.uploads.find(submission_id)
            data = work.uploads.data(submission_id) if kept else None
        wrong = [
            *(
                WrongRow(row=number, state=each.state, findings=_findings(each.outcome))
                for number, each in dead.items()
            ),
            *(
                WrongRow(row=number, state="unreadable", findings=(finding,))
                for number, finding in unreadable.items()
            ),
        ]
        ordered = sorted(wrong, key=lambda each: each.row)
        if kept is None or data is None:
            return WrongRows(columns=(), rows=tuple(ordered))
        return self._with_cells(kept, data, ordered)

    def _with_cells(self, kept: KeptUpload, data: bytes, wrong: Sequence[WrongRow]) -> WrongRows:
        file, (_, source) = _file(kept, data), self._source_of(kept.kind)
        wanted = {each.row for each in wrong}
        cells = {row.number: row.cells for row in file.rows(source) if row.number in wanted}
        filled = [msgspec.structs.replace(each, cells=cells.get(each.row, ())) for each in wrong]
        return WrongRows(columns=file.columns(), rows=tuple(filled))


class Unpacking:
    """
    Lets the rows of uploads wait to be issued. A job of the worker; run it on any number.

    It takes one batch a round, so that a long file keeps no other work waiting. What a process has
    taken when it dies stays taken, and the next one goes on behind it.
    """

    def __init__(
        self,
        *,
        store: Store,
        source_of: Callable[[str], tuple[str, Source]],
        backlog: Backlog,
        telemetry: Telemetry,
        clock: Clock,
        worker: str,
        keep: timedelta,
    ) -> None:
        self._store = store
        self._source_of = source_of
        self._backlog = backlog
        self._telemetry = telemetry
        self._clock = clock
        self._worker = worker
        self._keep = keep
        self._reading: tuple[KeptUpload, Iterator[Sequence[Row]]] | None = None
        self._was_interrupted = False

    def run_once(self) -> int:
        """
        Take some rows of the oldest upload, and return how many.

        Raises:
            Unavailable: the store did not answer; the next round goes on.
        """
        if self._backlog.is_full():
            return 0
        try:
            return self._next()
        except Unavailable:
            # Its lease is still ours, and no other failure is: a file that fails must let others by.
            self._was_interrupted = True
            raise

    def _next(self) -> int:
        if self._reading is None:
            with self._store.begin() as work:
                kept = work.uploads.claim(
                    self._worker, _LEASE_SECONDS, also_own=self._was_interrupted
                )
                data = work.uploads.data(kept.submission_id) if kept else None
                if kept is None:
                    return work.uploads.forget(self._clock() - self._keep, _FORGOTTEN_AT_ONCE)
            self._was_interrupted = False
            self._reading = kept, self._batches(kept, data or b"")
        return self._go_on(*self._reading)

    def _batches(self, kept: KeptUpload, data: bytes) -> Iterator[Sequence[Row]]:
        _, source = self._source_of(kept.kind)
        return batches(_file(kept, data).rows(source, after=kept.last_row), _BATCH)

    def _go_on(self, kept: KeptUpload, rest: Iterator[Sequence[Row]]) -> int:
        """Whatever goes wrong, the file is claimed and read again from where the store says."""
        self._reading = None
        batch = next(rest, None)
        if batch is None:
            with self._store.begin() as work:
                work.uploads.finish(kept, self._worker)
            self._telemetry.log("upload.taken", kind=kept.kind)
            return 1
        if self._take(kept, batch):
            self._backlog.add(len(batch))
            self._reading = kept, rest
        return len(batch)

    def _take(self, kept: KeptUpload, batch: Sequence[Row]) -> bool:
        items = [
            NewItem(
                position=row.number,
                variant=row.message.variant,
                content=row.message.content,
                correction=row.message.correction,
            )
            for row in batch
            if row.message
        ]
        unreadable = {row.number: row.finding for row in batch if row.finding}
        with self._store.begin() as work:
            return work.uploads.take(
                kept,
                self._worker,
                items,
                unreadable,
                last_row=batch[-1].number,
                lease_seconds=_LEASE_SECONDS,
            )


def _same_as_before(work: Work, new: NewSubmission, data: bytes) -> str:
    assert new.idempotency_key is not None
    earlier = work.intake.by_idempotency_key(new.actor_id, new.idempotency_key)
    kept = work.uploads.find(earlier.submission_id) if earlier else None
    if kept is None or kept.kind != new.kind or kept.file_hash != work.uploads.file_hash(data):
        raise Conflict("this idempotency key was used for something else: take a new key")
    return kept.submission_id


def _file(kept: KeptUpload, data: bytes) -> RecordFile:
    return RecordFile(form=msgspec.convert(kept.form, FileForm), data=data, variant=kept.variant)


def _own(actor: Actor, kept: KeptUpload) -> KeptUpload:
    if not _may_see(actor, kept.actor_id, kept.kind):
        raise NotFound("there is no such submission of yours")
    return kept


def _may_see(actor: Actor, actor_id: str, kind: str) -> bool:
    return actor.actor_id == actor_id or actor.may("operate", kind)


def _progress(work: Work, kept: KeptUpload) -> Progress:
    return Progress(
        submission_id=kept.submission_id,
        name=kept.name,
        received_at=kept.received_at,
        is_complete=kept.is_complete,
        last_row=kept.last_row,
        rows=work.uploads.counts(kept.submission_id),
    )


def _findings(outcome: Outcome | None) -> tuple[Finding, ...]:
    if outcome is None:
        return ()
    of_bodies = [finding for body in outcome.bodies for finding in body.findings]
    return tuple(each for each in (*outcome.findings, *of_bodies) if each.is_error)
