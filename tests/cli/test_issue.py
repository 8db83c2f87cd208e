import csv
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
Deployed = Callable[..., Path]


def bodies_in(out: Path) -> list[Path]:
    """The signed bodies in a folder: each is named after its body and its format."""
    endings = {".json", ".txt", ".smart-health-card"}
    return [path for path in out.iterdir() if path.suffix in endings]


@pytest.fixture
def folder(deployed: Deployed) -> Path:
    """The India deployment, with keys; its store is made by the first command."""
    return deployed()


def stored(folder: Path) -> bool:
    return (folder / "data" / "india.sqlite").exists()


class TestStatus:
    def test_0_when_all_are_issued(self, mohar: Run, folder: Path, few: Path) -> None:
        ran = mohar("issue", "--deployment", folder, "--kind", "vaccination", few)

        assert (ran.status, ran.out) == (0, "2 issued\n")

    def test_0_when_they_were_issued_before(self, mohar: Run, folder: Path, few: Path) -> None:
        mohar("issue", "--deployment", folder, few)

        ran = mohar("issue", "--deployment", folder, few)

        assert (ran.status, ran.out) == (0, "2 known\n")

    def test_1_when_some_are_refused_and_each_finding_is_told(
        self, mohar: Run, folder: Path, mixed: Path
    ) -> None:
        """
        With the place of the record in the file, what is wrong, where, and the mend.
        """
        ran = mohar("issue", "--deployment", folder, mixed)
        lines = ran.out.splitlines()

        assert ran.status == 1
        assert lines[-1] == "8 issued, 4 refused"
        assert any(
            line.startswith("record 9: refused: error no-code at preEnrollmentCode: ")
            for line in lines
        )
        told = [line for line in lines if ": issued: error " in line]
        assert any(" latin-name-missing at eu " in line for line in told)

    @pytest.mark.parametrize(
        "arguments", [["--kind", "vacination"], ["--write", "docx"], ["--formats", "dcc"]]
    )
    def test_2_when_it_could_not_and_nothing_was_done(
        self, mohar: Run, folder: Path, few: Path, tmp_path: Path, arguments: list[str]
    ) -> None:
        ran = mohar("issue", "--deployment", folder, "--out", tmp_path / "out", *arguments, few)

        assert ran.status == 2
        assert ran.err.startswith("mohar: ")
        assert mohar("issue", "--deployment", folder, few).out == "2 issued\n"

    def test_no_personal_value_is_printed(self, mohar: Run, folder: Path, mixed: Path) -> None:
        ran = mohar("issue", "--deployment", folder, mixed)
        people = [json.loads(line)["message"] for line in mixed.read_bytes().splitlines()]
        names = {str(each["recipient"].get("name")) for each in people if "recipient" in each}

        assert not [name for name in names if len(name) > 6 and name in ran.out + ran.err]


class TestFiles:
    def test_a_json_array_and_a_single_object_are_read(
        self, mohar: Run, folder: Path, few: Path, tmp_path: Path
    ) -> None:
        records = [json.loads(line) for line in few.read_bytes().splitlines()]
        (tmp_path / "all.json").write_text(json.dumps(records))
        (tmp_path / "one.json").write_text(json.dumps(records[0]))

        several = mohar("issue", "--deployment", folder, tmp_path / "all.json")
        single = mohar("issue", "--deployment", folder, tmp_path / "one.json")

        assert (several.out, single.out) == ("2 issued\n", "1 known\n")

    def test_plain_messages_take_the_variant_named(
        self, mohar: Run, folder: Path, few: Path, tmp_path: Path
    ) -> None:
        messages = [json.loads(line)["message"] for line in few.read_bytes().splitlines()]
        (tmp_path / "all.json").write_text(json.dumps(messages))

        ran = mohar("issue", "--deployment", folder, "--variant", "v3", tmp_path / "all.json")

        assert (ran.status, ran.out) == (0, "2 issued\n")

    def test_csv_is_read_by_the_headers_of_the_source(
        self, mohar: Run, folder: Path, tmp_path: Path
    ) -> None:
        row = {
            "preEnrollmentCode": "99000000009001",
            "recipientName": 'Asha O\'Brien, "Test"',
            "recipientLatinFamily": "OBRIEN",
            "recipientLatinGiven": "ASHA",
            "recipientMobileNumber": "5550000001",
            "recipientDOB": "1988-12-02",
            "recipientAge": "33",
            "recipientGender": "Female",
            "recipientNationality": "Indian",
            "recipientIdentity": "Driving License # XX00 00000000001",
            "recipientAddressLine1": "House 1",
            "recipientAddressLine2": "",
            "recipientDistrict": "Imphal West",
            "recipientState": "Manipur",
            "recipientPincode": "795001",
            "vaccinationBatch": "B1",
            "vaccinationDate": "2021-06-01T09:30:00+05:30",
            "vaccinationDose": "1",
            "vaccinationTotalDoses": "2",
            "vaccinationEffectiveStart": "2021-06-01",
            "vaccinationEffectiveEnd": "2031-06-01",
            "vaccinationManufacturer": "Serum Institute of India",
            "vaccinationName": "COVISHIELD",
            "vaccinatorName": "V",
            "facilityName": "F",
            "facilityAddressLine1": "Road",
            "facilityAddressLine2": "",
            "facilityDistrict": "Imphal West",
            "facilityState": "Manipur",
            "facilityPincode": "795001",
        }
        path = tmp_path / "records.csv"
        with path.open("w", newline="", encoding="utf-8-sig") as file:
            writer = csv.DictWriter(file, list(row))
            writer.writeheader()
            writer.writerow(row)

        ran = mohar("issue", "--deployment", folder, path)

        assert (ran.status, ran.out) == (0, "1 issued\n")

    @pytest.mark.parametrize(
        ("name", "content", "told"),
        [
            ("x.json", b"{", "is not JSON"),
            ("x.json", b"[]", "holds no records"),
            ("x.json", b'[{}, 7, "a"]', "not a JSON object at item 1, 2"),
            ("x.jsonl", b"{}\n{\n[\n", "x.jsonl:3: this line is no JSON object"),
            ("x.jsonl", b"{}\n\n7\n", "x.jsonl:3: this line is no JSON object"),
            ("x.jsonl", b"", "the file is empty"),
            ("x.csv", b"a,b\n1,2\n", "these columns are missing: preEnrollmentCode, "),
            ("x.csv", b"\xff\xfe", "is not UTF-8"),
            ("x.csv", b"", "the file is empty"),
            ("x.xlsx", b"PK\x03\x04", "no XLSX sheet"),
        ],
    )
    def test_what_is_wrong_with_a_file_is_told(
        self, mohar: Run, folder: Path, tmp_path: Path, name: str, content: bytes, told: str
    ) -> None:
        path = tmp_path / name
        path.write_bytes(content)

        ran = mohar("issue", "--deployment", folder, path)

        assert ran.status == 2
        assert told in ran.err
        assert str(path) in ran.err

    @pytest.mark.parametrize("name", ["gone.json", "."])
    def test_a_file_that_cannot_be_read_is_named(
        self, mohar: Run, folder: Path, tmp_path: Path, name: str
    ) -> None:
        ran = mohar("issue", "--deployment", folder, tmp_path / name)

        assert ran.status == 2
        assert "cannot be read: " in ran.err


class TestDryRun:
    def test_it_keeps_nothing(self, mohar: Run, folder: Path, mixed: Path) -> None:
        """
        No submission, no number, no credential: the same file is issued in full afterwards.
        """
        dry = mohar("issue", "--deployment", folder, "--dry-run", mixed)
        wet = mohar("issue", "--deployment", folder, mixed)

        assert dry.status == 1
        assert dry.out.splitlines()[-1] == "4 refused, 8 waiting"
        assert wet.out.splitlines()[-1] == "8 issued, 4 refused"

    def test_it_tells_what_issuing_would_tell(self, mohar: Run, folder: Path, mixed: Path) -> None:
        dry, wet = (
            mohar("issue", "--deployment", folder, *options, mixed).out
            for options in (["--dry-run"], [])
        )

        assert Counter(_refusals(dry)) == Counter(_refusals(wet))

    def test_0_when_nothing_speaks_against_any(self, mohar: Run, folder: Path, few: Path) -> None:
        ran = mohar("issue", "--deployment", folder, "--dry-run", few)

        assert (ran.status, ran.out) == (0, "2 waiting\n")


class TestOut:
    def test_bodies_and_a_report_are_written(
        self, mohar: Run, folder: Path, mixed: Path, tmp_path: Path
    ) -> None:
        out = tmp_path / "a" / "b"

        mohar("issue", "--deployment", folder, "--out", out, mixed)

        lines = [json.loads(line) for line in (out / "report.jsonl").read_bytes().splitlines()]
        numbers = {each["credential_id"] for each in lines if each["state"] == "issued"}
        written = sorted(path.name for path in bodies_in(out))
        assert [each["position"] for each in lines] == list(range(12))
        assert len(numbers) == 8
        assert {name.partition(".")[0] for name in written} == numbers
        assert {name.split(".")[1] for name in written} == {
            "domestic",
            "international",
            "eu",
            "ddcc",
            "ddcc-care",
            "shc",
        }
        domestic = next(out.glob("*.domestic.json"))
        assert json.loads(domestic.read_bytes())["proof"]

    @pytest.mark.parametrize("option", ["--write", "--formats"])
    def test_write_names_what_is_written_and_formats_may_still_do_so(
        self, mohar: Run, folder: Path, few: Path, tmp_path: Path, option: str
    ) -> None:
        out = tmp_path / "out"

        ran = mohar("issue", "--deployment", folder, "--out", out, option, "png", few)

        suffixes = Counter(path.suffix for path in (tmp_path / "out").iterdir())

        assert suffixes == {".jsonl": 1, ".png": 12}
        assert ("write --write png" in ran.err) == (option == "--formats")

    def test_render_writes_everything_there_is(
        self, mohar: Run, deployed: Deployed, few: Path, tmp_path: Path
    ) -> None:
        folder = deployed(printed=True)

        ran = mohar("issue", "--deployment", folder, "--out", tmp_path / "out", "--render", few)

        suffixes = Counter(path.suffix for path in (tmp_path / "out").iterdir())
        # Nobody among these few has a passport, and the international paper says so.
        assert ran.err.count("needs the passport number") == 2
        assert suffixes == {
            ".jsonl": 1,
            ".json": 4,
            ".txt": 6,
            ".smart-health-card": 2,
            ".png": 12,
            ".svg": 12,
            ".pdf": 2,
        }

    def test_pictures_are_asked_for_with_the_parameters_they_have(
        self, mohar: Run, deployed: Deployed, few: Path, tmp_path: Path
    ) -> None:
        """
        Both papers are as of the first dose, so they are one and the same; a QR code has none.
        """
        folder, out = deployed(printed=True), tmp_path / "out"
        wish = ["--parameter", "up_to_dose=1", "--parameter", "other=1"]

        mohar("issue", "--deployment", folder, "--out", out, "--write", "pdf,png", *wish, few)

        papers = [path.read_bytes() for path in out.glob("*.domestic.certificate.pdf")]
        assert len(papers) == 2
        assert papers[0] == papers[1]
        assert len(list(out.glob("*.png"))) == 12

    def test_a_parameter_without_a_value_is_a_mistake_of_the_caller(
        self, mohar: Run, folder: Path, few: Path
    ) -> None:
        ran = mohar("issue", "--deployment", folder, "--parameter", "up_to_dose", few)

        assert ran.status == 2
        assert "NAME=VALUE" in ran.err

    def test_a_place_that_cannot_be_written_is_found_out_before_anything_is_issued(
        self, mohar: Run, folder: Path, few: Path, tmp_path: Path
    ) -> None:
        taken = tmp_path / "taken"
        taken.write_text("a file")

        ran = mohar("issue", "--deployment", folder, "--out", taken, few)

        assert ran.status == 2
        assert f"mohar: {taken} cannot be written: File exists" in ran.err
        assert mohar("issue", "--deployment", folder, few).out == "2 issued\n"


class TestFormats:
    def test_only_what_is_named_is_issued(
        self, mohar: Run, folder: Path, few: Path, tmp_path: Path
    ) -> None:
        out = tmp_path / "out"

        ran = mohar(
            "issue", "--deployment", folder, "--out", out, "--formats", "domestic,hcert", few
        )

        names = Counter(path.name.split(".")[1] for path in bodies_in(out))
        lines = [json.loads(line) for line in (out / "report.jsonl").read_bytes().splitlines()]
        assert (ran.status, ran.out) == (0, "2 issued\n")
        assert names == dict.fromkeys(["domestic", "eu", "ddcc", "ddcc-care"], 2)
        assert [len(line["bodies"]) for line in lines] == [4, 4]

    def test_a_dry_run_looks_at_what_is_named_alone(
        self, mohar: Run, folder: Path, mixed: Path
    ) -> None:
        everything = mohar("issue", "--deployment", folder, "--dry-run", mixed)
        at_home = mohar(
            "issue", "--deployment", folder, "--dry-run", "--formats", "domestic", mixed
        )

        assert " at eu " in everything.out
        assert " at eu " not in at_home.out

    def test_an_unknown_name_is_answered_with_all_there_are(
        self, mohar: Run, folder: Path, few: Path
    ) -> None:
        ran = mohar("issue", "--deployment", folder, "--formats", "eu,dcc", few)

        assert ran.status == 2
        assert "at place 2: its bodies are domestic, international, eu, " in ran.err

    def test_a_record_that_is_known_says_where_a_body_is_added(
        self, mohar: Run, folder: Path, few: Path
    ) -> None:
        mohar("issue", "--deployment", folder, "--formats", "domestic", few)

        ran = mohar("issue", "--deployment", folder, "--formats", "eu", few)

        assert ran.status == 0
        assert ran.out.count(": known: warning issued-without at eu: ") == 2
        assert "`mohar add-format`" in ran.out


class TestSetting:
    def test_without_keys_the_command_that_makes_them_is_named(
        self, mohar: Run, deployed: Deployed, few: Path
    ) -> None:
        folder = deployed(keys=False)

        ran = mohar("issue", "--deployment", folder, few)

        assert ran.status == 2
        assert f"`mohar keys generate {folder}` makes it" in ran.err
        assert not stored(folder)

    def test_the_deployment_may_come_from_the_environment(
        self, mohar: Run, folder: Path, few: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("MOHAR_DEPLOYMENT", str(folder))

        assert mohar("issue", few).out == "2 issued\n"

    def test_a_deployment_that_issues_nothing_says_so(
        self, mohar: Run, deployed: Deployed, few: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folder = deployed("minimal")
        monkeypatch.setenv("MOHAR_ENCRYPTION_KEY", "QUJD" * 10 + "QUI=")
        monkeypatch.setenv("MOHAR_PEPPER", "a pepper that is long enough to be one")

        ran = mohar("issue", "--deployment", folder, few)

        assert ran.status == 2
        assert "this deployment issues nothing" in ran.err


def _refusals(printed: str) -> list[str]:
    return [
        line.replace(": waiting:", ": issued:")
        for line in printed.splitlines()
        if line.startswith("record")
    ]
