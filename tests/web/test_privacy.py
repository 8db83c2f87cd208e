"""
Whose data it is stays between the caller and the house.

Records whose every value is marked are issued and refused over HTTP, printed, searched, verified,
and sent where they do not belong. Then everything that came out is searched for the marks, except
what is meant to hold them: the credential, its pictures, and the verdict on it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from litestar import Litestar
from litestar.testing import TestClient

from mohar.assembly.house import House
from mohar.telemetry.fields import keep

Client = TestClient[Litestar]
Headers = Mapping[str, str]
Make = Callable[..., dict[str, Any]]
URL = "/v1/kinds/vaccination/records"

CODE = "88776655443322"
NAME = "Zzmarkname Qqmarkname"
MOBILE = "9876512340"
IDENTITY = "Zmarkpass77"
MARKS = (
    CODE,
    "Zzmarkname",
    "Qqmarkname",
    MOBILE,
    IDENTITY,
    "markmail",
    "1931-07-17",
    "Markstreet",
    "Markvillage",
    "Markdistrict",
    "Markbatch",
    "Markvaccinator",
    "Markcentre",
    "Markvaccine",
)


def marked(record: Make, **vaccination: Any) -> dict[str, Any]:
    address = {
        "addressLine1": "7 Markstreet",
        "addressLine2": "Markvillage",
        "district": "Markdistrict",
        "state": "Goa",
        "pincode": 403001,
    }
    made = record(
        recipient={
            "name": NAME,
            "dob": "1931-07-17",
            "identity": f"did:Passport:{IDENTITY}",
            "contact": [f"tel:+91{MOBILE}", "mailto:markmail@example.org"],
            "address": address,
        },
        vaccination={"batch": "Markbatch", **vaccination},
    )
    made["preEnrollmentCode"] = CODE
    made["vaccinator"] = {"name": "Markvaccinator"}
    # Where it was done may be counted; who lives where may not.
    made["facility"] = {"name": "Markcentre", "address": {**address, "district": "North Goa"}}
    return made


class Trail:
    """Everything that was answered and must hold no mark."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def head(self, answer: httpx.Response) -> httpx.Response:
        """Keep the headers only: this answer is meant to hold what it holds."""
        self.texts.append(repr(answer.headers.raw))
        return answer

    def whole(self, answer: httpx.Response, status: int) -> httpx.Response:
        """Keep all of an answer that is no credential."""
        assert answer.status_code == status, answer.text
        self.texts.append(answer.text)
        return self.head(answer)

    def receipt(self, answer: httpx.Response) -> httpx.Response:
        """Keep a receipt without the credentials that it carries."""
        content = answer.json()
        assert content.pop("credentials") is not None
        self.texts.append(json.dumps(content, ensure_ascii=False))
        return self.head(answer)


@pytest.fixture(scope="module")
def trail(client: Client, key: Headers, key_for: Callable[..., Headers], record: Make) -> Trail:
    """What came back from everything one can do with marked values."""
    trail = Trail()
    good = marked(record)
    issue(client, key, trail, good)
    refuse(client, key, trail, good, record)
    misplace(client, key, trail)
    ask(client, key_for, trail)
    trail.whole(client.post(URL, json=good), 401)
    trail.whole(client.post(URL, json=good, headers=key_for("read")), 403)
    return trail


def issue(client: Client, key: Headers, trail: Trail, good: dict[str, Any]) -> None:
    receipt = trail.receipt(client.post(f"{URL}?wait=issued", json=good, headers=key))
    number = receipt.json()["outcomes"][0]["credential_id"]
    for form in (".json", ".pdf", ".png", ".svg", ".txt", ".pdf?language=hi&profile=domestic"):
        shown = trail.head(client.get(f"/v1/credentials/{number}{form}", headers=key))
        assert shown.status_code == 200
        assert form != ".json" or "Zzmarkname" in marks_in(shown.text)
        trail.head(client.post("/v1/verify", content=shown.content))
    trail.whole(client.get(f"/v1/credentials/{number}.png?px=1", headers=key), 400)
    trail.whole(client.get(f"/v1/submissions/{receipt.json()['submission_id']}", headers=key), 200)
    found = {"key": {"pre_enrollment_code": CODE, "vaccination.dose": 1}}
    searched = client.post("/v1/kinds/vaccination/search", json=found, headers=key)
    assert searched.json()["credentials"]
    trail.head(searched)
    trail.whole(client.post("/divoc/api/v3/certify", json=[good], headers=key), 200)
    (signed, *_) = receipt.json()["credentials"]
    changed = {**signed["credential"], "validFrom": "1999-01-01T00:00:00Z"}
    trail.whole(client.post("/v1/verify", json=changed), 200)
    trail.whole(client.post("/credentials/verify", json={"verifiableCredential": changed}), 400)
    right = client.post("/credentials/verify", json={"verifiableCredential": signed["credential"]})
    trail.whole(right, 200)


def refuse(client: Client, key: Headers, trail: Trail, good: dict[str, Any], record: Make) -> None:
    spoilt = [
        marked(record, name="Markvaccine"),
        marked(record, date="Markbatch 2021"),
        marked(record, dose="Markbatch"),
        {**good, "recipient": {**good["recipient"], "dob": "17-07-Zzmarkname"}},
        {**good, "recipient": {**good["recipient"], "gender": NAME}},
        {**good, "recipient": {**good["recipient"], "contact": [MOBILE, NAME]}},
        {**good, "recipient": {**good["recipient"], "identity": f"Aadhaar # {CODE[:12]}"}},
        {**good, "recipient": {**good["recipient"], "name": f"{NAME}\x07"}},
        {**good, "recipient": NAME},
        {**good, "preEnrollmentCode": NAME * 50, NAME: CODE},
        {NAME: CODE},
    ]
    answer = client.post(f"{URL}?wait=issued", json=spoilt, headers=key)
    assert answer.status_code == 200
    trail.receipt(answer)
    trail.whole(client.post(f"{URL}?variant={quote(NAME)}", json=good, headers=key), 400)
    reused = {**key, "Idempotency-Key": f"{MOBILE}-{IDENTITY}"}
    trail.whole(client.post(URL, json=good, headers=reused), 202)
    trail.whole(client.post(URL, json=marked(record, dose=2), headers=reused), 409)


def misplace(client: Client, key: Headers, trail: Trail) -> None:
    text = json.dumps({"name": NAME, "code": CODE})
    broken = [
        f"[{text}, {NAME}]",
        text[:-1],
        f'{{"{NAME}": 1, "{NAME}": 2}}',
        f'["{NAME}", "\\ud800"]',
        f'["{NAME} \xff"]',
        f'["{NAME}", {text}]',
        f'{{"{NAME}": 1e999}}',
    ]
    for body in (each.encode("latin-1") for each in broken):
        trail.whole(client.post(URL, content=body, headers=key), 400)
        trail.whole(client.post("/divoc/api/v1/certify", content=body, headers=key), 400)
        search = client.post("/v1/kinds/vaccination/search", content=body, headers=key)
        trail.whole(search, 400)
        trail.whole(client.post("/credentials/verify", content=body), 400)
        trail.whole(client.post("/v1/verify", content=body), 200)
    trail.whole(client.post("/v1/verify", data={NAME: MOBILE}), 400)
    trail.whole(client.post("/v1/verify", files={"file": (NAME, NAME.encode())}), 200)
    wrong = {"key": {"pre_enrollment_code": CODE, "name": NAME}}
    trail.whole(client.post("/v1/kinds/vaccination/search", json=wrong, headers=key), 400)
    name = quote(NAME)
    for path, status in (
        (f"/v1/credentials/{name}.pdf", 404),
        (f"/v1/credentials/{CODE}.json?profile={name}&language={name}", 404),
        (f"/v1/credentials/{CODE}?px={name}&language={MOBILE}", 400),
        (f"/v1/submissions/{name}", 404),
        (f"/v1/kinds/{name}/schema?body={name}", 404),
        (f"/contexts/{name}", 404),
        (f"/{name}/{MOBILE}?{name}={CODE}", 404),
    ):
        trail.whole(client.get(path, headers=key), status)
    trail.whole(client.post(f"/v1/kinds/{name}/records", json={}, headers=key), 404)
    trail.whole(client.post(f"{URL}?wait={name}", json={}, headers=key), 400)
    trail.whole(client.request("PATCH", f"/v1/verify?{name}"), 405)
    too_long = {**key, "Idempotency-Key": NAME * 100}
    trail.whole(client.post(URL, json={}, headers=too_long), 400)
    trail.whole(client.get("/v1/credentials/1", headers={"X-API-Key": MOBILE}), 401)
    accepted = {**key, "Accept": f"text/{IDENTITY}"}
    trail.whole(client.get("/v1/credentials/1", headers=accepted), 404)


def ask(client: Client, key_for: Callable[..., Headers], trail: Trail) -> None:
    """What holders ask for is told to officers alone, and goes wrong without being repeated."""
    portal, officer = key_for("request"), key_for("decide")
    url, name = "/v1/kinds/vaccination/requests", quote(NAME)
    wish = {
        "type": "wrong-age",
        "reason": f"{NAME} says so",
        "key": {"pre_enrollment_code": CODE, "vaccination.dose": 1},
        "changes": {"recipient.birth_date": "17-07-Zzmarkname"},
        "evidence": {"photo-id": IDENTITY, NAME: MOBILE},
    }
    named = {**portal, "Idempotency-Key": f"{MOBILE}-{IDENTITY}"}
    made = trail.whole(client.post(url, json=wish, headers=named), 201)
    trail.whole(client.post(url, json={**wish, "reason": NAME}, headers=named), 409)
    for wrong, status in (
        ({"changes": {NAME: 1, "Zzmarkname": MOBILE}}, 400),
        ({"type": NAME}, 400),
        ({"evidence": {NAME: IDENTITY}}, 400),
        ({"key": {"pre_enrollment_code": CODE, NAME: 1}}, 400),
        ({"key": {"pre_enrollment_code": NAME, "vaccination.dose": 1}}, 404),
        ({NAME: CODE}, 400),
        ({"reason": NAME * 100}, 400),
    ):
        trail.whole(client.post(url, json={**wish, **wrong}, headers=portal), status)
    one = f"/v1/requests/{made.json()['tracking']}"
    reason = {"reason": f"{NAME}, {MOBILE}"}
    for step, status in (("approve", 200), ("forward", 409), ("decline", 200), ("approve", 409)):
        answer = client.post(f"{one}/{step}", json=reason, headers=officer)
        seen = trail.head(answer) if status == 200 else trail.whole(answer, status)
        assert seen.status_code == status
        trail.whole(client.get(one, headers=portal), 200)
    assert "Zzmarkname" in marks_in(client.get(one, headers=officer).text)
    trail.whole(client.get("/v1/requests", headers=officer), 200)
    trail.whole(client.get(f"/v1/requests?state={name}&after={name}", headers=officer), 400)
    trail.whole(client.get(f"/v1/requests/{name}", headers=portal), 404)
    trail.whole(client.post(f"{one}/decline", json={NAME: CODE}, headers=officer), 400)


def marks_in(text: str) -> set[str]:
    folded = text.casefold()
    return {mark for mark in MARKS if mark.casefold() in folded}


def test_no_answer_but_a_credential_and_its_verdict_repeats_them(trail: Trail) -> None:
    found = {mark: text for text in trail.texts for mark in marks_in(text)}

    assert found == {}


def test_they_are_in_no_log_line_span_or_metric(trail: Trail, watched: Any) -> None:
    """
    The log knows the route by its template, and has a line for every request.
    """
    said = watched.said()

    assert trail.texts
    assert '"/v1/credentials/{name}"' in said
    assert "issue" in said
    assert marks_in(said) == set()


def test_a_fault_keeps_them_to_itself(
    house: House, calling: Callable[..., AbstractContextManager[Client]], watched: Any
) -> None:
    """
    A query that a route of a plugin chokes on is nowhere repeated.
    """
    from mohar.plugin import Route, RouteRequest, RouteResponse
    from mohar.web.app import create_app
    from mohar.web.plugin_routes import handler_for

    def fail(request: RouteRequest) -> RouteResponse:
        raise ValueError(f"cannot work with {request.query}")

    app = create_app(house)
    route = Route(method="GET", path="/choke", action=None, summary="", handle=fail)
    app.register(handler_for("trial", route, house.deployment.web.max_file_bytes))

    with calling(app) as client:
        answer = client.get(f"/choke?name={quote(NAME)}")

    assert answer.status_code == 500
    assert marks_in(answer.text + watched.said()) == set()


def test_no_library_logs_them(
    client: Client, key: Headers, record: Make, caplog: pytest.LogCaptureFixture
) -> None:
    """
    Not even where nobody took their loggers away.
    """
    caplog.set_level(logging.INFO)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    trail = Trail()

    issue(client, key, trail, marked(record))
    misplace(client, key, trail)

    assert marks_in(caplog.text) == set()


def test_they_cannot_be_read_in_the_files_of_the_house(trail: Trail, watched: Any) -> None:
    """
    Neither in the database nor in the facts that are counted.
    """
    while watched.house.relay.run_once():
        pass
    files = [file for file in Path(watched.folder, "data").rglob("*") if file.is_file()]

    marks = {
        (file.name, mark)
        for file in files
        for mark in marks_in(file.read_bytes().decode("latin-1"))
    }

    assert trail.texts
    assert {"india.sqlite", "facts.jsonl"} <= {file.name for file in files}
    assert marks == set()


def test_every_route_is_told_in_the_log_by_its_template(app: Litestar) -> None:
    """
    The routes of other systems, whose paths and parameters have capitals, too.
    """
    routes = {route.path_format for route in app.routes}

    untold = [each for each in routes if not keep({"route": each}).fields]

    assert "/divoc/api/v1/certificates/{preEnrollmentCode}" in routes
    assert untold == []
