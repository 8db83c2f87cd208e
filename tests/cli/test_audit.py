"""`mohar audit`, `mohar keys rotate-data` and `mohar db reencrypt`."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

Mohar = Callable[..., Any]
KILLED = 9
_SEAL_AND_DIE = """
import os, sys
from pathlib import Path
from mohar.assembly.opening import open_store
with open_store(Path(sys.argv[1])) as store, store.begin() as work:
    work.audit.seal(100)
    os._exit(9)
"""
_REENCRYPT_AND_DIE = """
import os, sys
from pathlib import Path
from mohar.assembly.opening import open_store
with open_store(Path(sys.argv[1])) as store:
    store.reencrypt("operator", told=lambda *_: os._exit(9))
"""


@pytest.fixture
def folder(deployed: Callable[..., Path]) -> Path:
    return deployed()


@pytest.fixture
def numbers(mohar: Mohar, folder: Path, few: Path, tmp_path: Path) -> list[str]:
    """Issued, and the first of them revoked."""
    out = tmp_path / "out"
    mohar("issue", "--deployment", folder, "--out", out, "--write", "json", few)
    lines = (out / "report.jsonl").read_text(encoding="utf-8").splitlines()
    found = [json.loads(line)["credential_id"] for line in lines]
    mohar("revoke", "--deployment", folder, found[0], "--reason", "a mistake")
    return found


def _alter(folder: Path, statement: str) -> None:
    [file] = folder.rglob("*.sqlite")
    with closing(sqlite3.connect(file)) as database, database:
        database.execute(statement)


class TestAudit:
    def test_an_intact_log_is_told_with_its_head_and_listed_with_reasons(
        self, mohar: Mohar, folder: Path, numbers: list[str]
    ) -> None:
        at = ("--deployment", folder)
        none = mohar("audit", "head", *at)
        sealed = mohar("audit", "seal", *at)
        verified = mohar("audit", "verify", *at)
        head = mohar("audit", "head", *at).out.split()
        told = json.loads(mohar("audit", "verify", *at, "--head", head[1], "--json").out)
        [issued, revoked] = mohar("audit", "list", *at, "--credential", numbers[0]).out.splitlines()

        assert none.out == "none yet\n"
        assert sealed.out.endswith(" entries sealed\n")
        assert verified.status == 0
        assert f"{len(numbers)} credentials, 0 findings" in verified.out
        assert told["intact"] is True
        assert told["head"] == {"number": int(head[0]), "hash": head[1], "time": head[2]}
        assert issued.endswith("  operator  issue  together with 1 more")
        assert revoked.endswith(
            "  operator  change  after=revoked  before=current  cause=revoke  a mistake"
        )

    def test_what_was_altered_ends_with_one_and_what_cannot_be_told_with_two(
        self, mohar: Mohar, folder: Path, numbers: list[str]
    ) -> None:
        at = ("--deployment", folder)
        mohar("audit", "seal", *at)
        cut = mohar("audit", "verify", *at, "--head", "00" * 32)
        _alter(folder, "UPDATE credential SET state = 'current'")
        altered = mohar("audit", "verify", *at)
        [file] = folder.rglob("*.sqlite")
        file.write_bytes(b"no database " * 1_000)
        broken = mohar("audit", "verify", *at)

        assert (cut.status, altered.status, broken.status) == (1, 1, 2)
        assert "audit-head-unknown" in cut.out
        assert (
            f"credential {numbers[0]}: the log does not explain it: it is current, and was left "
            "revoked (audit-state-unexplained)"
        ) in altered.out

    def test_after_a_process_was_killed_while_it_sealed_a_worker_seals(
        self, mohar: Mohar, folder: Path, numbers: list[str]
    ) -> None:
        killed = subprocess.run([sys.executable, "-c", _SEAL_AND_DIE, folder], check=False)
        before = json.loads(mohar("audit", "verify", "--deployment", folder, "--json").out)
        mohar("worker", "--deployment", folder, "--once")
        after = json.loads(mohar("audit", "verify", "--deployment", folder, "--json").out)

        assert killed.returncode == KILLED
        assert (before["intact"], before["head"]) == (True, None)
        assert (after["intact"], after["unsealed"]) == (True, 0)
        assert after["credentials"] == len(numbers)


def test_data_keys_are_rotated_and_old_ones_retired_whatever_is_killed(
    mohar: Mohar, folder: Path, numbers: list[str]
) -> None:
    rotated = mohar("keys", "rotate-data", "--deployment", folder, "--purpose", "body")
    killed = subprocess.run([sys.executable, "-c", _REENCRYPT_AND_DIE, folder], check=False)
    again, after = mohar("db", "reencrypt", folder), mohar("db", "reencrypt", folder)
    mohar("keys", "rotate-data", "--deployment", folder)
    whole = mohar("db", "reencrypt", folder)

    assert rotated.out.startswith("made  body/2\n")
    assert killed.returncode == KILLED
    assert again.out == "retired: body/1\n"
    assert after.out == "retired: none\n"
    assert f"credential.record: {len(numbers)} sealed anew" in whole.out
    assert whole.out.splitlines()[-1] == (
        "retired: access/1, audit/1, body/2, contact/1, intake/1, reads/1, record/1, status/1"
    )
    assert mohar("audit", "verify", "--deployment", folder).status == 0
