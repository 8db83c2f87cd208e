"""`mohar pause` and `mohar resume`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Mohar = Callable[..., Any]


@pytest.fixture
def folder(deployed: Callable[..., Path]) -> Path:
    return deployed()


class TestPause:
    def test_a_paused_kind_takes_records_in_and_issues_them_when_it_goes_on(
        self, mohar: Mohar, folder: Path, few: Path
    ) -> None:
        at = ("--deployment", folder)
        mohar("pause", *at, "--kind", "vaccination", "--reason", "new fonts")

        waits = mohar("issue", *at, few)
        worked = mohar("worker", *at, "--once")
        listed = mohar("pause", "list", *at)
        resumed = mohar("resume", *at, "--kind", "vaccination")
        mohar("worker", *at, "--once")
        again = mohar("issue", *at, few)

        assert (waits.status, waits.out) == (2, "2 waiting\n")
        assert worked.status == 0
        assert listed.out.startswith("kind vaccination  since 20")
        assert listed.out.endswith("  new fonts\n")
        assert (resumed.status, resumed.out) == (0, "kind vaccination goes on\n")
        assert (again.status, again.out.splitlines()[-1]) == (0, "2 known")

    def test_twice_is_once_and_what_was_not_paused_is_told(
        self, mohar: Mohar, folder: Path
    ) -> None:
        at = ("--deployment", folder, "--signer", "issuer")

        first, second = mohar("pause", *at), mohar("pause", *at)
        ended, again = mohar("resume", *at), mohar("resume", *at)

        assert first.out == "signer issuer is paused\n"
        assert second.out == "signer issuer is paused already\n"
        assert (ended.status, again.status) == (0, 1)
        assert again.out == "signer issuer was not paused\n"

    def test_a_partner_is_named_by_the_id_of_its_key(self, mohar: Mohar, folder: Path) -> None:
        mohar("apikeys", "create", folder, "--name", "a clinic", "--scope", "issue")
        key_id = mohar("apikeys", "list", folder).out.split()[0]

        paused = mohar("pause", "--deployment", folder, "--partner", key_id)
        listed = mohar("pause", "list", "--deployment", folder)
        resumed = mohar("resume", "--deployment", folder, "--partner", f"apikey:{key_id}")

        assert paused.status == resumed.status == 0
        assert listed.out.startswith(f"partner apikey:{key_id}  since ")

    @pytest.mark.parametrize(
        ("named", "said"),
        [
            (("--kind", "vacination"), 'did you mean "vaccination"?'),
            (("--signer", "nobody"), 'there is no signer "nobody"; known are '),
            (("--plugin", "source-cowim"), 'did you mean "source-cowin"?'),
            (("--partner", "nobody"), 'there is no partner "nobody"'),
            ((), "name what to pause (--kind, --signer, --partner, --plugin), or `list`"),
            (("list", "--kind", "vaccination"), "name what to pause"),
        ],
    )
    def test_what_is_not_there_is_told_with_what_is(
        self, mohar: Mohar, folder: Path, named: tuple[str, ...], said: str
    ) -> None:
        ran = mohar("pause", "--deployment", folder, *named)

        assert ran.status == 2
        assert said in ran.err
