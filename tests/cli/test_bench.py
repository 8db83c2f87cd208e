"""`mohar bench` measures what it names; how fast that is, no test says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mohar.domain.errors import ConfigError
from mohar.testing.benches.arena import Ground, arena, find
from mohar.testing.benches.catalogue import BENCHMARKS
from mohar.testing.benches.measure import measure
from mohar.testing.postgres import PostgresMissing

ROOT = Path(__file__).parents[2]
IN_MEMORY = [name for name, plan in BENCHMARKS.items() if not plan.on_postgres]
KEPT = [name for name, plan in BENCHMARKS.items() if plan.limit]
RECEIVED = [name for name in BENCHMARKS if name.startswith("intake.")]
LD = Ground(format="ld", algorithm="EdDSA")


def measured(name: str, records: int) -> Any:
    try:
        return measure(name, BENCHMARKS[name], ROOT, rounds=1, records=records)
    except PostgresMissing as missing:
        pytest.skip(str(missing))


class TestEach:
    @pytest.mark.parametrize("name", IN_MEMORY)
    def test_what_needs_no_database_is_measured_beside_its_reference(self, name: str):
        found = measured(name, 4)

        assert (found.name, found.rounds, found.limit) == (name, 1, "")
        assert found.value > 0
        assert found.ratio == pytest.approx(found.value / found.reference_value)

    @pytest.mark.postgres
    @pytest.mark.parametrize(
        "name", [KEPT[0], *(pytest.param(each, marks=pytest.mark.long) for each in KEPT[1:])]
    )
    def test_what_is_kept_is_measured_beside_its_reference_and_its_limit(self, name: str):
        found = measured(name, 6)

        assert found.ratio == pytest.approx(found.value / found.reference_value)
        assert found.share == pytest.approx(found.value / found.limit_value)
        assert "twice" in found.limit

    @pytest.mark.postgres
    @pytest.mark.long
    @pytest.mark.parametrize("name", RECEIVED)
    def test_what_comes_by_http_is_measured_beside_its_reference(self, name: str):
        found = measured(name, 200)

        assert found.value > 0
        assert found.ratio == pytest.approx(found.value / found.reference_value)

    @pytest.mark.postgres
    @pytest.mark.long
    def test_a_steady_rate_is_told_with_its_p99_and_its_backlog(self):
        plan = BENCHMARKS["intake.sustained"]
        found = measure("intake.sustained", plan, ROOT, rounds=5, records=600, rate=100)

        assert (found.reference_value, found.rounds) == (100, 1)
        assert found.p99_seconds > 0
        assert found.backlog in {"steady", "growing"}


class TestArena:
    def test_one_body_is_left_and_its_own_key_is_the_one_that_is_measured(self):
        """
        A deployment may have several signers, and several bodies of one format.
        """
        ground = Ground(format="hcert", algorithm="ES256")
        with arena(ROOT, ground, url=None, processes=0) as place:
            [key] = place.house.public_keys
            form, own = place.format_and_key()
            credentials = place.credentials(3)

            assert [body.name for body in place.plan.bodies] == [find(ROOT, ground).body.name]
            assert own.spki == key.spki
            assert own.algorithm == "ES256"
            assert len(form.prepare(credentials, own, credentials[0].issued_at)) == 3
            assert len({each.credential_id for each in credentials}) == 3

    def test_messages_are_of_different_groups(self):
        with arena(ROOT, LD, url=None, processes=0) as place:
            records = place.plan.source.read(place.many(300))
            more = place.plan.source.read(place.many(2, first=300))

        groups = {record.content[place.plan.group] for record in [*records, *more]}
        assert len(groups) == 302

    def test_what_no_deployment_does_can_be_asked_for(self):
        plan = BENCHMARKS["sign.ld.p256"]
        with arena(ROOT, plan.ground, url=None, processes=0) as place:
            assert [key.algorithm for key in place.house.public_keys] == ["ES256"]

    def test_a_checkout_without_a_fitting_deployment_says_so(self, tmp_path: Path):
        with pytest.raises(ConfigError, match="issues ld with EdDSA"):
            find(tmp_path, LD)


class TestCommand:
    def test_it_prints_one_json_object(self, mohar: Callable[..., Any]):
        ran = mohar(
            *("bench", "hc1.encode", "--json", "--root", ROOT, "--rounds", 2, "--records", 3)
        )

        told = json.loads(ran.out)
        assert ran.status == 0
        assert told["machine"].keys() == {"cores", "machine", "python", "system"}
        [found] = told["benchmarks"]
        assert (found["name"], found["rounds"]) == ("hc1.encode", 2)
        assert found["reference"] == "the bare signature"

    @pytest.mark.parametrize(("promised", "status"), [(1e-6, 0), (1e6, 1)])
    def test_a_missed_promise_ends_it_with_1_and_is_named(
        self, mohar: Callable[..., Any], tmp_path: Path, promised: float, status: int
    ):
        file = tmp_path / "ratios.yaml"
        file.write_text(
            f"tolerance: 0.2\nbenchmarks: [{{name: hc1.encode, ratio: {promised:f}}}]\n"
        )
        ran = mohar(
            *("bench", "hc1.encode", "--root", ROOT, "--rounds", 1, "--records", 3),
            *("--check", file),
        )

        assert ran.status == status
        assert ("hc1.encode: ratio " in ran.err) is bool(status)
        assert "hc1.encode" in ran.out

    def test_a_benchmark_that_nobody_knows_is_named(self, mohar: Callable[..., Any]):
        ran = mohar("bench", "sign.ld.rot13")

        assert ran.status == 2
        assert "no such benchmark: sign.ld.rot13" in ran.err

    @pytest.mark.parametrize("option", ["--rounds", "--records"])
    def test_nothing_is_not_measured(self, mohar: Callable[..., Any], option: str):
        assert mohar("bench", "hc1.encode", option, 0).status == 2
