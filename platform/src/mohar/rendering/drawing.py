"""Draw credentials: pick the renderer, settle the language, and draw nothing twice."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from mohar.domain.credential import Secured
from mohar.domain.errors import Failed, InvalidInput, NotFound
from mohar.domain.findings import Finding, Refusal
from mohar.domain.rendition import Rendition, Shown
from mohar.domain.values import JsonObject
from mohar.plugin.caller import guarded
from mohar.plugin.roles import Format, Renderer, SettlingRenderer, WordedRenderer
from mohar.rendering.apart import Apart
from mohar.rendering.cache import RenditionCache, digest

# ISO 639-2: a picture without words has no language.
_NO_LANGUAGE: Final = "und"
# No language tag that means anything has more parts; what comes after is left out anyway.
_MOST_PARTS: Final = 12
# In this process a code need not wait for a document that is laid out.
_LANES_HERE: Final = 4


class NamedRendering(msgspec.Struct, frozen=True, kw_only=True):
    """
    One rendering of a deployment: its renderer, and what it may be used for.

    `bodies` empty means every body of the kind. `languages` are BCP 47 tags, the default first;
    empty for a picture without words. `aliases` are other names for them, in small letters.
    """

    kind: str
    name: str
    bodies: tuple[str, ...] = ()
    renderer: Renderer
    languages: tuple[str, ...] = ()
    aliases: Mapping[str, str] = {}


def named_rendering(
    renderer: Renderer, *, kind: str, name: str, bodies: tuple[str, ...] = ()
) -> NamedRendering:
    """Return a rendering in the languages that its renderer has."""
    languages: tuple[str, ...] = ()
    aliases: Mapping[str, str] = {}
    if isinstance(renderer, WordedRenderer):
        languages, aliases = tuple(renderer.languages), renderer.aliases
    return NamedRendering(
        kind=kind,
        name=name,
        bodies=bodies,
        renderer=renderer,
        languages=languages,
        aliases=aliases,
    )


class Option(msgspec.Struct, frozen=True, kw_only=True):
    """
    One way a credential can be drawn, as callers see it. `suffix` has no dot.

    `parameters` are what may be asked for beside the language.
    """

    name: str
    suffix: str
    media_type: str
    bodies: tuple[str, ...]
    languages: tuple[str, ...]
    parameters: tuple[str, ...] = ()


class Drawing:
    """
    Every rendering of a house.

    Finished renditions are kept in memory up to `cache_bytes` (0 keeps none), under a digest of
    all they depend on. A refusal is never kept. What has to be drawn is drawn `apart`, in other
    processes, where they are given.
    """

    def __init__(
        self,
        renderings: Sequence[NamedRendering],
        formats: Mapping[tuple[str, str], Format],
        cache_bytes: int,
        apart: Apart | None = None,
    ) -> None:
        self._renderings = {(each.kind, each.name): each for each in renderings}
        self._formats = dict(formats)
        self._cache = RenditionCache(cache_bytes)
        self._apart = apart

    def options(self, kind: str) -> Sequence[Option]:
        """Return the renderings of a kind in the order the deployment names them."""
        return [_option(each) for (of, _), each in self._renderings.items() if of == kind]

    def find(self, kind: str, body: str, *, suffix: str, name: str | None = None) -> Option | None:
        """Return the first rendering that makes this suffix of this body, or None."""
        return next(
            (
                option
                for option in self.options(kind)
                if option.suffix == suffix
                and name in (None, option.name)
                and (not option.bodies or body in option.bodies)
            ),
            None,
        )

    def language_for(
        self, kind: str, rendering: str, requested: str | None, secured: Secured | None = None
    ) -> str:
        """
        Return the language to draw in: never an error, and never one the rendering does not have.

        The tag as asked for, by itself or as an alias; else the tag with its last parts left out
        (`hi-IN` → `hi`, RFC 4647 §3.4); else the one that is usual for this credential; else the
        rendering's default.
        """
        return _language(self._get(kind, rendering), requested, secured)

    def shown_for(
        self,
        secured: Secured,
        group: Sequence[Secured] = (),
        *,
        language: str | None = None,
        parameters: JsonObject | None = None,
    ) -> Shown:
        """
        Return the request to draw one credential, with what its format puts in a QR code.

        `group` are the current credentials of its group, of the same body, oldest first. A
        credential that is not among them (superseded, revoked) is drawn by itself.
        """
        together = tuple(group) if secured in group else (secured,)
        carriers = self._formats[secured.kind, secured.body].carriers(secured)
        return Shown(
            secured=secured,
            group=together,
            carriers=tuple(carriers),
            language=language or "",
            parameters=parameters or {},
        )

    def draw(
        self, kind: str, rendering: str, requests: Sequence[Shown]
    ) -> Sequence[Rendition | Refusal]:
        """
        Return one rendition for each request, in order; what cannot be drawn whole is refused.

        The language asked for becomes one the rendering has.

        Raises:
            NotFound: the kind has no such rendering.
            InvalidInput: a request is of a body that this rendering is not for.
            Unavailable: it could not be drawn in time, or the renderer broke.
        """
        chosen = self._get(kind, rendering)
        settled = [self._settled(chosen, request) for request in requests]
        keys = [digest(kind, rendering, request) for request in settled]
        drawn: dict[bytes, Rendition | Refusal] = {
            key: kept for key in keys if (kept := self._cache.find(key)) is not None
        }
        drawn.update(self._fresh(chosen, dict(zip(keys, settled, strict=True)), drawn))
        return [drawn[key] for key in keys]

    def _fresh(
        self,
        chosen: NamedRendering,
        wanted: Mapping[bytes, Shown],
        known: Mapping[bytes, Rendition | Refusal],
    ) -> Mapping[bytes, Rendition | Refusal]:
        missing = {key: request for key, request in wanted.items() if key not in known}
        if not missing:
            return {}
        fresh = dict(zip(missing, self._made(chosen, list(missing.values())), strict=True))
        for key, made in fresh.items():
            if isinstance(made, Rendition):
                self._cache.keep(key, made)
        return fresh

    def _made(
        self, chosen: NamedRendering, requests: Sequence[Shown]
    ) -> Sequence[Rendition | Refusal]:
        if self._apart is not None:
            return self._apart.draw(chosen.kind, chosen.name, requests)
        return guarded("drawing", lambda: chosen.renderer.render(requests), Failed)

    @property
    def lanes(self) -> int:
        """Return how many may draw at the same time without getting in each other's way."""
        return self._apart.processes if self._apart is not None else _LANES_HERE

    @property
    def patience_seconds(self) -> float:
        """Return how long anybody is to wait for others to be drawn for."""
        return self._apart.deadline_seconds if self._apart is not None else math.inf

    def close(self) -> None:
        """End what draws apart."""
        if self._apart is not None:
            self._apart.close()

    def _settled(self, rendering: NamedRendering, request: Shown) -> Shown:
        body = request.secured.body
        if rendering.bodies and body not in rendering.bodies:
            finding = Finding(
                code="rendering-not-for-body",
                message=f"rendering {rendering.name} is for {', '.join(rendering.bodies)}; "
                "ask for one of these bodies",
                body=body,
            )
            raise InvalidInput(finding.message, [finding])
        language = _language(rendering, request.language, request.secured)
        return self._complete(
            rendering.renderer, msgspec.structs.replace(request, language=language)
        )

    def _complete(self, renderer: Renderer, request: Shown) -> Shown:
        """Return the request with all that the renderer's picture of it depends on."""
        if not isinstance(renderer, SettlingRenderer):
            return request
        settled = renderer.settle(request)
        secured = settled.secured
        if secured is request.secured:
            return settled
        carriers = self._formats[secured.kind, secured.body].carriers(secured)
        return msgspec.structs.replace(settled, carriers=tuple(carriers))

    def _get(self, kind: str, rendering: str) -> NamedRendering:
        found = self._renderings.get((kind, rendering))
        if found is None:
            raise NotFound("this kind has no such rendering")
        return found


def _language(rendering: NamedRendering, requested: str | None, secured: Secured | None) -> str:
    asked = _known(rendering, requested)
    if asked is not None or secured is None or not isinstance(rendering.renderer, WordedRenderer):
        return asked or _default(rendering)
    usual = _known(rendering, rendering.renderer.usual_language(secured))
    return usual or _default(rendering)


def _known(rendering: NamedRendering, requested: str | None) -> str | None:
    tags = {language.casefold(): language for language in rendering.languages}
    names = {**rendering.aliases, **tags}
    parts = (requested or "").casefold().replace("_", "-").split("-")[:_MOST_PARTS]
    shorter = ("-".join(parts[:count]) for count in range(len(parts), 0, -1))
    return next((names[tag] for tag in shorter if tag in names), None)


def _default(rendering: NamedRendering) -> str:
    return rendering.languages[0] if rendering.languages else _NO_LANGUAGE


def _option(rendering: NamedRendering) -> Option:
    return Option(
        name=rendering.name,
        suffix=rendering.renderer.suffix,
        media_type=rendering.renderer.media_type,
        bodies=rendering.bodies,
        languages=rendering.languages,
        parameters=_parameters(rendering.renderer),
    )


def _parameters(renderer: Renderer) -> tuple[str, ...]:
    return tuple(renderer.parameters) if isinstance(renderer, SettlingRenderer) else ()
