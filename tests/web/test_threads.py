"""Slow requests keep nobody else waiting."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from litestar import Litestar, get
from litestar.testing import TestClient

from mohar.web.threads import request_threads, threads_of_the_loop

_TOGETHER = 40


def test_many_requests_are_under_way_at_once() -> None:
    everybody = Barrier(_TOGETHER)

    @get("/", sync_to_thread=True)
    def wait_for_the_others() -> int:
        return everybody.wait(20)

    with (
        request_threads(),
        TestClient(Litestar([wait_for_the_others], logging_config=None)) as client,
        ThreadPoolExecutor(_TOGETHER) as callers,
    ):
        answers = [callers.submit(client.get, "/") for _ in range(_TOGETHER)]
        places = {each.result(20).json() for each in answers}

    assert places == set(range(_TOGETHER))


def test_those_who_wait_in_the_loop_have_threads_of_their_own() -> None:
    everybody = Barrier(_TOGETHER)

    @get("/")
    async def wait_for_the_others() -> int:
        return await asyncio.to_thread(everybody.wait, 20)

    app = Litestar([wait_for_the_others], logging_config=None, lifespan=[threads_of_the_loop])
    with TestClient(app) as client, ThreadPoolExecutor(_TOGETHER) as callers:
        answers = [callers.submit(client.get, "/") for _ in range(_TOGETHER)]
        places = {each.result(20).json() for each in answers}

    assert places == set(range(_TOGETHER))
