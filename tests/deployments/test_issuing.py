"""What the two India deployments make of real-shaped records, the whole way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mohar.assembly.house import House, build_house
from mohar.assembly.opening import silent_telemetry
from mohar.domain.access import Actor
from mohar.domain.credential import Outcome, Secured
from mohar.domain.record import Message

OPERATOR = Actor(actor_id="operator", name="test", scopes=frozenset({"*"}))


def certify(**changes: Any) -> dict[str, Any]:
    """A message as Co-WIN sends it; `recipient__dob="…"` changes one member."""
    message: dict[str, Any] = {
        "preEnrollmentCode": "98765432101234",
        "recipient": {
            "name": "Asha Namuna",
            "dob": "1984-03-02",
            "age": "37",
            "gender": "Female",
            "nationality": "Indian",
            "identity": "did:Passport:Z1234567",
            "contact": ["tel:9876543210"],
            "address": {"district": "Pune", "state": "Maharashtra", "pincode": 411001},
        },
        "vaccination": {
            "name": "COVISHIELD",
            "batch": "4120Z018",
            "manufacturer": "Serum Institute of India",
            "date": "2021-03-03T18:00:00Z",
            "effectiveStart": "2021-03-03",
            "effectiveUntil": "2021-12-31",
            "dose": 1,
            "totalDoses": 2,
        },
        "vaccinator": {"name": "Vaccinator"},
        "facility": {
            "name": "Pune Centre",
            "address": {"district": "Pune", "state": "Maharashtra"},
        },
    }
    for path, value in changes.items():
        *parents, last = path.split("__")
        node = message
        for name in parents:
            node = node[name]
        if value is None:
            node.pop(last, None)
        else:
            node[last] = value
    return message


@contextmanager
def opened(folder: Path) -> Iterator[House]:
    with build_house(folder, telemetry=silent_telemetry()) as house:
        yield house


def issue(house: House, *messages: dict[str, Any], variant: str = "v3") -> list[Outcome]:
    given = [Message(content=each, variant=variant) for each in messages]
    receipt = house.submit(OPERATOR, "vaccination", given)
    return list(house.issue_now(OPERATOR, receipt).outcomes)


def bodies(house: House, outcome: Outcome) -> dict[str, Secured]:
    assert outcome.credential_id is not None
    found = house.access.bodies(OPERATOR, outcome.credential_id)
    return {each.body: each for each in found}


@pytest.fixture
def india(deployed: Callable[..., Path]) -> Iterator[House]:
    with opened(deployed("india")) as house:
        yield house


class TestOneRecordManyBodies:
    def test_all_bodies_share_one_number_and_one_slot(self, india: House) -> None:
        """
        One number, one slot, one life.
        """
        (outcome,) = issue(india, certify())
        issued = bodies(india, outcome)
        both = [issued["domestic"], issued["international"]]
        told = [each.document["credentialStatus"]["statusListIndex"] for each in both]
        hcids = [each.document["credentialSubject"]["certificate"]["hcid"] for each in both]

        assert {each.credential_id for each in issued.values()} == {outcome.credential_id}
        assert len(set(told)) == 1
        assert set(hcids) == {outcome.credential_id}
        assert len(str(outcome.credential_id)) == 11

    def test_without_a_full_birth_date_only_the_international_body_is_refused(
        self, india: House
    ) -> None:
        """
        The answer and the stored credential both say why.
        """
        (outcome,) = issue(india, certify(recipient__dob="1984"))
        domestic, international = outcome.bodies[:2]
        number = str(outcome.credential_id)
        with india.store.read() as work:
            stored = work.credentials.find([number])[number]

        assert (outcome.state, domestic.issued, international.issued) == ("issued", True, False)
        assert [each.code for each in international.findings] == ["birth-date-incomplete"]
        assert [each.name for each in stored.refused] == ["international", "eu"]

    def test_without_age_and_birth_date_nothing_is_issued(self, india: House) -> None:
        """
        The domestic body is required.
        """
        (outcome,) = issue(india, certify(recipient__dob=None, recipient__age=None))

        assert (outcome.state, outcome.credential_id) == ("refused", None)

    def test_the_event_tells_what_became_of_each_body(self, india: House) -> None:
        """
        Whoever counts sees that one body was refused.
        """
        issue(india, certify(recipient__dob="1984"))
        with india.store.begin() as work:
            (event,) = work.outbox.after("test", 10)

        assert event.facts["bodies"] == {
            "domestic": "issued",
            "international": "refused",
            "eu": "refused",
            "ddcc": "issued",
            "ddcc-care": "issued",
            "shc": "issued",
        }


class TestComingTwice:
    def test_the_same_record_gives_the_same_credential(self, india: House) -> None:
        """
        One record, one credential, however often it comes.
        """
        (first,), (second,) = issue(india, certify()), issue(india, certify())

        assert (second.state, second.credential_id) == ("known", first.credential_id)

    def test_twice_in_one_batch_is_once(self, india: House) -> None:
        """
        The second of two equal records learns the first one's number.
        """
        first, second = issue(india, certify(), certify())

        assert {first.state, second.state} == {"issued", "known"}
        assert first.credential_id == second.credential_id

    def test_other_content_for_the_same_dose_is_a_conflict(self, india: House) -> None:
        """
        What was issued changes by correction only; the fields that differ are named, and no value.
        """
        issue(india, certify())
        (outcome,) = issue(india, certify(vaccination__batch="OTHER"))

        assert (outcome.state, outcome.credential_id) == ("conflict", None)
        assert [(each.code, each.where) for each in outcome.findings] == [
            ("already-issued", ""),
            ("field-differs", "vaccination.batch"),
        ]
        assert "OTHER" not in str(outcome)

    def test_what_differs_in_an_ignored_field_alone_is_the_same_record(self, india: House) -> None:
        """
        A kind may say which paths tell nothing (`corrections.ignored`).
        """
        plan = india.plans["vaccination"]
        assert plan.corrections is not None
        ignoring = msgspec.structs.replace(plan.corrections, ignored=("vaccination",))
        india.plans["vaccination"] = msgspec.structs.replace(plan, corrections=ignoring)

        (first,), (second,) = issue(india, certify()), issue(india, certify(vaccination__batch="B"))

        assert (second.state, second.credential_id) == ("known", first.credential_id)

    def test_where_the_record_is_gone_nobody_can_tell_what_differs(self, india: House) -> None:
        """
        That is another answer than naming no field.
        """
        issue(india, certify())
        with india.store.begin() as work:
            work.credentials.forget_records("vaccination", india.clock(), 10)
        (outcome,) = issue(india, certify(vaccination__batch="OTHER"))

        assert outcome.state == "conflict"
        assert [each.code for each in outcome.findings] == ["already-issued", "difference-unknown"]

    def test_what_was_refused_may_come_again(self, india: House) -> None:
        """
        A mended record is issued, though its key was seen before.
        """
        (refused,) = issue(india, certify(recipient__dob=None, recipient__age=None))
        (mended,) = issue(india, certify())

        assert (refused.state, mended.state) == ("refused", "issued")


class TestWhatIsSigned:
    def test_a_late_evening_keeps_its_day(self, india: House) -> None:
        """
        18:00 UTC is half past eleven at night in India, and still the third of March.
        """
        (outcome,) = issue(india, certify())
        issued = bodies(india, outcome)
        dates = {
            issued[name].document["credentialSubject"]["vaccination"]["date"]
            for name in ("domestic", "international")
        }

        assert dates == {"2021-03-03"}

    @pytest.mark.parametrize(
        "identity", ["did:in.gov.uidai.aadhaar:234123412346", "2341 2341 2346"]
    )
    def test_a_national_identity_number_is_in_no_body(self, india: House, identity: str) -> None:
        """
        Subjects are opaque; the number goes nowhere.
        """
        (outcome,) = issue(india, certify(recipient__identity=identity))
        signed = b"".join(each.content for each in bodies(india, outcome).values())

        assert b"234123412346" not in signed.replace(b" ", b"")

    def test_hostile_names_are_signed_as_they_are(self, india: House) -> None:
        """
        A name is data: quotes, braces and tags change nothing around it.
        """
        name = 'Anne "O\'Neil", {"dose": 9} </script> ${x} {{y}} अनीता 🙏'
        (outcome,) = issue(india, certify(recipient__name=name))
        subject = bodies(india, outcome)["domestic"].document["credentialSubject"]

        assert subject["name"] == name
        assert subject["vaccination"]["dose"] == 1

    def test_a_new_vaccine_is_one_entry(self, deployed: Callable[..., Path]) -> None:
        """
        Source, credential, document and facts all read the one value set.
        """
        folder = deployed("india")
        value_set = folder / "../../schemas/vaccination/value-sets/vaccines.yaml"
        entry = {
            "code": "navavax",
            "name": "NAVAVAX",
            "manufacturers": ["Nava Biologicals"],
            "icd11_class": "XM5JC5",
            "prophylaxis": "COVID-19 vaccine, virus protein subunit",
            "schedules": [{"effective_from": "2021-01-01", "doses": 2, "interval_days": [28, 42]}],
        }
        text = value_set.read_text(encoding="utf-8")
        line = f"  - {msgspec.json.encode(entry).decode()}\n"
        value_set.write_text(f"{text.rstrip()}\n{line}", encoding="utf-8")
        changed = certify(
            vaccination__name="Nava-Vax", vaccination__manufacturer="Nava Biologicals"
        )
        with opened(folder) as house:
            (outcome,) = issue(house, changed)
            subject = bodies(house, outcome)["domestic"].document["credentialSubject"]
            drawn = house.access.drawings(
                OPERATOR, bodies(house, outcome)["domestic"], suffix="pdf"
            )

        assert outcome.state == "issued"
        assert subject["vaccination"]["brand"] == "NAVAVAX"
        assert [each.suffix for _, each in drawn] == ["pdf"]  # type: ignore[union-attr]


class TestCompatibleBodies:
    @pytest.mark.parametrize(
        ("variant", "body", "context"),
        [
            ("v1", "v1", "https://cowin.gov.in/credentials/vaccination/v1"),
            ("v2", "v1", "https://cowin.gov.in/credentials/vaccination/v1"),
            ("v3", "v2", "https://cowin.gov.in/credentials/vaccination/v2"),
        ],
    )
    def test_the_door_decides_the_version(
        self, deployed: Callable[..., Path], variant: str, body: str, context: str
    ) -> None:
        """
        Routes v1 and v2 give context v1, route v3 gives context v2.
        """
        with opened(deployed("india-divoc")) as house:
            (outcome,) = issue(house, certify(), variant=variant)
            signed = bodies(house, outcome)

        assert list(signed) == [body]
        assert signed[body].document["@context"][1] == context
        assert signed[body].algorithm == "PS256"


def test_a_natural_key_has_an_end(india: House) -> None:
    """
    A number that no register gives out is refused, and not carried into a QR code.
    """
    (outcome,) = issue(india, certify(preEnrollmentCode="9" * 100_000))

    assert outcome.state == "refused"
    assert "key-too-long" in {each.code for each in outcome.findings}


def test_without_its_group_a_record_is_refused(deployed: Callable[..., Path]) -> None:
    """
    A misspelt `group:` must not put strangers' rows on one certificate.
    """
    folder = deployed("india")
    file = folder / "deployment.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("group: pre_enrollment_code", "group: pre_enrolment_code"))
    with opened(folder) as house:
        (outcome,) = issue(house, certify())

    assert outcome.state == "refused"
    assert [each.code for each in outcome.findings] == ["group-missing"]


def test_the_database_is_for_its_owner_only(deployed: Callable[..., Path]) -> None:
    """
    Nobody else on the machine may read it, or what SQLite puts beside it.
    """
    folder = deployed("india")
    with opened(folder) as house:
        issue(house, certify())
        modes = {path.stat().st_mode & 0o077 for path in (folder / "data").glob("*.sqlite*")}

    assert modes == {0}
