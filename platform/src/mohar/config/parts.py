"""What the parts of a deployment are made of."""

from __future__ import annotations

from typing import Annotated

import msgspec

Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9-]{0,62}$", title="name")]
Path = Annotated[str, msgspec.Meta(min_length=1, title="path")]
Url = Annotated[str, msgspec.Meta(pattern=r"^https?://[^\s/]+(/[^\s]*[^/\s])?$", title="url")]


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Any part of a deployment: immutable, and unknown fields are mistakes."""
