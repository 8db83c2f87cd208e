"""The file in a form, as browsers send it (`multipart/form-data`, RFC 7578)."""

from __future__ import annotations

import io
from typing import Final

from multipart import MultipartError, MultipartParser, parse_options_header

from mohar.domain.errors import InvalidInput
from mohar.domain.values import Personal

MULTIPART: Final = "multipart/form-data"
_MOST_PARTS: Final = 16


class SentFile(Personal, frozen=True, kw_only=True):
    """A file with the name it had where it came from."""

    name: str
    data: bytes


def file_in(body: bytes, content_type: str, field: str = "file") -> SentFile:
    """
    Return the file that a form carries in one of its fields.

    Raises:
        InvalidInput: the body is no such form, or has not exactly one file there.
    """
    media_type, options = parse_options_header(content_type)
    boundary = options.get("boundary", "")
    if media_type.lower() != MULTIPART or not boundary:
        raise InvalidInput(f"send a form ({MULTIPART}) with the file in its field {field!r}")
    parser = MultipartParser(
        io.BytesIO(body),
        boundary,
        content_length=len(body),
        part_limit=_MOST_PARTS,
        spool_limit=len(body) + 1,
        memory_limit=len(body) + 1,
        strict=True,
    )
    try:
        found = [part for part in parser.parts() if part.name == field and part.filename]
    except (MultipartError, UnicodeDecodeError, LookupError) as error:
        raise InvalidInput("the form is damaged") from error
    if len(found) != 1:
        raise InvalidInput(f"the form needs one file in its field {field!r}, and has {len(found)}")
    return SentFile(name=str(found[0].filename), data=bytes(found[0].raw))
