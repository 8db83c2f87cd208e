"""UMANG's envelope: what of it is let in, and what goes out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha256
from ipaddress import IPv6Address
from typing import Any, Final

import msgspec

from mohar.codec import strict_json
from mohar.domain.errors import Unreadable
from mohar.domain.values import JsonObject, Personal
from mohar.plugin import RouteRequest, RouteResponse
from mohar_channel_umang._settings import Answer

_MOST_BYTES: Final = 20_000
_LETTERS: Final = 512
_TRACKER: Final = re.compile(r"UW-[A-Za-z]{2}[0-9]{14}", re.ASCII)
_UNIQUE_LOCAL: Final = b"\xfd"


class Call(Personal, frozen=True, kw_only=True):
    """
    What is let in of a call; there is no place in it for where the holder is, and on what device.

    `tracker` is there only in the form of one. `client` stands for the user at UMANG where limits
    are counted: all of them come from the address of the gateway.
    """

    tracker: str = ""
    language: str = ""
    client: str = ""
    mobile: str = ""
    otp: str = ""
    transaction: str = ""
    token: str = ""
    beneficiary: str = ""
    second_factor: Mapping[str, str] = {}


def opened(request: RouteRequest) -> Call:
    """Return what is let in of a call. Raises Unreadable where it is no JSON object."""
    body = strict_json.parse_object(request.body, max_bytes=_MOST_BYTES)
    tracker, user = _text(body, "trkr"), _text(body, "usrid")
    return Call(
        tracker=tracker if _TRACKER.fullmatch(tracker) else "",
        language=_text(body, "lang") or _text(body, "language"),
        client=_address_of(user) if user else request.client,
        mobile=_text(body, "mobile"),
        otp=_text(body, "otp"),
        transaction=_text(body, "txnId"),
        token=_text(body, "token"),
        beneficiary=_text(body, "beneficiary"),
        second_factor=_texts(body.get("secondFactor")),
    )


def sealed(how: Answer, content: Any = None) -> RouteResponse:
    """Return an answer in its envelope."""
    told = {"rs": how.rs, "rc": how.rc, "rd": how.rd, "pd": {} if content is None else content}
    return RouteResponse(status=how.status, content=msgspec.json.encode(told))


def _text(body: JsonObject, name: str) -> str:
    value = body.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        return ""
    if len(value) > _LETTERS:
        raise Unreadable("a member of the envelope is too long")
    return value.strip()


def _texts(value: Any) -> Mapping[str, str]:
    if not isinstance(value, dict):
        return {}
    return {name: _text(value, name) for name in value}


def _address_of(user: str) -> str:
    """An address of nobody (RFC 4193), made of the user's id: each user has limits of their own."""
    digest = sha256(user.encode()).digest()
    return str(IPv6Address(_UNIQUE_LOCAL + digest[:15]))
