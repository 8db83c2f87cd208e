"""A name in Latin letters: kept as the holder confirmed it, or left out."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mohar.domain.record import Record
from mohar.domain.values import JsonObject, at_path

Read = Callable[..., Record]

_FORM = re.compile(r"[A-Z]+(<[A-Z]+)*")
_PARTS = st.none() | st.integers() | st.text(max_size=8) | st.from_regex(_FORM, fullmatch=True)


def with_latin(message: JsonObject, latin: Any) -> JsonObject:
    return message | {"recipient": message["recipient"] | {"latinName": latin}}


class TestLatinName:
    @pytest.mark.parametrize(
        "latin",
        [
            {"family": "NAMUNA", "given": "ASHA<DEVI"},
            {"family": "NAMUNA"},
            {"given": "ASHA", "family": ""},
        ],
    )
    def test_what_was_confirmed_is_kept(
        self, read: Read, message: JsonObject, latin: JsonObject
    ) -> None:
        record = read(with_latin(message, latin))

        assert record.findings == ()
        assert record.content["recipient"]["latin"] == {
            part: name for part, name in latin.items() if name
        }

    def test_none_is_made_from_the_registered_name(self, read: Read, message: JsonObject) -> None:
        """
        The name in the message is in Latin letters, and nobody confirmed it.
        """
        record = read(message)

        assert record.findings == ()
        assert "latin" not in record.content["recipient"]

    @pytest.mark.parametrize(
        "wrong",
        [
            "Namuna",
            "NAMUNA ",
            "NAMUNA DEVI",
            "नमूना",
            "<NAMUNA",
            "NAMUNA<",
            "A<<B",
            "ÑAMUNA",
            "N4",
            "\u0410",
        ],
    )
    def test_another_form_is_left_out_whole_and_told(
        self, read: Read, message: JsonObject, wrong: str
    ) -> None:
        """
        Half a name would be another name; the record itself is none the worse for it.
        """
        record = read(with_latin(message, {"family": "NAMUNA", "given": wrong}))

        assert "latin" not in record.content["recipient"]
        assert [(each.code, each.where, each.severity) for each in record.findings] == [
            ("bad-latin-name", "recipient.latinName.given", "warning")
        ]
        assert wrong not in record.findings[0].message

    @pytest.mark.parametrize("latin", ["NAMUNA", ["NAMUNA"], {"family": ["NAMUNA"], "given": "A"}])
    def test_another_type_is_left_out_and_refuses_nothing(
        self, read: Read, message: JsonObject, latin: Any
    ) -> None:
        record = read(with_latin(message, latin))

        assert "latin" not in record.content["recipient"]
        assert [(each.code, each.severity) for each in record.findings] == [
            ("wrong-type", "warning")
        ]

    @settings(
        max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(family=_PARTS, given=_PARTS)
    def test_whatever_is_kept_has_the_form(
        self, read: Read, message: JsonObject, family: Any, given: Any
    ) -> None:
        content = read(with_latin(message, {"family": family, "given": given})).content
        kept = at_path(content, "recipient.latin") or {}

        assert all(_FORM.fullmatch(name) for name in kept.values())
        assert all(
            kept[part] == sent
            for part, sent in (("family", family), ("given", given))
            if part in kept
        )
