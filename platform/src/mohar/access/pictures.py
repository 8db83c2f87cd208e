"""Pictures of credentials, each with all that stands on the same paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from mohar.domain.credential import Secured
from mohar.domain.errors import InvalidInput, NotFound
from mohar.domain.findings import Refusal
from mohar.domain.rendition import Rendition, Shown, Wanted
from mohar.domain.values import JsonObject
from mohar.rendering.drawing import Drawing, Option
from mohar.store import Work
from mohar.store.credentials import Unopened
from mohar.store.rows import StoredCredential


class Page(msgspec.Struct, frozen=True):
    """What is drawn, how, and the credentials that are drawn together with it."""

    secured: Secured
    option: Option
    same: tuple[Secured, ...]

    @property
    def shown(self) -> Sequence[Secured]:
        """Return one body of each credential on it."""
        return list({each.credential_id: each for each in (*self.same, self.secured)}.values())


class Pictures:
    """Finds out what is drawn, for whoever may see it; that is asked elsewhere."""

    def __init__(self, drawing: Drawing) -> None:
        self._drawing = drawing

    def page(self, stored: StoredCredential, kept: Sequence[Unopened], wanted: Wanted) -> Page:
        """
        Return what is to be drawn of a credential, which is opened of the bodies of its group.

        Raises:
            NotFound: its kind has no such representation.
            InvalidInput: the body that it would be drawn from could not be issued; the findings
                say why.
            Damaged: a body that stands on it does not open.
        """
        for each in kept:
            if each.credential_id != stored.credential_id or not _is_asked_for(each, wanted.body):
                continue
            option = self._drawing.find(
                stored.kind, each.name, suffix=wanted.suffix, name=wanted.rendering
            )
            secured = each.opened() if option is not None else None
            if option is not None and secured is not None:
                return Page(secured, option, _same(kept, secured))
        self._refuse_unissued(stored, wanted)
        raise NotFound("this kind has no such representation")

    def shown(self, page: Page, wanted: Wanted) -> Shown:
        """Return what a renderer is asked for."""
        return self._drawing.shown_for(
            page.secured,
            page.same,
            language=wanted.language,
            parameters={**_granted(page.option, wanted.wishes), **wanted.parameters},
        )

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

    def drawn_with(self, work: Work, secured: Secured) -> Sequence[Secured]:
        """Return the current credentials of the same group and body, oldest first."""
        number = secured.credential_id
        _, kept = work.credentials.with_groups([number]).get(number, (None, ()))
        return _same(kept, secured)

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


def _is_asked_for(kept: Unopened, body: str | None) -> bool:
    return body in (None, kept.name, kept.profile)


def _same(kept: Sequence[Unopened], secured: Secured) -> tuple[Secured, ...]:
    """Return those of the same body; what is open already is not opened again."""
    opened = (
        secured if each.credential_id == secured.credential_id else each.opened()
        for each in kept
        if each.name == secured.body
    )
    return tuple(each for each in opened if each is not None)
