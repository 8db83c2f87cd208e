"""KYC-VS over a real server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from mohar.domain.access import Actor
from mohar.domain.errors import NotPermitted

Headers = Mapping[str, str]
Certify = Callable[..., str]
STATUS = "/cert/external/kyc/status"
MOBILE = "5550000001"


@pytest.fixture(scope="module")
def asker(served: Any) -> Headers:
    """A caller who is told the status and nothing else."""
    key: Headers = served.key("verify:vaccination")
    return key


def known(served: Any, api: Headers, code: str) -> dict[str, str]:
    answer: dict[str, str] = served.client.get(f"/cert/external/kyc/{code}", headers=api).json()
    return answer


def status(served: Any, asker: Headers, code: str, mobile: str = MOBILE) -> dict[str, Any]:
    asked = {"beneficiaryId": code, "mobile": mobile, "challenge": "counter-4/118"}
    answer = served.client.post(STATUS, json=asked, headers=asker)
    signed: dict[str, Any] = answer.json()["verifiableCredential"]
    return signed


class TestKnown:
    def test_a_finished_course_is_told_as_divoc_does(
        self, served: Any, api: Headers, certify: Certify
    ) -> None:
        code = certify(1, 2)

        assert known(served, api, code) == {
            "name": "Asha Namuna",
            "age": "32",
            "gender": "Female",
            "identity": "Passport # XXXX0001",
            "refId": code,
            "vaccine": "COVISHIELD",
            "status": "FULLY_VACCINATED",
            "dateOfDose1": "01-05-2021",
            "dateOfDose2": "01-08-2021",
        }

    @pytest.mark.parametrize(
        ("doses", "of", "told"),
        [
            ((1,), 2, "PARTIALLY_VACCINATED"),
            ((1,), 1, "FULLY_VACCINATED"),
            ((2,), 2, "FULLY_VACCINATED"),
            ((1, 2), 3, "PARTIALLY_VACCINATED"),
            ((1, 2, 3), 3, "FULLY_VACCINATED"),
            ((1, 2, 3), 2, "FULLY_VACCINATED"),
        ],
    )
    def test_a_dose_beyond_the_course_is_a_precaution_and_not_less(
        self,
        served: Any,
        api: Headers,
        certify: Certify,
        doses: tuple[int, ...],
        of: int,
        told: str,
    ) -> None:
        assert known(served, api, certify(*doses, of=of))["status"] == told

    @pytest.mark.parametrize("scope", ["search:vaccination", "read:vaccination"])
    def test_it_takes_both_scopes(self, served: Any, certify: Certify, scope: str) -> None:
        answer = served.client.get(f"/cert/external/kyc/{certify(1)}", headers=served.key(scope))

        assert answer.status_code == 403

    def test_an_unknown_id_is_not_found(self, served: Any, api: Headers) -> None:
        answer = served.client.get("/cert/external/kyc/000", headers=api)

        assert (answer.status_code, answer.json()["status"]) == (404, "not_found")


class TestStatus:
    @pytest.mark.parametrize(("doses", "told"), [((1,), 1), ((1, 2), 2), ((1, 2, 3), 2)])
    def test_it_is_signed_and_names_nobody(
        self, served: Any, asker: Headers, certify: Certify, doses: tuple[int, ...], told: int
    ) -> None:
        signed = status(served, asker, certify(*doses))

        assert signed["credentialSubject"] == {
            "type": "VaccinationStatus",
            "status": told,
            "challenge": "counter-4/118",
            "vaccine": "COVISHIELD",
            "of": 2,
        }
        verdict = served.client.post("/v1/verify", json=signed).json()
        assert verdict["verdict"] == "valid"

    def test_an_altered_status_is_not_valid(
        self, served: Any, asker: Headers, certify: Certify
    ) -> None:
        signed = status(served, asker, certify(1))
        signed["credentialSubject"]["status"] = 2

        assert served.client.post("/v1/verify", json=signed).json()["verdict"] == "invalid"

    def test_nobody_can_tell_an_unknown_id_from_another_number(
        self, served: Any, asker: Headers, certify: Certify
    ) -> None:
        told = [status(served, asker, "000"), status(served, asker, certify(1), "5550000009")]

        assert [each["credentialSubject"] for each in told] == [
            {"type": "VaccinationStatus", "status": 0, "challenge": "counter-4/118"}
        ] * 2

    @pytest.mark.parametrize("challenge", ["", "short", "x" * 129, "líne-of-eight", 7, None])
    def test_without_a_challenge_nothing_is_signed(
        self, served: Any, asker: Headers, challenge: Any
    ) -> None:
        asked = {"beneficiaryId": "1", "mobile": MOBILE, "challenge": challenge}

        assert served.client.post(STATUS, json=asked, headers=asker).status_code == 400

    def test_a_door_that_may_not_sign_for_the_kind_signs_nothing(self, served: Any) -> None:
        reading = Actor(actor_id="door:x", name="x", scopes=frozenset({"sign:other"}))

        with pytest.raises(NotPermitted):
            served.house.tools.credentials.sign(reading, "vaccination", {})

    def test_who_is_told_the_status_gets_nothing_else(
        self, served: Any, asker: Headers, certify: Certify
    ) -> None:
        code = certify(1)
        body = {"beneficiaryId": code, "mobile": MOBILE}

        assert served.client.get(f"/cert/external/kyc/{code}", headers=asker).status_code == 403
        for path in ("/cert/external/api/certificates", "/cert/external/pdf/certificate"):
            assert served.client.post(path, json=body, headers=asker).status_code == 403
