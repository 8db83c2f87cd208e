"""What a format's envelope costs beside the bare P-256 signature in it."""

from __future__ import annotations

from collections.abc import Sequence

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from mohar.codec import ecdsa
from mohar.codec.keymaking import from_pem
from mohar.domain.credential import Credential, Prepared, Secured
from mohar.domain.errors import Unavailable
from mohar.domain.keys import PublicKey
from mohar.plugin import Format
from mohar.testing.benches.arena import Arena
from mohar.testing.benches.measure import Round, Scene, per_second_of_one_core
from mohar.testing.tools import NOON

_SCHEME = ec.ECDSA(hashes.SHA256())
# About as long as what is signed in an envelope.
_PAYLOAD = bytes(300)


class Envelopes:
    """Encodes credentials in a format and opens them again, with one P-256 key."""

    def __init__(self, form: Format, key: PublicKey, private: ec.EllipticCurvePrivateKey) -> None:
        self._format = form
        self._key = key
        self._private = private

    @classmethod
    def of(cls, place: Arena) -> Envelopes:
        """
        Return those of an arena: its format and its key, without its House.

        Raises:
            Unavailable: its key is another, so nothing can be measured.
        """
        private = from_pem(place.key.read_bytes())
        if not isinstance(private, ec.EllipticCurvePrivateKey):
            raise Unavailable("the key of the arena is no P-256 key, so nothing was measured")
        return cls(*place.format_and_key(), private)

    def encoded(self, credentials: Sequence[Credential]) -> Sequence[Secured]:
        """
        Return credentials prepared, signed and sealed.

        Raises:
            Unavailable: one was refused, so nothing can be measured.
        """
        answers = self._format.prepare(credentials, self._key, NOON)
        prepared = [each for each in answers if isinstance(each, Prepared)]
        if len(prepared) < len(credentials):
            raise Unavailable("a credential was refused, so nothing was measured")
        made = [ecdsa.der_to_raw(self._signature(each.payload), 32) for each in prepared]
        return self._format.seal(prepared, made, self._key)

    def are_right(self, texts: Sequence[bytes]) -> bool:
        """Open every text and judge its proof."""
        return all(self._format.verify(self._format.open(text), 0, self._key) for text in texts)

    def sign_only(self, count: int) -> None:
        """Make so many signatures, with nothing around them."""
        for _ in range(count):
            self._signature(_PAYLOAD)

    def verify_only(self, count: int) -> None:
        """Judge so many signatures, with nothing around them."""
        signature, public = self._signature(_PAYLOAD), self._private.public_key()
        for _ in range(count):
            public.verify(signature, _PAYLOAD, _SCHEME)

    def _signature(self, payload: bytes) -> bytes:
        return self._private.sign(payload, _SCHEME)


def encoding(scene: Scene) -> Round:
    """Prepare, sign and seal, against the bare signature."""
    envelopes = Envelopes.of(scene.place)
    credentials = scene.place.credentials(scene.records)
    envelopes.encoded(credentials)
    count = len(credentials)
    return Round(
        reference=per_second_of_one_core(count, lambda: envelopes.sign_only(count)),
        ours=per_second_of_one_core(count, lambda: envelopes.encoded(credentials)),
    )


def opening(scene: Scene) -> Round:
    """Read the text of an envelope and judge its proof, against the bare verification."""
    envelopes = Envelopes.of(scene.place)
    made = envelopes.encoded(scene.place.credentials(scene.records))
    texts, count = [each.content for each in made], len(made)
    if not envelopes.are_right(texts):
        raise Unavailable("a credential did not verify, so nothing was measured")
    return Round(
        reference=per_second_of_one_core(count, lambda: envelopes.verify_only(count)),
        ours=per_second_of_one_core(count, lambda: envelopes.are_right(texts)),
    )
