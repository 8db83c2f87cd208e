"""Messages with nothing to tell are read in a quicker way, to the same end."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from mohar.domain.values import JsonObject, with_values
from mohar.testing.deployments import sample_messages
from mohar_source_cowin.reading import Notes, read_object
from mohar_source_cowin.shapes import MESSAGE
from mohar_source_cowin.tidy import tidy_reader

ROOT = Path(__file__).parents[3]
SAMPLES = [each.content for each in sample_messages(ROOT / "config/india/samples/records.jsonl")]
READ_TIDY = tidy_reader(MESSAGE)
VALUES: list[Any] = [
    None,
    "",
    "  ",
    "\u3000",
    "text",
    "Zo\u00eb",
    "half \ud800",
    5,
    -1,
    True,
    1.0,
    2**60,
    "12",
    "1990",
    "1990-02-30",
    "2021-03-03T18:00:00Z",
    "2021-03-03",
    [],
    ["tel:1"],
    [1],
    [{}],
    [{"name": "x", "dose": 1}, {"name": 2}],
    {},
    {"unknown": 1},
    {"name": "x"},
]
PLACES = [
    "preEnrollmentCode",
    "comorbidities",
    "unknown",
    "recipient",
    "recipient.name",
    "recipient.dob",
    "recipient.age",
    "recipient.contact",
    "recipient.address",
    "recipient.address.pincode",
    "recipient.latinName",
    "vaccination",
    "vaccination.date",
    "vaccination.effectiveStart",
    "vaccination.dose",
    "vaccinator",
    "facility.address.pincode",
    "meta",
    "meta.vaccinations",
    "meta.uploadTimestamp",
]


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(SAMPLES),
    st.lists(st.tuples(st.sampled_from(PLACES), st.sampled_from(VALUES)), max_size=3),
)
def test_it_reads_as_the_walk_does_or_leaves_it_to_the_walk(
    sample: JsonObject, changes: list[tuple[str, Any]]
) -> None:
    message = sample
    for path, value in changes:
        try:
            message = with_values(message, {path: deepcopy(value)})
        except ValueError:
            continue
    notes = Notes()
    walked, tidy = read_object(message, MESSAGE, notes), READ_TIDY(message)

    if tidy is not None:
        assert notes.findings == []
        assert msgspec.json.encode(walked) == msgspec.json.encode(tidy)


def test_it_reads_every_message_that_has_nothing_to_tell() -> None:
    for message in SAMPLES:
        notes = Notes()
        read_object(message, MESSAGE, notes)

        assert (READ_TIDY(message) is None) == bool(notes.findings)
