"""Files of records over HTTP: kept, taken by a worker, and their wrong rows given back."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest
from litestar import Litestar
from litestar.testing import TestClient

from mohar.assembly.house import House
from mohar.domain.errors import Unavailable
from mohar.domain.record import Message
from mohar.worker import Worker

Client = TestClient[Litestar]
Headers = Mapping[str, str]
Make = Callable[..., dict[str, Any]]
FILES = "/v1/kinds/vaccination/files"


@pytest.fixture(scope="module")
def key(key_for: Callable[..., Headers]) -> Headers:
    return key_for("issue:vaccination", "read:vaccination")


@pytest.fixture
def work(house: House) -> Callable[[], None]:
    """Let a worker do everything there is."""
    return lambda: Worker(house).run_until_idle()


@pytest.fixture
def send(client: Client, key: Headers) -> Callable[..., httpx.Response]:
    def sent(data: bytes, name: str = "a.jsonl", **more: str) -> httpx.Response:
        return client.post(FILES, params={"name": name}, content=data, headers={**key, **more})

    return sent


Send = Callable[..., httpx.Response]


def lines(*messages: Any) -> bytes:
    return "\n".join(json.dumps(each) for each in messages).encode()


def table(house: House, *rows: Mapping[str, str], without: str = "") -> bytes:
    """A CSV with the columns of the source."""
    columns = [each for each in house.plans["vaccination"].source.columns() if each != without]
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, columns, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue().encode()


def row(code: str, **changed: str) -> dict[str, str]:
    return {
        "preEnrollmentCode": code,
        "recipientName": "Asha Namuna",
        "recipientMobileNumber": "5550000001",
        "recipientDOB": "1988-12-02",
        "recipientGender": "Female",
        "recipientNationality": "Indian",
        "recipientIdentity": "",
        "vaccinationBatch": "B1",
        "vaccinationDate": "2021-06-01T09:30:00+05:30",
        "vaccinationDose": "1",
        "vaccinationTotalDoses": "2",
        "vaccinationEffectiveStart": "2021-06-01",
        "vaccinationEffectiveEnd": "2031-06-01",
        "vaccinationManufacturer": "Serum Institute of India",
        "vaccinationName": "COVISHIELD",
        "vaccinatorName": "V",
        "facilityName": "F",
        "facilityAddressLine1": "1",
        "facilityAddressLine2": "",
        "facilityDistrict": "Pune",
        "facilityState": "Maharashtra",
        "facilityPincode": "411001",
    } | changed


def test_every_row_becomes_a_credential_or_a_row_of_errors(
    client: Client, key: Headers, record: Make, send: Send, work: Callable[[], None]
):
    good = record()
    number = send(lines(good, {"no": "record"}, record()) + b"\nnonsense\n").json()["submission_id"]
    before = client.get(f"/v1/submissions/{number}", headers=key).json()
    work()
    after = client.get(f"/v1/submissions/{number}", headers=key).json()
    wrong = client.get(f"/v1/submissions/{number}/errors", headers=key).json()["rows"]

    assert before["file"]["is_complete"] is False
    assert after["file"]["is_complete"] is True
    assert after["file"]["rows"] == {"issued": 2, "refused": 1, "unreadable": 1}
    assert [(each["position"], each["state"]) for each in after["outcomes"]] == [
        (1, "issued"),
        (2, "refused"),
        (3, "issued"),
    ]
    assert [(each["row"], each["state"]) for each in wrong] == [(2, "refused"), (4, "unreadable")]


def test_the_wrong_rows_of_a_table_come_back_as_a_table_that_can_be_mended_and_sent_again(
    client: Client, key: Headers, house: House, send: Send, work: Callable[[], None]
):
    data = table(house, row("88000000000001"), row("88000000000002", vaccinationName="SHIELD"))
    number = send(data, "a.csv").json()["submission_id"]
    work()
    headers = {**key, "Accept": "text/csv"}
    answer = client.get(f"/v1/submissions/{number}/errors", headers=headers)
    (wrong,) = csv.DictReader(io.StringIO(answer.text, newline=""))
    mended = send(answer.text.replace("SHIELD", "COVISHIELD").encode(), "mended.csv")
    work()
    again = client.get(f"/v1/submissions/{mended.json()['submission_id']}", headers=key).json()

    assert answer.headers["content-type"].startswith("text/csv")
    assert (wrong["preEnrollmentCode"], wrong["row"], wrong["state"]) == (
        "88000000000002",
        "3",
        "refused",
    )
    assert wrong["errors"]
    assert again["file"]["rows"] == {"issued": 1}


def test_all_missing_columns_are_named_in_one_answer_and_nothing_is_kept(
    client: Client, key: Headers, send: Send
):
    before = len(client.get(FILES, headers=key).json()["files"])
    answer = send(b"recipientName,facilityName\n", "a.csv")

    assert answer.status_code == 400
    assert {each["code"] for each in answer.json()["findings"]} == {"column-missing"}
    assert len(answer.json()["findings"]) > 10
    assert len(client.get(FILES, headers=key).json()["files"]) == before


def test_a_form_as_browsers_send_it_is_taken_and_the_file_keeps_its_name(
    client: Client, key: Headers, record: Make
):
    files = {"file": ("ward seven.jsonl", lines(record()), "application/octet-stream")}
    answer = client.post(FILES, files=files, headers=key)
    listed = client.get(FILES, headers=key).json()["files"]

    assert answer.status_code == 202
    assert answer.json()["submission_id"] in {each["submission_id"] for each in listed}
    assert "ward seven.jsonl" in {each["name"] for each in listed}


def test_the_same_file_under_one_key_is_one_upload_and_another_is_a_conflict(
    record: Make, send: Send
):
    data = lines(record())
    headers = {"Idempotency-Key": "file-1"}
    first, again = send(data, **headers), send(data, **headers)
    other = send(data + b"\n{}", **headers)

    assert first.json() == again.json()
    assert (other.status_code, other.json()["code"]) == (409, "conflict")


def test_nobody_else_sees_a_file(
    client: Client, key_for: Callable[..., Headers], record: Make, send: Send
):
    number = send(lines(record())).json()["submission_id"]
    other = key_for("issue:vaccination", "read:vaccination")
    operator = key_for("operate:vaccination")
    paths = [f"/v1/submissions/{number}", f"/v1/submissions/{number}/errors"]

    assert [client.get(each, headers=other).status_code for each in paths] == [404, 404]
    assert [client.get(each, headers=operator).status_code for each in paths] == [200, 200]
    assert client.get(FILES, headers=other).json()["files"] == []
    assert client.post(FILES, headers=operator, content=b"{}").status_code == 403


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("", b"{}"),
        ("a.pdf", b"%PDF"),
        ("a.csv", b""),
        ("a.xlsx", b"PK\x03\x04"),
        ("a.csv", b"\xff"),
    ],
)
def test_what_is_no_file_of_records_is_a_400(send: Send, name: str, data: bytes):
    assert send(data, name).status_code == 400


def test_a_file_may_be_larger_than_a_request_and_not_without_end(
    house: House, record: Make, send: Send
):
    limit = house.deployment.web.max_body_bytes
    large = lines(record()) + b"\n" + b" " * (limit + 1)

    assert send(large).status_code == 202
    assert send(b" " * (house.deployment.web.max_file_bytes + 1)).status_code == 413


def test_a_worker_that_dies_in_the_midst_costs_no_row_and_takes_none_twice(
    client: Client,
    key: Headers,
    house: House,
    record: Make,
    send: Send,
    work: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
):
    work()
    monkeypatch.setattr("mohar.receiving.upload._BATCH", 2)
    number = send(lines(*(record() for _ in range(5)))).json()["submission_id"]
    taken, take = [], house.unpacking._take

    def dying(*arguments: Any) -> bool:
        if len(taken) == 2:
            raise SystemExit
        taken.append(1)
        return take(*arguments)

    monkeypatch.setattr(house.unpacking, "_take", dying)
    with pytest.raises(SystemExit):
        list(iter(house.unpacking.run_once, 0))
    monkeypatch.undo()
    house.unpacking._reading = None
    at_once = house.unpacking.run_once()
    with house.store.begin() as work_unit:
        kept = work_unit.uploads.find(number)
        assert kept is not None
        work_unit.uploads.release(kept, house.unpacking._worker)
    work()
    state = client.get(f"/v1/submissions/{number}", headers=key).json()

    assert at_once == 0
    assert kept.last_row == 4
    assert state["file"]["rows"] == {"issued": 5}


def test_a_file_that_an_outage_interrupted_is_gone_on_with_at_once(
    client: Client,
    key: Headers,
    house: House,
    record: Make,
    send: Send,
    work: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
):
    """
    The worker that comes back holds its lease itself, and waits for nobody.
    """
    work()
    monkeypatch.setattr("mohar.receiving.upload._BATCH", 2)
    number = send(lines(*(record() for _ in range(5)))).json()["submission_id"]
    take = house.unpacking._take

    def interrupted(*arguments: Any) -> bool:
        take(*arguments)
        raise Unavailable("the store does not answer")

    monkeypatch.setattr(house.unpacking, "_take", interrupted)
    with pytest.raises(Unavailable):
        house.unpacking.run_once()
    monkeypatch.undo()
    work()
    state = client.get(f"/v1/submissions/{number}", headers=key).json()

    assert state["file"]["rows"] == {"issued": 5}


def test_outcomes_come_a_thousand_at_once(client: Client, key: Headers, house: House, send: Send):
    number = send(lines(*({"n": each} for each in range(1_001)))).json()["submission_id"]
    while house.unpacking.run_once():
        pass
    first = client.get(f"/v1/submissions/{number}", headers=key).json()
    rest = client.get(f"/v1/submissions/{number}?after={first['next']}", headers=key).json()

    assert (len(first["outcomes"]), first["next"]) == (1_000, 1_000)
    assert (len(rest["outcomes"]), rest["next"]) == (1, None)


def test_nothing_of_a_file_is_in_the_database_as_text(house: House, send: Send):
    send(lines({"secret-member": "secret-value"}), "secret-name.jsonl")
    url = str(house.store._engine.url.database)

    with open(url, "rb") as file:  # noqa: PTH123 -- whatever the store says it is
        assert b"secret-" not in file.read()


def test_messages_of_a_file_are_those_of_a_request(house: House, record: Make, send: Send):
    message = record()
    number = send(lines(message)).json()["submission_id"]
    while house.unpacking.run_once():
        pass

    with house.store.read() as work:
        assert work.intake.messages(number) == [Message(content=message, variant="")]
