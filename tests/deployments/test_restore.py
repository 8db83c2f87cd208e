"""A backup is restored, and the last minutes before the loss are gone: rehearsed on both databases."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from mohar.assembly.blueprint import Blueprint
from mohar.assembly.house import House, build_house
from mohar.assembly.keys import signer_keys
from mohar.assembly.own_keys import OwnKeys
from mohar.assembly.plans import known_types
from mohar.assembly.restored import told_by
from mohar.cli.main import main
from mohar.codec.statement import StatementFormat
from mohar.codec.status_list import decode_bitstring, decode_token_list
from mohar.config.load import load_deployment
from mohar.domain.access import Actor
from mohar.domain.clock import utc_now
from mohar.domain.credential import Secured
from mohar.domain.lifecycle import LifecycleAction
from mohar.domain.record import Message
from mohar.domain.status import StatusSlot
from mohar.revoking.change import Wish
from mohar.testing.deployments import sample_messages
from mohar.verifying.snapshot import Snapshot
from mohar.verifying.verify import Presented, Verifier

OPERATOR = Actor(actor_id="operator", name="test", scopes=frozenset({"*"}))
KIND = "vaccination"


def issue(
    house: House, messages: Sequence[Message], formats: Sequence[str] | None = ("domestic",)
) -> list[str]:
    """Issue records; return the number of each."""
    receipt = house.submit(OPERATOR, KIND, messages, formats=formats)
    outcomes = house.issue_now(OPERATOR, receipt).outcomes
    assert {each.state for each in outcomes} <= {"issued", "known"}
    return [str(each.credential_id) for each in outcomes]


def change(house: House, action: LifecycleAction, number: str) -> None:
    wish = Wish(action=action, actor_id="operator", reason="a rehearsal")
    house.changes.change(OPERATOR, wish, number)


def slots(house: House, numbers: Sequence[str]) -> set[StatusSlot]:
    with house.store.read() as work:
        found = work.credentials.find(numbers)
    return {each.slot for each in found.values() if each.slot}


def bodies(house: House, number: str) -> Sequence[Secured]:
    return house.access.bodies(OPERATOR, number)


def verdicts(house: House, papers: Sequence[Secured]) -> set[str]:
    presented = [Presented(name=each.body, data=each.content) for each in papers]
    return {each.verdict for each in house.verifier.verify(presented)}


def published(house: House) -> bytes:
    assert house.publisher is not None
    return house.publisher.snapshot().content


def listed(house: House, slot: StatusSlot) -> tuple[int, int]:
    """Return what the list of bits and the status list token say of a slot."""
    assert house.publisher is not None
    bits = json.loads(house.publisher.bitstring(slot.list_id).content)
    claims = StatementFormat().open(house.publisher.token(slot.list_id).content)
    packed = claims.document["claims"]["status_list"]
    return (
        decode_bitstring(bits["credentialSubject"]["encodedList"])[slot.index],
        decode_token_list(packed["lst"], packed["bits"])[slot.index],
    )


def serial(snapshot: bytes) -> int:
    claims = StatementFormat().open(snapshot).document["claims"]
    return int(claims["serial"])


def verdicts_offline(
    folder: Path, snapshot: Path, papers: Sequence[Sequence[Secured]]
) -> list[set[str]]:
    """Return the verdicts of a verifier that has the issuer's keys and a snapshot, and no store."""
    deployment = load_deployment(folder).deployment
    trust = [OwnKeys(deployment.authority.id, lambda: signer_keys(folder))]
    status = Snapshot(snapshot.read_bytes(), trust)
    resolved = Blueprint(folder).resolve(with_keys=False, with_parts=False)
    verifier = Verifier(
        formats=resolved.reading,
        types=known_types(resolved),
        trust=[*trust, *resolved.trust],
        holders=resolved.holders,
        status=status,
        clock=utc_now,
    )
    return [
        {
            each.verdict
            for each in verifier.verify([Presented(name=p.body, data=p.content) for p in some])
        }
        for some in papers
    ]


def read(folder: Path) -> dict[str, str]:
    return {each.name: each.read_text() for each in folder.iterdir()}


class Backup:
    """What `docs/operations.md` says of backing up and restoring, for either database."""

    def __init__(self, folder: Path, database: str | None, to: Path) -> None:
        self._url = database and sa.make_url(database)
        self._file = folder / "data" / "india.sqlite"
        self._to = to

    def make(self) -> None:
        if self._url is None:
            with (
                closing(sqlite3.connect(self._file)) as source,
                closing(sqlite3.connect(self._to)) as target,
            ):
                source.backup(target)
            return
        self._run("pg_dump", "--format=custom", f"--file={self._to}", self._name)

    def restore(self) -> None:
        if self._url is None:
            for path in self._file.parent.glob(f"{self._file.name}*"):
                path.unlink()
            shutil.copy(self._to, self._file)
            return
        self._run("pg_restore", "--clean", "--if-exists", f"--dbname={self._name}", str(self._to))

    @property
    def _name(self) -> str:
        assert self._url is not None
        return str(self._url.database)

    def _run(self, program: str, *arguments: str) -> None:
        assert self._url is not None
        host = str(self._url.query["host"])
        command = [_program(program), "-h", host, "-U", str(self._url.username), *arguments]
        subprocess.run(command, check=True)


def _program(name: str) -> str:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(found[-1]) if found else name


def test_a_restore_that_lost_the_last_minutes_gives_no_slot_out_twice_and_names_what_was_lost(
    deployed: Callable[..., Path], database: str | None, samples: Path, tmp_path: Path
):
    folder = deployed("india", database)
    backup = Backup(folder, database, tmp_path / "backup")
    messages = [each for each in sample_messages(samples)[:40] if each.variant == "v3"][:6]
    with build_house(folder) as house:
        kept = issue(house, messages[:4])
        change(house, "revoke", kept[0])
        backup.make()
        lost = issue(house, messages[4:])
        change(house, "revoke", kept[1])
        change(house, "suspend", kept[2])
        change(house, "revoke", lost[0])
        slots_before = slots(house, [*kept, *lost])
        papers = bodies(house, lost[1])
        assert house.publisher is not None
        published = house.publisher.snapshot().content
    (tmp_path / "snapshot.jwt").write_bytes(published)

    backup.restore()
    told = ["--snapshot", str(tmp_path / "snapshot.jwt"), "--out", str(tmp_path / "lost")]
    status = main(["db", "restored", str(folder), *told])
    revoked = [
        "--file",
        str(tmp_path / "lost" / "revoked.txt"),
        "--reason",
        "lost with the restore",
    ]
    again = main(["revoke", "--deployment", str(folder), *revoked])
    with build_house(folder) as house:
        sent_again = issue(house, messages)
        new = [each for each in sent_again if each not in kept]
        verdicts_on_papers = verdicts(house, papers)
        slots_of_new = slots(house, new)
        assert house.publisher is not None
        later = house.publisher.snapshot().content
        with house.store.read() as work:
            states = {n: each.state for n, each in work.credentials.find(kept).items()}

    assert (status, again) == (1, 0)
    assert (tmp_path / "lost" / "suspended.txt").read_text() == f"{kept[2]}\n"
    assert len((tmp_path / "lost" / "lost.txt").read_text().splitlines()) == 1
    assert sent_again[:4] == kept
    assert len(set(new)) == 2
    assert not set(new) & set(lost)
    assert not slots_of_new & slots_before
    assert verdicts_on_papers == {"not-checked"}
    assert serial(later) > serial(published)
    assert [states[each] for each in kept] == ["revoked", "revoked", "current", "current"]


def test_what_was_taken_out_of_use_and_lost_stays_out_of_use_for_every_verifier(
    deployed: Callable[..., Path], database: str | None, samples: Path, tmp_path: Path
):
    """
    Bodies that name a list and bodies that name none, here and without a network.
    """
    folder = deployed("india", database)
    backup = Backup(folder, database, tmp_path / "backup")
    messages = [each for each in sample_messages(samples)[:40] if each.variant == "v3"][:3]
    with build_house(folder) as house:
        issue(house, messages[:1])
        backup.make()
        lost = issue(house, messages[1:], None)
        change(house, "revoke", lost[0])
        change(house, "suspend", lost[1])
        papers = [bodies(house, each) for each in lost]
        places = [slots(house, [each]).pop() for each in lost]
        (tmp_path / "snapshot.jwt").write_bytes(published(house))

    backup.restore()
    told = ["--snapshot", str(tmp_path / "snapshot.jwt"), "--out", str(tmp_path / "lost")]
    first = main(["db", "restored", str(folder), *told])
    named = read(tmp_path / "lost")
    second = main(["db", "restored", str(folder), *told])
    with build_house(folder) as house:
        sent_again = issue(house, messages)
        here = [verdicts(house, each) for each in papers]
        in_lists = [listed(house, each) for each in places]
        (tmp_path / "later.jwt").write_bytes(published(house))
        new = [verdicts(house, bodies(house, each)) for each in sent_again]
        new_places = slots(house, sent_again)
    offline = verdicts_offline(folder, tmp_path / "later.jwt", papers)
    before, after = (told_by(folder, tmp_path / f"{name}.jwt") for name in ("snapshot", "later"))

    assert (first, second) == (1, 1)
    assert here == offline == [{"revoked"}, {"suspended"}]
    assert in_lists == [(1, 1), (1, 2)]
    assert (after.slots, after.identifiers) == (before.slots, before.identifiers)
    assert new == [{"valid"}] * 3
    assert not new_places & set(places)
    assert read(tmp_path / "lost") == named


@pytest.mark.parametrize("data", [b"", b"a.b.c"])
def test_what_is_no_snapshot_is_said_so(
    deployed: Callable[..., Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    data: bytes,
):
    folder = deployed("india")
    (tmp_path / "x.jwt").write_bytes(data)

    status = main(["db", "restored", str(folder), "--snapshot", str(tmp_path / "x.jwt")])

    assert status == 2
    assert "x.jwt" in capsys.readouterr().err
