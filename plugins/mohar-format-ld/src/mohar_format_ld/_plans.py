"""
Canonical forms, quickly where it is certain that quick and careful say the same.

For documents that come again and again in one shape a plan is learnt (`_probe`), compiled
(`_emitter`) and held against the careful path before it is used (`_fills`). After that one document
in so many takes both ways. The first difference ends a plan for good.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

import msgspec

from mohar.domain.errors import MoharError
from mohar.domain.values import JsonObject
from mohar_format_ld._canonical import Dialect, Quad
from mohar_format_ld._contexts import Contexts
from mohar_format_ld._expand import NOWHERE_SCHEME
from mohar_format_ld._fills import Fills
from mohar_format_ld._lines import Fallback
from mohar_format_ld._linked import Linked, LinkedData, context_urls
from mohar_format_ld._outline import Outline, Unusual, outline_of
from mohar_format_ld._plan import Plan
from mohar_format_ld._probe import learn

Key: TypeAlias = tuple[Any, ...]
"""
Dialect, contexts and types of a document. Where a part is not even hashable there is no plan.

Contexts stand in it by their URLs: in one format each URL has the same bytes for life.
"""

# Our own documents are worth a plan at once, a stranger's only when more of them come: learning
# costs as much as some thirty documents, and nobody is to spend more of our time than of his own.
_OWN_BEFORE_LEARNING: Final = 2
_STRANGERS_BEFORE_LEARNING: Final = 16
_MOST_PLANS: Final = 32
_MOST_MEMBERS: Final = 250
_FILLS: Final = 24
# How JSON text writes what is not signed; `\\n` for a backslash and an n is mistaken for it.
_CONTROLS: Final = re.compile(rb"\\(?:[bfnrt]|u00[01][0-9a-f]|u007f)|\x7f", re.IGNORECASE)


class _Wrong(Exception):
    """A plan that was just made and says something else than the careful path."""


class _Shelf:
    """What is known of the documents of one key."""

    def __init__(self, key: Key) -> None:
        self.key = key
        self.plan: Plan | None = None
        self.uses = 0
        self.outline: Outline | None = None
        self.news = 0
        self.failures = 0


class Plans:
    """
    Reads documents as `LinkedData` does, and gives the same answers.

    `report` is told the name of the dialect when a plan and the careful path differ. Safe to use
    from several threads.
    """

    def __init__(
        self,
        linked: LinkedData,
        contexts: Contexts,
        *,
        recheck_one_in: int,
        report: Callable[[str], None],
    ) -> None:
        self._linked = linked
        self._contexts = contexts
        self._recheck_one_in = recheck_one_in
        self._report = report
        self._shelves: OrderedDict[Key, _Shelf] = OrderedDict()
        # For good, so also for longer than a shelf is kept. It takes a fault of ours to get here.
        self._closed: set[Key] = set()
        self._learning = threading.Lock()

    def read(
        self,
        document: JsonObject,
        dialect: Dialect,
        *,
        before_signing: bool,
        text: bytes | None = None,
    ) -> Linked:
        """
        Return the canonical form of a document and everything that is lost on the way to it.

        `text` is JSON that the document stands in, where it is at hand.

        Raises:
            Unsafe: there is no canonical form that means what the JSON says.
            Unsupported: a context that is not pinned.
        """
        key = _key(document, dialect)
        shelf = self._find(key)
        if shelf and shelf.plan:
            nquads = _planned(shelf.plan, document, text, before_signing=before_signing)
            if nquads is not None:
                return self._sampled(
                    shelf, Linked(nquads=nquads, problems=(), hash=dialect.hash), document, dialect
                )
        linked = self._linked.read(document, dialect, before_signing=before_signing)
        if not linked.problems:
            self._note(key, document, dialect, before_signing=before_signing)
        return linked

    def _find(self, key: Key) -> _Shelf | None:
        try:
            self._shelves.move_to_end(key)
            return self._shelves[key]
        except (KeyError, TypeError):
            return None

    def _sampled(
        self, shelf: _Shelf, planned: Linked, document: JsonObject, dialect: Dialect
    ) -> Linked:
        shelf.uses += 1
        if shelf.uses % self._recheck_one_in:
            return planned
        try:
            careful = self._linked.read(document, dialect, before_signing=False)
        except MoharError:
            self._close(shelf, dialect)
            raise
        if careful != planned:
            self._close(shelf, dialect)
        return careful

    def _close(self, shelf: _Shelf, dialect: Dialect) -> None:
        self._closed.add(shelf.key)
        shelf.plan = None
        self._report(dialect.name)

    def _note(
        self, key: Key, document: JsonObject, dialect: Dialect, *, before_signing: bool
    ) -> None:
        """Remember the outline of a document that no plan covered, and learn when it is time."""
        if not self._learning.acquire(blocking=False):
            return
        try:
            shelf = self._shelf(key)
            if key in self._closed or not self._is_news(shelf, document):
                return
            shelf.news += 1
            if shelf.news >= _enough(shelf, before_signing=before_signing):
                shelf.news = 0
                self._learn(shelf, document["@context"], dialect)
        finally:
            self._learning.release()

    def _shelf(self, key: Key) -> _Shelf:
        shelf = self._shelves.setdefault(key, _Shelf(key))
        self._shelves.move_to_end(key)
        if len(self._shelves) > _MOST_PLANS:
            self._shelves.popitem(last=False)
        return shelf

    def _is_news(self, shelf: _Shelf, document: JsonObject) -> bool:
        """Unite the outlines seen; a document that falls back for its values alone is no news."""
        terms = self._contexts.terms(context_urls(document))
        try:
            outline = outline_of(document, terms)
        except Unusual:
            return False
        united = shelf.outline.united(outline) if shelf.outline else outline
        if united.size() > _MOST_MEMBERS:
            return False
        shelf.outline = united
        return shelf.plan is None or shelf.plan.outline != united

    def _learn(self, shelf: _Shelf, contexts: Any, dialect: Dialect) -> None:
        outline = shelf.outline
        assert outline is not None
        try:
            shelf.plan = self._proven(self._made(outline, contexts, dialect), contexts, dialect)
        except _Wrong:
            self._close(shelf, dialect)
        except Unusual:
            # What was just added cannot be learnt; what was learnt before still holds.
            shelf.failures += 1
            shelf.outline = shelf.plan.outline if shelf.plan else None

    def _made(self, outline: Outline, contexts: Any, dialect: Dialect) -> Plan:
        def ask(document: JsonObject) -> Sequence[Quad]:
            try:
                return self._linked.quads(document, dialect)
            except MoharError:
                raise Unusual from None

        described = learn(outline, contexts, ask)
        urls = contexts if isinstance(contexts, list) else [contexts]
        terms = self._contexts.terms(urls) | {NOWHERE_SCHEME}
        return Plan(outline, described, contexts, terms=terms, dialect=dialect)

    def _proven(self, plan: Plan, contexts: Any, dialect: Dialect) -> Plan:
        """Return the plan after it said the same as the careful path of documents at random."""
        fills = Fills(plan.described, contexts, seed=len(plan.outline.members))
        tame = fills.tame()
        if _planned(plan, tame, None, before_signing=False) is None:
            raise Unusual
        for document in (tame, *fills.hostile(_FILLS)):
            if _differs(plan, document, self._linked, dialect):
                raise _Wrong
        return plan


def _enough(shelf: _Shelf, *, before_signing: bool) -> int:
    """Return after how many documents with news it is time to learn; longer after each failure."""
    if not before_signing:
        return _STRANGERS_BEFORE_LEARNING << shelf.failures
    return (1 if shelf.plan else _OWN_BEFORE_LEARNING) << shelf.failures


def _differs(plan: Plan, document: JsonObject, linked: LinkedData, dialect: Dialect) -> bool:
    nquads = _planned(plan, document, None, before_signing=False)
    if nquads is None:
        return False
    try:
        careful = linked.read(document, dialect, before_signing=False)
    except MoharError:
        return True
    return bool(careful.problems) or careful.nquads != nquads


def _planned(
    plan: Plan, document: JsonObject, text: bytes | None, *, before_signing: bool
) -> str | None:
    """Return what the plan makes of a document, or None where it does not cover it."""
    try:
        known = msgspec.json.encode(document) if text is None else text
        is_plain = b"\\" not in known and b"\x7f" not in known
        if before_signing and not is_plain and _CONTROLS.search(known):
            return None
        return plan.nquads(document, is_plain=is_plain)
    except (Fallback, TypeError, ValueError, RecursionError):
        return None


def _key(document: Mapping[str, Any], dialect: Dialect) -> Key:
    contexts, types = document.get("@context"), document.get("type")
    return (
        dialect.name,
        tuple(contexts) if contexts.__class__ is list else contexts,
        tuple(types) if types.__class__ is list else types,
    )
