"""What every part of a type file has in common, and how a path is written."""

from __future__ import annotations

from typing import Annotated

import msgspec

Path = Annotated[
    str,
    msgspec.Meta(pattern=r"^@?[A-Za-z_][\w-]*(\.[A-Za-z0-9_][\w-]*)*$", title="dotted path"),
]
Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_-]*$", title="name")]
Sentence = Annotated[str, msgspec.Meta(min_length=1, title="sentence")]


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Any part of a type file: immutable, and unknown fields are mistakes."""
