"""Pictures that are drawn together: each caller gets its own, or why there is none."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

import pytest

from mohar.access.easel import Drawn, Easel
from mohar.access.pictures import Page, Pictures
from mohar.assembly.house import House
from mohar.domain.errors import Failed, InvalidInput, Unavailable
from mohar.domain.findings import Finding, Refusal
from mohar.domain.rendition import Rendition, Shown, Wanted
from mohar.rendering.apart import DrawingBusy

ROUNDS = 40
PDF = Wanted(suffix="pdf", rendering="certificate")


class Drawing:
    """Draws the language that is asked for, if it is none of those that bring trouble."""

    def __init__(self, house: House, *, patience_seconds: float = 60.0) -> None:
        self._real = house.drawing
        self.lanes = 1
        self.patience_seconds = patience_seconds
        self.batches: list[list[str]] = []

    def shown_for(self, *asked: Any, **more: Any) -> Shown:
        return self._real.shown_for(*asked, **more)

    def draw(
        self, _kind: str, _name: str, requests: Sequence[Shown]
    ) -> Sequence[Rendition | Refusal]:
        wanted = [each.language for each in requests]
        self.batches.append(wanted)
        if "breaks" in wanted:
            raise Failed("the renderer broke")
        return [self._one(each) for each in wanted]

    def _one(self, language: str) -> Rendition | Refusal:
        if language == "refused":
            return Refusal(findings=(Finding(code="no", message="not this"),))
        return Rendition(media_type="text/plain", suffix="txt", content=language.encode())


@pytest.fixture(scope="module")
def page(house: House, numbers: Sequence[str]) -> Page:
    """The page of a credential."""
    with house.store.read() as work:
        stored, kept = work.credentials.with_groups([numbers[0]])[numbers[0]]
    return Pictures(house.drawing).page(stored, kept, PDF)


def drawn(
    drawing: Any,
    page: Page,
    languages: Sequence[str],
    *,
    seconds: Callable[[], float] = time.monotonic,
) -> list[Drawn]:
    """Ask for the page in several languages at the same time."""
    easel = Easel(drawing, Pictures(drawing), seconds)

    async def ask() -> list[Drawn]:
        wishes = [Wanted(suffix="pdf", language=each) for each in languages]
        return list(await asyncio.gather(*(easel.draw_soon(page, each) for each in wishes)))

    return asyncio.run(ask())


def told(answers: Sequence[Drawn]) -> list[object]:
    return [
        each.content.decode() if isinstance(each, Rendition) else type(each) for each in answers
    ]


class TestEasel:
    def test_each_gets_its_own_in_the_order_of_asking(self, house: House, page: Page) -> None:
        drawing, languages = Drawing(house), [f"l{number}" for number in range(ROUNDS)]

        answers = drawn(drawing, page, languages)

        assert told(answers) == languages
        assert [each for batch in drawing.batches for each in batch] == languages
        assert 1 < max(map(len, drawing.batches)) <= 16

    def test_what_is_refused_is_told_to_its_caller_alone(self, house: House, page: Page) -> None:
        languages = ["en", "refused", "hi"] * 4

        answers = drawn(Drawing(house), page, languages)

        assert told(answers) == ["en", InvalidInput, "hi"] * 4
        refused = answers[1]
        assert isinstance(refused, InvalidInput)
        assert [each.code for each in refused.findings] == ["no"]

    def test_what_breaks_costs_its_batch_time_and_nothing_else(
        self, house: House, page: Page
    ) -> None:
        languages = ["en", "hi", "breaks", "ta"] * 4

        answers = drawn(Drawing(house), page, languages)

        assert told(answers) == ["en", "hi", Failed, "ta"] * 4

    def test_who_waited_too_long_is_told_to_ask_again(self, house: House, page: Page) -> None:
        answers = drawn(Drawing(house, patience_seconds=-1.0), page, ["en", "hi"])

        assert told(answers) == [DrawingBusy, DrawingBusy]
        assert all(isinstance(each, Unavailable) for each in answers)

    def test_pages_that_are_slow_are_drawn_one_at_a_time(self, house: House, page: Page) -> None:
        """
        By a clock that says another second whenever it is looked at.
        """
        drawing, clock = Drawing(house), count()

        answers = drawn(drawing, page, ["en"] * 6, seconds=lambda: float(next(clock)))

        assert told(answers) == ["en"] * 6
        assert [len(batch) for batch in drawing.batches] == [1] * 6
