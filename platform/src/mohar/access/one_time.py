"""One-time codes: asked for, sent, and tried a few times at most."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Final

import msgspec

from mohar.access.often import Often
from mohar.access.sending import CodeToSend
from mohar.config.holders import Code
from mohar.config.holders import Holders as Section
from mohar.domain.access import Actor
from mohar.domain.consent import Notice
from mohar.domain.errors import InvalidInput, NotAuthenticated, TooManyRequests
from mohar.domain.values import Personal
from mohar.store import Store, Work

_PUNCTUATION: Final = re.compile(r"[\s().\-/]+")
_DIGEST_LETTERS: Final = 64
_FEWEST_LETTERS, _MOST_LETTERS = 3, 254


class _Waiting(Personal, frozen=True, kw_only=True):
    """A code that waits to be confirmed: whose it is, and what only the right code gives."""

    contact: str
    language: str
    proof: bytes
    notice: str = ""


class Confirmed(Personal, frozen=True, kw_only=True):
    """Who has shown to hold a contact; `notice` is the version of what they were shown first."""

    contact: str
    language: str
    notice: str = ""


class Codes:
    """
    Gives out codes and takes them back.

    Asking costs the same whether anybody is known by a contact: who that is and whether to send is
    left to `send`, which returns at once.
    """

    def __init__(
        self,
        *,
        section: Section,
        store: Store,
        often: Often,
        send: Callable[[CodeToSend], None],
    ) -> None:
        self._section = section
        self._store = store
        self._often = often
        self._send = send

    def ask(
        self,
        actor: Actor,
        contact: str,
        client: str,
        language: str,
        *,
        notice: Notice | None = None,
    ) -> str:
        """
        Have a code sent and return its transaction; what was shown first stands with it.

        Raises:
            InvalidInput: the contact has not the form that contacts have.
            TooManyRequests: a code was sent just now, or too many were asked for.
            Unavailable: nothing was sent and nothing is kept.
        """
        known_as = contact_of(self._section, contact)
        code, transaction = _new_code(self._section.code), str(uuid.uuid4())
        waiting = _Waiting(
            contact=known_as,
            language=language,
            proof=_proof(transaction, code),
            notice=notice.version if notice else "",
        )
        with self._store.begin() as work:
            wait = self._often.asked(work, known_as, client) or self._too_soon(work, known_as)
            if not wait:
                work.notices.keep(notice)
                work.expiring.put(
                    at(actor),
                    f"code/{transaction}",
                    msgspec.msgpack.encode(waiting),
                    self._lifetime,
                )
        if wait:
            raise TooManyRequests(wait)
        self._send(CodeToSend(actor=actor, contact=known_as, code=code, language=language))
        return transaction

    def confirm(self, actor: Actor, transaction: str, code: str, client: str) -> Confirmed:
        """
        Return who confirmed; every code counts once, and every try counts.

        Raises:
            NotAuthenticated: it is wrong, used or over, or was tried too often.
            TooManyRequests: this caller tries too much.
        """
        with self._store.begin() as work:
            wait = self._often.tried(work, client)
            found = None if wait else self._tried(work, actor, transaction, code)
        # Raised behind the commit: what was counted stays counted.
        if wait:
            raise TooManyRequests(wait)
        if found is None:
            raise NotAuthenticated("this code is wrong, used or over; ask for another one")
        return found

    def _tried(self, work: Work, actor: Actor, transaction: str, code: str) -> Confirmed | None:
        """The count locks its row until the commit, so those who come together come in turn."""
        if not _is_transaction(transaction):
            return None
        place, key = at(actor), f"code/{transaction}"
        tries = work.expiring.count(place, f"tries/{transaction}", self._lifetime)
        kept = work.expiring.get(place, key)
        waiting = msgspec.msgpack.decode(kept, type=_Waiting) if kept else _nobody()
        is_right = hmac.compare_digest(waiting.proof, _proof(transaction, code))
        if not kept or not is_right or tries > self._section.code.tries:
            return None
        work.expiring.remove(place, key)
        return Confirmed(contact=waiting.contact, language=waiting.language, notice=waiting.notice)

    def _too_soon(self, work: Work, contact: str) -> int:
        seconds = self._section.code.resend_seconds
        if not seconds:
            return 0
        is_first = work.expiring.add("holders", f"sent/{contact}", b"", timedelta(seconds=seconds))
        return 0 if is_first else seconds

    @property
    def _lifetime(self) -> timedelta:
        return timedelta(seconds=self._section.code.lifetime_seconds)


def contact_of(section: Section, text: str) -> str:
    """
    Return a contact as records have it, however it was typed.

    Raises:
        InvalidInput: it has not the form that contacts have.
    """
    numbers = section.numbers
    if numbers is None:
        if not _FEWEST_LETTERS <= len(text.strip()) <= _MOST_LETTERS or not text.isprintable():
            raise InvalidInput("this is no contact; write it as you gave it at registration")
        return text.strip()
    digits = _PUNCTUATION.sub("", text)
    for prefix in (
        f"+{numbers.country_code}",
        f"00{numbers.country_code}",
        "0",
        numbers.country_code,
    ):
        if len(digits) == numbers.digits + len(prefix):
            digits = digits.removeprefix(prefix)
    if len(digits) != numbers.digits or not (digits.isascii() and digits.isdecimal()):
        raise InvalidInput(f"a number has {numbers.digits} digits; write it without anything else")
    return digits


def at(actor: Actor) -> str:
    """Return the namespace of what holders do at one door."""
    return f"holders:{actor.actor_id}"


def _new_code(code: Code) -> str:
    return f"{secrets.randbelow(10**code.digits):0{code.digits}d}"


def _proof(transaction: str, code: str) -> bytes:
    """
    Who reads the database knows no transaction, and could try no code without it.

    Some callers send the SHA-256 of a code in its place, and then it is that which is bound.
    """
    typed = code.strip().lower()
    if len(typed) != _DIGEST_LETTERS:
        typed = hashlib.sha256(typed.encode("utf-8", "replace")).hexdigest()
    return hmac.digest(transaction.encode(), typed.encode("utf-8", "replace"), "sha256")


def _nobody() -> _Waiting:
    return _Waiting(contact="", language="", proof=bytes(32))


def _is_transaction(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False
