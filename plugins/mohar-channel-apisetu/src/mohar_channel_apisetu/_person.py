"""Whom a caller asks for: the current doses of one person, found by one question at a time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from mohar.domain.access import Actor
from mohar.domain.credential import Secured
from mohar.domain.errors import Unavailable
from mohar.domain.values import Personal, at_path
from mohar.plugin import Lookup, Match, Tools
from mohar_channel_apisetu._settings import Settings

_PUNCTUATION: Final = re.compile(r"[\s().-]+")
_MOST_LETTERS: Final = 64


class Dose(Personal, frozen=True, kw_only=True):
    """One current credential of a person, with what its document says of the dose."""

    credential_id: str
    number: int
    of: int | None
    secured: Secured

    def says(self, path: str) -> Any:
        """Return what stands at a path of the signed document, or None."""
        return at_path(self.secured.document, path)


class Persons:
    """
    Finds a person's current credentials, the first dose first.

    The routes that ask for the mobile number besides the id are the permission to search: a
    caller is lent the scope that the deployment gave the door.
    """

    def __init__(self, settings: Settings, tools: Tools) -> None:
        self._settings = settings
        self._credentials = tools.credentials
        self._lent = tools.actor.scopes & {f"search:{settings.kind}"}

    def with_id(self, actor: Actor, code: str) -> Sequence[Dose]:
        """Return the doses of a beneficiary, or nothing."""
        if not can_be_known(code):
            return ()
        return self._doses(self._credentials.look_up(actor, self._wanted(code)))

    def with_mobile(self, actor: Actor, code: str, mobile: str) -> Sequence[Dose]:
        """
        Return the doses of a beneficiary that have this mobile number, or nothing.

        The latest one must be among them: a number that was given up opens nothing any more. An
        unknown id and another number are the same question with the same answer.
        """
        number = _PUNCTUATION.sub("", mobile)
        if not (can_be_known(code) and can_be_known(number)):
            return ()
        lent = self._lend(actor)
        handles = {self._settings.mobile: number}
        wanted = msgspec.structs.replace(self._wanted(code), handles=handles)
        found = self._doses(self._credentials.look_up(lent, wanted))
        if not found:
            return ()
        every = self._doses(self._credentials.look_up(lent, self._wanted(code)))
        return found if every[-1:] == found[-1:] else ()

    def is_known(self, actor: Actor, code: str) -> bool:
        """Say whether there is such an id, for a partner that is told so."""
        if not can_be_known(code):
            return False
        return bool(self._credentials.look_up(self._lend(actor), self._wanted(code)))

    def _lend(self, actor: Actor) -> Actor:
        return msgspec.structs.replace(actor, scopes=actor.scopes | self._lent)

    def _wanted(self, code: str) -> Lookup:
        return Lookup(kind=self._settings.kind, group=code)

    def _doses(self, found: Sequence[Match]) -> Sequence[Dose]:
        return sorted((self._dose(each) for each in found), key=lambda dose: dose.number)

    def _dose(self, match: Match) -> Dose:
        paths = self._settings.paths
        for secured in match.secured:
            number = at_path(secured.document, paths.dose)
            if self._settings.body in (secured.body, secured.profile) and isinstance(number, int):
                total = at_path(secured.document, paths.total_doses)
                return Dose(
                    credential_id=match.credential_id,
                    number=number,
                    of=total if isinstance(total, int) else None,
                    secured=secured,
                )
        raise Unavailable(f"a credential has no body {self._settings.body} that tells its dose")


def can_be_known(text: str) -> bool:
    """Say no to what no record holds; nothing else of a form is asked for, as it tells nothing."""
    return 0 < len(text) <= _MOST_LETTERS and text.isprintable()
