"""ECDSA signatures in their two forms: DER, and r‖s at full width (RFC 7518 §3.4)."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

from mohar.domain.errors import Unreadable


def der_to_raw(der: bytes, half_bytes: int) -> bytes:
    """
    Return r‖s, each `half_bytes` wide (32 for P-256, 48 for P-384).

    Raises:
        Unreadable: no DER signature, or one whose numbers do not fit.
    """
    try:
        r, s = decode_dss_signature(der)
        return r.to_bytes(half_bytes) + s.to_bytes(half_bytes)
    except (ValueError, OverflowError) as error:
        raise Unreadable("this is not a DER signature of that curve") from error


def raw_to_der(raw: bytes, half_bytes: int) -> bytes:
    """
    Return the DER form of r‖s.

    Raises:
        Unreadable: the length is not twice `half_bytes`.
    """
    if len(raw) != 2 * half_bytes:
        raise Unreadable(f"a signature r‖s of this curve has {2 * half_bytes} bytes")
    return encode_dss_signature(int.from_bytes(raw[:half_bytes]), int.from_bytes(raw[half_bytes:]))
