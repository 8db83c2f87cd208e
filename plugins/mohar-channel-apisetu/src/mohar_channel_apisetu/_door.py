"""The door as the house opens it."""

from __future__ import annotations

from collections.abc import Sequence

from mohar.plugin import Route, Tools
from mohar_channel_apisetu._certificates import Certificates
from mohar_channel_apisetu._kyc import Kyc
from mohar_channel_apisetu._person import Persons
from mohar_channel_apisetu._public import PublicApi
from mohar_channel_apisetu._settings import Settings


class ApiSetuDoor:
    """Lets known partners ask by DIVOC's routes, and holders by a code sent to their number."""

    def __init__(self, certificates: Certificates, kyc: Kyc, public: PublicApi | None) -> None:
        self._certificates = certificates
        self._kyc = kyc
        self._public = public

    @classmethod
    def open(cls, settings: Settings, tools: Tools) -> ApiSetuDoor:
        """Read the value set of photo IDs. Raises ConfigError where it is not there or wrong."""
        persons = Persons(settings, tools)
        named = settings.identity_types
        types = tools.files.value_set(named) if named else None
        public = PublicApi(settings, settings.public, tools) if settings.public else None
        certificates = Certificates(settings, tools, persons)
        return cls(certificates, Kyc(settings, tools, persons, types), public)

    def routes(self) -> Sequence[Route]:
        """Return all operations of this door."""
        public = self._public.routes() if self._public else ()
        return [*self._certificates.routes(), *self._kyc.routes(), *public]
