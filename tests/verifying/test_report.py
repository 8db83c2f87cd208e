from __future__ import annotations

import json
from collections.abc import Sequence
from typing import get_args

import pytest

from mohar.domain.verdict import Check, Verdict, VerdictName
from mohar.verifying import exit_code, verdict_json
from mohar.verifying.steps import PRECEDENCE, worst


def verdicts(*names: VerdictName) -> Sequence[Verdict]:
    return [Verdict(input="i", verdict=name) for name in names]


class TestTheExitCode:
    def test_is_0_when_all_are_valid(self) -> None:
        assert exit_code(verdicts("valid", "valid")) == 0

    @pytest.mark.parametrize(
        "name", ["limited", "not-checked", "unknown-issuer", "unsupported", "unreadable"]
    )
    def test_is_2_when_one_could_not_be_told(self, name: VerdictName) -> None:
        assert exit_code(verdicts("valid", name)) == 2

    @pytest.mark.parametrize(
        "name",
        [
            "invalid",
            "revoked",
            "suspended",
            "superseded",
            "expired",
            "not-yet-valid",
            "rule-not-met",
            "key-not-valid",
        ],
    )
    def test_is_1_when_one_is_known_to_be_wrong(self, name: VerdictName) -> None:
        assert exit_code(verdicts("unreadable", name, "valid")) == 1


def test_the_json_is_the_object_of_the_contract() -> None:
    told = Verdict(
        input="a.png",
        verdict="valid",
        checks=(Check(name="decode", outcome="passed", detail="text"),),
        shown={"name": "x"},
    )

    assert json.loads(verdict_json(told)) == {
        "input": "a.png",
        "verdict": "valid",
        "format": None,
        "kind": None,
        "issuer": None,
        "key_id": None,
        "checks": [{"name": "decode", "outcome": "passed", "detail": "text"}],
        "shown": {"name": "x"},
    }


class TestPrecedence:
    def test_every_verdict_has_one_place(self) -> None:
        assert sorted(PRECEDENCE) == sorted(get_args(VerdictName))

    def test_what_is_wrong_comes_before_what_could_not_be_told(self) -> None:
        codes = [exit_code(verdicts(name)) for name in PRECEDENCE]

        assert codes == [1] * 8 + [2] * 5 + [0]

    def test_nothing_at_all_is_valid(self) -> None:
        assert worst([]) == "valid"
