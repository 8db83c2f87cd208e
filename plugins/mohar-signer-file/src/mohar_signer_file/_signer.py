"""The signer `file`: always with the key whose turn it is, whenever its files change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NoReturn

from mohar.codec.keymaking import KeyDescription
from mohar.domain.errors import ConfigError, KeyUnavailable
from mohar.domain.keys import PublicKey
from mohar.plugin import Signer, Tools
from mohar_signer_file._family import Family, Settings, described_at, stamp_of
from mohar_signer_file._private import Sign


class FileSigner:
    """
    Signs with keys that this process loaded itself; it does not cross to another one.

    A rotation is seen by the next batch. While a description cannot be read, nothing is signed and
    nothing is told: it may say of a key that it is not to be used any more.
    """

    def __init__(self, family: Family, settings: Settings, tools: Tools) -> None:
        self._family = family
        self._settings = settings
        self._files = tools.files
        self._clock = tools.clock

    @classmethod
    def open(cls, settings: Settings, tools: Tools) -> FileSigner:
        """
        Load the key whose turn it is, and the description of all of them.

        Raises:
            KeyUnavailable: the PEM is not there.
            ConfigError: it is no key that signs, or its description contradicts the settings.
        """
        family = Family(settings, tools.files, described_at(settings, tools.files))
        family.way_to_sign(family.ring.signing(tools.clock()))
        return cls(family, settings, tools)

    @property
    def key(self) -> PublicKey:
        """Return the key whose turn it is at this moment."""
        family = self._current()
        return family.key(family.ring.signing(self._clock()).key_id)

    def published_keys(self) -> Sequence[PublicKey]:
        """Return every key that signed, signs or is to sign, the first one first."""
        return self._current().keys

    def signer_at(self, moment: datetime) -> Signer:
        """
        Return the key that signs what says it was made at this moment.

        Raises:
            KeyUnavailable: its PEM or its description cannot be read.
        """
        family = self._current()
        described = family.ring.signing(moment)
        try:
            sign = family.way_to_sign(described)
        except ConfigError as error:
            raise KeyUnavailable(described.key_id, str(error)) from error
        return _HeldKey(
            family.key(described.key_id), sign, lambda: self._why_not(described, moment)
        )

    def sign(self, payloads: Sequence[bytes]) -> Sequence[bytes]:
        """
        Return one signature for each payload, in order.

        Raises:
            KeyUnavailable: the key is not active, or not valid at this moment.
        """
        return self.signer_at(self._clock()).sign(payloads)

    def _why_not(self, described: KeyDescription, moment: datetime) -> str | None:
        """Between the first and the last step of a batch a key may have been revoked."""
        now = self._current().ring.named(described.key_id)
        return "it is gone from its description" if now is None else now.why_not(moment)

    def _current(self) -> Family:
        """Return the keys as the files hold them now; they are read again when these changed."""
        known = self._family
        where = known.where or described_at(self._settings, self._files)
        if stamp_of(where, self._files) == known.stamp:
            return known
        try:
            family = Family(self._settings, self._files, where)
        except ConfigError as error:
            raise KeyUnavailable(self._settings.key_id, str(error)) from error
        self._refuse_loss(known, family)
        self._family = family
        return family

    def _refuse_loss(self, known: Family, family: Family) -> None:
        """What a lost key signed would be refused from then on, everywhere."""
        there = {(key.key_id, key.spki) for key in family.keys}
        for key in known.keys:
            if (key.key_id, key.spki) not in there:
                raise KeyUnavailable(
                    key.key_id, "it is gone from its description; put back what was there"
                )

    def __reduce__(self) -> NoReturn:
        raise TypeError("a signer does not cross a process boundary; open it where it signs")


class _HeldKey:
    """One key, for the length of one batch."""

    def __init__(self, key: PublicKey, sign: Sign, why_not: Callable[[], str | None]) -> None:
        self.key = key
        self._sign = sign
        self._why_not = why_not

    def sign(self, payloads: Sequence[bytes]) -> Sequence[bytes]:
        if (why := self._why_not()) is not None:
            raise KeyUnavailable(self.key.key_id, why)
        return [self._sign(payload) for payload in payloads]
