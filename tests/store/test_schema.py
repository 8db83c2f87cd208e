from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from mohar.domain.errors import ConfigError, Unavailable
from mohar.plugin.tools import Secret
from mohar.store import Store, Vault, schema
from mohar.store.database import open_engine, transaction
from mohar.store.tables import credential, metadata
from mohar.testing.stores import StandingClock, roll_back

_ISSUED_UNDER_0001 = """
INSERT INTO submission (submission_id, kind, actor_id, source, received_at)
VALUES ('s', 'badge', 'a', 'api', '2026-01-01');
INSERT INTO intake (intake_id, submission_id, position, kind, source, variant, content,
  received_at, state, attempts)
VALUES ('s-0', 's', 0, 'badge', 'api', 'v3', '', '2026-01-01', 'issued', 1);
INSERT INTO credential (credential_id, kind, key_hash, revision, group_hash, digest,
  pepper_version, identity, subject, state, intake_id, reserved_at, record)
VALUES
  ('1', 'badge', '1', 1, '', '', 1, '', '', 'current', 's-0', '2026-01-01', ''),
  ('2', 'badge', '2', 1, '', '', 1, '', '', 'reserved', 's-0', '2026-01-01', NULL),
  ('3', 'badge', '3', 1, '', '', 1, '', '', 'current', 'thrown away', '2026-01-01', '')
"""


@pytest.fixture
def engine(empty_url: str) -> Iterator[sa.Engine]:
    engine = open_engine(empty_url)
    yield engine
    engine.dispose()


class TestMigrations:
    def test_the_migrated_schema_is_the_one_the_tables_describe(self, engine: sa.Engine):
        with transaction(engine, writes=True) as connection:
            schema.upgrade(connection)

        with transaction(engine, writes=False) as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, metadata) == []

    def test_constraints_have_the_names_the_tables_give_them(self, engine: sa.Engine):
        """A later migration can only change what it can name."""
        with transaction(engine, writes=True) as connection:
            schema.upgrade(connection)

        inspector = sa.inspect(engine)
        for table in metadata.tables.values():
            expected = {
                each.name for each in table.constraints if isinstance(each, sa.UniqueConstraint)
            }
            found = {each["name"] for each in inspector.get_unique_constraints(table.name)}
            assert found == expected

    def test_down_and_up_again_leaves_nothing_behind(self, engine: sa.Engine):
        with transaction(engine, writes=True) as connection:
            schema.upgrade(connection)
            schema.migrate(connection, "base")

        assert sa.inspect(engine).get_table_names() == ["alembic_version"]
        with transaction(engine, writes=True) as connection:
            schema.upgrade(connection)
            schema.check(connection)

    def test_a_step_down_and_up_again_keeps_what_was_issued(self, engine: sa.Engine):
        """And credentials learn the variant of their record from the message they came as."""
        with transaction(engine, writes=True) as connection:
            schema.upgrade(connection)
            schema.migrate(connection, "0001")
            for statement in _ISSUED_UNDER_0001.split(";"):
                connection.execute(sa.text(statement))
            schema.upgrade(connection)
            schema.migrate(connection, "0001")
            schema.upgrade(connection)

        with transaction(engine, writes=False) as connection:
            rows = connection.execute(sa.select(credential.c.credential_id, credential.c.variant))
            assert dict(rows.all()) == {"1": "v3", "2": None, "3": None}

    def test_a_migration_that_fails_leaves_no_half_of_it(self, engine: sa.Engine):
        with transaction(engine, writes=True) as connection:
            connection.execute(sa.text("CREATE TABLE api_key (in_the_way INTEGER)"))
        with (
            pytest.raises((Unavailable, sa.exc.ProgrammingError)),
            transaction(engine, writes=True) as connection,
        ):
            schema.upgrade(connection)

        assert sa.inspect(engine).get_table_names() == ["api_key"]


class TestReadiness:
    def test_an_empty_database_names_the_command_that_makes_it_ready(
        self, empty_url: str, vault: Vault, clock: StandingClock
    ):
        with Store.open(empty_url, vault, clock) as store:
            with pytest.raises(ConfigError, match=r"schema none .* run `mohar db upgrade DIR`"):
                store.check()
            with pytest.raises(ConfigError, match="mohar db upgrade"), store.begin():
                pass

    def test_an_upgraded_database_is_ready_and_may_be_upgraded_again(
        self, empty_url: str, vault: Vault, clock: StandingClock
    ):
        with Store.open(empty_url, vault, clock) as store:
            store.upgrade()
            store.upgrade()
            store.check()

            with store.read() as work:
                assert work.intake.waiting_count() == 0

    def test_another_encryption_key_is_found_at_the_start(
        self, opened: Callable[..., Store], secrets_of_test: tuple[Secret, Secret]
    ):
        opened().check()
        stranger = Vault(Secret(secrets.token_bytes(32), "k"), secrets_of_test[1])

        with pytest.raises(ConfigError, match="not the key this database was made with"):
            opened(vault=stranger).check()

    def test_another_pepper_is_found_at_the_start(
        self, opened: Callable[..., Store], secrets_of_test: tuple[Secret, Secret]
    ):
        """Under a wrong pepper no record issued before would be recognised."""
        opened().check()
        stranger = Vault(secrets_of_test[0], Secret(secrets.token_bytes(32), "p"))

        with pytest.raises(ConfigError, match=r"store\.pepper is not the secret"):
            opened(vault=stranger).check()

    def test_two_processes_share_the_data_keys_whoever_made_them(
        self, opened: Callable[..., Store]
    ):
        with opened().begin() as work:
            text, _ = work.api_keys.create("n", ["*"])

        with opened().read() as work:
            assert work.api_keys.find(text, work.api_keys._unit.clock()) is not None


class TestDatabaseUrl:
    @pytest.mark.parametrize(
        ("url", "said"),
        [
            ("what is this", "is not a database URL"),
            ("mysql://root@host/db", "'mysql', which is not supported"),
            ("sqlite://", "in memory"),
            ("sqlite:///:memory:", "in memory"),
        ],
    )
    def test_a_url_that_cannot_serve_is_refused_with_the_mend(self, url: str, said: str):
        with pytest.raises(ConfigError, match=rf"store\.url.*{said}.*sqlite:///path"):
            open_engine(url)

    def test_a_password_in_the_url_is_not_repeated(self):
        with pytest.raises(ConfigError) as caught:
            open_engine("mysql://root:hunter2@host/db")

        assert "hunter2" not in str(caught.value)

    @pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
    def test_postgresql_may_be_named_as_people_do(self, scheme: str):
        assert open_engine(f"{scheme}://u@h/d").dialect.driver == "psycopg"

    def test_a_database_that_does_not_answer_is_unavailable_and_not_empty(
        self, tmp_path: Path, vault: Vault, clock: StandingClock
    ):
        store = Store.open(f"postgresql://nobody@/none?host={tmp_path}", vault, clock)

        with pytest.raises(Unavailable, match="the database did not answer: "):
            store.check()

    def test_a_file_that_is_no_database_is_unavailable(
        self, tmp_path: Path, vault: Vault, clock: StandingClock
    ):
        path = tmp_path / "notes.sqlite"
        path.write_text("dear diary " * 100)

        with pytest.raises(Unavailable), Store.open(f"sqlite:///{path}", vault, clock) as store:
            store.check()


class TestTransactions:
    def test_an_exception_takes_everything_back(self, store: Store):
        roll_back(store, lambda work: work.api_keys.create("n", ["*"]))

        with store.read() as work:
            assert work.api_keys.listed() == []

    def test_a_reader_cannot_write(self, store: Store):
        with pytest.raises((Unavailable, sa.exc.DBAPIError)), store.read() as work:
            work.api_keys.create("n", ["*"])

    def test_after_a_reader_the_same_connection_may_write(self, store: Store):
        with store.read() as work:
            work.api_keys.listed()

        with store.begin() as work:
            work.api_keys.create("n", ["*"])

    def test_a_reader_waits_for_no_writer(self, store: Store):
        with store.begin() as writing, store.read() as reading:
            writing.api_keys.create("n", ["*"])
            assert reading.api_keys.listed() == []
