"""Names of bodies and formats say which bodies are meant."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mohar.domain.errors import InvalidInput
from mohar.domain.record import Record
from mohar.issuing.choice import chosen, listed
from mohar.issuing.plan import BodyPlan, KindPlan

ANY: Any = None  # nothing here reads, composes or signs
BODIES = {"home": "ld", "abroad": "ld", "border": "hcert", "card": "shc"}


def kind_of(bodies: dict[str, str]) -> KindPlan:
    return KindPlan(
        name="pass",
        source_name="declared",
        source=ANY,
        key=("number",),
        group="number",
        handles=(),
        digits=11,
        has_status=True,
        bodies=tuple(
            BodyPlan(
                name=name,
                format=form,
                profile="",
                required=True,
                variants=frozenset(),
                schema=ANY,
            )
            for name, form in bodies.items()
        ),
    )


PASS = kind_of(BODIES)


class TestChosen:
    @pytest.mark.parametrize(
        ("names", "meant"),
        [
            (["border"], ("border",)),
            (["hcert"], ("border",)),
            (["ld"], ("home", "abroad")),
            (["card", "home"], ("home", "card")),
            (["ld", "home", "home"], ("home", "abroad")),
            ([], None),
        ],
    )
    def test_a_name_is_a_bodys_or_a_formats(
        self, names: list[str], meant: tuple[str, ...] | None
    ) -> None:
        assert chosen(PASS, names) == meant

    def test_an_unknown_name_is_told_with_what_there_is(self) -> None:
        with pytest.raises(InvalidInput) as caught:
            chosen(PASS, ["border", "eu", "x" * 99])

        assert str(caught.value) == (
            "no body or format of pass is named at place 2, 3: its bodies are home, abroad, "
            "border, card, their formats hcert, ld, shc"
        )

    @given(names=st.lists(st.sampled_from([*BODIES, *BODIES.values()]), min_size=1))
    @settings(max_examples=50, deadline=None)
    def test_what_is_meant_depends_on_neither_order_nor_repetition(self, names: list[str]) -> None:
        meant = chosen(PASS, names)

        assert meant == chosen(PASS, sorted({*names}))
        assert meant == tuple(
            name for name, form in BODIES.items() if name in names or form in names
        )

    @given(names=st.lists(st.text(max_size=50), min_size=1))
    @settings(max_examples=50, deadline=None)
    def test_any_names_give_bodies_or_a_refusal(self, names: list[str]) -> None:
        try:
            meant = chosen(PASS, names)
        except InvalidInput:
            assert not {*names} <= {*BODIES, *BODIES.values()}
        else:
            assert meant


class TestListed:
    @pytest.mark.parametrize(
        ("text", "names"),
        [("", ()), (" , ", ()), ("eu", ("eu",)), ("eu, ld,,shc ", ("eu", "ld", "shc"))],
    )
    def test_names_are_parted_at_commas(self, text: str, names: tuple[str, ...]) -> None:
        assert listed(text) == names


class TestPlan:
    def test_none_stands_for_all_bodies_and_a_name_that_is_gone_for_nothing(self) -> None:
        assert PASS.chosen(None) == PASS.bodies
        assert [plan.name for plan in PASS.chosen(("card", "gone"))] == ["card"]
        assert all(plan.suits(Record(content={})) for plan in PASS.bodies)
