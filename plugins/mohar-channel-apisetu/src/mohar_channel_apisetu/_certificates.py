"""DIVOC's routes that give out certificates, or say that there is one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from mohar.domain.credential import Secured
from mohar.domain.errors import InvalidInput, NotFound
from mohar.domain.rendition import Wanted
from mohar.plugin import Route, RouteRequest, RouteResponse, Tools
from mohar_channel_apisetu._answers import answer, not_found, sent, text_of
from mohar_channel_apisetu._person import Dose, Persons
from mohar_channel_apisetu._settings import Settings

_DDCC: Final = "ddcc"
_MOST_DIGITS: Final = 3


class Certificates:
    """
    Draws certificates, gives them out signed, and says whether there are any.

    What is asked by id alone needs the scopes `search` and `read` of the kind; what is asked by id
    and mobile number needs `read`.
    """

    def __init__(self, settings: Settings, tools: Tools, persons: Persons) -> None:
        self._settings = settings
        self._credentials = tools.credentials
        self._persons = persons
        self._telling = {each.actor for each in settings.partners if each.tells_mismatch}

    def routes(self) -> Sequence[Route]:
        """Return the operations."""
        pdf, by_dose = "/cert/api/certificatePDF/{code}", "/cert/api/certificatePDF/{code}/{dose}"
        exists = "/cert/api/certificate/{code}"
        return [
            *(
                self._searching(path, "Draw the latest certificate", self._pdf)
                for path in (pdf, "/cert/api/v2/certificatePDF/{code}", "/certificatePDF/{code}")
            ),
            self._searching(by_dose, "Draw the certificate as of a dose", self._pdf_of_dose),
            self._searching(
                "/cert/api/v3/ddcc/certificatePDF/{code}",
                "Draw the international certificate",
                self._international,
            ),
            self._searching(exists, "Say whether there is a certificate", self._exists),
            self._searching(f"{exists}/{{dose}}", "Say whether there is one", self._exists),
            self._searching(
                "/cert/api/certificateId/{code}/{dose}", "Name the certificate", self._number
            ),
            self._holding("/cert/pdf/certificate", "Draw the latest certificate", self._drawn),
            self._holding(
                "/cert/external/pdf/certificate", "Draw the latest certificate", self._drawn
            ),
            self._holding(
                "/cert/external/api/certificates", "Give the signed certificates", self._signed
            ),
        ]

    def _searching(self, path: str, summary: str, handle: Any) -> Route:
        return Route(
            method="GET",
            path=path,
            action=f"search:{self._settings.kind}",
            summary=summary,
            handle=handle,
            answer_after_seconds=self._settings.answer_after_seconds,
        )

    def _holding(self, path: str, summary: str, handle: Any) -> Route:
        return Route(
            method="POST",
            path=path,
            action=f"read:{self._settings.kind}",
            summary=f"{summary}, by id and mobile number",
            handle=handle,
            answer_after_seconds=self._settings.answer_after_seconds,
        )

    def _pdf(self, request: RouteRequest) -> RouteResponse:
        if request.query.get("type", "").lower() == _DDCC:
            return self._international(request)
        return self._draw(request, self._asked(request), self._settings.body)

    def _pdf_of_dose(self, request: RouteRequest) -> RouteResponse:
        return self._draw(request, self._of_dose(request), self._settings.body)

    def _international(self, request: RouteRequest) -> RouteResponse:
        """Raises InvalidInput with every reason why somebody is not eligible."""
        return self._draw(request, self._asked(request), self._settings.international)

    def _exists(self, request: RouteRequest) -> RouteResponse:
        found = self._of_dose(request) if "dose" in request.path else self._asked(request)
        return answer({}) if found else not_found()

    def _number(self, request: RouteRequest) -> RouteResponse:
        found = self._of_dose(request)
        return answer({"certificateId": found[-1].credential_id}) if found else not_found()

    def _drawn(self, request: RouteRequest) -> RouteResponse:
        found = self._held(request)
        if isinstance(found, RouteResponse):
            return found
        return self._draw(request, found, self._settings.body)

    def _signed(self, request: RouteRequest) -> RouteResponse:
        """
        Each row has what DIVOC's registry had and partners read; the certificate is text.

        The search was lent to the caller, so that each one is read in its own name.
        """
        found = self._held(request)
        if isinstance(found, RouteResponse):
            return found
        body, paths = sent(request), self._settings.paths
        try:
            read = [self._read(request, dose) for dose in found]
        except NotFound:
            return not_found()
        rows = [
            {
                "certificateId": dose.credential_id,
                "preEnrollmentCode": text_of(body, "beneficiaryId"),
                "mobile": text_of(body, "mobile"),
                "name": dose.says(paths.name),
                "dose": dose.number,
                "certificate": secured.content.decode("utf-8", "replace"),
            }
            for dose, secured in zip(found, read, strict=True)
        ]
        return answer({"certificates": rows})

    def _read(self, request: RouteRequest, dose: Dose) -> Secured:
        return self._credentials.fetch(request.actor, dose.credential_id, self._settings.body)[0]

    def _asked(self, request: RouteRequest) -> Sequence[Dose]:
        return self._persons.with_id(request.actor, request.path["code"])

    def _of_dose(self, request: RouteRequest) -> Sequence[Dose]:
        number = _whole(request.path["dose"])
        return [dose for dose in self._asked(request) if dose.number == number]

    def _held(self, request: RouteRequest) -> Sequence[Dose] | RouteResponse:
        body = sent(request)
        code, mobile = text_of(body, "beneficiaryId"), text_of(body, "mobile")
        found = self._persons.with_mobile(request.actor, code, mobile)
        if found:
            return found
        is_told = request.actor.actor_id in self._telling
        return not_found(is_mismatch=is_told and self._persons.is_known(request.actor, code))

    def _draw(self, request: RouteRequest, found: Sequence[Dose], body: str) -> RouteResponse:
        if not found:
            return not_found()
        wanted = Wanted(suffix="pdf", body=body, language=request.query.get("language"))
        try:
            drawn = self._credentials.draw(request.actor, found[-1].credential_id, wanted)
        except NotFound:
            return not_found()
        return RouteResponse(content=drawn.content, media_type=drawn.media_type)


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise InvalidInput("the dose is a whole number")
    return int(text)
