"""Every `uses:` of a deployment becomes an implementation, or a mistake with its place."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from typing import TypeVar

import msgspec

from mohar.assembly.plugins import Tables
from mohar.config.deployment import Body, Kind, Use
from mohar.config.load import Loaded
from mohar.config.mistakes import Mistakes
from mohar.domain.errors import MoharError
from mohar.plugin import (
    Format,
    Offers,
    Renderer,
    Schema,
    Signer,
    Sink,
    Source,
    Tools,
    Trust,
)

R = TypeVar("R")
Place = tuple[str | int, ...]
BodyName = tuple[str, str]


class Resolved(msgspec.Struct, frozen=True, kw_only=True):
    """
    Everything a deployment uses, opened.

    `schemas`, `formats` and `signers` go by (kind, body), `renderers` by (kind, rendering).
    `known_schemas` are verified but not issued; `reading` are all formats with default settings.
    """

    sources: Mapping[str, Source]
    schemas: Mapping[BodyName, Schema]
    known_schemas: list[Schema]
    documents: Mapping[str, bytes]
    formats: Mapping[BodyName, Format]
    reading: list[Format]
    signers: Mapping[str, Signer]
    renderers: Mapping[BodyName, Renderer]
    sinks: Mapping[str, Sink]
    trust: list[Trust]


class Resolver:
    """Opens what a deployment uses, one role after the other, and collects all mistakes."""

    def __init__(self, loaded: Loaded, offered: Tables, tools: Tools) -> None:
        self._loaded = loaded
        self._deployment = loaded.deployment
        self._offered = offered
        self._tools = tools
        self._mistakes = Mistakes()

    def resolve(self, *, with_keys: bool = True, with_parts: bool = True) -> Resolved:
        """
        Open everything.

        `with_keys=False` opens no signer and `with_parts=False` neither source, renderer nor
        sink: a process that only signs, or only reads, needs no more.

        Raises:
            ConfigError: every mistake, each with its place.
        """
        schemas = self._schemas()
        known = self._known_schemas()
        documents = _documents([*schemas.values(), *known])
        tools = msgspec.structs.replace(self._tools, documents=documents)
        resolved = Resolved(
            sources=self._sources() if with_parts else {},
            schemas=schemas,
            known_schemas=known,
            documents=documents,
            formats=self._formats(tools),
            reading=self._reading(tools),
            signers=self._signers() if with_keys else {},
            renderers=self._renderers(tools) if with_parts else {},
            sinks=self._sinks() if with_parts else {},
            trust=self._trust(),
        )
        self._mistakes.raise_if_any()
        return resolved

    def _sources(self) -> dict[str, Source]:
        opened: dict[str, Source] = {}
        for at, kind in enumerate(self._deployment.credentials):
            place: Place = ("credentials", at, "source")
            made = self._open(place, kind.source, self._offered.sources, self._tools)
            if made is not None:
                opened[kind.name] = made
        return opened

    def _schemas(self) -> dict[BodyName, Schema]:
        """Bodies that share the kind's schema share one object."""
        opened: dict[BodyName, Schema] = {}
        for at, kind in enumerate(self._deployment.credentials):
            place: Place = ("credentials", at, "schema")
            shared = self._open(place, kind.schema, self._offered.schemas, self._tools)
            for number, body in enumerate(kind.bodies):
                own = self._own_schema(("credentials", at, "bodies", number, "schema"), body)
                chosen = own if body.schema else shared
                if chosen is not None:
                    opened[kind.name, body.name] = chosen
        return opened

    def _own_schema(self, place: Place, body: Body) -> Schema | None:
        if body.schema is None:
            return None
        return self._open(place, body.schema, self._offered.schemas, self._tools)

    def _known_schemas(self) -> list[Schema]:
        found = [
            self._open(("verifying", "schemas", at), use, self._offered.schemas, self._tools)
            for at, use in enumerate(self._deployment.verifying.schemas)
        ]
        return [each for each in found if each is not None]

    def _formats(self, tools: Tools) -> dict[BodyName, Format]:
        opened: dict[BodyName, Format] = {}
        for kind, body, place in self._bodies():
            made = self._open((*place, "format"), body.format_use, self._offered.formats, tools)
            if made is not None:
                opened[kind.name, body.name] = made
        return opened

    def _reading(self, tools: Tools) -> list[Format]:
        made = []
        for offer in self._offered.formats:
            with self._mistakes.collected():
                made.append(offer.open(msgspec.convert({}, offer.settings), tools))
        return made

    def _signers(self) -> dict[str, Signer]:
        opened: dict[str, Signer] = {}
        for at, use in enumerate(self._deployment.signers):
            made = self._open(("signers", at), use, self._offered.signers, self._tools)
            if made is not None:
                opened[use.name] = made
        return opened

    def _renderers(self, tools: Tools) -> dict[BodyName, Renderer]:
        opened: dict[BodyName, Renderer] = {}
        for at, kind in enumerate(self._deployment.credentials):
            for number, rendering in enumerate(kind.renderings):
                use = Use(uses=rendering.uses, settings=rendering.settings)
                place: Place = ("credentials", at, "renderings", number)
                made = self._open(place, use, self._offered.renderers, tools)
                if made is not None:
                    opened[kind.name, rendering.name] = made
        return opened

    def _sinks(self) -> dict[str, Sink]:
        opened: dict[str, Sink] = {}
        for at, use in enumerate(self._deployment.sinks):
            made = self._open(("sinks", at), use, self._offered.sinks, self._tools)
            if made is not None:
                opened[use.name] = made
        return opened

    def _trust(self) -> list[Trust]:
        found = [
            self._open(("verifying", "trust", at), use, self._offered.trust, self._tools)
            for at, use in enumerate(self._deployment.verifying.trust)
        ]
        return [each for each in found if each is not None]

    def _bodies(self) -> list[tuple[Kind, Body, Place]]:
        return [
            (kind, body, ("credentials", at, "bodies", number))
            for at, kind in enumerate(self._deployment.credentials)
            for number, body in enumerate(kind.bodies)
        ]

    def _open(self, place: Place, use: Use, offers: Offers[R], tools: Tools) -> R | None:
        """Return what was opened; None where a mistake was noted instead."""
        offer = offers.get(use.uses)
        if offer is None:
            self._mistakes.add(
                self._loaded.mistake(
                    (*place, "uses"),
                    f"no enabled plugin offers the {offers.role} {use.uses!r}",
                    _did_you_mean(use.uses, offers.names()),
                )
            )
            return None
        with self._mistakes.collected():
            settings = self._loaded.convert((*place, "settings"), use.settings, offer.settings)
            return self._placed(place, lambda: offer.open(settings, tools))
        return None

    def _placed(self, place: Place, open_it: Callable[[], R]) -> R | None:
        """A file that an offer reads tells its own mistakes; anything else is told at the use."""
        try:
            return open_it()
        except MoharError as error:
            if getattr(error, "mistakes", ()):
                raise
            self._mistakes.add(self._loaded.mistake(place, str(error), ""))
            return None


def _documents(schemas: list[Schema]) -> dict[str, bytes]:
    return {url: document for schema in schemas for url, document in schema.contexts().items()}


def _did_you_mean(name: str, names: list[str]) -> str:
    close = difflib.get_close_matches(name, names, 1)
    if close:
        return f'did you mean "{close[0]}"?'
    return f"offered are: {', '.join(names)}" if names else "name a plugin that offers one"
