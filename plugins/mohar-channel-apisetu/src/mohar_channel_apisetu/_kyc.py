"""KYC-VS: who somebody is and how far vaccinated, or the status alone, signed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

import msgspec

from mohar.domain.errors import Conflict, InvalidInput, NotFound
from mohar.domain.values import JsonObject
from mohar.domain.valueset import ValueSet
from mohar.plugin import Route, RouteRequest, RouteResponse, Tools
from mohar_channel_apisetu._answers import answer, not_found, sent, text_of
from mohar_channel_apisetu._person import Dose, Persons
from mohar_channel_apisetu._settings import Settings, StatusAnswer

_NOT, _PARTLY, _FULLY = 0, 1, 2
_WORDS: Final = {_PARTLY: "PARTIALLY_VACCINATED", _FULLY: "FULLY_VACCINATED"}
_GENDERS: Final = {"male": "Male", "female": "Female", "other": "Others"}
_CHALLENGE: Final = range(8, 129)
_TYPE: Final = "vaccination-status/status-1"
_V2: Final = "https://www.w3.org/ns/credentials/v2"


class CourseUnknown(Conflict):
    """The latest certificate tells no number of doses, so nobody can say whether it was the last."""

    code = "course-unknown"

    def __init__(self) -> None:
        super().__init__(
            "the latest certificate tells no number of doses of the course; its source must send it"
        )


class Kyc:
    """Answers how far somebody is vaccinated; a dose beyond the course is a precaution, not less."""

    def __init__(
        self, settings: Settings, tools: Tools, persons: Persons, identity_types: ValueSet | None
    ) -> None:
        self._settings = settings
        self._tools = tools
        self._persons = persons
        self._identity_types = identity_types

    def routes(self) -> Sequence[Route]:
        """Return the operations; the signed one only where the deployment says how."""
        after, kind = self._settings.answer_after_seconds, self._settings.kind
        known = Route(
            method="GET",
            path="/cert/external/kyc/{code}",
            action=f"read:{kind}",
            summary="Tell who a beneficiary is, and how far vaccinated",
            handle=self._known,
            answer_after_seconds=after,
        )
        status = Route(
            method="POST",
            path="/cert/external/kyc/status",
            action=f"verify:{kind}",
            summary="Tell the status only, signed for one challenge, by id and mobile number",
            handle=self._status,
            answer_after_seconds=after,
        )
        return [known, status] if self._settings.status else [known]

    def _known(self, request: RouteRequest) -> RouteResponse:
        code = request.path["code"]
        found = self._persons.with_id(request.actor, code)
        if not found or not self._may_read(request, found[-1]):
            return not_found()
        paths, latest = self._settings.paths, found[-1]
        days = {dose.number: _day(dose.says(paths.date)) for dose in found}
        return answer(
            {
                "name": _text(latest.says(paths.name)),
                "age": _text(latest.says(paths.age)),
                "gender": _GENDERS.get(latest.says(paths.gender), ""),
                "identity": self._identity(latest),
                "refId": code,
                "vaccine": _text(latest.says(paths.vaccine)).upper(),
                "status": _WORDS[status_of(found)],
                "dateOfDose1": days.get(1, ""),
                "dateOfDose2": days.get(2, ""),
            }
        )

    def _may_read(self, request: RouteRequest, latest: Dose) -> bool:
        """Who may search for everybody may still read the credentials of some only."""
        try:
            self._tools.credentials.fetch(request.actor, latest.credential_id)
        except NotFound:
            return False
        return True

    def _identity(self, latest: Dose) -> str:
        """As it is printed: the type, and the number masked; neither more is signed nor told."""
        code = _text(latest.says(self._settings.paths.identity_type))
        entry = self._identity_types.find(code) if self._identity_types and code else None
        number = _text(latest.says(self._settings.paths.identity))
        return " # ".join(each for each in (entry.name if entry else code, number) if each)

    def _status(self, request: RouteRequest) -> RouteResponse:
        """
        Whoever is not found is told as not vaccinated: an unknown id, another number, and nothing.

        Raises:
            InvalidInput: something is missing.
            CourseUnknown: it cannot be told.
            Unavailable: it could not be signed.
        """
        assert self._settings.status is not None
        body = sent(request)
        challenge, code = _challenge(body), text_of(body, "beneficiaryId")
        found = self._persons.with_mobile(request.actor, code, text_of(body, "mobile"))
        document = self._document(self._settings.status, found, challenge)
        signed = self._tools.credentials.sign(self._tools.actor, self._settings.kind, document)
        return answer({"verifiableCredential": msgspec.Raw(signed.content)})

    def _document(self, how: StatusAnswer, found: Sequence[Dose], challenge: str) -> JsonObject:
        """The least that answers the question: nothing in it tells whose status it is."""
        now = self._tools.clock().replace(microsecond=0)
        until = now + timedelta(minutes=how.valid_minutes)
        said: JsonObject = {
            "type": "VaccinationStatus",
            "status": status_of(found),
            "challenge": challenge,
        }
        if found:
            latest = found[-1]
            said |= {"vaccine": _text(latest.says(self._settings.paths.vaccine)), "of": latest.of}
        return {
            "@context": [_V2, how.context or f"{self._tools.contexts_url}/{_TYPE}"],
            "type": ["VerifiableCredential", "VaccinationStatusCredential"],
            "issuer": how.issuer,
            "validFrom": f"{now:%Y-%m-%dT%H:%M:%SZ}",
            "validUntil": f"{until:%Y-%m-%dT%H:%M:%SZ}",
            "credentialSubject": said,
        }


def status_of(found: Sequence[Dose]) -> int:
    """
    Return 0 for no dose, 1 for a course begun and 2 for one finished.

    Raises:
        CourseUnknown: the latest dose does not say how many there are.
    """
    if not found:
        return _NOT
    latest = found[-1]
    if latest.of is None:
        raise CourseUnknown
    return _FULLY if latest.number >= latest.of else _PARTLY


def _challenge(body: JsonObject) -> str:
    challenge = text_of(body, "challenge")
    if len(challenge) not in _CHALLENGE or not challenge.isascii() or not challenge.isprintable():
        raise InvalidInput("challenge is 8 to 128 letters of ASCII that the caller made up")
    return challenge


def _text(value: Any) -> str:
    return str(value) if isinstance(value, str | int) else ""


def _day(value: Any) -> str:
    """DIVOC writes the day first."""
    try:
        return f"{date.fromisoformat(value):%d-%m-%Y}"
    except (TypeError, ValueError):
        return ""
