"""Credentials already issued, handed to those who may have them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from mohar.access.permit import Permits
from mohar.domain.access import Actor
from mohar.domain.credential import Outcome, Secured
from mohar.domain.errors import Conflict, InvalidInput, NotFound
from mohar.domain.findings import Refusal
from mohar.domain.rendition import Rendition, Wanted
from mohar.domain.values import JsonObject
from mohar.plugin import Lookup, Match
from mohar.rendering.drawing import Drawing, Option
from mohar.store import Store
from mohar.store.rows import Sought, StoredCredential

_NOT_FOUND = "there is no such credential for this caller"


class NoLongerValid(Conflict):
    """The credential is revoked or suspended: its signed form still verifies as such, no picture."""

    code = "no-longer-valid"

    def __init__(self) -> None:
        super().__init__("this credential is revoked or suspended, so it is not drawn any more")


class Access:
    """
    Reads for an actor.

    "No such credential" and "not yours" are one answer (NotFound); a store that does not answer
    is Unavailable, and neither is the other.
    """

    def __init__(
        self, *, store: Store, permits: Permits, drawing: Drawing, keys: Mapping[str, Sequence[str]]
    ) -> None:
        self._store = store
        self._permits = permits
        self._drawing = drawing
        self._keys = keys

    def bodies(
        self, actor: Actor, credential_id: str, body: str | None = None
    ) -> Sequence[Secured]:
        """
        Return the signed bodies of one credential, or those of the body or profile named.

        Raises:
            NotFound: no such credential, not this actor's, or no such body.
        """
        _, found = self._opened(actor, credential_id)
        chosen = _of_body(found, body)
        if not chosen:
            raise NotFound(_NOT_FOUND)
        return chosen

    def draw(self, actor: Actor, credential_id: str, wanted: Wanted) -> Rendition:
        """
        Return one picture of a credential; of one that was corrected, that of its successor.

        Raises:
            NotFound: no such credential, or none that can be drawn like that.
            NoLongerValid: it is revoked or suspended.
            InvalidInput: it cannot be drawn whole, or the body it would be drawn from could not be
                issued; the findings say why.
        """
        stored, found = self._drawable(actor, credential_id)
        for secured in _of_body(found, wanted.body):
            option = self._drawing.find(
                secured.kind, secured.body, suffix=wanted.suffix, name=wanted.rendering
            )
            if option is not None:
                return self._drawn(secured, option, wanted)
        self._refuse_unissued(stored, wanted)
        raise NotFound("this kind has no such representation")

    def drawings(
        self,
        actor: Actor,
        secured: Secured,
        *,
        language: str | None = None,
        suffix: str | None = None,
        wishes: Mapping[str, str] | None = None,
    ) -> Sequence[tuple[Option, Rendition | Refusal]]:
        """Return one credential in every rendering of its body, or in those with this suffix."""
        self._permits.require(actor, "read", secured.kind)
        same = self._siblings(secured)
        options = [
            option
            for option in self._drawing.options(secured.kind)
            if (not option.bodies or secured.body in option.bodies)
            and suffix in (None, option.suffix)
        ]
        request = self._drawing.shown_for(secured, same, language=language)
        asked = [
            msgspec.structs.replace(request, parameters=_granted(option, wishes or {}))
            for option in options
        ]
        return [
            (option, self._drawing.draw(secured.kind, option.name, [each])[0])
            for option, each in zip(options, asked, strict=True)
        ]

    def behind(self, outcomes: Sequence[Outcome]) -> Sequence[Secured]:
        """
        Return the signed bodies behind the outcomes of a submission, for its own submitter.

        No permission is asked for: who may see the outcomes sent the very records.
        """
        issued = list(dict.fromkeys(each.credential_id for each in outcomes if each.credential_id))
        with self._store.read() as work:
            found = work.credentials.bodies(issued)
        return [body for credential_id in issued for body in found.get(credential_id, ())]

    def current(self, actor: Actor, kind: str, key: Mapping[str, Any]) -> Sequence[Secured]:
        """
        Return the current bodies of one natural key, oldest first.

        Raises:
            InvalidInput: the key does not name every part of the kind's natural key.
            NotPermitted: the actor may not search this kind.
        """
        self._permits.require(actor, "search", kind)
        parts = self._key_parts(kind, key)
        with self._store.read() as work:
            stored = work.credentials.by_key(kind, msgspec.json.encode(parts).decode())
            current = [each.credential_id for each in stored if each.state == "current"]
            found = work.credentials.bodies(current)
        return [body for credential_id in current for body in found.get(credential_id, ())]

    def look_up(self, actor: Actor, wanted: Lookup) -> Sequence[Match]:
        """
        Return the current credentials that all of this is true of, the oldest first.

        Raises:
            NotFound: there is no such kind.
            InvalidInput: nothing is given that could tell one holder from another, or a part of the
                natural key is missing.
            NotPermitted: the actor may not search this kind.
        """
        if wanted.kind not in self._keys:
            raise NotFound("there is no such kind")
        self._permits.require(actor, "search", wanted.kind)
        asked = self._sought(wanted)
        with self._store.read() as work:
            stored = work.credentials.look_up(asked)
            numbers = [each.credential_id for each in stored]
            bodies = work.credentials.bodies(numbers)
            handles = work.credentials.handles(numbers)
        return [
            Match(
                credential_id=each.credential_id,
                revision=each.revision,
                masked={h.name: h.masked for h in handles.get(each.credential_id, ())},
                secured=tuple(bodies.get(each.credential_id, ())),
            )
            for each in stored
        ]

    def _sought(self, wanted: Lookup) -> Sought:
        parts = self._key_parts(wanted.kind, wanted.key) if wanted.key else None
        if not (wanted.credential_id or wanted.group or parts or wanted.handles):
            raise InvalidInput("a look-up names an id, a group, a natural key or a handle")
        return Sought(
            kind=wanted.kind,
            credential_id=wanted.credential_id or None,
            group=wanted.group or None,
            key=msgspec.json.encode(parts).decode() if parts else None,
            handles=tuple(wanted.handles.items()),
        )

    def revisions(
        self, actor: Actor, kind: str, keys: Sequence[Mapping[str, Any]]
    ) -> Sequence[Sequence[StoredCredential]]:
        """
        Return all revisions of each natural key, the oldest first.

        Raises:
            InvalidInput: a key does not name every part of the kind's natural key.
            NotPermitted: the actor may neither search this kind nor change credentials of it.
        """
        self._require_search_or_change(actor, kind)
        wanted = [msgspec.json.encode(self._key_parts(kind, key)).decode() for key in keys]
        with self._store.read() as work:
            return work.credentials.by_keys(kind, wanted)

    def revisions_of(
        self, actor: Actor, kind: str, credential_ids: Sequence[str]
    ) -> Sequence[Sequence[StoredCredential]]:
        """
        Return, for each number, all revisions of its natural key, the oldest first.

        Raises:
            NotFound: there is no such kind.
            NotPermitted: the actor may neither search this kind nor change credentials of it.
        """
        if kind not in self._keys:
            raise NotFound("there is no such kind")
        self._require_search_or_change(actor, kind)
        numbers = [each for each in credential_ids if can_be_an_id(each)]
        with self._store.read() as work:
            found = work.credentials.revisions(numbers)
        return [
            [held for held in found.get(number, ()) if held.kind == kind]
            for number in credential_ids
        ]

    def _require_search_or_change(self, actor: Actor, kind: str) -> None:
        if not any(self._permits.allows(actor, may, kind) for may in ("revoke", "correct")):
            self._permits.require(actor, "search", kind)

    def _key_parts(self, kind: str, key: Mapping[str, Any]) -> list[Any]:
        paths = self._keys.get(kind)
        if paths is None:
            raise NotFound("there is no such kind")
        if set(paths) != set(key):
            raise InvalidInput(f"the natural key of {kind} is {', '.join(paths)}: give all of it")
        return [key[path] for path in paths]

    def _opened(
        self, actor: Actor, credential_id: str
    ) -> tuple[StoredCredential, Sequence[Secured]]:
        if not can_be_an_id(credential_id):
            raise NotFound(_NOT_FOUND)
        with self._store.read() as work:
            # Asked before anything is opened: what nobody may see is not decrypted either.
            stored = work.credentials.find([credential_id]).get(credential_id)
            if stored is None or not self._may_read(actor, stored):
                raise NotFound(_NOT_FOUND)
            return stored, work.credentials.bodies([credential_id]).get(credential_id, ())

    def _drawable(
        self, actor: Actor, credential_id: str
    ) -> tuple[StoredCredential, Sequence[Secured]]:
        stored, found = self._opened(actor, credential_id)
        if stored.state == "superseded":
            with self._store.read() as work:
                later = work.credentials.current_after([credential_id]).get(credential_id)
            if later is None:
                raise NoLongerValid
            return self._opened(actor, later)
        if stored.state in {"revoked", "suspended"}:
            raise NoLongerValid
        return stored, found

    def _refuse_unissued(self, stored: StoredCredential, wanted: Wanted) -> None:
        """Say why there is no body that the picture could be drawn from, where that is why."""
        if wanted.body is None and wanted.rendering is None:
            return
        able = {
            body
            for option in self._drawing.options(stored.kind)
            if option.suffix == wanted.suffix and wanted.rendering in (None, option.name)
            for body in option.bodies
        }
        for refused in stored.refused:
            if refused.name in able and wanted.body in (None, refused.name):
                raise InvalidInput(
                    f"no body {refused.name} of this credential could be issued", refused.findings
                )

    def _may_read(self, actor: Actor, stored: StoredCredential) -> bool:
        if stored.state in {"reserved", "refused"}:
            return False
        return self._permits.allows(actor, "read", stored.kind)

    def _drawn(self, secured: Secured, option: Option, wanted: Wanted) -> Rendition:
        request = self._drawing.shown_for(
            secured,
            self._siblings(secured),
            language=wanted.language,
            parameters={**_granted(option, wanted.wishes), **wanted.parameters},
        )
        (drawn,) = self._drawing.draw(secured.kind, option.name, [request])
        if isinstance(drawn, Refusal):
            raise InvalidInput("this credential cannot be drawn like that", drawn.findings)
        return drawn

    def _siblings(self, secured: Secured) -> list[Secured]:
        """The current credentials of the same group and body, oldest first."""
        number = secured.credential_id
        with self._store.read() as work:
            current = work.credentials.current_in_group([number]).get(number, ())
            found = work.credentials.bodies([each.credential_id for each in current])
        return [
            body
            for each in current
            for body in found.get(each.credential_id, ())
            if body.body == secured.body
        ]


def _of_body(found: Sequence[Secured], body: str | None) -> Sequence[Secured]:
    return [each for each in found if body in (None, each.body, each.profile)]


def _granted(option: Option, wishes: Mapping[str, str]) -> JsonObject:
    return {name: wishes[name] for name in option.parameters if name in wishes}


def can_be_an_id(text: str) -> bool:
    """Say no to what no id holds and a database may choke on: PostgreSQL takes no zero byte."""
    return text.isascii() and text.isalnum()
