from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from mohar.testing.postgres import PostgresServer

pytestmark = pytest.mark.postgres


def _tables(url: str) -> list[str]:
    engine = sa.create_engine(url)
    names = sa.inspect(engine).get_table_names()
    engine.dispose()
    return names


def _run(url: str, statement: str) -> object:
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        result = connection.exec_driver_sql(statement)
        answer = result.scalar_one() if result.returns_rows else None
    engine.dispose()
    return answer


class TestPostgresServer:
    def test_each_database_is_new(self, postgres: PostgresServer):
        first = postgres.database()

        assert first != postgres.database()
        assert _tables(first) == []

    def test_a_copy_is_prepared_once_and_then_only_copied(
        self, postgres: PostgresServer, migrate: Callable[[str], None]
    ):
        first, second = postgres.copy(migrate), postgres.copy(migrate)

        assert first != second
        assert "credential" in _tables(second)

    def test_an_emptied_database_keeps_its_tables_and_nothing_in_them(
        self, postgres: PostgresServer, migrate: Callable[[str], None]
    ):
        url = postgres.emptied(migrate)
        _run(url, "INSERT INTO outbox_counter VALUES (1, 7)")

        assert postgres.emptied(migrate) == url
        assert _run(url, "SELECT count(*) FROM outbox_counter") == 0
        assert _run(url, "SELECT count(*) FROM alembic_version") == 1

    def test_it_listens_on_no_network(self, postgres: PostgresServer):
        assert _run(postgres.database(), "SHOW listen_addresses") == ""
