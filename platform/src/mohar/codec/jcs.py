"""JSON Canonicalization Scheme (RFC 8785): one byte form for one JSON value."""

from __future__ import annotations

from typing import Any

import rfc8785

from mohar.domain.errors import Unreadable


def canonical(value: Any) -> bytes:
    """
    Return the canonical UTF-8 bytes of a JSON value.

    Raises:
        Unreadable: the value is not I-JSON (RFC 7493): an integer beyond 2^53 - 1, a number that
            is not finite, a lone surrogate, or something that is no JSON at all.
    """
    try:
        return rfc8785.dumps(value)
    except rfc8785.IntegerDomainError as error:
        raise Unreadable("an integer beyond 2^53 - 1 has no canonical JSON; use text") from error
    except rfc8785.FloatDomainError as error:
        raise Unreadable("a number that is not finite has no canonical JSON") from error
    except (rfc8785.CanonicalizationError, UnicodeEncodeError, RecursionError) as error:
        raise Unreadable("this value has no canonical JSON (RFC 8785)") from error
