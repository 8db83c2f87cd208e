"""Those who want pictures at the same moment have them found in one transaction, each its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
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
from mohar.store import Store
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


Found = Callable[[Sequence[PageWish]], tuple[list[FoundPage], int]]


@pytest.fixture
def found(
    house: House, held: Callable[[Store], Any], meanwhile: Callable[..., list[Future[FoundPage]]]
) -> Found:
    """Return a function that asks while the first is under way, and counts the transactions."""

    def ask(wishes: Sequence[PageWish]) -> tuple[list[FoundPage], int]:
        store, caller = held(house.store), ByScope()
        pages = Pages(store, Permits(caller), Pictures(house.drawing))  # type: ignore[arg-type] # no plugin
        ended = meanwhile(store, pages._together, pages.ask, wishes)
        return [each.result() for each in ended], store.transactions

    return ask


class TestPages:
    def test_each_gets_its_own_from_one_transaction(
        self, found: Found, numbers: Sequence[str]
    ) -> None:
        wishes = [wish(numbers[0]), wish(numbers[1]), wish(numbers[0])]

        told, transactions = found(wishes)

        drawn = [each.page.secured.credential_id for each in told if each.page]
        assert drawn == [each.credential_id for each in wishes]
        assert transactions == 2

    def test_what_is_not_drawn_for_one_is_drawn_for_the_others(
        self, found: Found, numbers: Sequence[str]
    ) -> None:
        number = numbers[0]

        (unknown, odd, shut_out, formless, fine), _ = found(
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
        self, found: Found, numbers: Sequence[str]
    ) -> None:
        """
        Two doses of one person are on either paper.
        """
        (one, other), _ = found([wish(numbers[0]), wish(numbers[1])])

        for each in (one, other):
            assert each.page is not None
            assert {shown.credential_id for shown in each.page.shown} == set(numbers[:2])

    def test_what_does_not_open_keeps_nobody_else_from_theirs(
        self, house: House, found: Found, numbers: Sequence[str], monkeypatch: pytest.MonkeyPatch
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
            [wish(numbers[0], Wanted(suffix="pdf", body="domestic")), wish(numbers[0], png)]
        )

        assert isinstance(harmed.why_not, Damaged)
        assert other.page is not None
