"""What a deployment says of this door, and what each outcome is called in the envelope."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec

from mohar.plugin.tools import SecretReference

Outcome = Literal[
    "done",
    "no-mobile",
    "no-code",
    "wrong-code",
    "too-often",
    "no-session",
    "not-found",
    "second-factor",
    "bad-request",
    "unavailable",
]


class Answer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stands in the envelope for one outcome, and the HTTP status it goes with."""

    outcome: Outcome
    rs: Literal["S", "F"] = "F"
    rc: str
    rd: str
    status: Annotated[int, msgspec.Meta(ge=200, le=599)] = 200


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    What the gateway is known by, and what it is given.

    `key` is what it sends as `x-api-key`, `path` where its calls arrive, `kind` what holders get
    and `body` what is drawn of it. `answers` replaces some of the table of outcomes.
    """

    kind: str
    key: SecretReference
    body: str = "domestic"
    path: Annotated[str, msgspec.Meta(pattern=r"^(/[A-Za-z0-9._-]+)+$")] = (
        "/depttapi/COWINApi/ws1/1.0/v2"
    )
    answers: list[Answer] = []


def table(settings: Settings) -> Mapping[str, Answer]:
    """Return the answer for each outcome; what the deployment says replaces what is usual."""
    usual = [
        Answer(outcome="done", rs="S", rc="200", rd="Success"),
        Answer(outcome="no-mobile", rc="USRAUT0010", rd="Mobile number is missing, or is none"),
        Answer(outcome="no-code", rc="USRAUT0012", rd="OTP is missing"),
        Answer(outcome="wrong-code", rc="USRAUT0014", rd="OTP is not valid"),
        Answer(outcome="too-often", rc="USRAUT0018", rd="Try again later"),
        Answer(outcome="no-session", rc="401", rd="Unauthenticated access!"),
        Answer(outcome="not-found", rc="404", rd="No certificate is found"),
        Answer(
            outcome="second-factor",
            rc="403",
            rd="One of the second factors of this member is needed",
        ),
        Answer(outcome="bad-request", rc="400", rd="The request has not the form it must have"),
        Answer(outcome="unavailable", rc="503", rd="The department does not answer", status=503),
    ]
    return {each.outcome: each for each in (*usual, *settings.answers)}
