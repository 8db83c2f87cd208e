"""Processes that draw: what one costs that hangs, dies or breaks."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from mohar.domain.credential import Secured
from mohar.domain.errors import Failed, Unavailable
from mohar.domain.findings import Refusal
from mohar.domain.rendition import Rendition, Shown
from mohar.rendering.apart import Apart, DrawingBusy, DrawingTooSlow
from mohar.rendering.drawing import Drawing, NamedRendering

MARKED = "Marked Person 9876543210"
# What a process that draws runs must be importable by its name.
STUB = """
import os
import time
from pathlib import Path

from mohar.domain.errors import ConfigError
from mohar.domain.findings import Finding, Refusal
from mohar.domain.rendition import Rendition


class Stub:
    def __init__(self, folder):
        self.folder = Path(folder)

    def render(self, requests):
        return [self.one(each.secured.content.decode()) for each in requests]

    def one(self, order):
        if order == "die" or (order == "die once" and not (self.folder / "died").exists()):
            (self.folder / "died").touch()
            os._exit(1)
        if order == "hang":
            time.sleep(60)
        if order == "fail":
            raise KeyError("{marked}")
        if order == "refuse":
            return Refusal(findings=(Finding(code="no", message="not this"),))
        if order == "meet":
            (self.folder / str(os.getpid())).touch()
            while len(list(self.folder.glob("[0-9]*"))) < 2:
                time.sleep(0.01)
        return Rendition(media_type="text/plain", suffix="txt", content=str(os.getpid()).encode())


def open_stubs(folder):
    if (Path(folder) / "closed").exists():
        raise ConfigError("closed today")
    (Path(folder) / "opened").touch()
    return {("membership", "card"): Stub(folder)}
""".replace("{marked}", MARKED)

Make = Callable[..., Secured]


@pytest.fixture
def stubs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Any]]:
    """Renderers to open in another process, which do what a credential says."""
    (tmp_path / "stub_renderers.py").write_text(STUB, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    yield partial(import_module("stub_renderers").open_stubs, str(tmp_path))
    sys.modules.pop("stub_renderers")


@pytest.fixture
def asked(secured: Make) -> Callable[[str], Shown]:
    """Return a function that makes a request from what is to be done."""

    def shown(order: str = "") -> Shown:
        one = secured(order.encode())
        return Shown(secured=one, group=(one,), carriers=(), language="und")

    return shown


@contextmanager
def apart(stubs: Callable[[], Any], processes: int = 1, seconds: float = 30.0) -> Iterator[Apart]:
    made = Apart(stubs, processes, deadline_seconds=seconds)
    try:
        yield made
    finally:
        made.close()


def drawn(made: Apart, *requests: Shown) -> list[bytes]:
    answers = made.draw("membership", "card", requests)
    return [each.content for each in answers if isinstance(each, Rendition)]


class TestApart:
    def test_another_process_draws_and_stays(
        self, stubs: Callable[[], Any], asked: Callable[..., Shown]
    ) -> None:
        with apart(stubs, 2) as made:
            first, again = drawn(made, asked(), asked()), drawn(made, asked())

        assert len(set(first + again)) == 1
        assert len(first) == 2
        assert int(first[0]) != os.getpid()

    def test_nothing_is_started_before_the_first_picture(
        self, stubs: Callable[[], Any], tmp_path: Path
    ) -> None:
        with apart(stubs, 2):
            pass

        assert not (tmp_path / "opened").exists()

    def test_two_draw_at_the_same_moment(
        self, stubs: Callable[[], Any], asked: Callable[..., Shown]
    ) -> None:
        with apart(stubs, 2) as made, ThreadPoolExecutor(2) as callers:
            both = [callers.submit(drawn, made, asked("meet")) for _ in range(2)]
            processes = {each.result(30)[0] for each in both}

        assert len(processes) == 2

    def test_one_that_hangs_is_ended_and_the_next_picture_is_drawn(
        self, stubs: Callable[[], Any], asked: Callable[..., Shown]
    ) -> None:
        with apart(stubs, seconds=0.5) as made:
            (before,) = drawn(made, asked())
            with pytest.raises(DrawingTooSlow, match="not drawn in time"):
                drawn(made, asked("hang"))
            (after,) = drawn(made, asked())

        assert before != after
        with pytest.raises(ProcessLookupError):
            os.kill(int(before), 0)

    def test_who_finds_none_free_in_time_is_told_so(
        self, stubs: Callable[[], Any], asked: Callable[..., Shown]
    ) -> None:
        with apart(stubs, seconds=1.0) as made, ThreadPoolExecutor(1) as other:
            drawn(made, asked())
            made.deadline_seconds = 1.5
            busy = other.submit(drawn, made, asked("hang"))
            while made._free.qsize():
                pass
            made.deadline_seconds = 0.2
            with pytest.raises(DrawingBusy, match="too much is being drawn"):
                drawn(made, asked())
            with pytest.raises(DrawingTooSlow):
                busy.result(30)

    @pytest.mark.parametrize("order", ["die once", ""])
    def test_one_that_dies_costs_a_retry(
        self, stubs: Callable[[], Any], asked: Callable[..., Shown], order: str
    ) -> None:
        with apart(stubs) as made:
            (before,) = drawn(made, asked())
            if not order:
                os.kill(int(before), signal.SIGKILL)
            (after,) = drawn(made, asked(order))

        assert before != after

    def test_where_each_one_dies_nothing_is_drawn_and_others_are(
        self, stubs: Callable[[], Any], asked: Callable[..., Shown]
    ) -> None:
        with apart(stubs) as made:
            with pytest.raises(Unavailable, match="keep dying; nothing was drawn"):
                drawn(made, asked("die"))

            assert drawn(made, asked())

    def test_a_refusal_comes_back_and_a_bug_without_its_text(
        self, stubs: Callable[[], Any], asked: Callable[..., Shown]
    ) -> None:
        with apart(stubs) as made:
            (refused,) = made.draw("membership", "card", [asked("refuse")])
            with pytest.raises(Failed, match="drawing failed with KeyError at stub_") as bug:
                drawn(made, asked("fail"))

        assert isinstance(refused, Refusal)
        assert MARKED not in str(bug.value)

    def test_renderers_that_cannot_be_opened_are_tried_again(
        self, stubs: Callable[[], Any], asked: Callable[..., Shown], tmp_path: Path
    ) -> None:
        (tmp_path / "closed").touch()
        with apart(stubs) as made:
            with pytest.raises(Unavailable, match="closed today"):
                drawn(made, asked())
            (tmp_path / "closed").unlink()

            assert drawn(made, asked())


class TestDrawing:
    def test_what_was_drawn_apart_is_kept_here(
        self, stubs: Callable[[], Any], drawing: Drawing, secured: Make, renderer: Any
    ) -> None:
        card = NamedRendering(kind="membership", name="card", renderer=renderer)
        made = Apart(stubs, 1, deadline_seconds=30.0)
        room = Drawing([card], drawing._formats, 1000, made)
        request = room.shown_for(secured())

        first, again = (room.draw("membership", "card", [request]) for _ in range(2))
        room.close()

        assert first == again
        assert renderer.batches == []

    def test_a_renderer_that_breaks_here_is_told_without_its_text(
        self, drawing: Drawing, secured: Make, renderer: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def break_down(_: object) -> None:
            raise KeyError(MARKED)

        monkeypatch.setattr(renderer, "render", break_down)

        with pytest.raises(Failed, match="drawing failed with KeyError") as bug:
            drawing.draw("membership", "card", [drawing.shown_for(secured())])
        assert MARKED not in str(bug.value)
