"""What every part of a mapping has in common, and how paths and names are written."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import msgspec

# Upstream chooses the names of its members: anything but a dot, which parts the steps.
Upstream = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[^.\x00-\x1f\x7f]+(\.[^.\x00-\x1f\x7f]+)*$",
        title="dotted path into the message",
    ),
]
InRecord = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$",
        title="dotted path of words in snake case",
    ),
]
Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_-]*$", title="name")]
Scalar: TypeAlias = str | int | float | bool


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Any part of a mapping: immutable, and unknown fields are mistakes."""
