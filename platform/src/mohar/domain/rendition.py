"""Pictures of a credential: what a person sees and what a QR code carries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from mohar.domain.credential import Secured
from mohar.domain.values import JsonObject, Personal

SegmentMode = Literal["byte", "alphanumeric", "numeric"]
ErrorCorrection = Literal["L", "M", "Q", "H"]


class Segment(msgspec.Struct, frozen=True):
    """One run of a QR code (ISO/IEC 18004 §7.4)."""

    mode: SegmentMode
    data: bytes


class Carrier(Personal, frozen=True, kw_only=True):
    """
    What goes into one QR code for one credential. `media_type` is that of the joined bytes.

    `error_correction` is there where the format itself says how its codes are drawn; otherwise
    who draws it chooses.
    """

    name: str
    media_type: str
    segments: tuple[Segment, ...]
    error_correction: ErrorCorrection | None = None

    @property
    def data(self) -> bytes:
        """Return all segments joined: what a scanner reads."""
        return b"".join(segment.data for segment in self.segments)


class Shown(Personal, frozen=True, kw_only=True):
    """
    What a renderer is given to draw one credential.

    `secured` is the credential; `group` are the current credentials of the same group and body,
    oldest first and this one among them (one row each on a merged document); `carriers` is what
    its format would put in a QR code; `parameters` are what the caller asked for beside language.
    """

    secured: Secured
    group: tuple[Secured, ...]
    carriers: tuple[Carrier, ...]
    language: str
    parameters: JsonObject = msgspec.field(default_factory=dict)


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """
    Which picture of a credential is asked for; `body` and `rendering` may be left open.

    Of `wishes` the rendering gets those that it has a parameter for.
    """

    suffix: str
    body: str | None = None
    rendering: str | None = None
    language: str | None = None
    parameters: JsonObject = msgspec.field(default_factory=dict)
    wishes: Mapping[str, str] = msgspec.field(default_factory=dict)


class PrintedCode(msgspec.Struct, frozen=True, kw_only=True):
    """
    The QR code of a rendition: which carrier, at which level, and how large, quiet zone included.

    `size_mm` is None where whoever shows the rendition makes it as large as they like, and
    `most_mm` where there is room for any size.
    """

    carrier: str
    error_correction: ErrorCorrection
    size_mm: float | None = None
    most_mm: float | None = None


class Rendition(Personal, frozen=True, kw_only=True):
    """A finished picture or document."""

    media_type: str
    suffix: str
    content: bytes
