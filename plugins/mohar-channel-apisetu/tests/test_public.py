"""The Co-WIN public API over a real server, with codes that really arrive."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mohar.domain.access import Actor
from mohar.domain.clock import utc_now
from mohar.domain.errors import Unavailable
from mohar.plugin import RouteRequest, Tools
from mohar.testing.tools import Shelf
from mohar_channel_apisetu._public import PublicApi
from mohar_channel_apisetu._settings import PublicCalls, Settings

Certify = Callable[..., str]
GENERATE = "/api/v2/auth/public/generateOTP"
CONFIRM = "/api/v2/auth/public/confirmOTP"
DOWNLOAD = "/api/v2/registration/certificate/public/download"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["mobile", "otp", "txnId"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def mobile() -> Callable[[], str]:
    """Return a function that gives another mobile number each time."""
    numbers = itertools.count(6_660_000_001)
    return lambda: str(next(numbers))


def transaction(served: Any, mobile: str) -> str:
    number: str = served.client.post(GENERATE, json={"mobile": mobile}).json()["txnId"]
    return number


def token(served: Any, mobile: str) -> str:
    number = transaction(served, mobile)
    code = hashlib.sha256(served.letter_to(mobile).encode()).hexdigest()
    answer = served.client.post(CONFIRM, json={"otp": code, "txnId": number})
    text: str = answer.json()["token"]
    return text


def download(served: Any, token: str, code: str) -> Any:
    asked = {"beneficiary_reference_id": code}
    return served.client.get(DOWNLOAD, params=asked, headers={"Authorization": f"Bearer {token}"})


class TestDownload:
    def test_a_code_opens_the_certificate_of_its_mobile_number(
        self, served: Any, certify: Certify, mobile: Callable[[], str]
    ) -> None:
        number = mobile()
        code = certify(1, 2, mobile=number)
        certify(1, mobile=number)

        answer = download(served, token(served, number), code)

        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.content.startswith(b"%PDF")

    def test_it_opens_nobody_elses_and_does_not_tell_that_there_is_one(
        self, served: Any, certify: Certify, mobile: Callable[[], str]
    ) -> None:
        mine, theirs = mobile(), mobile()
        certify(1, mobile=mine)
        other = certify(1, mobile=theirs)
        opened = token(served, mine)

        unknown, another = download(served, opened, "000"), download(served, opened, other)

        assert unknown.status_code == another.status_code == 404
        assert unknown.content == another.content

    def test_to_name_another_of_the_family_closes_nobody(
        self, served: Any, certify: Certify, mobile: Callable[[], str]
    ) -> None:
        number = mobile()
        mine, hers = certify(1, mobile=number), certify(1, mobile=number)
        opened = token(served, number)

        statuses = [download(served, opened, each).status_code for each in (hers, mine) * 4]

        assert statuses == [200] * 8

    def test_who_is_asked_for_something_else_is_not_found(
        self, served: Any, certify: Certify, mobile: Callable[[], str]
    ) -> None:
        number = mobile()
        code = certify(1, mobile=number)
        opened = token(served, number)
        # The same house behind a door that does not take the id for the factor.
        tools: Any = SimpleNamespace(
            actor=Actor(actor_id="door:apisetu", name="apisetu", scopes=frozenset({"*"})),
            credentials=served.house.access,
            holders=served.house.holders.rooms,
            expiring=Shelf(utc_now),
        )
        public = PublicApi(Settings(kind="vaccination"), PublicCalls(), tools)

        answer = public.routes()[2].handle(
            RouteRequest(
                actor=tools.actor,
                body=b"",
                query={"beneficiary_reference_id": code},
                path={},
                content_type="",
                headers={"authorization": f"Bearer {opened}"},
            )
        )

        assert answer.status == 404
        assert download(served, opened, code).status_code == 200

    @pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer x"}, {"Authorization": "x"}])
    def test_without_a_session_nobody_is_let_in(self, served: Any, header: dict[str, str]) -> None:
        answer = served.client.get(f"{DOWNLOAD}?beneficiary_reference_id=1", headers=header)

        assert (answer.status_code, answer.text) == (401, "Unauthenticated access!")


class TestCodes:
    def test_a_code_is_not_sent_again_at_once(
        self, served: Any, certify: Certify, mobile: Callable[[], str]
    ) -> None:
        number = mobile()
        certify(1, mobile=number)
        transaction(served, number)

        again = served.client.post(GENERATE, json={"mobile": number})

        assert (again.status_code, again.json()["errorCode"]) == (429, "USRAUT0018")
        assert 0 < int(again.headers["retry-after"]) <= 180

    def test_a_number_that_nobody_has_is_answered_like_one_that_somebody_has(
        self, served: Any, certify: Certify, mobile: Callable[[], str]
    ) -> None:
        known = mobile()
        certify(1, mobile=known)

        answers = [
            served.client.post(GENERATE, json={"mobile": each}) for each in (known, mobile())
        ]

        assert [each.status_code for each in answers] == [200, 200]
        assert [list(each.json()) for each in answers] == [["txnId"]] * 2

    def test_the_sixth_try_is_in_vain_though_it_is_right(
        self, served: Any, certify: Certify, mobile: Callable[[], str]
    ) -> None:
        number = mobile()
        certify(1, mobile=number)
        asked = transaction(served, number)
        right = hashlib.sha256(served.letter_to(number).encode()).hexdigest()
        tries = ["0" * 64] * 5 + [right]

        answers = [
            served.client.post(CONFIRM, json={"otp": each, "txnId": asked}) for each in tries
        ]

        assert {(each.status_code, each.json()["errorCode"]) for each in answers} == {
            (400, "USRAUT0014")
        }

    @pytest.mark.parametrize(
        ("path", "body", "code"),
        [
            (GENERATE, {}, "USRAUT0010"),
            (GENERATE, {"mobile": "12"}, "USRAUT0010"),
            (GENERATE, [], "USRAUT0010"),
            (CONFIRM, {"txnId": "x"}, "USRAUT0012"),
            (CONFIRM, {"otp": "0" * 64}, "USRAUT0014"),
            (CONFIRM, {"otp": "0" * 64, "txnId": "x"}, "USRAUT0014"),
        ],
    )
    def test_what_is_missing_or_wrong_has_its_code(
        self, served: Any, path: str, body: Any, code: str
    ) -> None:
        answer = served.client.post(path, json=body)

        assert (answer.status_code, answer.json()["errorCode"]) == (400, code)

    @settings(max_examples=40, deadline=None)
    @given(body=JSON, path=st.sampled_from([GENERATE, CONFIRM]))
    def test_any_json_has_a_documented_answer(self, served: Any, body: Any, path: str) -> None:
        answer = served.client.post(path, content=json.dumps(body).encode())

        assert answer.status_code in {200, 400, 429}

    def test_neither_numbers_nor_codes_are_logged(
        self, served: Any, certify: Certify, mobile: Callable[[], str]
    ) -> None:
        number = mobile()
        code = certify(1, mobile=number)
        opened = token(served, number)
        download(served, opened, code)

        said = served.said()

        assert DOWNLOAD in said
        for mark in (number, served.letter_to(number), opened, code):
            assert mark not in said


class TestLimit:
    def test_the_hundred_and_first_call_of_an_address_in_five_minutes_is_one_too_many(
        self, mohar_tools: Tools
    ) -> None:
        public = PublicApi(Settings(kind="vaccination"), PublicCalls(), mohar_tools)
        download = public.routes()[2].handle
        nobody = Actor(actor_id="anybody", name="anybody")

        def called(client: str) -> int:
            request = RouteRequest(
                actor=nobody, body=b"", query={}, path={}, content_type="", client=client
            )
            try:
                return download(request).status
            except Unavailable:
                return 503

        statuses = [called("192.0.2.1") for _ in range(101)]

        assert statuses == [503] * 100 + [429]
        assert called("192.0.2.2") == 503
