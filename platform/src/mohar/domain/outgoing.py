"""Short texts that leave the house for one person: by SMS, by e-mail."""

from __future__ import annotations

import re
from typing import Final, Literal

from mohar.domain.values import Personal

# An SMS is paid for by the segment and has no subject; the others are as long as they are.
Carries = Literal["sms", "email", "chat"]
# ITU-T E.164 §6.2.1: at most fifteen digits; what is shorter than seven reaches no person.
_PHONE: Final = re.compile(r"\+?[1-9][0-9]{6,14}", re.ASCII)
# One address and nothing beside it: no blank, no comma, no line's end that could start a header.
_MAIL: Final = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?=.{1,253}$)[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+"
)


class Outgoing(Personal, frozen=True, kw_only=True):
    """
    One short text for one address.

    `to` is a telephone number or an e-mail address, as the messenger carries. `subject` counts
    where there is one. `language` is the BCP 47 tag of the text. `purpose` says what it is sent
    for, as in `notice.issued` or `one-time-code`: never a personal value, since it may be logged,
    and gateways that take only approved texts are told by it which one this is.
    """

    to: str
    subject: str
    text: str
    language: str
    purpose: str


def is_address(text: str, carries: Carries) -> bool:
    """Say whether a text can be sent there: a telephone number in E.164, or one mail address."""
    return (_MAIL if carries == "email" else _PHONE).fullmatch(text) is not None
