"""Credentials are signed once more, under the key of today, each once and at nobody's cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from mohar.access.bulk import Progress, Proposal
from mohar.assembly.house import House, build_house
from mohar.assembly.keys import generate_missing
from mohar.assembly.opening import silent_telemetry
from mohar.assembly.rotation import Wish as Rotation
from mohar.assembly.rotation import rotate
from mohar.domain.access import Actor
from mohar.domain.campaign import Selection
from mohar.domain.correction import Correction
from mohar.domain.credential import Secured
from mohar.domain.record import Message
from mohar.revoking.change import Wish
from mohar.testing.deployments import copy_deployment, sample_messages
from mohar.testing.postgres import PostgresServer
from mohar.testing.stores import make_schema
from mohar.verifying.verify import Presented
from mohar.worker import Worker

ROOT = Path(__file__).resolve().parents[2]
ASHA = Actor(actor_id="asha", name="asha", scopes=frozenset({"*"}))
BALA = Actor(actor_id="bala", name="bala", scopes=frozenset({"approve"}))
KIND = "vaccination"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The India deployment, without printing."""
    database = None
    if request.param == "postgres":
        server: PostgresServer = request.getfixturevalue("postgres")
        database = server.copy(make_schema)
    made = copy_deployment(ROOT, "india", tmp_path, database=database)
    file = made / "deployment.yaml"
    text = file.read_text(encoding="utf-8").replace("  - renderer-pdf\n", "")
    head, _, rest = text.partition("    renderings:\n")
    file.write_text(f"{head}{rest[rest.index('verifying:') :]}", encoding="utf-8")
    generate_missing(made)
    return made


@pytest.fixture
def house(folder: Path) -> Iterator[House]:
    with build_house(folder, telemetry=silent_telemetry()) as house:
        house.store.upgrade()
        yield house


@pytest.fixture
def numbers(house: House) -> list[str]:
    """The numbers of three credentials."""
    messages = sample_messages(ROOT / "config" / "india" / "samples" / "records.jsonl")[:3]
    receipt = house.issue_now(ASHA, house.submit(ASHA, KIND, messages))
    return [each.credential_id or "" for each in receipt.outcomes]


@pytest.fixture
def reissue(house: House) -> Callable[..., Progress]:
    """Return a function that proposes, approves and works until it is done."""

    def done(**selection: Any) -> Progress:
        worker = Worker(house)
        proposal = Proposal(
            action="reissue", reason="new key", kind=KIND, selection=Selection(**selection)
        )
        kept = house.bulk.propose(ASHA, proposal)
        worker.run_until_idle()
        house.bulk.approve(BALA, kept.id)
        worker.run_until_idle()
        return house.bulk.show(ASHA, kept.id)

    return done


def bodies(house: House, number: str) -> Sequence[Secured]:
    with house.store.read() as work:
        return work.credentials.bodies([number])[number]


def successor(house: House, number: str) -> str:
    with house.store.read() as work:
        return work.credentials.find([number])[number].superseded_by or ""


def verdicts(house: House, *signed: Secured) -> list[str]:
    inputs = [Presented(name=each.credential_id, data=each.content) for each in signed]
    return [each.verdict for each in house.verifier.verify(inputs)]


def states(house: House, numbers: Sequence[str]) -> list[str]:
    with house.store.read() as work:
        found = work.credentials.find(numbers)
    return [found[number].state for number in numbers]


def test_after_a_rotation_the_new_one_verifies_and_the_old_one_is_superseded(
    house: House, folder: Path, numbers: list[str], reissue: Callable[..., Progress]
) -> None:
    old = bodies(house, numbers[0])[0]
    rotate(folder, Rotation())

    done = reissue(key_id=old.key_id)

    new = bodies(house, successor(house, numbers[0]))[0]
    assert (done.state, dict(done.items)) == ("done", {"issued": 3})
    assert states(house, numbers) == ["superseded"] * 3
    assert new.key_id != old.key_id
    assert verdicts(house, old, new) == ["superseded", "valid"]
    subjects = [each.document["credentialSubject"] for each in (old, new)]
    assert subjects[0]["vaccination"] == subjects[1]["vaccination"]
    assert subjects[0]["id"] == subjects[1]["id"]
    assert [each.body for each in bodies(house, new.credential_id)] == [
        each.body for each in bodies(house, numbers[0])
    ]


def test_it_is_done_once_and_uses_up_no_correction(
    house: House, numbers: list[str], reissue: Callable[..., Progress]
) -> None:
    reissue()
    again = reissue()
    [new] = {successor(house, successor(house, number)) for number in numbers[:1]}
    with house.store.read() as work:
        revisions = work.credentials.revisions([new])[new]
    wish = Correction(
        credential_id=new,
        reason="misspelt",
        actor_id="asha",
        changes={"recipient.name": "Asha Namuna-Rao"},
    )
    receipt = house.corrections.correct(ASHA, Message(content={}, correction=wish))

    assert dict(again.items) == {"issued": 3}
    assert [(each.revision, each.cause) for each in revisions] == [
        (1, None),
        (2, "reissue"),
        (3, "reissue"),
    ]
    assert receipt.outcomes[0].state == "issued"


def test_what_is_revoked_meanwhile_stays_so(house: House, numbers: list[str]) -> None:
    worker = Worker(house)
    proposal = Proposal(action="reissue", reason="new key", kind=KIND)
    kept = house.bulk.propose(ASHA, proposal)
    worker.run_until_idle()
    house.bulk.approve(BALA, kept.id)
    house.campaigner.run_once()
    house.revoking.change(Wish(action="revoke", actor_id="a", reason="r"), numbers[:1])
    worker.run_until_idle()

    assert dict(house.bulk.show(ASHA, kept.id).items) == {"issued": 2, "refused": 1}
    assert states(house, numbers) == ["revoked", "superseded", "superseded"]
    assert successor(house, numbers[0]) == ""


def test_a_value_of_the_record_says_which_are_meant(
    house: House, numbers: list[str], reissue: Callable[..., Progress]
) -> None:
    with house.store.read() as work:
        records = work.credentials.record_of(numbers)
    batches = [records[number].content["vaccination"]["batch"] for number in numbers]

    done = reissue(where={"vaccination.batch": batches[0]})

    assert done.count == batches.count(batches[0])
    assert [state == "superseded" for state in states(house, numbers)] == [
        batch == batches[0] for batch in batches
    ]


def test_the_history_names_the_campaign(
    house: House, numbers: list[str], reissue: Callable[..., Progress]
) -> None:
    done = reissue()

    _, history = house.changes.history(ASHA, numbers[0])
    [change] = history
    assert (change.cause, change.reason) == ("reissue", "new key")
    assert change.evidence == f"campaign {done.id}, approved by bala"
    assert done.undo_until is None
