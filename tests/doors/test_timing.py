"""
How long an answer takes does not say whether a person is there (long tier).

Two-sample Kolmogorov-Smirnov: of two samples of 2,000 the distance exceeds 0.0617 in one of a
thousand runs where both come from one distribution, and in more than 99 of a hundred where half of
one sample is later by the spread of the other; the last test shows that such a difference is seen.
"""

from __future__ import annotations

import bisect
import math
import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

EACH = 2_000
CALLERS = 2
FLOOR = 0.1
# Three pairs are compared, so each may err in a third of a thousandth.
DISTANCE = math.sqrt(-math.log(0.001 / 3 / 2) / 2) * math.sqrt(2 / EACH)
PATH = "/cert/external/api/certificates"


@pytest.mark.long
def test_existing_mismatching_and_unknown_ids_are_answered_as_late(
    serve: Callable[..., Any], records: list[dict[str, Any]]
) -> None:
    def slower(text: str) -> str:
        public = "\n      public: {}"
        return text.replace(public, f"{public}\n      answer_after_seconds: {FLOOR}")

    served = serve(slower)
    person = records[0]
    mobile = person["recipient"]["contact"][0].removeprefix("tel:")
    asked = {
        "existing": {"beneficiaryId": person["preEnrollmentCode"], "mobile": mobile},
        "mismatching": {"beneficiaryId": person["preEnrollmentCode"], "mobile": "5559999999"},
        "unknown": {"beneficiaryId": "11111111111111", "mobile": mobile},
    }
    with served.client() as client:
        client.post("/v1/kinds/vaccination/records?wait=issued", json=person)
        statuses = {name: client.post(PATH, json=body).status_code for name, body in asked.items()}

    took = _measured(served, asked)

    assert statuses == {"existing": 200, "mismatching": 404, "unknown": 404}
    assert min(min(each) for each in took.values()) >= FLOOR
    assert _distance(took["mismatching"], took["unknown"]) < DISTANCE
    assert _distance(took["existing"], took["mismatching"]) < DISTANCE
    assert _distance(took["existing"], took["unknown"]) < DISTANCE
    later = [
        each + (_spread(took["unknown"]) if n % 2 else 0) for n, each in enumerate(took["unknown"])
    ]
    assert _distance(took["unknown"], later) > DISTANCE


def _measured(served: Any, asked: dict[str, dict[str, str]]) -> dict[str, list[float]]:
    """Ask for all of them in a mixed order, from several callers at once."""
    names = [name for name in asked for _ in range(EACH)]
    random.Random(20261125).shuffle(names)  # noqa: S311 -- an order, and no secret
    took: dict[str, list[float]] = {name: [] for name in asked}

    def ask(part: Sequence[str]) -> None:
        with served.client() as client:
            client.get("/health/live")
            for name in part:
                began = time.perf_counter()
                client.post(PATH, json=asked[name])
                took[name].append(time.perf_counter() - began)

    with ThreadPoolExecutor(CALLERS) as pool:
        list(pool.map(ask, [names[start::CALLERS] for start in range(CALLERS)]))
    return took


def _distance(one: Sequence[float], other: Sequence[float]) -> float:
    first, second = sorted(one), sorted(other)
    return max(
        abs(
            bisect.bisect_right(first, at) / len(first)
            - bisect.bisect_right(second, at) / len(second)
        )
        for at in (*first, *second)
    )


def _spread(sample: Sequence[float]) -> float:
    """The middle half of a sample lies within this."""
    ordered = sorted(sample)
    return ordered[len(ordered) * 3 // 4] - ordered[len(ordered) // 4]
