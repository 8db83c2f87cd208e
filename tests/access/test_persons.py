"""A person is told all that is kept, and is erased so that nothing personal is left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from mohar.access.persons import StillWaiting
from mohar.access.request import Asked, Named
from mohar.assembly.house import House, build_house
from mohar.assembly.keys import generate_missing
from mohar.assembly.opening import open_store
from mohar.auditing.examine import Examiner
from mohar.domain.access import Actor, Reason
from mohar.domain.errors import NotFound, NotPermitted
from mohar.domain.record import Message
from mohar.domain.rendition import Wanted
from mohar.plugin import Lookup
from mohar.store.request_rows import Contents
from mohar.testing.deployments import copy_deployment, sample_messages

ROOT = Path(__file__).resolve().parents[2]
KIND = "vaccination"
GROUP = "99000000000001"
WHY = Reason(channel="cli")


@pytest.fixture
def own(tmp_path: Path) -> Iterator[House]:
    """A house of the test's own: what is erased is missed by others."""
    folder = copy_deployment(ROOT, "india", tmp_path)
    generate_missing(folder)
    with open_store(folder) as store:
        store.upgrade()
    with build_house(folder) as house:
        yield house


@pytest.fixture
def issued(own: House, operator: Actor) -> Callable[[], list[str]]:
    """Return a function that issues two credentials of the person."""
    messages: list[Message] = sample_messages(
        ROOT / "config" / "india" / "samples" / "records.jsonl"
    )[:2]

    def issue() -> list[str]:
        receipt = own.issue_now(operator, own.submit(operator, KIND, messages))
        return [each.credential_id or "" for each in receipt.outcomes]

    return issue


def ask(house: House, actor: Actor, number: str) -> str:
    """Keep a request about a credential, and return its number."""
    asked = Asked(
        type="wrong-name",
        about=Named(credential_id=number),
        contents=Contents(
            reason="misspelt", changes={"recipient.name": "Bina"}, evidence={"photo-id": "seen"}
        ),
    )
    seen, _ = house.requests.open(actor, KIND, asked)
    return seen.kept.tracking


def test_a_dossier_has_record_documents_reads_and_requests(
    own: House, operator: Actor, issued: Callable[[], list[str]]
) -> None:
    first, second = issued()
    own.access.bodies(operator, first, reason=WHY)
    ask(own, operator, second)

    told = own.persons.dossier(operator, KIND, GROUP)

    by_number = {each["credential_id"]: each for each in told["credentials"]}
    assert set(by_number) == {first, second}
    assert by_number[first]["record"]["recipient"]["name"] == "Bina Pariksha"
    assert by_number[first]["reads"][0]["actor"] == "operator"
    assert "domestic" in {body["name"] for body in by_number[first]["bodies"]}
    assert told["requests"][0]["type"] == "wrong-name"


def test_what_is_erased_is_found_by_nobody_and_verifies_still(
    own: House, operator: Actor, issued: Callable[[], list[str]]
) -> None:
    first, second = issued()
    printed = own.access.bodies(operator, first, "domestic", reason=WHY)[0].content

    erased = own.persons.erase(operator, KIND, GROUP)

    assert set(erased) == {first, second}
    for number in erased:
        with pytest.raises(NotFound):
            own.access.bodies(operator, number, reason=WHY)
        with pytest.raises(NotFound):
            own.access.draw(operator, number, Wanted(suffix="pdf"), reason=WHY)
    assert own.access.look_up(operator, Lookup(kind=KIND, handles={"mobile": "5550000001"})) == []
    assert own.tools.life.verify(printed).verdict == "valid"


def test_nothing_personal_is_left_and_the_audit_log_holds(
    own: House, operator: Actor, issued: Callable[[], list[str]]
) -> None:
    numbers = issued()
    own.sealing.run_all()

    own.persons.erase(operator, KIND, GROUP)

    told = msgspec.json.encode(own.persons.dossier(operator, KIND, GROUP)).decode()
    with own.store.read() as work:
        assert work.credentials.record_of(numbers) == {}
        assert work.credentials.handles(numbers) == {}
    assert "Pariksha" not in told
    assert "5550000001" not in told
    own.sealing.run_all()
    assert Examiner(own.store, own.clock).examine(None).findings == ()


def test_the_same_record_becomes_no_second_credential(
    own: House, operator: Actor, issued: Callable[[], list[str]]
) -> None:
    numbers = issued()
    own.persons.erase(operator, KIND, GROUP)

    assert issued() == numbers


def test_who_waits_for_an_answer_is_not_erased(
    own: House, operator: Actor, issued: Callable[[], list[str]]
) -> None:
    number, _ = issued()
    ask(own, operator, number)

    with pytest.raises(StillWaiting):
        own.persons.erase(operator, KIND, GROUP)

    assert own.access.bodies(operator, number, reason=WHY)


def test_only_operators_and_only_whom_there_is(own: House, operator: Actor) -> None:
    reader = Actor(actor_id="a", name="a", scopes=frozenset({"read", "search"}))

    with pytest.raises(NotPermitted):
        own.persons.dossier(reader, KIND, GROUP)
    with pytest.raises(NotFound):
        own.persons.erase(operator, KIND, "nobody")
    with pytest.raises(NotFound):
        own.persons.dossier(operator, "nothing", GROUP)
