"""What a deployment says of this door."""

from __future__ import annotations

from typing import Annotated

import msgspec


class Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of the settings; what it does not know is a mistake."""


class Partner(Strict, frozen=True, kw_only=True):
    """
    What is otherwise for one caller, told by the id of its actor (`apikey:` and the id of a key).

    `tells_mismatch` answers it with DIVOC's error code 2 where the id exists and the mobile number
    is another one: whoever tries ids learns which exist.
    """

    actor: str
    tells_mismatch: bool = False


class Paths(Strict, frozen=True, kw_only=True):
    """Where the signed document of `body` tells what; the defaults are those of core-1."""

    name: str = "credentialSubject.name"
    age: str = "credentialSubject.age"
    gender: str = "credentialSubject.sex"
    identity_type: str = "credentialSubject.photoIdType"
    identity: str = "credentialSubject.photoId"
    vaccine: str = "credentialSubject.vaccination.brand"
    date: str = "credentialSubject.vaccination.date"
    dose: str = "credentialSubject.vaccination.dose"
    total_doses: str = "credentialSubject.vaccination.totalDoses"


class StatusAnswer(Strict, frozen=True, kw_only=True):
    """
    The signed answer that tells the status only.

    `issuer` is the name it is signed in, the authority's or one of `whole.issuers`. `context` is
    the JSON-LD context of its type, which `verifying.schemas` names; empty is that of the bundled
    one.
    """

    issuer: str
    context: str = ""
    valid_minutes: Annotated[int, msgspec.Meta(ge=1, le=1_440)] = 10


class PublicCalls(Strict, frozen=True, kw_only=True):
    """
    The Co-WIN public API: so many calls of one address in so many minutes.

    `factor` is the second factor of `holders:`, if any, that the beneficiary id of a call is.
    """

    calls: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 100
    minutes: Annotated[int, msgspec.Meta(ge=1, le=1_440)] = 5
    factor: str = ""


class Settings(Strict, frozen=True, kw_only=True):
    """
    What the door gives out, and how.

    `kind` is what it gives out, `body` what it reads and draws, `international` the body
    for travel abroad, `mobile` the handle that holds the mobile number.

    `identity_types` is the value set by which KYC names a photo ID. No answer about an id leaves
    earlier than `answer_after_seconds`. Without `status` there is no signed status,
    and without `public` nothing of the Co-WIN public API, which needs the section `holders:`.
    """

    kind: str
    body: str = "domestic"
    international: str = "international"
    mobile: str = "mobile"
    identity_types: str = ""
    answer_after_seconds: Annotated[float, msgspec.Meta(ge=0, le=5)] = 0.25
    partners: list[Partner] = []
    paths: Paths = Paths()
    status: StatusAnswer | None = None
    public: PublicCalls | None = None
