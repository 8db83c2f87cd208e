"""Where one process signs: it loads its own keys, and looks at every proof before it leaves."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from mohar.codec import signatures
from mohar.domain.clock import Clock
from mohar.domain.credential import Credential, Prepared, Secured
from mohar.domain.errors import KeyUnavailable
from mohar.domain.findings import Refusal
from mohar.plugin import Format, RotatingSigner, Signer

_ALWAYS_VERIFIED = frozenset({"PS256", "RS256"})


class Station(msgspec.Struct, frozen=True):
    """The format and the signer of one body."""

    format: Format
    signer: Signer

    def at(self, moment: datetime) -> Station:
        """Return the station with the one key that a batch of this moment keeps to its end."""
        if not isinstance(self.signer, RotatingSigner):
            return self
        return Station(self.format, self.signer.signer_at(moment))


class SigningBench:
    """Signs in the process it was made in. The `Workshop` of small deployments and of workers."""

    def __init__(
        self,
        stations: Mapping[tuple[str, str], Station],
        clock: Clock,
        *,
        verify_sample: float = 0.0,
    ) -> None:
        self._stations = stations
        self._clock = clock
        self._verify_sample = verify_sample

    def secure(
        self, kind: str, body: str, credentials: Sequence[Credential]
    ) -> Sequence[Secured | Refusal]:
        """Return each credential signed, in order, or why it must not be."""
        created = self._clock()
        station = self._stations[kind, body].at(created)
        answers = station.format.prepare(credentials, station.signer.key, created)
        prepared = [each for each in answers if isinstance(each, Prepared)]
        secured = iter(self._sign(station, prepared))
        return [next(secured) if isinstance(each, Prepared) else each for each in answers]

    def close(self) -> None:
        """Nothing is held beyond this object."""

    def _sign(self, station: Station, prepared: Sequence[Prepared]) -> Sequence[Secured]:
        if not prepared:
            return []
        made = station.signer.sign([each.payload for each in prepared])
        self._verify(station.signer, prepared, made)
        secured = station.format.seal(prepared, made, station.signer.key)
        self._read_back(station, secured[0])
        return secured

    def _verify(self, signer: Signer, prepared: Sequence[Prepared], made: Sequence[bytes]) -> None:
        """A faulty signer must not let one proof out; RSA faults would even give the key away."""
        every = signer.key.algorithm in _ALWAYS_VERIFIED
        for position, (each, signature) in enumerate(zip(prepared, made, strict=True)):
            looked_at = every or position == 0 or random.random() < self._verify_sample  # noqa: S311 -- a sample, not a secret
            if looked_at and not signatures.verify(signer.key, signature, each.payload):
                raise KeyUnavailable(
                    signer.key.key_id, "it made a signature that does not verify; see to the signer"
                )

    def _read_back(self, station: Station, secured: Secured) -> None:
        """The first of each batch is read as a verifier would."""
        opened = station.format.open(secured.content)
        if not station.format.verify(opened, 0, station.signer.key):
            raise KeyUnavailable(
                station.signer.key.key_id, "what it signed could not be verified when read back"
            )
