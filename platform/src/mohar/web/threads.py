"""How many requests are under way at once in one process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from typing import Final

from litestar import Litestar
from litestar.concurrency import set_asyncio_executor

_THREADS: Final = 64


@contextmanager
def request_threads() -> Iterator[None]:
    """
    Give the requests of this process threads to be answered in, until the end of the block.

    They mostly wait: for the database, or for a process that draws. Python's own choice is a few
    more than there are cores, and so few slow ones would keep everybody else waiting.
    """
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="request") as threads:
        set_asyncio_executor(threads)
        try:
            yield
        finally:
            set_asyncio_executor(None)


@asynccontextmanager
async def threads_of_the_loop(_: Litestar, *, held: int = 0) -> AsyncIterator[None]:
    """
    Give the event loop threads that work for all who wait in it, beside those of the requests.

    So many as are `held` for long (each process that draws has one) keep nobody waiting who reads or
    writes something down. The loop ends them.
    """
    threads = ThreadPoolExecutor(_THREADS + held, thread_name_prefix="loop")
    asyncio.get_running_loop().set_default_executor(threads)
    yield
