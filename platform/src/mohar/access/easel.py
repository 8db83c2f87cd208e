"""Pictures are drawn in batches, for all who ask at the same time: as many at once as are quick."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

import msgspec

from mohar.access.pictures import Page, Pictures
from mohar.access.together import Together
from mohar.domain.errors import InvalidInput, MoharError
from mohar.domain.findings import Refusal
from mohar.domain.rendition import Rendition, Shown, Wanted
from mohar.rendering.apart import DrawingBusy
from mohar.rendering.drawing import Drawing

Drawn: TypeAlias = "Rendition | MoharError"

# Nobody gets a picture before the last of its batch is drawn: that is to be no wait to speak of.
_BATCH_SECONDS: Final = 0.05
_MOST_AT_ONCE: Final = 16


class _Asked(msgspec.Struct, frozen=True):
    page: Page
    wanted: Wanted
    at: float


class Easel:
    """
    Draws pictures for all who ask at the same time, in the order in which they ask.

    One that cannot be drawn, or takes too long, costs its batch time and nothing else: the others of
    it are drawn anew, each by itself.
    """

    def __init__(
        self,
        drawing: Drawing,
        pictures: Pictures,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._seconds = seconds
        self._drawing = drawing
        self._pictures = pictures
        self._picture_seconds = _BATCH_SECONDS
        self._together: Together[_Asked, Drawn] = Together(
            self._draw_all, lanes=drawing.lanes, at_once=self._at_once
        )

    def draw(self, page: Page, wanted: Wanted) -> Drawn:
        """Return the picture, or why there is none. Raises Unavailable where its batch broke."""
        return self._together.ask(_Asked(page, wanted, self._seconds()))

    async def draw_soon(self, page: Page, wanted: Wanted) -> Drawn:
        """Return the same to one who waits in an event loop."""
        return await self._together.ask_soon(_Asked(page, wanted, self._seconds()))

    def _at_once(self) -> int:
        return max(1, int(_BATCH_SECONDS / self._picture_seconds))

    def _draw_all(self, batch: Sequence[_Asked]) -> Sequence[Drawn]:
        begun = self._seconds()
        drawn = self._drawn_of(batch, begun - self._drawing.patience_seconds)
        took = max((self._seconds() - begun) / len(batch), _BATCH_SECONDS / _MOST_AT_ONCE)
        self._picture_seconds = (self._picture_seconds + took) / 2
        return drawn

    def _drawn_of(self, batch: Sequence[_Asked], since: float) -> Sequence[Drawn]:
        drawn: dict[int, Drawn] = {}
        alike: dict[tuple[str, str], dict[int, Shown]] = defaultdict(dict)
        for number, asked in enumerate(batch):
            option = asked.page.option
            try:
                if asked.at < since:
                    raise DrawingBusy("too much is being drawn at this moment; ask again")
                shown = self._pictures.shown(asked.page, asked.wanted)
                alike[asked.page.secured.kind, option.name][number] = shown
            except MoharError as error:
                drawn[number] = error
        for (kind, name), wishes in alike.items():
            drawn.update(
                zip(wishes, self._same_sort(kind, name, list(wishes.values())), strict=True)
            )
        return [drawn[number] for number in range(len(batch))]

    def _same_sort(self, kind: str, name: str, requests: Sequence[Shown]) -> Sequence[Drawn]:
        try:
            return [_told(each) for each in self._drawing.draw(kind, name, requests)]
        except MoharError as error:
            if len(requests) == 1 or isinstance(error, DrawingBusy):
                return [error] * len(requests)
        return [drawn for each in requests for drawn in self._same_sort(kind, name, [each])]


def _told(drawn: Rendition | Refusal) -> Drawn:
    if isinstance(drawn, Refusal):
        return InvalidInput("this credential cannot be drawn like that", drawn.findings)
    return drawn
