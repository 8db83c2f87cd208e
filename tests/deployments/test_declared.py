"""Deployments made of files alone: a school certificate, and a lab test from DIVOC's own requests."""

from __future__ import annotations

import csv
import re
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mohar.assembly.house import House, build_house
from mohar.assembly.opening import silent_telemetry
from mohar.cli.main import main
from mohar.config.load import load_deployment
from mohar.domain.access import Actor
from mohar.domain.credential import Outcome, Secured
from mohar.domain.record import Message
from mohar.testing.tools import tools_for
from mohar_schema_declared import DeclaredSchema, Settings

ROOT = Path(__file__).resolve().parents[2]
OPERATOR = Actor(actor_id="operator", name="test", scopes=frozenset({"*"}))
SAMPLES = ROOT / "config" / "school" / "samples"
# What neither the deployment nor its type may know of.
OF_HEALTH = re.compile(
    r"vaccin|dose|disease|patient|covid|icd-?11|cowin|divoc|india|hcert|shc\b", re.IGNORECASE
)


@contextmanager
def opened(folder: Path) -> Iterator[House]:
    with build_house(folder, telemetry=silent_telemetry()) as house:
        yield house


@pytest.fixture
def school(deployed: Callable[..., Path]) -> Path:
    return deployed("school")


@pytest.fixture
def house(school: Path) -> Iterator[House]:
    with opened(school) as found:
        yield found


def registry(line: int = 0, **changes: Any) -> dict[str, Any]:
    """A message of the registry; `exam__no="…"` changes one member."""
    text = (SAMPLES / "registry.jsonl").read_bytes().splitlines()[line]
    message: dict[str, Any] = msgspec.json.decode(text)
    for path, value in changes.items():
        *parents, last = path.split("__")
        node = message
        for name in parents:
            node = node[name]
        node[last] = value
    return message


def issue(house: House, kind: str, messages: Sequence[Message]) -> list[Outcome]:
    receipt = house.submit(OPERATOR, kind, messages)
    return list(house.issue_now(OPERATOR, receipt).outcomes)


def graduate(house: House, *messages: dict[str, Any]) -> list[Outcome]:
    return issue(house, "school-leaving", [Message(content=each) for each in messages])


def body(house: House, outcome: Outcome) -> Secured:
    assert outcome.credential_id is not None
    (found,) = house.access.bodies(OPERATOR, outcome.credential_id)
    return found


class TestTheCoreIsGeneric:
    def test_the_school_names_no_plugin_of_health_or_of_a_country(self) -> None:
        plugins = load_deployment(ROOT / "config" / "school").deployment.plugins

        assert set(plugins) == {
            "source-declared",
            "schema-declared",
            "format-ld",
            "signer-file",
            "trust-static",
            "renderer-pdf",
            "renderer-qr",
            "sink-jsonl",
        }

    def test_nothing_of_the_school_is_python(self) -> None:
        """
        A deployment and a type are data.
        """
        folders = (ROOT / "config" / "school", ROOT / "schemas" / "education")
        kinds = {path.suffix for each in folders for path in each.rglob("*") if path.is_file()}

        assert kinds <= {
            *(".yaml", ".html", ".css", ".jsonl", ".csv", ".txt"),
            *("", ".pem", ".key", ".sqlite"),
        }
        assert ".yaml" in kinds

    def test_nothing_of_the_school_speaks_of_health(self) -> None:
        listed = subprocess.run(
            ["git", "-c", "safe.directory=*", "ls-files", "config/school", "schemas/education"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        ).stdout.splitlines()
        if not listed:
            pytest.skip("not a checkout, so nobody knows which files are committed")
        texts = {name: (ROOT / name).read_text(encoding="utf-8") for name in listed}
        found = {name: OF_HEALTH.findall(text) for name, text in texts.items()}

        # The comments may say that it is not about health.
        assert {name: words for name, words in found.items() if words} == {}


class TestSchool:
    def test_from_the_registry_to_a_verified_qr(
        self, school: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """
        Issued, drawn as QR code and as PDF, and both read back as valid.
        """
        given, out = ["--deployment", str(school)], tmp_path / "out"
        issued = main(
            ["issue", *given, "--out", str(out), "--render", str(SAMPLES / "registry.jsonl")]
        )
        pictures = sorted([*out.glob("*.png"), *out.glob("*.pdf")])
        verified = main(["verify", *given, *map(str, pictures)])
        told = capsys.readouterr().out

        assert (issued, verified, len(pictures)) == (0, 0, 6)
        assert told.count(": valid\n") == 6
        assert "  name: Mari Näidis\n" in told

    def test_from_a_csv_to_the_same_type(self, house: House) -> None:
        """
        Rows and messages give one sort of record, whatever dates and grades looked like.
        """
        source = house.plans["school-leaving"].source
        with (SAMPLES / "school.csv").open(encoding="utf-8", newline="") as file:
            rows = [source.from_row(row) for row in csv.DictReader(file)]
        first, second = issue(house, "school-leaving", rows)
        subjects = [body(house, each).document["credentialSubject"] for each in (first, second)]

        assert subjects[0]["birthDate"] == "2008-01-07"
        assert subjects[0]["examination"] == {
            "number": "2026-00021",
            "year": 2026,
            "date": "2026-06-19",
            "result": "merit",
            "language": "en",
        }
        assert subjects[1]["name"] == "Proov, Ott"
        assert subjects[1]["grades"] == {"firstLanguage": "C", "mathematics": "C", "science": "D"}

    def test_a_late_decision_has_the_day_of_the_school(self, house: House) -> None:
        """
        Half past ten at night in UTC is the next day where the school is.
        """
        (outcome,) = graduate(house, registry())
        examination = body(house, outcome).document["credentialSubject"]["examination"]

        assert examination["date"] == "2026-06-19"

    def test_everything_wrong_is_told_in_the_words_of_the_registry(self, house: House) -> None:
        (outcome,) = graduate(
            house, registry(exam__no="26-1", exam__result="X", pupil__born="2008")
        )
        told = [(each.code, each.where) for each in outcome.findings]

        assert outcome.state == "refused"
        assert told == [
            ("value-unfit", "exam.no"),
            ("value-unfit", "pupil.born"),
            ("value-unfit", "exam.result"),
        ]

    def test_what_nobody_reads_is_a_warning(self, house: House) -> None:
        (outcome,) = graduate(house, registry(house="Blue"))

        assert outcome.state == "issued"
        assert [(each.code, each.severity) for each in outcome.findings] == [
            ("unknown-field", "warning")
        ]

    def test_what_is_counted_is_about_nobody(self, house: House) -> None:
        graduate(house, registry())
        with house.store.begin() as work:
            (event,) = work.outbox.after("test", 10)
        facts = dict(event.facts)
        del facts["bodies"]

        assert facts == {
            "year": 2026,
            "month": "2026-06",
            "result": "distinction",
            "language": "en",
            "school": "S-017",
        }


LAB = """\
mohar: 1
name: lab
country: IN
environment: demo
time_zone: Asia/Kolkata
authority: {name: Council of Laboratories, id: "did:web:labs.example"}
domains: {public: "http://127.0.0.1:8000", contexts: "http://127.0.0.1:8000/contexts"}
plugins: [source-declared, schema-declared, format-ld, signer-file, renderer-qr]
store:
  url: sqlite:///data/lab.sqlite
  encryption_key: {file: secrets/encryption.key}
  pepper: {secret: {file: secrets/pepper.key}}
signers:
  - {name: council, uses: file, settings: {key: {file: keys/council.pem}, key_id: "did:web:labs.example#1"}}
credentials:
  - name: lab-test
    source: {uses: declared, settings: {mapping: ../../schemas/lab-test/sources/divoc.yaml}}
    schema: {uses: declared, settings: {type: ../../schemas/lab-test/core-1/type.yaml}}
    key: [number, test.sampled_at]
    group: number
    bodies:
      - {name: core, format: {uses: ld, settings: {suite: eddsa-rdfc-2022}}, signer: council}
      - name: divoc
        format: {uses: ld, settings: {suite: Ed25519Signature2018}}
        signer: council
        required: false
        schema: {uses: declared, settings: {type: ../../schemas/lab-test/divoc-v1/type.yaml}}
    renderings: [{name: qr, uses: qr-png}]
"""


def request(**test_details: Any) -> dict[str, Any]:
    """A request for a test certificate as DIVOC's services took it."""
    return {
        "preEnrollmentCode": "98765432100001",
        "recipient": {
            "name": "Asha Namuna",
            "dob": "1984-03-02",
            "gender": "Female",
            "nationality": "Indian",
            "identity": "did:Passport:Z1234567",
            "contact": ["tel:5550000001", "mailto:sample@example.org"],
            "address": {"addressLine1": "1", "district": "Pune", "state": "M", "pincode": "411001"},
        },
        "testDetails": {
            "testName": "Sample PCR",
            "testType": "RT-PCR",
            "disease": "COVID-19",
            "batch": "L1",
            "manufacturer": "Sample Diagnostics",
            "sampleOrigin": "Nasopharyngeal swab",
            "sampleCollectionTimestamp": "2021-10-05T23:30:00Z",
            "resultTimestamp": "2021-10-06T09:00:00+05:30",
            "result": "Negative",
            **test_details,
        },
        "verifier": {"name": "Dr. Sample"},
        "facility": {"name": "Sample Laboratory", "address": {"district": "Pune", "state": "M"}},
    }


class TestLabTest:
    @pytest.fixture
    def lab(self, deployed: Callable[..., Path]) -> Path:
        """A folder that a newcomer would write: one file."""
        folder = deployed("school").parent / "lab"
        (folder / "data").mkdir(parents=True)
        (folder / "deployment.yaml").write_text(LAB, encoding="utf-8")
        assert main(["keys", "generate", str(folder)]) == 0
        assert main(["db", "upgrade", str(folder)]) == 0
        return folder

    def test_one_request_gives_the_core_data_set_and_the_legacy_form(self, lab: Path) -> None:
        with opened(lab) as house:
            (outcome,) = issue(house, "lab-test", [Message(content=request())])
            assert outcome.credential_id is not None
            found = house.access.bodies(OPERATOR, outcome.credential_id)
        documents = {each.body: each.document for each in found}
        test = documents["core"]["credentialSubject"]["test"]
        (evidence,) = documents["divoc"]["evidence"]

        assert outcome.findings == ()
        assert (test["pathogen"], test["disease"]) == ("XN109", "RA01.0")
        assert (test["kind"], test["result"], test["resultCode"]) == (
            "LP6464-4",
            "not-detected",
            "260415000",
        )
        assert (test["origin"], test["country"]) == ("258500001", "IND")
        assert test["sampledAt"] == "2021-10-05T23:30:00Z"
        assert evidence["type"] == ["TestDetails"]
        assert (evidence["testType"], evidence["result"]) == ("RT-PCR", "Negative")
        assert b"Z1234567" not in b"".join(each.content for each in found)

    def test_both_forms_verify_and_only_the_core_is_sure(
        self, lab: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """
        What the guards of the legacy form can tell, they tell.
        """
        given, out = ["--deployment", str(lab)], tmp_path / "out"
        (tmp_path / "one.json").write_bytes(msgspec.json.encode(request()))
        main(["issue", *given, "--out", str(out), "--render", str(tmp_path / "one.json")])
        statuses = [main(["verify", *given, str(path)]) for path in sorted(out.glob("*.png"))]
        told = capsys.readouterr().out

        assert statuses == [0, 0], told
        assert "passed  guard:result" in told
        assert "failed" not in told

    @pytest.mark.parametrize("result", ["Inconclusive", "Void"])
    def test_a_test_that_says_nothing_certifies_nothing(self, lab: Path, result: str) -> None:
        with opened(lab) as house:
            (outcome,) = issue(house, "lab-test", [Message(content=request(result=result))])

        core = next(each for each in outcome.bodies if each.name == "core")
        assert outcome.state == "refused"
        assert {each.where for each in core.findings} == {"test.result"}

    def test_a_result_of_no_list_is_refused_with_its_mend(self, lab: Path) -> None:
        with opened(lab) as house:
            (outcome,) = issue(house, "lab-test", [Message(content=request(result="Maybe"))])

        core = next(each for each in outcome.bodies if each.name == "core")
        assert "unknown-result" in {each.code for each in core.findings}


class TestBundledTypes:
    @pytest.mark.parametrize(
        "path",
        ["education/school-leaving-1", "lab-test/core-1", "lab-test/divoc-v1"],
    )
    def test_the_linter_finds_no_mistake(self, path: str) -> None:
        opened = DeclaredSchema.open(
            Settings(type=f"{path}/type.yaml"), tools_for(ROOT / "schemas")
        )

        assert [each for each in opened.findings() if each.is_error] == []
