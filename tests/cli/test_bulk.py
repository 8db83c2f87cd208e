"""`mohar bulk` and `mohar reissue`: two persons, and a worker between them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mohar.assembly.house import build_house
from mohar.assembly.opening import silent_telemetry
from mohar.worker import Worker

Mohar = Callable[..., Any]


@pytest.fixture
def folder(deployed: Callable[..., Path], mohar: Mohar, few: Path) -> Path:
    """A deployment with two credentials."""
    folder = deployed()
    mohar("issue", "--deployment", folder, few)
    return folder


@pytest.fixture
def bulk(mohar: Mohar, folder: Path) -> Mohar:
    """Return a function that runs a verb of `mohar bulk`."""

    def run(verb: str, *more: object) -> Any:
        return mohar("bulk", verb, "--deployment", folder, *more)

    return run


def work(folder: Path) -> None:
    with build_house(folder, telemetry=silent_telemetry()) as house:
        Worker(house).run_until_idle()


class TestBulk:
    def test_it_is_proposed_counted_approved_and_undone(self, bulk: Mohar, folder: Path) -> None:
        proposed = bulk(
            "propose", "revoke", "--kind", "vaccination", "--reason", "recall", "--actor", "asha"
        )
        number = proposed.out.partition(":")[0]
        early = bulk("approve", number, "--actor", "bala")
        work(folder)
        counted = bulk("list").out
        own = bulk("approve", number, "--actor", "asha")
        approved = bulk("approve", number, "--actor", "bala")
        work(folder)
        shown = bulk("show", number, "--items").out
        undone = bulk("undo", number, "--actor", "bala")
        work(folder)

        assert [each.status for each in (proposed, early, own, approved, undone)] == [0, 2, 2, 0, 0]
        assert "not known yet" in early.err
        assert counted == f"{number}  revoke  vaccination  2  proposed\n"
        assert "may not approve it" in own.err
        assert approved.out == f"{number}: applying\n"
        assert shown.count(": changed") == 2
        assert "approved    " in shown
        assert "by operator:bala" in shown
        assert bulk("list").out.endswith("  undone\n")

    def test_it_is_paused_and_resumed(self, bulk: Mohar) -> None:
        number = bulk(
            "propose", "suspend", "--kind", "vaccination", "--reason", "r", "--actor", "asha"
        ).out.partition(":")[0]

        paused, listed, resumed = bulk("pause", number), bulk("list"), bulk("resume", number)

        assert paused.out == f"{number}: selecting (paused)\n"
        assert listed.out.endswith("  ?  selecting (paused)\n")
        assert resumed.out == f"{number}: selecting\n"

    def test_a_file_of_ids_and_a_value_narrow_it(
        self, bulk: Mohar, folder: Path, tmp_path: Path
    ) -> None:
        file = tmp_path / "ids"
        file.write_text("1234\n\n5678\n")

        number = bulk(
            "propose", "revoke", "--file", file, "--where", "vaccination.batch=X=1", "--reason", "r"
        ).out.partition(":")[0]
        work(folder)

        shown = bulk("show", number).out
        assert "listed      in a file\n" in shown
        assert "where       vaccination.batch = X=1\n" in shown
        assert "missing     2\n" in shown

    @pytest.mark.parametrize(
        "wrong",
        [
            ["--where", "nothing"],
            ["--before", "yesterday"],
            ["--file", "nosuch.txt"],
            ["--until", "2099-01-01T00:00:00Z"],
            ["--revision", "0"],
            ["--kind", "nosuch"],
        ],
    )
    def test_what_makes_no_sense_is_said_and_not_kept(self, bulk: Mohar, wrong: list[str]) -> None:
        ran = bulk("propose", "revoke", "--reason", "r", *wrong)

        assert ran.status == 2
        assert ran.err.startswith("mohar: ")
        assert bulk("list").out == ""


class TestReissue:
    def test_after_a_rotation_what_the_old_key_signed_is_signed_anew(
        self, mohar: Mohar, bulk: Mohar, folder: Path
    ) -> None:
        mohar("keys", "rotate", folder, "--signer", "issuer")
        ran = mohar(
            *("reissue", "--deployment", folder, "--kind", "vaccination", "--reason", "new key"),
            *("--key", "did:web:credentials.example.in#issuer-2026", "--actor", "asha"),
        )
        number = ran.out.partition(":")[0]
        work(folder)
        bulk("approve", number, "--actor", "bala")
        work(folder)

        shown = bulk("show", number).out
        assert ran.status == 0
        assert shown.startswith(f"{number}: reissue, done\n")
        assert "issued      2\n" in shown
