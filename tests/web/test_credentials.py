"""Credentials go out over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest
import zxingcpp
from litestar import Litestar
from litestar.testing import TestClient
from PIL import Image

from mohar.assembly.house import House
from mohar.verifying.pdf import is_pdf

Client = TestClient[Litestar]
Headers = Mapping[str, str]
Fetch = Callable[..., httpx.Response]


@pytest.fixture
def fetch(client: Client, key: Headers, credential_id: str) -> Fetch:
    """Return a function that gets the credential, with a suffix and query, and headers."""

    def got(rest: str = "", **headers: str) -> httpx.Response:
        url = f"/v1/credentials/{credential_id}{rest}"
        return client.get(url, headers={**key, **headers})

    return got


class TestForms:
    def test_json_is_the_signed_credential(self, fetch: Fetch, issued: dict[str, Any]) -> None:
        answer = fetch(".json")

        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/vc"
        assert answer.json() == issued["credentials"][0]["credential"]
        assert answer.headers["cache-control"] == "no-store"

    @pytest.mark.parametrize(
        ("suffix", "media_type", "begins"),
        [
            (".pdf", "application/pdf", b"%PDF-"),
            (".png", "image/png", b"\x89PNG"),
            (".svg", "image/svg+xml", b"<svg"),
        ],
    )
    def test_a_suffix_chooses_the_form(
        self, fetch: Fetch, suffix: str, media_type: str, begins: bytes
    ) -> None:
        answer = fetch(suffix)

        assert answer.status_code == 200
        assert answer.headers["content-type"].partition(";")[0] == media_type
        assert begins in answer.content[:200]
        assert answer.headers["content-disposition"] == f'inline; filename="certificate{suffix}"'

    def test_the_text_of_the_code_is_a_genuine_credential(
        self, fetch: Fetch, client: Client
    ) -> None:
        answer = fetch(".txt")

        assert answer.content.startswith(b"MZ1:")
        assert client.post("/v1/verify", content=answer.content).json()["verdict"] == "valid"

    @pytest.mark.parametrize(
        ("accept", "media_type"),
        [
            ("application/pdf", "application/pdf"),
            ("application/json, image/png;q=0.4", "application/json"),
            ("application/json;q=0.3, image/png;q=0.4", "image/png"),
            ("application/vc", "application/vc"),
            ("image/*", "image/png"),
            ("*/*", "application/vc"),
        ],
    )
    def test_without_a_suffix_the_accept_header_chooses(
        self, fetch: Fetch, accept: str, media_type: str
    ) -> None:
        answer = fetch(Accept=accept)

        assert answer.status_code == 200
        assert answer.headers["content-type"] == media_type
        assert answer.headers["vary"] == "Accept"

    def test_what_no_form_satisfies_is_not_acceptable(self, fetch: Fetch) -> None:
        answer = fetch(Accept="text/html")

        assert answer.status_code == 406
        assert answer.headers["content-type"] == "application/problem+json"

    @pytest.mark.parametrize("rest", [".exe", ".", ".p.df", ".pdf.exe", ".PDF", ".txt%00"])
    def test_a_suffix_that_nobody_makes_is_not_there(self, fetch: Fetch, rest: str) -> None:
        answer = fetch(rest)

        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"


class TestParameters:
    def test_the_profile_chooses_the_body(self, fetch: Fetch, issued: dict[str, Any]) -> None:
        answer = fetch(".json?profile=international")

        assert answer.json() == issued["credentials"][1]["credential"]

    def test_a_profile_that_is_not_there_is_not_found(self, fetch: Fetch) -> None:
        assert fetch(".json?profile=other").status_code == 404

    def test_each_body_has_the_paper_made_for_it(self, fetch: Fetch) -> None:
        """
        `certificate` prints the first body; `international` says all that the second one lacks.
        """
        refused = fetch(".pdf?profile=international")

        assert is_pdf(fetch(".pdf?profile=domestic").content)
        assert refused.status_code == 400
        assert [each["code"] for each in refused.json()["findings"]] == [
            "passport-missing",
            "course-not-finished",
        ]
        assert fetch(".pdf?profile=domestic&rendering=international").status_code == 404
        assert fetch(".pdf?rendering=other").status_code == 404

    def test_another_language_is_another_paper(self, fetch: Fetch) -> None:
        english, hindi = fetch(".pdf?language=en"), fetch(".pdf?language=hi")

        assert is_pdf(hindi.content)
        assert hindi.content != english.content

    def test_a_language_that_nobody_speaks_is_that_of_the_state(self, fetch: Fetch) -> None:
        default = fetch(".pdf").content

        assert fetch(".pdf?language=tlh").content == default
        assert default != fetch(".pdf?language=en").content

    def test_px_is_the_least_side_of_a_png(self, fetch: Fetch) -> None:
        answer = fetch(".png?px=900")

        width = int.from_bytes(answer.content[16:20], "big")
        assert 900 <= width < 1100

    def test_mm_is_the_side_of_an_svg_and_of_a_png(self, fetch: Fetch) -> None:
        svg, png = fetch(".svg?mm=63.5"), fetch(".png?mm=63.5")

        assert b'width="63.5mm"' in svg.content
        assert b"pHYs" in png.content

    @pytest.mark.parametrize(
        "rest",
        [".svg?px=300", ".pdf?mm=50", ".svg?mm=nan", ".png?mm=wide", ".svg?mm=0", ".svg?mm=9"],
    )
    def test_a_size_that_a_form_does_not_have_or_a_code_cannot_is_refused(
        self, fetch: Fetch, rest: str
    ) -> None:
        assert fetch(rest).status_code in (400, 422)

    def test_the_code_in_the_png_is_a_genuine_credential(
        self, fetch: Fetch, client: Client
    ) -> None:
        answer = client.post("/v1/verify", content=fetch(".png?px=700").content)

        assert answer.json()["verdict"] == "valid"

    @pytest.mark.parametrize(
        "query", ["px=0", "px=-1", "px=5000", "px=ten", "px=", f"px={'9' * 5000}"]
    )
    def test_a_size_that_makes_no_sense_is_refused(self, fetch: Fetch, query: str) -> None:
        answer = fetch(f".png?{query}")

        assert answer.status_code == 400
        assert answer.json()["findings"]

    def test_only_a_png_has_a_size(self, fetch: Fetch) -> None:
        assert fetch(".pdf?px=300").status_code == 400


class TestCourse:
    """Two doses of one person, who showed a passport; and one of whom only the year is known."""

    @pytest.fixture
    def issue(self, client: Client, key: Headers) -> Callable[..., str]:
        def issued(record: dict[str, Any]) -> str:
            url = "/v1/kinds/vaccination/records?wait=issued"
            answer = client.post(url, json=record, headers=key).json()
            return str(answer["credentials"][0]["credential_id"])

        return issued

    @pytest.fixture
    def last(self, issue: Callable[..., str], record: Callable[..., dict[str, Any]]) -> str:
        first = record(recipient={"identity": "Passport # Z0000001"})
        issue(first)
        again = {"dose": 2, "date": "2021-09-01T09:30:00+05:30"}
        return issue({**first, "vaccination": {**first["vaccination"], **again}})

    def test_it_is_printed_as_of_an_earlier_dose(
        self, client: Client, key: Headers, last: str
    ) -> None:
        url = f"/v1/credentials/{last}.pdf"
        earlier, none, no_number = (
            client.get(f"{url}?up_to_dose={dose}", headers=key) for dose in ("1", "3", "x")
        )

        assert is_pdf(earlier.content)
        assert earlier.content != client.get(url, headers=key).content
        for refused in (none, no_number):
            assert refused.status_code == 400
            assert refused.json()["findings"][0]["code"] == "pdf-no-such-row"

    def test_a_finished_course_with_a_passport_is_good_for_a_border(
        self, client: Client, key: Headers, last: str
    ) -> None:
        answer = client.get(f"/v1/credentials/{last}.pdf?rendering=international", headers=key)

        assert is_pdf(answer.content)

    @pytest.mark.parametrize("query", ["rendering=international", "profile=international"])
    def test_a_body_that_could_not_be_issued_is_told_with_its_reason(
        self,
        client: Client,
        key: Headers,
        issue: Callable[..., str],
        record: Callable[..., dict[str, Any]],
        query: str,
    ) -> None:
        number = issue(record(recipient={"dob": "1988"}))

        answer = client.get(f"/v1/credentials/{number}.pdf?{query}", headers=key)

        assert answer.status_code == 400
        assert "birth-date-incomplete" in {each["code"] for each in answer.json()["findings"]}

    def test_what_a_representation_can_be_asked_for_is_listed(self, client: Client) -> None:
        (kind,) = client.get("/v1/kinds").json()

        listed = {each["name"]: each["parameters"] for each in kind["representations"]}
        assert listed["certificate"] == ["up_to_dose"]
        assert listed["qr"] == []


class TestSearch:
    URL = "/v1/kinds/vaccination/search"

    def wanted(self, house: House, credential_id: str) -> dict[str, Any]:
        with house.store.read() as work:
            record = work.credentials.record_of([credential_id])[credential_id]
        return {"pre_enrollment_code": record.content["pre_enrollment_code"], "vaccination.dose": 1}

    def test_the_whole_natural_key_finds_the_current_bodies(
        self, client: Client, key: Headers, house: House, issued: dict[str, Any], credential_id: str
    ) -> None:
        wanted = self.wanted(house, credential_id)

        answer = client.post(self.URL, json={"key": wanted}, headers=key)

        assert answer.status_code == 200
        assert answer.json() == {"credentials": issued["credentials"]}

    def test_a_key_of_nobody_finds_nothing(self, client: Client, key: Headers) -> None:
        wanted = {"pre_enrollment_code": "\x00 nobody", "vaccination.dose": 2**53 - 1}

        answer = client.post(self.URL, json={"key": wanted}, headers=key)

        assert answer.json() == {"credentials": []}

    @pytest.mark.parametrize(
        "body",
        [
            {"key": {"pre_enrollment_code": "1"}},
            {"key": {}},
            {"key": {"pre_enrollment_code": "1", "vaccination.dose": None}},
            {"key": {"pre_enrollment_code": "1", "vaccination.dose": True}},
            {"key": {"pre_enrollment_code": "1", "vaccination.dose": {"$gt": 0}}},
            {"key": []},
            {"name": "Asha"},
            [],
            None,
        ],
    )
    def test_half_a_key_finds_nobody(self, client: Client, key: Headers, body: Any) -> None:
        answer = client.post(self.URL, json=body, headers=key)

        assert answer.status_code == 400

    def test_another_kind_is_not_there(
        self, client: Client, key_for: Callable[..., Headers]
    ) -> None:
        body = json.dumps({"key": {"number": 1}})

        answer = client.post("/v1/kinds/other/search", content=body, headers=key_for("search"))

        assert answer.status_code == 404


def test_the_png_can_be_read_by_any_scanner(fetch: Fetch) -> None:
    """The code is read here without the house's own reader."""
    import io

    picture = Image.open(io.BytesIO(fetch(".png?px=900").content))

    (code,) = zxingcpp.read_barcodes(picture)

    assert code.text.startswith("MZ1:")
