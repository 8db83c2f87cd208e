"""What a deployment says of its notices."""

from __future__ import annotations

from typing import Annotated

import msgspec

Path = Annotated[str, msgspec.Meta(min_length=1)]
Moment = Annotated[
    str, msgspec.Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$", title="time of the day")
]


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of the settings."""


class Way(_Part, frozen=True, kw_only=True):
    """A messenger of the deployment, and the path of the record where the address for it stands."""

    messenger: str
    to: Path


class ByPlace(_Part, frozen=True, kw_only=True):
    """What stands at `path` of the record is looked up in a value set; its `field` is the language."""

    path: Path
    value_set: Path
    field: str = "language"


class Quiet(_Part, frozen=True, kw_only=True, rename={"from_": "from"}):
    """The hours in which nobody is written to, in the deployment's time zone."""

    from_: Moment
    to: Moment


class Settings(_Part, frozen=True, kw_only=True):
    """
    Who is told, in which language, and when.

    `texts` is a folder with a file for each of `languages`, of which the first is the usual one. A
    record's own wish stands at `language`; where it has none, `by_place` finds one. `name` is the
    path of the name, which is only ever masked; `link` an address that is the same for everybody.
    Nobody is told twice within `remember_days`. `most_segments` is how long an SMS may be before
    `mohar config check` warns of it.
    """

    ways: Annotated[list[Way], msgspec.Meta(min_length=1)]
    texts: Path
    languages: Annotated[list[str], msgspec.Meta(min_length=1)]
    language: str = ""
    by_place: ByPlace | None = None
    name: str = ""
    link: Annotated[str, msgspec.Meta(pattern=r"^(https?://[^\s?#@{}]+)?$")] = ""
    quiet: Quiet | None = None
    remember_days: Annotated[int, msgspec.Meta(ge=3, le=3_650)] = 30
    most_segments: Annotated[int, msgspec.Meta(ge=1, le=10)] = 2
