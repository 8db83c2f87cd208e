"""Pictures of credentials, each with all that stands on the same paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from mohar.domain.credential import Secured
from mohar.domain.errors import InvalidInput, NotFound
from mohar.domain.findings import Refusal
from mohar.domain.rendition import Rendition, Wanted
from mohar.domain.values import JsonObject
from mohar.rendering.drawing import Drawing, Option
from mohar.store import Store
from mohar.store.rows import StoredCredential


class Pictures:
    """Draws for whoever may see it; that is asked elsewhere."""

    def __init__(self, store: Store, drawing: Drawing) -> None:
        self._store = store
        self._drawing = drawing

    def draw(self, stored: StoredCredential, wanted: Wanted) -> tuple[Rendition, Sequence[Secured]]:
        """
        Return the picture of a credential, and what is on it: those drawn together are shown together.

        Raises:
            NotFound: its kind has no such representation.
            InvalidInput: it cannot be drawn whole, or the body it would be drawn from could not be
                issued; the findings say why.
        """
        number = stored.credential_id
        with self._store.read() as work:
            found = work.credentials.bodies([number]).get(number, ())
        for secured in _of_body(found, wanted.body):
            option = self._drawing.find(
                secured.kind, secured.body, suffix=wanted.suffix, name=wanted.rendering
            )
            if option is not None:
                same = self.drawn_with(secured)
                drawn = self._drawn(secured, same, option, wanted)
                shown = {each.credential_id: each for each in [*same, secured]}
                return drawn, list(shown.values())
        self._refuse_unissued(stored, wanted)
        raise NotFound("this kind has no such representation")

    def every(
        self,
        secured: Secured,
        same: Sequence[Secured],
        *,
        language: str | None,
        suffix: str | None,
        wishes: Mapping[str, str],
    ) -> Sequence[tuple[Option, Rendition | Refusal]]:
        """Return one credential in every rendering of its body, or in those with this suffix."""
        options = [
            option
            for option in self._drawing.options(secured.kind)
            if (not option.bodies or secured.body in option.bodies)
            and suffix in (None, option.suffix)
        ]
        request = self._drawing.shown_for(secured, same, language=language)
        asked = [
            msgspec.structs.replace(request, parameters=_granted(option, wishes))
            for option in options
        ]
        return [
            (option, self._drawing.draw(secured.kind, option.name, [each])[0])
            for option, each in zip(options, asked, strict=True)
        ]

    def drawn_with(self, secured: Secured) -> list[Secured]:
        """Return the current credentials of the same group and body, oldest first."""
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

    def _drawn(
        self, secured: Secured, same: Sequence[Secured], option: Option, wanted: Wanted
    ) -> Rendition:
        request = self._drawing.shown_for(
            secured,
            same,
            language=wanted.language,
            parameters={**_granted(option, wanted.wishes), **wanted.parameters},
        )
        (drawn,) = self._drawing.draw(secured.kind, option.name, [request])
        if isinstance(drawn, Refusal):
            raise InvalidInput("this credential cannot be drawn like that", drawn.findings)
        return drawn

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


def _granted(option: Option, wishes: Mapping[str, str]) -> JsonObject:
    return {name: wishes[name] for name in option.parameters if name in wishes}


def _of_body(found: Sequence[Secured], body: str | None) -> Sequence[Secured]:
    """Return those bodies that have this name or profile; all where none is named."""
    return [each for each in found if body in (None, each.body, each.profile)]
