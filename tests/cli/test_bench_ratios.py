"""What a run is held to: promises are read, compared, and missed by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mohar.domain.errors import ConfigError
from mohar.testing.benches.catalogue import BENCHMARKS
from mohar.testing.benches.measure import Benchmark
from mohar.testing.benches.ratios import Promise, Promises, misses, read_promises

PROMISED = Path(__file__).parents[2] / "tests" / "bench" / "ratios.yaml"


def measured(name: str = "a", **values: Any) -> Benchmark:
    given = {"value": 1.0, "reference_value": 1.0, "ratio": 1.0, "rounds": 1, "spread": 0.0}
    return Benchmark(name=name, unit="documents/s", reference="other", **(given | values))


def promising(*promises: Promise, tolerance: float = 0.2) -> Promises:
    return Promises(tolerance=tolerance, benchmarks=promises)


def missed(promises: Promises, *found: Benchmark) -> list[tuple[str, str]]:
    return [(each.name, each.what) for each in misses(promises, found)]


class TestMisses:
    @pytest.mark.parametrize(("ratio", "is_missed"), [(10.0, False), (8.0, False), (7.99, True)])
    def test_a_promise_is_missed_by_more_than_the_tolerance(self, ratio: float, is_missed: bool):  # noqa: FBT001 -- pytest's parameter
        promises = promising(Promise(name="a", ratio=10.0))

        assert missed(promises, measured(ratio=ratio)) == ([("a", "ratio")] if is_missed else [])

    def test_ratio_and_share_are_promised_apart(self):
        promises = promising(Promise(name="a", ratio=2.0, share=0.5))

        assert missed(promises, measured(ratio=1.0, share=0.5)) == [("a", "ratio")]
        assert missed(promises, measured(ratio=2.0, share=0.1)) == [("a", "share")]
        assert missed(promises, measured(ratio=1.0, share=0.1)) == [("a", "ratio"), ("a", "share")]

    def test_what_was_not_measured_is_not_missed(self):
        promises = promising(Promise(name="a", ratio=2.0), Promise(name="b", ratio=2.0))

        assert missed(promises, measured("b", ratio=1.0), measured("c")) == [("b", "ratio")]

    def test_a_miss_says_what_was_measured_and_what_is_promised(self):
        [miss] = misses(promising(Promise(name="a.b", ratio=2.0)), [measured("a.b", ratio=0.5)])

        assert str(miss) == "a.b: ratio 0.50 is less than 1.60, and 2.00 is promised"

    @pytest.mark.parametrize(("seconds", "is_missed"), [(2.4, False), (2.5, True)])
    def test_a_promised_p99_is_missed_by_more_than_the_tolerance(
        self,
        seconds: float,
        is_missed: bool,  # noqa: FBT001 -- pytest's parameter
    ):
        promises = promising(Promise(name="a", p99_seconds=2.0))
        found = misses(promises, [measured(p99_seconds=seconds)])

        told = ["a: p99 in seconds 2.50 is more than 2.40, and 2.00 is promised"]
        assert [str(each) for each in found] == (told if is_missed else [])

    @settings(deadline=None, max_examples=50)
    @given(
        promised=st.floats(0.001, 1e4),
        found=st.floats(0, 1e4),
        tolerance=st.floats(0, 0.9),
        more=st.floats(0, 1e4),
    )
    def test_more_is_never_worse(
        self, promised: float, found: float, tolerance: float, more: float
    ):
        promises = promising(Promise(name="a", ratio=promised), tolerance=tolerance)

        assert len(missed(promises, measured(ratio=found + more))) <= len(
            missed(promises, measured(ratio=found))
        )


class TestFile:
    def test_every_benchmark_is_promised(self):
        promises = read_promises(PROMISED, BENCHMARKS)

        assert [each.name for each in promises.benchmarks] == list(BENCHMARKS)
        assert all(each.ratio or each.share for each in promises.benchmarks)
        assert promises.tolerance == 0.2

    @pytest.mark.parametrize(
        ("text", "why"),
        [
            ("tolerance: 0.2\nbenchmarks: [{name: gone, ratio: 1}]\n", "no such benchmark: gone"),
            ("tolerance: 1\nbenchmarks: []\n", "tolerance"),
            ("tolerance: 0.2\nbenchmarks: [{name: hc1.encode, ratio: 0}]\n", "ratio"),
            ("tolerance: 0.2\nbenchmarks: [{name: hc1.encode, ration: 1}]\n", "ration"),
        ],
    )
    def test_a_wrong_file_is_refused_and_says_why(self, tmp_path: Path, text: str, why: str):
        file = tmp_path / "ratios.yaml"
        file.write_text(text)

        with pytest.raises(ConfigError, match=why):
            read_promises(file, BENCHMARKS)

    def test_a_missing_file_is_named(self, tmp_path: Path):
        with pytest.raises(ConfigError, match=r"gone\.yaml"):
            read_promises(tmp_path / "gone.yaml", BENCHMARKS)


class TestJson:
    def test_a_limit_is_told_only_where_there_is_one(self):
        usual = {"name", "value", "unit", "reference", "reference_value", "ratio", "rounds"}
        plain = msgspec.to_builtins(measured())
        limited = msgspec.to_builtins(measured(limit="the most", limit_value=4.0, share=0.25))

        assert plain.keys() == usual | {"spread"}
        assert limited.keys() - plain.keys() == {"limit", "limit_value", "share"}
