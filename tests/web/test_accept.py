"""Which form a caller wants most."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mohar.web.accept import preferred

OFFERED = ["application/vc", "application/json", "application/pdf", "image/png", "image/svg+xml"]


class TestPreferred:
    @pytest.mark.parametrize(
        ("accept", "chosen"),
        [
            ("", "application/vc"),
            ("*/*", "application/vc"),
            ("application/pdf", "application/pdf"),
            ("APPLICATION/PDF", "application/pdf"),
            ("image/*", "image/png"),
            ("image/*, image/png;q=0.1", "image/svg+xml"),
            ("application/pdf;q=0.5, image/png;q=0.9", "image/png"),
            ("application/pdf;q=0.5, */*;q=0.1", "application/pdf"),
            ("*/*, application/vc;q=0", "application/json"),
            ("application/json; charset=utf-8", "application/json"),
            ("image/png;q=1.000 , application/pdf", "application/pdf"),
            ("text/html,application/xhtml+xml,*/*;q=0.8", "application/vc"),
            ("image/png;q=high, application/pdf;q=0.1", "application/pdf"),
            ("nonsense", "application/vc"),
            (",;,", "application/vc"),
        ],
    )
    def test_weights_and_exactness_decide(self, accept: str, chosen: str) -> None:
        assert preferred(accept, OFFERED) == chosen

    @pytest.mark.parametrize("accept", ["text/html", "*/*;q=0", "application/pdf;q=0.000"])
    def test_what_is_refused_is_not_sent(self, accept: str) -> None:
        assert preferred(accept, OFFERED) is None

    def test_nothing_is_preferred_among_nothing(self) -> None:
        assert preferred("*/*", []) is None

    @settings(deadline=None, max_examples=100)
    @given(st.text(alphabet=st.sampled_from('aq=;,/*.019 \t"é\x00'), max_size=40))
    def test_any_header_has_an_answer(self, accept: str) -> None:
        assert preferred(accept, OFFERED) in {*OFFERED, None}

    @settings(deadline=None, max_examples=100)
    @given(st.permutations(OFFERED), st.lists(st.integers(0, 1000), min_size=5, max_size=5))
    def test_the_order_of_ranges_never_decides(self, order: list[str], weights: list[int]) -> None:
        header = {
            each: f"{each};q={weight / 1000:.3f}"
            for each, weight in zip(OFFERED, weights, strict=True)
        }

        shuffled = preferred(", ".join(header[each] for each in order), OFFERED)

        assert shuffled == preferred(", ".join(header.values()), OFFERED)
