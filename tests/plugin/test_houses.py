"""A House has its plugins to itself, and stands without any."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mohar.assembly.house import build_house
from mohar.assembly.look import look_over
from mohar.domain.access import Actor
from mohar.domain.errors import NotFound
from mohar.domain.record import Message

Install = Callable[..., str]
Deployed = Callable[..., Path]

EMPTY = """\
mohar: 1
name: empty
country: XZ
environment: demo
time_zone: Etc/UTC
authority: {name: Test, id: "did:web:test.example"}
domains: {public: "https://test.example", contexts: "https://test.example/contexts"}
plugins: []
"""
KEPT = """\
store:
  url: sqlite:///data/empty.sqlite
  encryption_key: {file: secrets/encryption.key}
  pepper: {secret: {file: secrets/pepper.key}}
"""
COUNTS = """
from mohar.plugin import hookimpl

@hookimpl
def mohar_permit(actor, action, kind):
    return False
"""


class TestTwoHouses:
    def test_two_deployments_in_one_process_do_not_see_each_other(
        self, deployed: Deployed, messages: list[Message], operator: Actor
    ) -> None:
        """
        Neither their credentials, nor their keys, nor their types.
        """
        folders = deployed(name="india"), deployed(name="india-divoc", to="other")

        with build_house(folders[0]) as ours, build_house(folders[1]) as theirs:
            receipt = ours.submit(operator, "vaccination", messages)
            (outcome, *_) = ours.issue_now(operator, receipt).outcomes
            again = theirs.issue_now(operator, theirs.submit(operator, "vaccination", messages))
            with pytest.raises(NotFound):
                theirs.access.bodies(operator, str(outcome.credential_id))

            assert {each.state for each in again.outcomes} == {"issued"}
            assert ours.public_keys[0].key_id != theirs.public_keys[0].key_id
            assert set(ours.plans["vaccination"].bodies) != set(theirs.plans["vaccination"].bodies)
            assert ours.documents.keys() != theirs.documents.keys()

    def test_a_plugin_of_one_house_is_not_asked_by_the_other(
        self,
        deployed: Deployed,
        mohar_throwaway: Install,
        operator: Actor,
    ) -> None:
        closed = deployed(mohar_throwaway("closed", COUNTS))
        open_to_all = deployed(name="india-divoc", to="other")

        with build_house(closed) as ours, build_house(open_to_all) as theirs:
            answers = [house.permits.allows(operator, "read") for house in (ours, theirs)]

        assert answers == [False, True]


class TestEmptyHouse:
    def test_a_deployment_without_plugins_is_no_mistake_and_says_what_to_do(
        self, tmp_path: Path
    ) -> None:
        (tmp_path / "deployment.yaml").write_text(EMPTY, encoding="utf-8")

        (finding,) = look_over(tmp_path)

        assert finding.code == "no-plugins"
        assert not finding.is_error
        assert "`mohar plugins list`" in finding.message

    def test_it_stands_and_answers(self, tmp_path: Path, operator: Actor) -> None:
        (tmp_path / "deployment.yaml").write_text(EMPTY + KEPT, encoding="utf-8")
        (tmp_path / "secrets").mkdir()
        for name in ("encryption", "pepper"):
            (tmp_path / "secrets" / f"{name}.key").write_text("QUJD" * 10 + "QUI=\n")

        with build_house(tmp_path) as house:
            health, worked = house.health(), house.drain.run_once() + house.relay.run_once()
            with pytest.raises(NotFound):
                house.submit(operator, "anything", [Message(content={})])

        assert health == {"store": "ok"}
        assert worked == 0

    def test_where_no_plugin_is_installed_it_is_said_kindly(self) -> None:
        """
        The core by itself, as `pip install mohar` gives it.
        """
        code = (
            "import importlib.metadata as metadata\n"
            "metadata.entry_points = lambda **_: metadata.EntryPoints(())\n"
            "from mohar.cli.main import main\n"
            "raise SystemExit(main(['plugins', 'list']) or main(['plugins', 'check']))"
        )
        ran = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=False
        )

        assert ran.returncode == 0
        assert ran.stdout == (
            "no plugin is installed; the house stands empty. Try: pip install mohar-format-ld\n" * 2
        )
