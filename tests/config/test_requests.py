"""A request that could be approved and never be done is a mistake of the deployment."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mohar.config.load import load_deployment
from mohar.config.mistakes import ConfigMistakes

Folder = Callable[[str], Path]
CORRECTIONS = "    corrections: {limit: 1}\n"


def with_requests(whole: str, *requests: str, more: str = CORRECTIONS) -> str:
    listed = "".join(f"      - {each}\n" for each in requests)
    return whole.replace("    bodies:\n", f"{more}    requests:\n{listed}    bodies:\n")


def test_a_sound_one_is_read_with_what_it_may_change(folder: Folder, whole: str) -> None:
    text = with_requests(
        whole,
        "{name: name, title: Name, changes: [owner.name], evidence: [letter]}",
        "{name: two, title: Two, action: revoke-one}",
        "{name: move, title: Move, action: forward, decides: source, changes: [owner.mobile]}",
    )

    kind = load_deployment(folder(text)).deployment.kind("seed")

    assert kind is not None
    assert [(each.name, each.action, each.decides) for each in kind.requests] == [
        ("name", "correct", "officer"),
        ("two", "revoke-one", "officer"),
        ("move", "forward", "source"),
    ]


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        ("{name: a, title: A}", '"a" corrects nothing'),
        ("{name: a, title: A, action: forward}", '"a" only goes to the source'),
        ("{name: a, title: A, changes: [b, b]}", '"b" is given twice'),
        ("{name: a, title: A, changes: [b], evidence: [c, c]}", '"c" is given twice'),
        ("{name: a, title: A, changes: [b], decides: court}", "court"),
        ("{name: a, changes: [b]}", "title"),
    ],
)
def test_what_could_never_end_is_told_with_its_place(
    folder: Folder, whole: str, request_: str, told: str
) -> None:
    with pytest.raises(ConfigMistakes) as caught:
        load_deployment(folder(with_requests(whole, request_)))

    (mistake,) = caught.value.mistakes
    assert told in str(caught.value)
    assert mistake.line == 19


def test_without_corrections_nothing_can_be_corrected(folder: Folder, whole: str) -> None:
    text = with_requests(whole, "{name: a, title: A, changes: [b]}", more="")

    with pytest.raises(ConfigMistakes, match="takes no corrections"):
        load_deployment(folder(text))


def test_a_name_is_given_once(folder: Folder, whole: str) -> None:
    one = "{name: a, title: A, changes: [b]}"

    with pytest.raises(ConfigMistakes, match='"a" is given twice'):
        load_deployment(folder(with_requests(whole, one, one)))
