"""What a deployment says of its gateway."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from mohar.domain.outgoing import Carries
from mohar.plugin.tools import SecretReference

Means = Literal["ok", "later", "never", "unknown"]


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of the settings."""


class Answer(_Part, frozen=True, kw_only=True):
    """
    What an answer means that has one of these statuses and, where `path` is named, one of these values.

    `path` leads into a JSON answer by dots; numbers and truths count as JSON writes them. An empty
    list narrows nothing. `later` is tried again, `never` is not, and `unknown` may have been sent.
    """

    status: list[Annotated[int, msgspec.Meta(ge=100, le=599)]] = []
    path: str = ""
    values: list[str] = []
    means: Means


class Settings(_Part, frozen=True, kw_only=True):
    """
    How the gateway is asked, with `form` or `json` as the body.

    Texts in the body may hold `{to}`, `{text}`, `{subject}`, `{sender}`, `{template}`, `{language}`
    and `{purpose}`, and nothing else. `headers` are texts or references to secrets. `prefix` is put before numbers without a `+`, and
    `plus: false` leaves that out. `templates` are the ids under which texts are registered with the
    gateway, by purpose and language (`notice.issued.en`) or by purpose alone. The first of
    `answers` that fits tells what an answer means; where none does, 2xx is `ok`, 429, 503 and a
    redirect are `later`, other 4xx are `never`, and all others `unknown`. `receipt` is the path of
    the id by which the gateway knows what it took.
    """

    url: Annotated[str, msgspec.Meta(pattern=r"^https?://[^\s/@]+(/\S*)?$")]
    method: Literal["POST", "PUT"] = "POST"
    headers: dict[str, str | SecretReference] = {}
    form: dict[str, str] = {}
    json: dict[str, Any] = {}
    carries: Carries = "sms"
    sender: str = ""
    prefix: Annotated[str, msgspec.Meta(pattern=r"^(\+[1-9][0-9]{0,3})?$")] = ""
    plus: bool = True
    templates: dict[str, str] = {}
    answers: list[Answer] = []
    receipt: str = ""
    deadline_seconds: Annotated[float, msgspec.Meta(gt=0, le=60)] = 10.0
