"""The made-up messages."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import msgspec

from mohar.domain.record import Message
from mohar.domain.valueset import ValueSet
from mohar_source_cowin.commands import COUNT, SEED, as_lines, samples
from mohar_source_cowin.people import STATES, WITHOUT_EU_CODE
from mohar_source_cowin.samples import generate
from mohar_source_cowin.source import CowinSource


class TestSamples:
    def test_the_bundled_file_is_what_the_generator_makes(self, repository: Path) -> None:
        """After a change: `mohar source-cowin samples --out config/india/samples/records.jsonl`."""
        bundled = (repository / "config/india/samples/records.jsonl").read_bytes()

        assert as_lines(SEED, COUNT) == bundled

    def test_the_command_writes_them(self, tmp_path: Path) -> None:
        out = tmp_path / "records.jsonl"

        status = samples(["--seed", "7", "--count", "3", "--out", str(out)])

        assert status == 0
        assert [msgspec.json.decode(line) for line in out.read_bytes().splitlines()] == generate(
            7, 3
        )

    def test_another_seed_makes_other_people(self) -> None:
        assert generate(1, 5) != generate(2, 5)

    def test_the_source_refuses_what_is_to_be_refused_and_no_more(
        self, source: CowinSource
    ) -> None:
        made = generate(SEED, COUNT)
        messages = [Message(content=each["message"], variant=each["variant"]) for each in made]

        refused = {
            each["group"]
            for each, record in zip(made, source.read(messages), strict=True)
            if any(finding.is_error for finding in record.findings)
        }

        assert refused == {each["group"] for each in made if each["expect"] == "refused"}

    def test_every_vaccine_state_and_sort_is_there(self) -> None:
        made = generate(SEED, COUNT)
        groups = Counter(each["group"] for each in made)
        states = {each["message"]["recipient"].get("address", {}).get("state") for each in made}

        assert len(made) == COUNT
        assert states >= {state.name for state in STATES}
        assert len(STATES) == 36
        assert sum(group.startswith("vaccine: ") for group in groups) == 13
        assert sum(group.startswith("refused: ") for group in groups) == 11
        assert groups["ordinary people"] > 0

    def test_the_name_in_latin_letters_is_there_for_about_a_third(self) -> None:
        recipients = [each["message"]["recipient"] for each in generate(SEED, COUNT)]

        assert 0.25 < sum("latinName" in each for each in recipients) / COUNT < 0.4

    def test_what_is_said_of_vaccines_without_a_code_is_what_the_value_set_says(
        self, source: CowinSource
    ) -> None:
        vaccines: ValueSet = source._vaccines
        names = {each["message"]["vaccination"]["name"] for each in generate(SEED, COUNT)}
        found = {name: entry for name in names if (entry := vaccines.find(name))}

        assert {name for name, entry in found.items() if not entry.more["eu"]} == WITHOUT_EU_CODE

    def test_every_dose_fits_the_schedule_of_its_day(self, source: CowinSource) -> None:
        """What is to be issued must not fail for a date that no rule allowed."""
        vaccines: ValueSet = source._vaccines
        made = [each["message"] for each in generate(SEED, COUNT) if each["expect"] != "refused"]

        for record in source.read([Message(content=content) for content in made]):
            vaccination = record.content["vaccination"]
            entry = vaccines.find(vaccination["vaccine_code"])
            assert entry is not None
            day = vaccination["date_local"]
            [*_, period] = [s for s in entry.more["schedules"] if s["effective_from"] <= day]
            assert vaccination["total_doses"] == period["doses"]
            assert vaccination["dose"] <= period["doses"] + ("booster" in period)
