"""UMANG's calls over a real server."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mohar.domain.access import Actor
from mohar.domain.errors import Unreadable
from mohar.plugin import RouteRequest
from mohar_channel_umang import _ready
from mohar_channel_umang._envelope import opened

MOBILE = "7770000001"
TRACKER = "UW-AB20211125120000"
CALLS = ("generateOTP", "confirmOTP", "beneficiaries", "certificate")
MEMBERS = [
    "mobile",
    "otp",
    "txnId",
    "token",
    "beneficiary",
    "secondFactor",
    "trkr",
    "usrid",
    "lang",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(MEMBERS), inner, max_size=4)
    ),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def session(served: Any, dropped: Mapping[str, str]) -> str:
    """The token of a holder who came the whole way."""
    asked = served.call("generateOTP", mobile=MOBILE, trkr=TRACKER, **dropped)
    assert asked["rs"] == "S", asked
    number = asked["pd"]["txnId"]
    confirmed = served.call("confirmOTP", otp=served.letter(), txnId=number, **dropped)
    token: str = confirmed["pd"]["token"]
    return token


def request(body: bytes) -> RouteRequest:
    nobody = Actor(actor_id="anybody", name="anybody")
    return RouteRequest(
        actor=nobody, body=body, query={}, path={}, content_type="", client="192.0.2.1"
    )


class TestHolder:
    def test_members_are_masked_behind_handles(self, served: Any, session: str) -> None:
        [member] = served.call("beneficiaries", token=session)["pd"]["beneficiaries"]

        assert "*" in member["name"] or "•" in member["name"] or "X" in member["name"]
        assert member["details"] == [{"vaccine": "COVISHIELD", "dose": "1"}]
        assert member["secondFactors"] == ["birth-year"]

    def test_the_certificate_comes_in_base64(self, served: Any, session: str) -> None:
        [member] = served.call("beneficiaries", token=session)["pd"]["beneficiaries"]
        handle = member["beneficiary"]
        known = {"birth-year": served.birth_year}
        answer = served.call(
            "certificate", token=session, beneficiary=handle, lang="hi", secondFactor=known
        )

        assert (answer["rs"], answer["rc"]) == ("S", "200")
        assert base64.b64decode(answer["pd"]["certificate"]).startswith(b"%PDF")

    def test_who_has_the_number_only_is_asked_for_a_second_factor(
        self, served: Any, session: str
    ) -> None:
        [member] = served.call("beneficiaries", token=session)["pd"]["beneficiaries"]
        handle = member["beneficiary"]

        for known in (None, {"birth-year": "1901"}, {"other": served.birth_year}):
            answer = served.call(
                "certificate", token=session, beneficiary=handle, secondFactor=known
            )
            assert (answer["rs"], answer["rc"]) == ("F", "403")

    def test_a_handle_of_nobody_is_told_as_the_deployment_says(
        self, served: Any, session: str
    ) -> None:
        answer = served.call("certificate", token=session, beneficiary="nobody")

        assert answer == {"rs": "F", "rc": "CERT-404", "rd": "Nothing there", "pd": {}}

    def test_nothing_that_was_dropped_is_anywhere(
        self, served: Any, session: str, dropped: Mapping[str, str]
    ) -> None:
        """
        Neither in the log, nor in a trace, nor in any file of the deployment.
        """
        served.call("beneficiaries", token=session, **dropped)

        files = b"".join(
            file.read_bytes() for file in (served.folder / "data").rglob("*") if file.is_file()
        )
        assert "umang.call" in served.spoken()
        assert "MARKED" not in served.spoken()
        assert b"MARKED" not in files
        assert MOBILE not in served.spoken()

    def test_a_tracker_is_in_the_trace(self, served: Any, session: str) -> None:
        served.call("beneficiaries", token=session, trkr=TRACKER)
        served.call("beneficiaries", token=session, trkr="UW-Asha Namuna")

        assert TRACKER in served.spoken()
        assert "UW-Asha" not in served.spoken()


class TestRefused:
    @pytest.mark.parametrize("name", CALLS)
    @pytest.mark.parametrize("header", [{}, {"x-api-key": "other"}, {"x-api-key": "\u00e9"}])
    def test_another_gateway_is_refused(
        self, served: Any, name: str, header: dict[str, str]
    ) -> None:
        url = f"/depttapi/COWINApi/ws1/1.0/v2/{name}"
        encoded = {key: value.encode("latin-1") for key, value in header.items()}

        assert served.client.post(url, json={}, headers=encoded).status_code == 401

    @pytest.mark.parametrize(
        ("name", "fields", "code"),
        [
            ("generateOTP", {}, "USRAUT0010"),
            ("generateOTP", {"mobile": "1"}, "USRAUT0010"),
            ("confirmOTP", {"txnId": "x"}, "USRAUT0012"),
            ("confirmOTP", {"txnId": "x", "otp": "1"}, "USRAUT0014"),
            ("beneficiaries", {}, "401"),
            ("certificate", {"token": "x", "beneficiary": "y"}, "401"),
        ],
    )
    def test_every_outcome_has_its_code(
        self, served: Any, name: str, fields: dict[str, str], code: str
    ) -> None:
        answer = served.call(name, **fields)

        assert (answer["rs"], answer["rc"], answer["pd"]) == ("F", code, {})

    @settings(max_examples=60, deadline=None)
    @given(body=JSON, name=st.sampled_from(CALLS))
    def test_any_json_is_answered_in_the_envelope(self, served: Any, body: Any, name: str) -> None:
        url = f"/depttapi/COWINApi/ws1/1.0/v2/{name}"
        content = json.dumps(body).encode()
        answer = served.client.post(
            url, content=content, headers={"x-api-key": "the-key-of-the-gateway"}
        )

        assert answer.status_code == 200
        assert set(answer.json()) == {"rs", "rc", "rd", "pd"}


class TestEnvelope:
    def test_nothing_but_what_is_needed_is_let_in(self, dropped: Mapping[str, str]) -> None:
        body = json.dumps({**dropped, "mobile": MOBILE}).encode()

        call = opened(request(body))

        assert call.mobile == MOBILE
        assert not any("MARKED" in str(getattr(call, name)) for name in call.__struct_fields__)

    def test_users_have_limits_of_their_own(self) -> None:
        users = [
            opened(request(json.dumps({"usrid": user}).encode())).client for user in ("a", "b", "a")
        ]

        assert users[0] == users[2] != users[1]
        assert opened(request(b"{}")).client == "192.0.2.1"

    @settings(max_examples=60, deadline=None)
    @given(body=st.binary(max_size=40))
    def test_any_bytes_are_let_in_or_refused(self, body: bytes) -> None:
        try:
            call = opened(request(body))
        except Unreadable:
            return
        assert call.tracker == ""


class TestReady:
    def test_what_a_door_lacks_is_told(self) -> None:
        kind = {"name": "vaccination", "bodies": [{"name": "domestic"}]}
        doors = [
            {"name": "a", "uses": "umang", "kinds": [], "settings": {"kind": "other"}},
            {
                "name": "b",
                "uses": "umang",
                "kinds": [],
                "settings": {"kind": "vaccination", "body": "none"},
            },
        ]

        found = _ready.findings({"credentials": [kind], "doors": doors})

        assert [each.code for each in found] == [
            "umang-holders",
            "umang-kind",
            "umang-holders",
            "umang-body",
        ]
