"""DIVOC's bulk operations at a house that serves them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest
from litestar import Litestar
from litestar.testing import TestClient

from mohar.assembly.house import House
from mohar.worker import Worker

Client = TestClient[Litestar]
Headers = Mapping[str, str]
DIVOC = "/divoc/api/v1"
ROW = {
    "recipientName": "Asha Namuna",
    "recipientMobileNumber": "5550000001",
    "recipientDOB": "02-Dec-1988",
    "recipientGender": "Female",
    "recipientNationality": "Indian",
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
    "facilityDistrict": "Pune",
    "facilityState": "Maharashtra",
    "facilityPincode": "411001",
}


@pytest.fixture(scope="module")
def key(key_for: Callable[..., Headers]) -> Headers:
    return key_for("issue:vaccination")


@pytest.fixture
def send(client: Client, key: Headers, house: House) -> Callable[..., httpx.Response]:
    """Send rows as a CSV in a form."""

    def sent(*codes: str, without: str = "", **changed: str) -> httpx.Response:
        columns = [each for each in house.plans["vaccination"].source.columns() if each != without]
        stream = io.StringIO(newline="")
        writer = csv.DictWriter(stream, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows([ROW | {"preEnrollmentCode": code} | changed for code in codes])
        files = {"file": ("doses.csv", stream.getvalue().encode(), "text/csv")}
        return client.post(f"{DIVOC}/bulkCertify", files=files, headers=key)

    return sent


Send = Callable[..., httpx.Response]


def uploads(client: Client, key: Headers) -> dict[str, Any]:
    listed = client.get(f"{DIVOC}/certify/uploads", headers=key).json()
    return {each["ID"]: each for each in listed}


def test_a_file_is_processing_until_it_has_succeeded_or_failed(
    client: Client, key: Headers, house: House, send: Send
):
    good = send("87000000000001", "87000000000002").json()["uploadId"]
    bad = send("87000000000003", vaccinationName="SHIELD").json()["uploadId"]
    before = uploads(client, key)
    Worker(house).run_until_idle()
    after = uploads(client, key)

    assert {before[each]["Status"] for each in (good, bad)} == {"Processing"}
    assert (after[good]["Status"], after[good]["TotalRecords"]) == ("Success", 2)
    assert (after[bad]["Status"], after[bad]["TotalErrorRows"]) == ("Failed", 1)
    assert after[bad]["Filename"] == "doses.csv"


def test_the_wrong_rows_come_with_their_columns_and_errors(
    client: Client, key: Headers, house: House, send: Send
):
    number = send("87000000000004", recipientName="").json()["uploadId"]
    Worker(house).run_until_idle()
    told = client.get(f"{DIVOC}/certify/uploads/{number}/errors", headers=key).json()
    (row,) = told["errorRows"]

    assert told["columns"][-1] == "errors"
    assert row["preEnrollmentCode"] == "87000000000004"
    assert "name" in row["errors"].lower()


def test_a_missing_column_is_told_as_the_original_tells_it(send: Send):
    answer = send("87000000000005", without="recipientName")

    assert answer.status_code == 400
    assert answer.json() == {
        "code": "INVALID_TEMPLATE",
        "message": "recipientName column doesn't exist in uploaded csv file",
    }


def test_files_of_others_are_not_there(client: Client, key_for: Callable[..., Headers], send: Send):
    number = send("87000000000006").json()["uploadId"]
    other = key_for("issue:vaccination")
    path = f"{DIVOC}/certify/uploads/{number}/errors"

    assert uploads(client, other) == {}
    assert client.get(path, headers=other).status_code == 404
    assert client.get(path).status_code == 401


@pytest.mark.parametrize("body", [b"", b"recipientName", b"--x\r\n"])
def test_what_is_no_form_is_a_400(client: Client, key: Headers, body: bytes):
    headers = {**key, "Content-Type": "multipart/form-data; boundary=x"}

    assert client.post(f"{DIVOC}/bulkCertify", content=body, headers=headers).status_code == 400


def test_a_file_may_be_larger_than_other_requests(house: House, send: Send):
    web = house.deployment.web
    assert web.max_body_bytes < web.max_file_bytes

    answer = send("87000000000091", recipientName="A" * (web.max_body_bytes + 1))

    assert answer.status_code == 200


def test_other_requests_may_not(client: Client, key: Headers, house: House):
    body = b"[" + b" " * house.deployment.web.max_body_bytes + b"]"

    answer = client.post(f"{DIVOC}/certify", content=body, headers=key)

    assert answer.status_code == 413
