"""Who is known by a contact, how they are shown before they are chosen, and what else they know."""

from __future__ import annotations

import hmac
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Final

from mohar.access.permit import Permits
from mohar.config.holders import Holders as Section
from mohar.config.holders import SecondFactor
from mohar.domain.access import Actor
from mohar.domain.credential import Secured
from mohar.domain.errors import NotPermitted, TooManyRequests
from mohar.domain.record import Record
from mohar.domain.values import JsonObject, Personal, at_path
from mohar.issuing.plan import KindPlan
from mohar.plugin import Member
from mohar.store import Store, Work
from mohar.store.rows import Sought, StoredCredential

_HIDDEN: Final = "•••"
_LOCKS: Final = "holders"


class SecondFactorWrong(NotPermitted):
    """A second factor is needed, and none was given or not the right one; every try counts."""

    code = "second-factor-wrong"

    def __init__(self) -> None:
        super().__init__("more must be known of this person to open it, and this is not it")


class Person(Personal, frozen=True, kw_only=True):
    """Somebody known by a contact: a kind, a group, and its current credentials, oldest first."""

    kind: str
    group: bytes
    credentials: tuple[StoredCredential, ...]

    @property
    def numbers(self) -> list[str]:
        """Return the numbers of the credentials."""
        return [each.credential_id for each in self.credentials]


class People:
    """Finds those who are known by a contact, for an actor who may search their kind."""

    def __init__(
        self, *, section: Section, store: Store, permits: Permits, kinds: Mapping[str, KindPlan]
    ) -> None:
        self._section = section
        self._store = store
        self._permits = permits
        self._kinds = kinds

    def is_known(self, actor: Actor, contact: str) -> bool:
        """Say whether anybody is known by a contact."""
        with self._store.read() as work:
            return any(self._found(work, actor, contact))

    def under(self, actor: Actor, contact: str) -> Sequence[Person]:
        """Return everybody who is known by a contact."""
        groups: dict[tuple[str, bytes], list[StoredCredential]] = {}
        with self._store.read() as work:
            for each in self._found(work, actor, contact):
                groups.setdefault((each.kind, each.group_hash), []).append(each)
        return [
            Person(kind=kind, group=group, credentials=tuple(there))
            for (kind, group), there in groups.items()
        ]

    def shown(self, people: Sequence[Person], handle: Callable[[Person], str]) -> Sequence[Member]:
        """Return people as they may be seen before one is chosen."""
        numbers = [number for person in people for number in person.numbers]
        with self._store.read() as work:
            bodies = work.credentials.bodies(numbers)
        return [self._member(person, bodies, handle(person)) for person in people]

    def has_ever(self, kind: str, contact: str, credential_id: str) -> bool:
        """Say whether a credential was issued to the holder of a contact, whatever became of it."""
        with self._store.read() as work:
            found = work.credentials.by_handle(kind, self._section.contact, contact)
        return any(each.credential_id == credential_id for each in found)

    def must_know(self, person: Person, given: Mapping[str, str]) -> None:
        """
        Let nobody pass who does not know one of the second factors that the kind has.

        Raises:
            SecondFactorWrong: one is needed, and none or a wrong one was given.
            TooManyRequests: too many wrong ones were given for this person.
        """
        asked = self._factors(person.kind)
        if not asked:
            return
        lock, lifetime = f"factor/{person.kind}/{person.group.hex()}", self._lock
        with self._store.begin() as work:
            # Counted before it is looked at: those who come together come in turn.
            tries = work.expiring.count(_LOCKS, lock, lifetime)
            is_closed = tries > self._section.factor_tries
            is_right = not is_closed and self._is_right(work, person, asked, given)
            if is_right:
                work.expiring.remove(_LOCKS, lock)
        if is_closed:
            raise TooManyRequests(int(lifetime.total_seconds()))
        if not is_right:
            raise SecondFactorWrong

    def born_on(self, people: Sequence[Person], birth_date: str) -> Sequence[Person]:
        """Return those whose records say that they were born on a day."""
        path = self._section.birth_date
        with self._store.read() as work:
            records = work.credentials.record_of([n for each in people for n in each.numbers])
        return [
            person
            for person in people
            if hmac.compare_digest(
                str(_newest(person, records, path) or "").encode(), birth_date.encode()
            )
        ]

    def _found(self, work: Work, actor: Actor, contact: str) -> Iterator[StoredCredential]:
        handles = ((self._section.contact, contact),)
        for kind in self._kinds:
            if self._permits.allows(actor, "search", kind):
                yield from work.credentials.look_up(Sought(kind=kind, handles=handles))

    def _member(
        self, person: Person, bodies: Mapping[str, Sequence[Secured]], handle: str
    ) -> Member:
        public = [self._public(person.kind, bodies.get(each, ())) for each in person.numbers]
        return Member(
            handle=handle,
            kind=person.kind,
            name=masked_name(str(public[-1].get(self._section.name) or "")),
            details=tuple(
                {name: str(each[name]) for name in self._section.details if name in each}
                for each in public
            ),
            asks=tuple(each.name for each in self._factors(person.kind)),
        )

    def _public(self, kind: str, bodies: Sequence[Secured]) -> JsonObject:
        schemas = {plan.name: plan.schema for plan in self._kinds[kind].bodies}
        for each in bodies:
            if each.document and each.body in schemas:
                return schemas[each.body].shown(each.document)
        return {}

    def _factors(self, kind: str) -> Sequence[SecondFactor]:
        return [each for each in self._section.second_factors if each.kind == kind]

    def _is_right(
        self,
        work: Work,
        person: Person,
        asked: Sequence[SecondFactor],
        given: Mapping[str, str],
    ) -> bool:
        records = work.credentials.record_of(person.numbers)
        answers = [
            _is_same(each, _newest(person, records, each.path), given[each.name])
            for each in asked
            if each.name in given
        ]
        return bool(answers) and all(answers)

    @property
    def _lock(self) -> timedelta:
        return timedelta(hours=self._section.lock_hours)


def masked_name(name: str) -> str:
    """Return the first letter of each word, and nothing of how long the word is."""
    return " ".join(_first_letter(word) + _HIDDEN for word in name.split()) or _HIDDEN


def _first_letter(word: str) -> str:
    """A letter of an Indic script is drawn with the marks behind it."""
    end = 1
    while end < len(word) and unicodedata.category(word[end]).startswith("M"):
        end += 1
    return word[:end]


def _newest(person: Person, records: Mapping[str, Record], path: str) -> object:
    """Return what the newest record that has something there says; older ones were corrected."""
    for number in reversed(person.numbers):
        value = at_path(records[number].content, path) if number in records and path else None
        if value not in (None, ""):
            return value
    return None


def _is_same(factor: SecondFactor, value: object, given: str) -> bool:
    letters = _letters(str(value or ""))
    known = letters[: factor.count] if factor.take == "first" else letters[-factor.count :]
    is_whole = len(known) == factor.count
    return hmac.compare_digest(known.encode(), _letters(given).encode()) and is_whole


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def by_details(details: Mapping[str, str]) -> list[tuple[int, str]]:
    """Return what puts details in order: those issued in one batch are as old as one another."""
    return [(len(text), text) for text in details.values()]
