"""A record changed by hand is read anew, so that nothing in it contradicts the change."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mohar.domain.record import Message, Record
from mohar.domain.values import with_values
from mohar_source_cowin.source import CowinSource

SAMPLES = Path(__file__).parents[3] / "config/india/samples/records.jsonl"


@pytest.fixture(scope="module")
def records(open_source: Callable[..., CowinSource]) -> list[Record]:
    source = open_source()
    lines = [json.loads(line) for line in SAMPLES.read_text("utf-8").splitlines()]
    sent = [Message(content=line["message"], variant=line.get("variant", "")) for line in lines]
    return [record for record in source.read(sent) if not any(f.is_error for f in record.findings)]


def test_a_record_that_nobody_changed_stays_as_it_is(source: CowinSource, records: list[Record]):
    amended = source.amend(records)

    assert len(records) > 100
    assert [each.content for each in amended] == [_corrects_nothing(each) for each in records]


def test_what_follows_from_a_change_is_made_anew(source: CowinSource, records: list[Record]):
    changes = {
        "vaccination.date": "2021-07-01T23:30:00Z",
        "recipient.identity": "Passport # A1234567",
        "vaccination.vaccine_name": "COVAXIN",
    }
    changed = Record(content=with_values(records[0].content, changes), variant=records[0].variant)

    [amended] = source.amend([changed])

    content = amended.content
    assert content["vaccination"]["date_local"] == "2021-07-02"
    assert content["recipient"]["passport"] == "A1234567"
    assert (
        content["vaccination"]["vaccine_code"] != records[0].content["vaccination"]["vaccine_code"]
    )


@pytest.mark.parametrize(
    ("path", "value"),
    [("vaccination.date", "yesterday"), ("recipient.birth_date", [1]), ("recipient.address", "x")],
)
def test_a_value_that_cannot_be_is_an_error(
    source: CowinSource, records: list[Record], path: str, value: object
):
    changed = Record(content=with_values(records[0].content, {path: value}), variant="v3")

    [amended] = source.amend([changed])

    assert any(finding.is_error for finding in amended.findings)


def _corrects_nothing(record: Record) -> object:
    content = json.loads(json.dumps(record.content))
    content.get("meta", {}).pop("previous_certificate_id", None)
    return content
