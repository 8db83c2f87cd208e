import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mohar.assembly.house import House, build_house
from mohar.assembly.status import OwnStatus
from mohar.assembly.verifier import open_verifier
from mohar.domain.access import Actor
from mohar.domain.credential import Secured
from mohar.domain.keys import PublicKey
from mohar.domain.record import Message
from mohar.domain.status import StatusReference
from mohar.verifying.verify import Presented

NOW = datetime(2026, 3, 1, tzinfo=UTC)


class _Nobody:
    def keys(self, issuer: str, key_id: str, at: datetime) -> list[PublicKey]:  # noqa: ARG002 -- the role's signature
        return []


@pytest.fixture
def house(folder: Path) -> Iterator[House]:
    with build_house(folder) as house:
        yield house


@pytest.fixture
def secured(house: House, messages: list[Message], operator: Actor) -> list[Secured]:
    """The two bodies of one credential that name the list in which its state is told."""
    receipt = house.issue_now(operator, house.submit(operator, "vaccination", messages[:1]))
    (outcome,) = receipt.outcomes
    bodies = house.access.bodies(operator, str(outcome.credential_id))
    return [each for each in bodies if "credentialStatus" in each.document]


def mark(folder: Path, state: str) -> None:
    """Write a state by hand, as an operator's command will."""
    connection = sqlite3.connect(folder / "data" / "india.sqlite")
    with connection:
        connection.execute("update credential set state = ?", [state])
    connection.close()


def verdicts(house: House, secured: list[Secured]) -> set[str]:
    inputs = [Presented(name=each.body, data=each.content) for each in secured]
    return {verdict.verdict for verdict in house.verifier.verify(inputs)}


class TestOwnStatus:
    @pytest.mark.parametrize(
        ("state", "verdict"),
        [
            ("current", "valid"),
            ("revoked", "revoked"),
            ("suspended", "suspended"),
            ("superseded", "superseded"),
        ],
    )
    def test_the_state_of_a_credential_is_the_verdict_on_all_its_bodies(
        self, house: House, folder: Path, secured: list[Secured], state: str, verdict: str
    ) -> None:
        """
        They share one slot, and so one life.
        """
        mark(folder, state)

        assert len(secured) == 2
        assert verdicts(house, secured) == {verdict}

    def test_a_verifier_of_the_same_deployment_tells_the_same(
        self, folder: Path, secured: list[Secured]
    ) -> None:
        mark(folder, "revoked")

        with open_verifier(folder) as verifier:
            (verdict,) = verifier.verify([Presented(name="x", data=secured[0].content)])

        assert verdict.verdict == "revoked"

    def test_where_the_store_does_not_answer_nobody_knows(
        self, house: House, folder: Path, secured: list[Secured]
    ) -> None:
        """
        "Could not tell" is not "valid", and not "revoked".
        """
        house.store.dispose()
        for path in (folder / "data").glob("india.sqlite*"):
            path.unlink()
        (folder / "data" / "india.sqlite").mkdir()

        assert verdicts(house, secured) == {"not-checked"}

    def test_without_the_secrets_of_the_store_nobody_knows(
        self, folder: Path, secured: list[Secured]
    ) -> None:
        for secret in (folder / "secrets").iterdir():
            secret.unlink()

        with open_verifier(folder) as verifier:
            (verdict,) = verifier.verify([Presented(name="x", data=secured[0].content)])

        assert verdict.verdict == "not-checked"

    @pytest.mark.parametrize(
        "url",
        [
            "https://other.example/v1/status/vaccination-revocation-1",
            "http://127.0.0.1:8000/v1/status/no-such-list",
            "http://127.0.0.1:8000.evil.example/v1/status/vaccination-revocation-1",
            "",
        ],
    )
    def test_of_other_lists_nothing_is_told(self, house: House, url: str) -> None:
        status = OwnStatus(house.store, house.deployment.domains.public, _Nobody())

        told = status.tell(StatusReference(list_url=url, index=0), NOW)

        assert told == "unknown"

    def test_of_a_slot_that_nobody_has_nothing_is_told(
        self, house: House, secured: list[Secured]
    ) -> None:
        """
        A credential of ours is in its slot: one that claims another was not made here.
        """
        del secured
        status = OwnStatus(house.store, house.deployment.domains.public, _Nobody())
        url = "http://127.0.0.1:8000/v1/status/vaccination-revocation-1"

        told = {
            status.tell(StatusReference(list_url=url, index=index), NOW) for index in (-1, 10**12)
        }

        assert told == {"unknown"}
