"""
The straight intake: what anybody would write first, and what ours is measured against.

The same web framework and the same database: each request looks its key up, and each record of it
is read, written and committed by itself.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import msgspec
import sqlalchemy as sa
import uvicorn
from litestar import Litestar, Request, Response, get, post
from litestar.params import RawBody

from mohar.testing.benches.programs import HOST, Door, free_port, wait_for

_PATH: Final = "/records"
_READY: Final = "/ready"
_STOP_SECONDS: Final = 30.0
_TABLES: Final = (
    "CREATE TABLE straight_caller (secret_hash text PRIMARY KEY)",
    (
        "CREATE TABLE straight_record (record_id text PRIMARY KEY, content jsonb NOT NULL,"
        " received_at timestamptz NOT NULL DEFAULT now())"
    ),
)


@contextmanager
def straight_intake(url: str) -> Iterator[Door]:
    """Serve the straight intake, in a process of its own, for the length of a block."""
    secret, port = secrets.token_hex(), free_port()
    _make_tables(url, secret)
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_serve, args=(url, port), daemon=True)
    process.start()
    try:
        wait_for(port, _READY)
        yield Door(port=port, path=_PATH, headers={"Authorization": f"Bearer {secret}"})
    finally:
        process.terminate()
        process.join(_STOP_SECONDS)


def _make_tables(url: str, secret: str) -> None:
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        for statement in _TABLES:
            connection.exec_driver_sql(statement)
        connection.execute(
            sa.text("INSERT INTO straight_caller VALUES (:hash)"), {"hash": _hash(secret)}
        )
    engine.dispose()


def _serve(url: str, port: int) -> None:
    uvicorn.run(_app(sa.create_engine(url)), host=HOST, port=port, log_level="error")


def _app(engine: sa.Engine) -> Litestar:
    @post(_PATH, sync_to_thread=True, status_code=202)
    def take(request: Request[Any, Any, Any], body: RawBody) -> Response[bytes]:
        if not _knows(engine, request.headers.get("authorization", "")):
            return Response(b"", status_code=401)
        content = msgspec.json.decode(body)
        records = content if isinstance(content, list) else [content]
        numbers = [_keep(engine, each) for each in records]
        return Response(msgspec.json.encode(numbers), media_type="application/json")

    @get(_READY, sync_to_thread=False)
    def ready() -> str:
        return "ready"

    return Litestar([take, ready], openapi_config=None)


def _knows(engine: sa.Engine, header: str) -> bool:
    query = sa.text("SELECT 1 FROM straight_caller WHERE secret_hash = :hash")
    with engine.connect() as connection:
        found = connection.execute(query, {"hash": _hash(header.partition(" ")[2])})
        return found.first() is not None


def _keep(engine: sa.Engine, record: Any) -> str:
    number = secrets.token_hex(16)
    insert = sa.text("INSERT INTO straight_record (record_id, content) VALUES (:number, :content)")
    with engine.begin() as connection:
        content = msgspec.json.encode(record).decode()
        connection.execute(insert, {"number": number, "content": content})
    return number


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
