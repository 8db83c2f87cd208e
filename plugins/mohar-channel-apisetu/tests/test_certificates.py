"""DIVOC's certificate routes over a real server."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mohar.plugin import Tools
from mohar_channel_apisetu._door import ApiSetuDoor
from mohar_channel_apisetu._settings import Settings, StatusAnswer

Headers = Mapping[str, str]
Certify = Callable[..., str]
MOBILE = "5550000001"
OTHER = "5550000009"
PDF = "/cert/api/certificatePDF"
HOLDING = (
    "/cert/pdf/certificate",
    "/cert/external/pdf/certificate",
    "/cert/external/api/certificates",
)
BY_ID = (
    f"{PDF}/1", "/cert/api/v2/certificatePDF/1", "/certificatePDF/1", f"{PDF}/1/1",
    "/cert/api/v3/ddcc/certificatePDF/1", "/cert/api/certificate/1", "/cert/api/certificate/1/1",
    "/cert/api/certificateId/1/1", "/cert/external/kyc/1",
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["mobile", "beneficiaryId", "challenge"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)


def words(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    text = "\n".join(page.get_textpage().get_text_range() for page in document)
    document.close()
    return text


def held(code: str, mobile: str = MOBILE) -> dict[str, str]:
    return {"beneficiaryId": code, "mobile": mobile}


@pytest.fixture(scope="module")
def finished(certify: Certify) -> str:
    """Somebody with both doses."""
    return certify(1, 2)


@pytest.fixture(scope="module")
def begun(certify: Certify) -> str:
    """Somebody with the first dose."""
    return certify(1)


class TestDrawn:
    def test_the_latest_certificate_is_drawn(
        self, served: Any, api: Headers, finished: str
    ) -> None:
        answer = served.client.get(f"{PDF}/{finished}", headers=api)

        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/pdf"
        assert "Asha Namuna" in words(answer.content)

    @pytest.mark.parametrize("path", ["/cert/api/v2/certificatePDF", "/certificatePDF"])
    def test_the_other_names_draw_the_same(
        self, served: Any, api: Headers, begun: str, path: str
    ) -> None:
        same = served.client.get(f"{PDF}/{begun}", headers=api)

        assert served.client.get(f"{path}/{begun}", headers=api).content == same.content

    def test_divocs_names_of_languages_are_known(
        self, served: Any, api: Headers, begun: str
    ) -> None:
        drawn = {
            name: served.client.get(f"{PDF}/{begun}?language={name}", headers=api).content
            for name in ("HIN", "hi", "TAM", "ta")
        }

        assert drawn["HIN"] == drawn["hi"]
        assert drawn["TAM"] == drawn["ta"] != drawn["hi"]

    def test_an_unknown_language_is_the_usual_one_and_no_fault(
        self, served: Any, api: Headers, begun: str
    ) -> None:
        usual = served.client.get(f"{PDF}/{begun}", headers=api)
        unknown = served.client.get(f"{PDF}/{begun}?language=XXX", headers=api)

        assert (unknown.status_code, unknown.content) == (200, usual.content)

    def test_the_international_one_is_drawn_by_type_and_by_path(
        self, served: Any, api: Headers, finished: str
    ) -> None:
        by_type = served.client.get(f"{PDF}/{finished}?type=ddcc", headers=api)
        by_path = served.client.get(f"/cert/api/v3/ddcc/certificatePDF/{finished}", headers=api)

        assert by_type.status_code == by_path.status_code == 200
        assert "1988-12-02" in words(by_path.content)

    def test_who_is_not_eligible_abroad_is_told_why(
        self, served: Any, api: Headers, begun: str
    ) -> None:
        answer = served.client.get(f"/cert/api/v3/ddcc/certificatePDF/{begun}", headers=api)

        assert answer.status_code == 400
        assert "course-not-finished" in {each["code"] for each in answer.json()["findings"]}

    def test_an_earlier_dose_is_drawn_as_it_was(
        self, served: Any, api: Headers, finished: str
    ) -> None:
        first, both = (
            words(served.client.get(f"{PDF}/{finished}/{dose}?language=ENG", headers=api).content)
            for dose in (1, 2)
        )

        assert "Aug 2021" in both
        assert "Aug 2021" not in first

    def test_a_dose_that_is_not_there_is_not_found(
        self, served: Any, api: Headers, begun: str
    ) -> None:
        answer = served.client.get(f"{PDF}/{begun}/2", headers=api)

        assert (answer.status_code, answer.json()["errorCode"]) == (404, 1)

    def test_nothing_revoked_is_drawn(self, served: Any, api: Headers, certify: Certify) -> None:
        code = certify(1)
        revoking = {**served.key("revoke:vaccination")}
        served.client.delete(
            f"/divoc/api/v1/certificates/{code}?allDoses=true", headers=revoking
        ).raise_for_status()

        assert served.client.get(f"{PDF}/{code}", headers=api).status_code == 404


class TestExists:
    def test_head_says_whether_there_is_one(self, served: Any, api: Headers, begun: str) -> None:
        url = "/cert/api/certificate"

        assert served.client.head(f"{url}/{begun}", headers=api).status_code == 200
        assert served.client.head(f"{url}/{begun}/1", headers=api).status_code == 200
        assert served.client.head(f"{url}/{begun}/2", headers=api).status_code == 404
        assert served.client.head(f"{url}/000", headers=api).status_code == 404
        assert served.client.head(f"{url}/{begun}/x", headers=api).status_code == 400

    def test_the_number_of_a_dose_is_told(self, served: Any, api: Headers, begun: str) -> None:
        url = f"/cert/api/certificateId/{begun}"
        answer = served.client.get(f"{url}/1", headers=api)

        assert len(answer.json()["certificateId"]) == 11
        assert served.client.get(f"{url}/2", headers=api).json()["errorCode"] == 1
        assert served.client.get(f"{url}/one", headers=api).status_code == 400


class TestHeld:
    """What is asked by beneficiary id and mobile number."""

    @pytest.mark.parametrize("path", HOLDING[:2])
    def test_the_certificate_is_drawn(
        self, served: Any, external: Headers, begun: str, path: str
    ) -> None:
        answer = served.client.post(path, json=held(begun), headers=external)

        assert answer.status_code == 200
        assert "Asha Namuna" in words(answer.content)

    def test_every_signed_certificate_is_given(
        self, served: Any, external: Headers, finished: str
    ) -> None:
        answer = served.client.post(HOLDING[2], json=held(finished), headers=external).json()

        assert [row["dose"] for row in answer["certificates"]] == [1, 2]
        assert {row["preEnrollmentCode"] for row in answer["certificates"]} == {finished}
        for row in answer["certificates"]:
            verdict = served.client.post("/v1/verify", content=row["certificate"]).json()
            assert verdict["verdict"] == "valid"

    @pytest.mark.parametrize("path", HOLDING)
    def test_an_unknown_id_and_another_number_are_one_answer(
        self, served: Any, external: Headers, begun: str, path: str
    ) -> None:
        unknown = served.client.post(path, json=held("000"), headers=external)
        another = served.client.post(path, json=held(begun, OTHER), headers=external)

        assert unknown.status_code == another.status_code == 404
        assert unknown.content == another.content
        assert unknown.json()["errorCode"] == 1
        assert begun not in another.text

    def test_a_partner_with_the_switch_is_told_which_it_was(self, served: Any, begun: str) -> None:
        unknown = served.client.post(HOLDING[1], json=held("000"), headers=served.told)
        another = served.client.post(HOLDING[1], json=held(begun, OTHER), headers=served.told)

        assert (unknown.json()["errorCode"], another.json()["errorCode"]) == (1, 2)

    def test_a_number_that_was_given_up_opens_nothing(
        self, served: Any, external: Headers, certify: Certify
    ) -> None:
        """
        Who has a mobile number that an earlier dose was registered with is not the holder any more.
        """
        code = certify(1, mobile=OTHER)
        certify(2, code=code)

        for path in HOLDING:
            asked = served.client.post(path, json=held(code, OTHER), headers=external)
            assert asked.status_code == 404

    @pytest.mark.parametrize("body", [{}, {"mobile": MOBILE}, {"beneficiaryId": "1"}, [], None])
    def test_what_lacks_something_is_refused(
        self, served: Any, external: Headers, body: Any
    ) -> None:
        for path in HOLDING:
            assert served.client.post(path, json=body, headers=external).status_code == 400

    @settings(max_examples=40, deadline=None)
    @given(body=JSON, path=st.sampled_from([*HOLDING, "/cert/external/kyc/status"]))
    def test_any_json_has_a_documented_answer(self, served: Any, body: Any, path: str) -> None:
        content = json.dumps(body).encode()
        answer = served.client.post(path, content=content, headers=served.told)

        assert answer.status_code in {400, 403, 404}


class TestWhoMay:
    @pytest.mark.parametrize("path", BY_ID)
    def test_nobody_asks_without_a_key(self, served: Any, path: str) -> None:
        assert served.client.get(path).status_code == 401

    @pytest.mark.parametrize("path", [*HOLDING, "/cert/external/kyc/status"])
    def test_nobody_asks_with_a_number_but_without_a_key(self, served: Any, path: str) -> None:
        assert served.client.post(path, json=held("1")).status_code == 401

    @pytest.mark.parametrize("path", BY_ID)
    def test_who_is_let_in_by_two_things_does_not_ask_by_one(
        self, served: Any, external: Headers, path: str
    ) -> None:
        assert served.client.get(path, headers=external).status_code == 403

    def test_who_may_search_only_draws_nothing(self, served: Any, begun: str) -> None:
        searching = served.key("search:vaccination")

        assert served.client.get(f"{PDF}/{begun}", headers=searching).status_code == 404


class TestQuiet:
    def test_no_log_span_or_metric_holds_what_was_asked(
        self, served: Any, api: Headers, certify: Certify
    ) -> None:
        """
        The id is in the path of a compatible route, and nowhere else.
        """
        code = certify(1, code="77MARKEDCODE77", mobile="5559876543")
        served.client.get(f"{PDF}/{code}", headers=api).raise_for_status()
        served.client.get("/cert/external/kyc/99MARKEDCODE99", headers=api)
        for mobile in ("5559876543", "5551234567"):
            served.client.post(HOLDING[1], json=held(code, mobile), headers=api)

        said = served.said()
        assert "/cert/external/kyc/{code}" in said
        for mark in ("MARKEDCODE", "5559876543", "5551234567", "Namuna"):
            assert mark not in said


class TestTime:
    def test_no_answer_about_somebody_leaves_before_its_time(self, mohar_tools: Tools) -> None:
        """
        What is not there, and what does not match, is not told by being quicker.
        """
        settings = Settings(kind="vaccination", status=StatusAnswer(issuer="did:web:a.example"))

        routes = ApiSetuDoor.open(settings, mohar_tools).routes()

        assert {each.answer_after_seconds for each in routes} == {0.25}
        assert len(routes) == 13
