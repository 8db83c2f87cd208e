"""What the operations for holders take and answer."""

from __future__ import annotations

import msgspec

from mohar.domain.request import RequestState
from mohar.domain.values import JsonObject, Personal


class CodeSent(msgspec.Struct, frozen=True, kw_only=True):
    """What to send back with the code, how long it counts, and when another one may be sent."""

    transaction: str
    lifetime_seconds: int
    resend_seconds: int


class Session(Personal, frozen=True, kw_only=True):
    """A session, by its token: send it as `Authorization: Bearer …`."""

    token: str
    lifetime_seconds: int


class MemberSeen(Personal, frozen=True, kw_only=True):
    """A person under the contact, masked. `asks` are second factors of which one is needed."""

    handle: str
    kind: str
    title: str
    name: str
    details: tuple[dict[str, str], ...]
    asks: tuple[str, ...]


class Members(Personal, frozen=True, kw_only=True):
    """The persons under the contact."""

    members: tuple[MemberSeen, ...]


class ShareSeen(Personal, frozen=True, kw_only=True):
    """A link, until when it counts, and how often it was opened."""

    link: str
    until: str
    views: int


class CanAsk(msgspec.Struct, frozen=True, kw_only=True):
    """What one can ask for: what may be wished anew, and which references it needs."""

    name: str
    title: str
    changes: tuple[str, ...]
    evidence: tuple[str, ...]


class Certificate(Personal, frozen=True, kw_only=True):
    """A certificate of the chosen member, the languages it is printed in, and what can be asked."""

    handle: str
    kind: str
    title: str
    number: str
    details: dict[str, str]
    languages: tuple[str, ...]
    requests: tuple[CanAsk, ...]
    share: ShareSeen | None


class Certificates(Personal, frozen=True, kw_only=True):
    """The certificates of the chosen member, the oldest first."""

    certificates: tuple[Certificate, ...]


class HolderRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request by its tracking number, as it is now."""

    tracking: str
    title: str
    state: RequestState


class AskCode(Personal, frozen=True, forbid_unknown_fields=True):
    """A contact that a code is to be sent to, the language of the text, and the notice shown."""

    contact: str
    language: str = ""
    notice: str = ""


class Confirm(Personal, frozen=True, forbid_unknown_fields=True):
    """The transaction of a code, and the code."""

    transaction: str
    code: str


class Choose(Personal, frozen=True, forbid_unknown_fields=True):
    """What is known of the person who is chosen."""

    second_factor: dict[str, str] = msgspec.field(default_factory=dict)


class ShareWish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The language of the page behind a link, and the version of the notice that was shown."""

    language: str = ""
    notice: str = ""


class Report(Personal, frozen=True, forbid_unknown_fields=True):
    """What is wrong, why, what would be right, and the version of the notice that was shown."""

    type: str
    reason: str
    changes: JsonObject = msgspec.field(default_factory=dict)
    evidence: dict[str, str] = msgspec.field(default_factory=dict)
    notice: str = ""


class Print(Personal, frozen=True, forbid_unknown_fields=True):
    """Who stands at the facility, and what for it is printed."""

    contact: str
    birth_date: str
    purpose: str
    language: str | None = None
