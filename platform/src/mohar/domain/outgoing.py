"""Short texts that leave the house for one person: by SMS, by e-mail."""

from __future__ import annotations

from typing import Literal

from mohar.domain.values import Personal

# An SMS is paid for by the segment and has no subject; the others are as long as they are.
Carries = Literal["sms", "email", "chat"]


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
