"""What a format's envelope costs beside the signature in it: both rates of one round."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from mohar.codec import ecdsa
from mohar.domain.credential import Credential, Prepared, Secured
from mohar.domain.errors import Unavailable
from mohar.domain.keys import PublicKey
from mohar.plugin import Format
from mohar.testing.tools import NOON


def encoding_rates(
    form: Format,
    credentials: Sequence[Credential],
    key: PublicKey,
    private: ec.EllipticCurvePrivateKey,
) -> tuple[float, float]:
    """
    Return how many credentials a second are encoded and signed (P-256), and how many only signed.

    Raises:
        Unavailable: one was refused, so nothing was measured.
    """
    payload = bytes(300)
    reference = _per_second(
        len(credentials), lambda: [_signature(private, payload) for _ in credentials]
    )
    ours = _per_second(len(credentials), lambda: encoded(form, credentials, key, private))
    return ours, reference


def encoded(
    form: Format,
    credentials: Sequence[Credential],
    key: PublicKey,
    private: ec.EllipticCurvePrivateKey,
) -> Sequence[Secured]:
    """
    Return credentials prepared, signed and sealed.

    Raises:
        Unavailable: one was refused, so nothing can be measured.
    """
    prepared = [each for each in form.prepare(credentials, key, NOON) if isinstance(each, Prepared)]
    if len(prepared) < len(credentials):
        raise Unavailable("a credential was refused, so nothing was measured")
    made = [ecdsa.der_to_raw(_signature(private, each.payload), 32) for each in prepared]
    return form.seal(prepared, made, key)


def verifying_rates(
    form: Format,
    secured: Sequence[Secured],
    key: PublicKey,
    private: ec.EllipticCurvePrivateKey,
) -> tuple[float, float]:
    """
    Return how many texts a second are opened and verified, and how many signatures only verified.

    Raises:
        Unavailable: one did not verify, so nothing was measured.
    """
    payload, public = bytes(300), private.public_key()
    signature, scheme = _signature(private, payload), ec.ECDSA(hashes.SHA256())
    reference = _per_second(
        len(secured), lambda: [public.verify(signature, payload, scheme) for _ in secured]
    )
    if not all(form.verify(form.open(each.content), 0, key) for each in secured):
        raise Unavailable("a credential did not verify, so nothing was measured")
    ours = _per_second(
        len(secured), lambda: [form.verify(form.open(each.content), 0, key) for each in secured]
    )
    return ours, reference


def _signature(private: ec.EllipticCurvePrivateKey, payload: bytes) -> bytes:
    return private.sign(payload, ec.ECDSA(hashes.SHA256()))


def _per_second(count: int, work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return count / (time.perf_counter() - started)
