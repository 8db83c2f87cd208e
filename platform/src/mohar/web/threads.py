"""How many requests are under way at once in one process."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final

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
