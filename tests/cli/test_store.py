"""`mohar db` and `mohar apikeys`, and what a command does where no store was made yet."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
Deployed = Callable[..., Path]


def database(folder: Path) -> Path:
    return folder / "data" / "india.sqlite"


class TestDb:
    def test_upgrade_makes_the_store_and_check_finds_it(
        self, mohar: Run, deployed: Deployed
    ) -> None:
        folder = deployed()

        ran = [mohar("db", verb, folder) for verb in ("upgrade", "upgrade", "check")]

        assert [each.status for each in ran] == [0, 0, 0]
        assert {each.out for each in ran} == {"the store is up to date\n"}

    def test_check_makes_nothing_and_names_the_command_that_does(
        self, mohar: Run, deployed: Deployed
    ) -> None:
        folder = deployed()

        ran = mohar("db", "check", folder)

        assert ran.status == 2
        assert f"`mohar db upgrade {folder}`" in ran.err
        assert not database(folder).exists()

    def test_an_existing_database_is_never_changed_by_a_start(
        self, mohar: Run, deployed: Deployed, few: Path
    ) -> None:
        """
        Upgrading is for people: a new version might stand beside an old one.
        """
        folder = deployed()
        database(folder).parent.mkdir()
        with sqlite3.connect(database(folder)) as other:
            other.execute("create table somebody_elses (x)")
        other.close()

        ran = mohar("issue", "--deployment", folder, few)

        assert ran.status == 2
        assert "run `mohar db upgrade DIR`" in ran.err
        with sqlite3.connect(database(folder)) as after:
            tables = after.execute("select name from sqlite_master where type = 'table'").fetchall()
        after.close()
        assert tables == [("somebody_elses",)]

    def test_other_secrets_than_those_of_the_database_are_refused(
        self, mohar: Run, deployed: Deployed
    ) -> None:
        folder = deployed()
        mohar("db", "upgrade", folder)
        (folder / "secrets" / "pepper.key").unlink()
        mohar("keys", "generate", folder)

        ran = mohar("db", "check", folder)

        assert ran.status == 2
        assert "store.pepper is not the secret" in ran.err

    def test_a_deployment_without_a_store_says_what_it_can_do(
        self, mohar: Run, deployed: Deployed
    ) -> None:
        ran = mohar("db", "upgrade", deployed("verifier", keys=False))

        assert ran.status == 2
        assert "this deployment has no `store:`, so it can verify with `mohar verify`" in ran.err

    def test_a_missing_secret_names_the_command_that_makes_it(
        self, mohar: Run, deployed: Deployed
    ) -> None:
        folder = deployed(keys=False)

        ran = mohar("db", "upgrade", folder)

        assert ran.status == 2
        assert "the secret file secrets/encryption.key is missing" in ran.err
        assert f"(`mohar keys generate {folder}` makes it)" in ran.err

    def test_a_database_that_does_not_answer_is_told_without_its_password(
        self, mohar: Run, deployed: Deployed
    ) -> None:
        folder = deployed()
        file = folder / "deployment.yaml"
        url = "postgresql://house:hunter2@127.0.0.1:1/mohar"
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace("sqlite:///data/india.sqlite", url), encoding="utf-8")

        ran = mohar("db", "check", folder)

        assert ran.status == 2
        assert "mohar: the database did not answer: " in ran.err
        assert "hunter2" not in ran.err


class TestApiKeys:
    def test_a_key_is_shown_once_and_is_not_in_the_database(
        self, mohar: Run, deployed: Deployed
    ) -> None:
        folder = deployed()

        made = mohar("apikeys", "create", folder, "--name", "clinic", "--scope", "issue")
        listed = mohar("apikeys", "list", folder)

        text = made.out.strip()
        kept = b"".join(path.read_bytes() for path in (folder / "data").iterdir())
        assert made.status == listed.status == 0
        assert len(text) > 40
        assert text not in listed.out
        assert text.encode() not in kept
        assert text.rpartition("_")[2].encode() not in kept

    def test_list_tells_for_whom_and_what_for(self, mohar: Run, deployed: Deployed) -> None:
        folder = deployed()
        scopes = ["--scope", "search:vaccination", "--scope", "read"]
        mohar("apikeys", "create", folder, "--name", "partner", *scopes)

        (line,) = mohar("apikeys", "list", folder).out.splitlines()

        assert line.split()[1:] == ["active", "partner", "read", "search:vaccination"]

    def test_a_revoked_key_stays_in_the_list(self, mohar: Run, deployed: Deployed) -> None:
        folder = deployed()
        mohar("apikeys", "create", folder, "--name", "clinic", "--scope", "issue")
        key_id = mohar("apikeys", "list", folder).out.split()[0]

        revoked = mohar("apikeys", "revoke", folder, key_id)

        assert revoked.out == f"{key_id} is revoked\n"
        assert mohar("apikeys", "list", folder).out.split()[1] == "revoked"

    def test_a_key_whose_time_is_up_is_marked(self, mohar: Run, deployed: Deployed) -> None:
        folder = deployed()
        until = ["--expires", "2020-01-01T00:00:00Z"]
        mohar("apikeys", "create", folder, "--name", "clinic", "--scope", "*", *until)

        assert mohar("apikeys", "list", folder).out.split()[1:] == ["expired", "clinic", "*"]

    def test_a_key_that_is_not_there_cannot_be_revoked(
        self, mohar: Run, deployed: Deployed
    ) -> None:
        ran = mohar("apikeys", "revoke", deployed(), "nobody")

        assert ran.status == 2
        assert ran.err.startswith("mohar: ")

    @pytest.mark.parametrize(
        ("scope", "told"),
        [
            ("isue", 'did you mean "issue"?'),
            ("issue:vacination", 'did you mean "vaccination"?'),
            ("issue:", 'known are "vaccination"'),
            ("sign:vaccination", 'write "sign" alone'),
        ],
    )
    def test_a_scope_that_would_open_nothing_is_refused(
        self, mohar: Run, deployed: Deployed, scope: str, told: str
    ) -> None:
        ran = mohar("apikeys", "create", deployed(), "--name", "clinic", "--scope", scope)

        assert ran.status == 2
        assert told in ran.err

    @pytest.mark.parametrize("time", ["tomorrow", "2030-01-01", "2030-01-01T00:00:00"])
    def test_a_time_that_is_none_is_refused(
        self, mohar: Run, deployed: Deployed, time: str
    ) -> None:
        make = ["apikeys", "create", deployed(), "--name", "c", "--scope", "read"]

        ran = mohar(*make, "--expires", time)

        assert ran.status == 2
        assert time in ran.err
