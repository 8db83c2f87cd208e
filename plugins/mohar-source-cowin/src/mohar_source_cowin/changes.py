"""
DIVOC's operations on certificates that were issued: update, revoke, and "is it revoked?".

What the original leaves to queues is done, or refused, before these answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NoReturn

import msgspec

from mohar.domain.credential import Outcome
from mohar.domain.errors import InvalidInput, LimitReached, NotFound, Unavailable
from mohar.domain.findings import Finding
from mohar.domain.record import Message
from mohar.domain.values import at_path
from mohar.plugin import Held, Intake, Life, Route, RouteRequest, RouteResponse
from mohar_source_cowin.routes import answer, read_messages

_OWN_KIND: Final = ""
# Which of the three messages an update is, and so which context its certificate has.
_UPDATES: Final = {"v1": "v2", "v3": "v3"}
# No vaccine has more doses than this, precautions included.
_MOST_DOSES: Final = 9
# Two services of the original answered the same question.
_ASKING: Final = ("/divoc/api/v1/certificate/revoked", "/cert/api/certificate/revoked")
_REVOKED: Final = frozenset({"revoked", "superseded", "suspended"})
_GENUINE: Final = frozenset({"valid", "limited", "expired", "not-yet-valid"})
_REASON: Final = "revoked by its source"
_CODE: Final = "pre_enrollment_code"
_DOSE: Final = "vaccination.dose"


def change_routes(intake: Intake, life: Life) -> Sequence[Route]:
    """Return the operations that change certificates, and the one that asks about one."""
    return [
        *(_update_route(intake, life, version) for version in _UPDATES),
        Route(
            method="DELETE",
            path="/divoc/api/v1/certificates/{preEnrollmentCode}",
            action="revoke",
            summary="Revoke the certificates of the latest doses, or of all",
            handle=lambda request: _revoke(life, request),
        ),
        *(_asking_route(life, path) for path in _ASKING),
        Route(
            method="GET",
            path="/divoc/api/v1/ping",
            action=None,
            summary="Answer",
            handle=lambda _: RouteResponse(status=200, content=b"{}"),
        ),
    ]


def _asking_route(life: Life, path: str) -> Route:
    return Route(
        method="POST",
        path=path,
        action=None,
        summary="Say whether a certificate is revoked: 200 it is, 404 it is not",
        handle=lambda request: _is_revoked(life, request),
    )


def _update_route(intake: Intake, life: Life, version: str) -> Route:
    return Route(
        method="PUT",
        path=f"/divoc/api/{version}/certificate",
        action="correct",
        summary=f"Update certificates, version {version}",
        handle=lambda request: _update(intake, life, request, _UPDATES[version]),
    )


def _update(intake: Intake, life: Life, request: RouteRequest, variant: str) -> RouteResponse:
    """
    Take the place of the newest certificate of each person and dose.

    All of them or none: one that has no certificate, or whose limit is reached, is a 412 that
    names its position, and nothing is taken.
    """
    messages = read_messages(request.body, variant)
    found = life.revisions(request.actor, _OWN_KIND, [_key(each) for each in messages])
    named = [_correcting(*each) for each in zip(messages, found, strict=True)]
    missing = [number for number, revisions in enumerate(found) if not revisions]
    outcomes = life.preview(request.actor, _OWN_KIND, named)
    findings = [
        *(_nothing_there(number) for number in missing),
        *(each for outcome in outcomes for each in _against(outcome, missing)),
    ]
    if findings:
        _refuse(findings)
    receipt = intake.submit(request.actor, _OWN_KIND, named)
    return RouteResponse(status=200, content=msgspec.json.encode(answer(receipt)))


def _key(message: Message) -> Mapping[str, Any]:
    """As the source makes it; what cannot be one finds nothing."""
    dose = at_path(message.content, "vaccination.dose")
    code = message.content.get("preEnrollmentCode")
    known = isinstance(dose, int) and not isinstance(dose, bool)
    return {_CODE: code if isinstance(code, str) else "", _DOSE: dose if known else 0}


def _correcting(message: Message, revisions: Sequence[Held]) -> Message:
    """In the place of a revoked one nothing comes: that dose is simply certified again."""
    if not revisions or revisions[-1].state == "revoked":
        return message
    meta = message.content.get("meta")
    named = (meta if isinstance(meta, dict) else {}) | {
        "previousCertificateId": revisions[-1].credential_id
    }
    return msgspec.structs.replace(message, content=message.content | {"meta": named})


def _against(outcome: Outcome, missing: Sequence[int]) -> Sequence[Finding]:
    if outcome.state != "refused" or outcome.position in missing:
        return ()
    of_bodies = [finding for body in outcome.bodies for finding in body.findings]
    return [
        msgspec.structs.replace(each, where=f"{outcome.position}.{each.where or ''}".rstrip("."))
        for each in (*outcome.findings, *of_bodies)
        if each.is_error
    ]


def _nothing_there(position: int) -> Finding:
    return Finding(
        code="nothing-to-correct",
        where=str(position),
        message="no certificate of this preEnrollmentCode and dose was issued here",
    )


def _refuse(findings: Sequence[Finding]) -> NoReturn:
    told = "nothing was updated; the findings name each certificate that cannot be"
    wrong = {each.code for each in findings} - {"nothing-to-correct", "correction-limit"}
    raise (InvalidInput(told, findings) if wrong else LimitReached(told, findings))


def _revoke(life: Life, request: RouteRequest) -> RouteResponse:
    """
    Revoke the current certificates of doses that follow each other up to the latest one.

    Raises:
        InvalidInput: no dose is named, or not those.
        NotFound: this person has no certificate of them.
    """
    code = request.path["preEnrollmentCode"]
    doses = range(1, _MOST_DOSES + 1)
    keys = [{_CODE: code, _DOSE: dose} for dose in doses]
    found = life.revisions(request.actor, _OWN_KIND, keys)
    held = {
        dose: [each.credential_id for each in revisions if each.state in {"current", "suspended"}]
        for dose, revisions in zip(doses, found, strict=True)
    }
    there = [dose for dose, numbers in held.items() if numbers]
    wanted = _doses(request, there)
    numbers = [number for dose in wanted for number in held.get(dose, ())]
    if not numbers:
        raise NotFound("there is no certificate of this person and these doses")
    revoked = life.revoke(request.actor, _OWN_KIND, numbers, _REASON)
    return RouteResponse(status=200, content=msgspec.json.encode({"revoked": list(revoked)}))


def _doses(request: RouteRequest, there: Sequence[int]) -> Sequence[int]:
    named = [value for name, value in request.queries if name == "doses"]
    everything = request.query.get("allDoses", "").lower() == "true"
    if everything:
        return there
    if not named:
        raise InvalidInput("say which: ?doses=2&doses=3, or ?allDoses=true")
    if not all(value.isascii() and value.isdigit() and len(value) == 1 for value in named):
        raise InvalidInput(f"doses are whole numbers from 1 to {_MOST_DOSES}")
    wanted = sorted({int(value) for value in named})
    if wanted != list(range(wanted[0], wanted[-1] + 1)):
        raise InvalidInput("the doses must follow each other: 2 and 3, not 1 and 3")
    if there and wanted[-1] < there[-1]:
        raise InvalidInput("the doses must reach up to the latest one that was certified")
    return wanted


def _is_revoked(life: Life, request: RouteRequest) -> RouteResponse:
    """
    Judge the certificate itself, so that no member its signature does not bind leads to another.

    Raises:
        InvalidInput: it is no genuine certificate of an issuer that is known here.
        Unavailable: it could not be told; that is not "not revoked".
    """
    verdict = life.verify(request.body).verdict
    if verdict in _REVOKED:
        return RouteResponse(status=200, content=b"{}")
    if verdict in _GENUINE:
        return RouteResponse(status=404, content=b"{}")
    if verdict == "not-checked":
        raise Unavailable("whether the certificate is revoked cannot be told now")
    raise InvalidInput(f"this is no genuine certificate of a known issuer: {verdict}")
