"""Only the chosen bodies are issued, whatever happens between the choice and the signature."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mohar.assembly.house import House, build_house
from mohar.assembly.opening import silent_telemetry
from mohar.domain.access import Actor
from mohar.domain.errors import Conflict
from mohar.domain.record import Message

Issue = Callable[..., list[str]]


def bodies_of(house: House, number: str) -> list[str]:
    with house.store.read() as work:
        return [each.body for each in work.credentials.bodies([number])[number]]


class TestChoice:
    def test_a_required_body_that_is_not_chosen_is_not_issued(
        self, house: House, issue: Issue, messages: list[Message]
    ) -> None:
        [number] = issue(messages[:1], "eu")

        assert bodies_of(house, number) == ["eu"]

    def test_a_format_stands_for_all_bodies_in_it(
        self, house: House, issue: Issue, messages: list[Message]
    ) -> None:
        [number] = issue(messages[:1], "hcert")

        assert bodies_of(house, number) == ["eu", "ddcc", "ddcc-care"]

    def test_the_outcome_tells_of_the_chosen_alone(
        self, house: House, operator: Actor, messages: list[Message]
    ) -> None:
        kept = house.submit(operator, "vaccination", messages, formats=["domestic", "eu"])
        outcomes = house.issue_now(operator, kept).outcomes

        told = [{body.name: body.issued for body in each.bodies} for each in outcomes]
        assert told == [*[{"domestic": True, "eu": True}] * 3, {"domestic": True, "eu": False}]

    def test_a_record_that_passes_in_none_of_them_is_refused(
        self, house: House, operator: Actor, messages: list[Message]
    ) -> None:
        kept = house.submit(operator, "vaccination", messages[3:], formats=["eu"])

        [outcome] = house.issue_now(operator, kept).outcomes

        assert outcome.state == "refused"
        assert [each.code for each in outcome.bodies[0].findings] == ["latin-name-missing"]

    def test_what_waits_is_issued_as_it_was_chosen_by_whoever_takes_it(
        self, house: House, folder: Path, operator: Actor, messages: list[Message]
    ) -> None:
        """The process that took it in may be gone."""
        kept = house.submit(operator, "vaccination", messages[:2], formats=["ddcc"])
        house.submit(operator, "vaccination", messages[2:3])

        with build_house(folder, telemetry=silent_telemetry()) as other:
            while other.drain.run_once():
                pass
            outcomes = other.submissions.outcomes(kept.submission_id, operator)

        names = [bodies_of(house, each.credential_id or "") for each in outcomes]
        assert names == [["ddcc"], ["ddcc"]]

    def test_a_variant_that_suits_none_of_them_is_refused(
        self, deployed: Callable[..., Path], operator: Actor, messages: list[Message]
    ) -> None:
        folder = deployed()
        file = folder / "deployment.yaml"
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace("- name: eu\n", "- name: eu\n        variants: [v0]\n"))
        with build_house(folder, telemetry=silent_telemetry()) as house:
            house.store.upgrade()
            kept = house.submit(operator, "vaccination", messages[:1], formats=["eu"])
            [outcome] = house.issue_now(operator, kept).outcomes

        [finding] = outcome.findings
        assert (outcome.state, finding.code) == ("refused", "no-body")
        assert finding.message == "none of the bodies (eu) takes this variant"


class TestRepeats:
    def test_the_same_key_with_other_formats_is_a_conflict(
        self, house: House, operator: Actor, messages: list[Message]
    ) -> None:
        house.submit(operator, "vaccination", messages, "key", formats=["eu"])

        for formats in ([], ["ddcc"], ["eu", "ddcc"]):
            with pytest.raises(Conflict, match="was used for the bodies eu, and now for "):
                house.submit(operator, "vaccination", messages, "key", formats=formats)

    def test_the_same_bodies_by_other_names_are_no_other_choice(
        self, house: House, operator: Actor, messages: list[Message]
    ) -> None:
        first = house.submit(
            operator, "vaccination", messages, "key", formats=["ddcc-care", "eu", "ddcc"]
        )

        again = house.submit(operator, "vaccination", messages, "key", formats=["hcert"])

        assert again.submission_id == first.submission_id

    def test_a_record_that_is_known_gets_no_body_and_says_where_that_is_done(
        self, house: House, operator: Actor, issue: Issue, messages: list[Message]
    ) -> None:
        [number] = issue(messages[:1], "domestic")
        kept = house.submit(operator, "vaccination", messages[:1], formats=["domestic", "eu"])

        [outcome] = house.issue_now(operator, kept).outcomes

        [finding] = outcome.findings
        assert (outcome.state, outcome.credential_id) == ("known", number)
        assert (finding.code, finding.body, finding.severity) == ("issued-without", "eu", "warning")
        assert "POST /v1/credentials/{id}/bodies" in finding.message
        assert bodies_of(house, number) == ["domestic"]
