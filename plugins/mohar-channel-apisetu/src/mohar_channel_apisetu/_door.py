"""The door as the house opens it."""

from __future__ import annotations

from collections.abc import Sequence

from mohar.plugin import Route, Tools
from mohar_channel_apisetu._certificates import Certificates
from mohar_channel_apisetu._kyc import Kyc
from mohar_channel_apisetu._person import Persons
from mohar_channel_apisetu._settings import Settings


class ApiSetuDoor:
    """Lets known partners ask by DIVOC's routes; nobody is let in without a key of the house."""

    def __init__(self, certificates: Certificates, kyc: Kyc) -> None:
        self._certificates = certificates
        self._kyc = kyc

    @classmethod
    def open(cls, settings: Settings, tools: Tools) -> ApiSetuDoor:
        """Read the value set of photo IDs. Raises ConfigError where it is not there or wrong."""
        persons = Persons(settings, tools)
        named = settings.identity_types
        types = tools.files.value_set(named) if named else None
        return cls(Certificates(settings, tools, persons), Kyc(settings, tools, persons, types))

    def routes(self) -> Sequence[Route]:
        """Return all operations of this door."""
        return [*self._certificates.routes(), *self._kyc.routes()]
