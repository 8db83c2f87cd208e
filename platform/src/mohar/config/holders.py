"""The section `holders:` of `deployment.yaml`: how holders let themselves in."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from mohar.config.name import Name

_Few = Annotated[int, msgspec.Meta(ge=1, le=100)]
_Many = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
_Minutes = Annotated[int, msgspec.Meta(ge=1, le=1_440)]


class Numbers(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Contacts are telephone numbers of so many digits, within the country of `country_code`."""

    digits: Annotated[int, msgspec.Meta(ge=4, le=15)]
    country_code: Annotated[str, msgspec.Meta(pattern="^[1-9][0-9]{0,2}$", title="country code")]


class Code(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One-time codes; another one is sent to the same contact after `resend_seconds`."""

    digits: Annotated[int, msgspec.Meta(ge=6, le=10)] = 6
    lifetime_seconds: Annotated[int, msgspec.Meta(ge=30, le=900)] = 180
    tries: Annotated[int, msgspec.Meta(ge=1, le=10)] = 5
    resend_seconds: Annotated[int, msgspec.Meta(ge=0, le=900)] = 60


class Rate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """So many times in so many minutes."""

    times: _Many
    minutes: _Minutes


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    How often codes are asked for and tried: codes per `contact`, both per `address` and `network`.

    An address of IPv6 is its /64. A network is a /24 of IPv4 and a /56 of IPv6.
    """

    contact: Rate = Rate(times=5, minutes=60)
    address: Rate = Rate(times=100, minutes=5)
    network: Rate = Rate(times=500, minutes=5)


class SecondFactor(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    What a holder must know beside having the contact: of the value at `path` of the record a part.

    `take` says which: the `first` or the `last` so many (`count`) letters or digits.
    """

    kind: str
    name: Name
    path: Annotated[str, msgspec.Meta(min_length=1)]
    take: Literal["first", "last"]
    count: Annotated[int, msgspec.Meta(ge=1, le=64)]


class Holders(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    How holders let themselves in (`/holder`): with a code that is sent to their registered contact.

    `contact` is the handle that is one, of `kinds` or of all that have it; `messenger` sends the
    codes. `texts` is the folder with what the page and the codes say, one file a language. A member
    is shown by the public value `name`, masked, and the `details` that tell credentials apart.

    Of a kind that has `second_factors` one must be given, too; after `factor_tries` wrong ones a
    member is closed for `lock_hours`. A link that shows a credential counts for `share_hours`. At a
    facility a holder is known by the contact and the date at `birth_date` of the record, and what
    is printed is for one of the `purposes`.
    """

    contact: Name
    kinds: list[str] = []
    messenger: Name
    numbers: Numbers | None = None
    texts: Annotated[str, msgspec.Meta(min_length=1)]
    code: Code = Code()
    limits: Limits = Limits()
    session_minutes: _Minutes = 15
    name: str = "name"
    details: list[str] = []
    second_factors: list[SecondFactor] = []
    factor_tries: _Few = 5
    lock_hours: Annotated[int, msgspec.Meta(ge=1, le=720)] = 24
    share_hours: Annotated[int, msgspec.Meta(ge=1, le=720)] = 24
    birth_date: str = ""
    purposes: list[Name] = []
