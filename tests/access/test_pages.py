"""Those who want pictures at the same moment have them found in one transaction, each its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from typing import Any

import pytest

from mohar.access.pages import FoundPage, Pages, PageWish
from mohar.access.permit import Permits, ScopePolicy
from mohar.access.pictures import Pictures
from mohar.assembly.house import House
from mohar.domain.access import Actor
from mohar.domain.errors import NotFound
from mohar.domain.rendition import Wanted
from mohar.plugin.caller import Answer
from mohar.store import Work
from mohar.store.vault import Damaged

PDF = Wanted(suffix="pdf", rendering="certificate")


def actor(*scopes: str) -> Actor:
    return Actor(actor_id="asker", name="test", scopes=frozenset(scopes))


def wish(number: str, wanted: Wanted = PDF, who: Actor | None = None) -> PageWish:
    return PageWish(actor=who or actor("read"), credential_id=number, wanted=wanted)


class ByScope:
    """Lets in whoever has a scope for it, and no plugin has a say."""

    def call(self, _hook: str, **asked: Any) -> list[Answer]:
        return [Answer(plugin="scopes", value=ScopePolicy().mohar_permit(**asked))]


class Held:
    """The store of a house, whose transactions wait until they may begin, and are counted."""

    def __init__(self, house: House) -> None:
        self._store = house.store
        self.may_begin = Event()
        self.has_begun = Event()
        self.transactions = 0

    @contextmanager
    def read(self) -> Iterator[Work]:
        self.has_begun.set()
        self.may_begin.wait(10)
        self.transactions += 1
        with self._store.read() as work:
            yield work


def found(house: House, wishes: Sequence[PageWish]) -> tuple[list[FoundPage], int]:
    """Return what becomes of wishes that come while the first is under way, and the transactions."""
    held, caller = Held(house), ByScope()
    pages: Any = Pages(held, Permits(caller), Pictures(house.drawing))  # type: ignore[arg-type] # ones that can be held
    with ThreadPoolExecutor(len(wishes)) as pool:
        first = pool.submit(pages.ask, wishes[0])
        held.has_begun.wait(10)
        others = [pool.submit(pages.ask, each) for each in wishes[1:]]
        while len(pages._together._waiting) < len(others):
            pass
        held.may_begin.set()
        return [each.result(10) for each in (first, *others)], held.transactions


class TestPages:
    def test_each_gets_its_own_from_one_transaction(
        self, house: House, numbers: Sequence[str]
    ) -> None:
        wishes = [wish(numbers[0]), wish(numbers[1]), wish(numbers[0])]

        told, transactions = found(house, wishes)

        drawn = [each.page.secured.credential_id for each in told if each.page]
        assert drawn == [each.credential_id for each in wishes]
        assert transactions == 2

    def test_what_is_not_drawn_for_one_is_drawn_for_the_others(
        self, house: House, numbers: Sequence[str]
    ) -> None:
        number = numbers[0]

        (unknown, odd, shut_out, formless, fine), _ = found(
            house,
            [
                wish("654321"),
                wish("no id\0"),
                wish(number, who=actor()),
                wish(number, Wanted(suffix="docx")),
                wish(number),
            ],
        )

        assert (unknown, odd) == (FoundPage(), FoundPage())
        assert shut_out.stored is not None
        assert (shut_out.may_read, shut_out.page, shut_out.why_not) == (False, None, None)
        assert formless.may_read
        assert isinstance(formless.why_not, NotFound)
        assert fine.page is not None

    def test_all_that_stands_on_the_paper_is_told(
        self, house: House, numbers: Sequence[str]
    ) -> None:
        """
        Two doses of one person are on either paper.
        """
        (one, other), _ = found(house, [wish(numbers[0]), wish(numbers[1])])

        for each in (one, other):
            assert each.page is not None
            assert {shown.credential_id for shown in each.page.shown} == set(numbers[:2])

    def test_what_does_not_open_keeps_nobody_else_from_theirs(
        self, house: House, numbers: Sequence[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        safe, harmed_body = house.store._current(), "domestic"
        real = safe.open

        def opened(place: str, sealed: bytes) -> bytes:
            if f"{place}/".endswith(f"/{harmed_body}/"):
                raise Damaged("a value of body.content does not open")
            return real(place, sealed)

        monkeypatch.setattr(safe, "open", opened)
        png = Wanted(suffix="png", body="eu")

        (harmed, other), _ = found(
            house, [wish(numbers[0], Wanted(suffix="pdf", body="domestic")), wish(numbers[0], png)]
        )

        assert isinstance(harmed.why_not, Damaged)
        assert other.page is not None
