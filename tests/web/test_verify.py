"""Anybody may verify over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

Client = TestClient[Litestar]
Headers = Mapping[str, str]


@pytest.fixture(scope="module")
def signed(issued: dict[str, Any]) -> dict[str, Any]:
    """A signed document."""
    document: dict[str, Any] = issued["credentials"][0]["credential"]
    return document


@pytest.fixture(scope="module")
def form_of(client: Client, key: Headers, credential_id: str) -> Callable[[str], bytes]:
    """Return a function that gets the credential as a picture or paper."""
    return lambda suffix: (
        client.get(f"/v1/credentials/{credential_id}.{suffix}", headers=key).content
    )


class TestAnything:
    URL = "/v1/verify"

    def test_the_document_itself(self, client: Client, signed: dict[str, Any]) -> None:
        answer = client.post(self.URL, json=signed)

        assert answer.status_code == 200
        assert answer.json()["verdict"] == "valid"
        assert answer.json()["kind"] == "vaccination"
        assert answer.json()["shown"]
        assert answer.headers["cache-control"] == "no-store"

    @pytest.mark.parametrize("suffix", ["png", "pdf"])
    def test_a_picture_and_a_paper(
        self, client: Client, form_of: Callable[[str], bytes], suffix: str
    ) -> None:
        answer = client.post(self.URL, content=form_of(suffix))

        assert answer.json()["verdict"] == "valid"

    def test_the_type_that_is_claimed_makes_no_difference(
        self, client: Client, form_of: Callable[[str], bytes]
    ) -> None:
        for claimed in ("application/json", "text/plain", "nonsense", ""):
            answer = client.post(
                self.URL, content=form_of("png"), headers={"Content-Type": claimed}
            )

            assert answer.json()["verdict"] == "valid"

    def test_a_file_in_a_form(self, client: Client, form_of: Callable[[str], bytes]) -> None:
        answer = client.post(self.URL, files={"file": ("photo.png", form_of("png"))})

        assert answer.json()["verdict"] == "valid"

    @pytest.mark.parametrize("suffix", ["png", "pdf", "json"])
    def test_bytes_under_the_label_that_curl_gives_them(
        self, client: Client, form_of: Callable[[str], bytes], suffix: str
    ) -> None:
        """
        `curl --data-binary @file` calls everything a form.
        """
        label = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = client.post(self.URL, content=form_of(suffix), headers=label)

        assert answer.json()["verdict"] == "valid"

    def test_a_text_in_a_form(self, client: Client, signed: dict[str, Any]) -> None:
        answer = client.post(self.URL, data={"text": json.dumps(signed)})

        assert answer.json()["verdict"] == "valid"

    def test_a_form_as_a_browser_sends_it_without_a_file(
        self, client: Client, signed: dict[str, Any]
    ) -> None:
        """
        An empty file stands beside the text.
        """
        no_file = ("", b"", "application/octet-stream")

        answer = client.post(self.URL, files={"file": no_file}, data={"text": json.dumps(signed)})

        assert answer.json()["verdict"] == "valid"

    def test_a_changed_document_is_invalid_and_nothing_of_it_is_shown(
        self, client: Client, signed: dict[str, Any]
    ) -> None:
        changed = json.loads(json.dumps(signed).replace("Namuna", "Namunb"))

        answer = client.post(self.URL, json=changed)

        assert answer.json()["verdict"] == "invalid"
        assert answer.json()["shown"] == {}

    @pytest.mark.parametrize(
        "data", [b"", b" ", b"{}", b"\x00" * 50, b"\x89PNG\r\n\x1a\n", b"%PDF-1.7", b"PK\x03\x04"]
    )
    def test_whatever_cannot_be_read_has_a_verdict_too(self, client: Client, data: bytes) -> None:
        answer = client.post(self.URL, content=data)

        assert answer.status_code == 200
        assert answer.json()["verdict"] in {"unreadable", "unsupported"}

    @pytest.mark.parametrize(
        ("content_type", "body"),
        [
            ("multipart/form-data", b"no boundary"),
            ("multipart/form-data; boundary=b", b"cut off"),
            ("multipart/form-data; boundary=b", b"--b\r\n\r\n"),
            (
                "multipart/form-data; boundary=b",
                b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n1\r\n--b--\r\n',
            ),
            (
                "multipart/form-data; boundary=b",
                b'--b\r\nContent-Disposition: form-data; name="text"\r\nContent-Type: text/plain; charset=klingon\r\n\r\n1\r\n--b--\r\n',
            ),
            (
                "multipart/form-data; boundary=b",
                b'--b\r\nContent-Disposition: form-data; name="text"\r\n\r\n\xff\r\n--b--\r\n',
            ),
            ("application/x-www-form-urlencoded", b"other=1"),
            ("application/x-www-form-urlencoded", b""),
        ],
    )
    def test_a_form_that_is_none_is_a_problem(
        self, client: Client, content_type: str, body: bytes
    ) -> None:
        answer = client.post(self.URL, content=body, headers={"Content-Type": content_type})

        assert answer.status_code == 400
        assert answer.headers["content-type"] == "application/problem+json"

    def test_two_files_are_refused(self, client: Client) -> None:
        """
        Nobody could say which of the two a verdict would be of.
        """
        two = [("file", ("a.txt", b"{}")), ("file", ("b.txt", b"{}"))]

        answer = client.post(self.URL, files=two)

        assert answer.status_code == 400


class TestVcApi:
    URL = "/credentials/verify"

    def test_a_genuine_credential_is_verified(self, client: Client, signed: dict[str, Any]) -> None:
        answer = client.post(self.URL, json={"verifiableCredential": signed, "options": {}})

        assert answer.status_code == 200
        assert answer.json()["verified"] is True
        assert answer.json()["problemDetails"] == []

    def test_a_changed_one_is_not_and_the_problem_is_told(
        self, client: Client, signed: dict[str, Any]
    ) -> None:
        changed = json.loads(json.dumps(signed).replace("Namuna", "Namunb"))

        answer = client.post(self.URL, json={"verifiableCredential": changed})

        assert answer.status_code == 400
        assert answer.json()["verified"] is False
        assert [each["type"] for each in answer.json()["problemDetails"]] == [
            "urn:mohar:check:signature"
        ]

    def test_a_credential_as_text_is_read_as_what_it_holds(
        self, client: Client, signed: dict[str, Any]
    ) -> None:
        answer = client.post(self.URL, json={"verifiableCredential": json.dumps(signed)})

        assert answer.json()["verified"] is True

    @pytest.mark.parametrize(
        "options", [{"checks": ["nothing"]}, {"returnCredential": True, "challenge": "x"}]
    )
    def test_no_option_leaves_a_check_out(
        self, client: Client, signed: dict[str, Any], options: dict[str, Any]
    ) -> None:
        changed = json.loads(json.dumps(signed).replace("Namuna", "Namunb"))
        right, wrong = (
            client.post(self.URL, json={"verifiableCredential": each, "options": options})
            for each in (signed, changed)
        )

        assert right.json()["verified"] is True
        assert wrong.json()["verified"] is False

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"[]",
            b"{}",
            b'{"verifiablePresentation": {}}',
            b'{"verifiableCredential": {}, "options": 5}',
            b'{"verifiableCredential": {}, "verifiableCredential": {}}',
            b'{"verifiableCredential": {"a": 1, "a": 2}}',
            b'{"verifiableCredential": NaN}',
            b'{"verifiableCredential": "\\ud800"}',
            b"[" * 100_000,
        ],
        ids=lambda body: repr(body[:40]),
    )
    def test_what_is_no_such_request_is_a_problem(self, client: Client, body: bytes) -> None:
        answer = client.post(self.URL, content=body)

        assert answer.status_code == 400
        assert answer.headers["content-type"] == "application/problem+json"

    @pytest.mark.parametrize("presented", [{}, [], 5, None, "", "text", {"proof": 1}])
    def test_what_is_no_credential_is_not_verified(self, client: Client, presented: Any) -> None:
        answer = client.post(self.URL, json={"verifiableCredential": presented})

        assert answer.status_code == 400
        assert answer.json()["verified"] is False
        assert answer.json()["problemDetails"]
