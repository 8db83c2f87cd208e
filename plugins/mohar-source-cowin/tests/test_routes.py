"""DIVOC's certify operations."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mohar.domain.access import Actor
from mohar.domain.errors import InvalidInput
from mohar.plugin import Route, RouteRequest
from mohar_source_cowin.routes import certify_routes, read_messages

ACTOR = Actor(actor_id="a1", name="upstream", scopes=frozenset({"issue"}))


def route(intake: Any, path: str) -> Route:
    return next(each for each in certify_routes(intake) if each.path == path)


def request(body: bytes) -> RouteRequest:
    return RouteRequest(actor=ACTOR, body=body, query={}, path={}, content_type="application/json")


class TestRoutes:
    @pytest.mark.parametrize("variant", ["v1", "v2", "v3"])
    def test_each_version_submits_with_its_variant(self, intake: Any, variant: str) -> None:
        certify = route(intake, f"/divoc/api/{variant}/certify")

        answer = certify.handle(request(b'[{"preEnrollmentCode": "1"}, {}]'))

        [(actor, kind, messages)] = intake.submitted
        assert (certify.method, certify.action) == ("POST", "issue")
        assert (actor, kind) == (ACTOR, "")
        assert [each.variant for each in messages] == [variant, variant]
        assert answer.status == 200
        assert msgspec.json.decode(answer.content) == {
            "submissionId": "s1",
            "items": [{"position": 0, "state": "waiting"}, {"position": 1, "state": "waiting"}],
        }

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"[]",
            b"{}",
            b"nonsense",
            b"\xff",
            b'["\xff"]',
            b'[{"dose": 1, "dose": 2}]',
            b"[" * 100_000,
        ],
    )
    def test_a_body_that_is_no_array_of_messages_is_refused(self, intake: Any, body: bytes) -> None:
        with pytest.raises(InvalidInput):
            route(intake, "/divoc/api/v3/certify").handle(request(body))
        assert intake.submitted == []

    def test_items_that_are_no_objects_are_named(self) -> None:
        with pytest.raises(InvalidInput) as caught:
            read_messages(b'[{}, 1, {}, "x"]', "v3")

        assert [each.where for each in caught.value.findings] == ["1", "3"]

    @settings(max_examples=60, deadline=None)
    @given(body=st.binary(max_size=40))
    def test_any_bytes_are_messages_or_refused(self, body: bytes) -> None:
        try:
            messages = read_messages(body, "v1")
        except InvalidInput:
            return
        assert messages
