"""Every `uses:` of a deployment becomes an implementation, or a mistake with its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final, TypeVar

import msgspec

from mohar.assembly.keyfile import key_file
from mohar.assembly.plugins import Plugins
from mohar.config.deployment import Body, Deployment, Kind, Use
from mohar.config.deployment import Channel as ChannelSection
from mohar.config.deployment import Door as DoorSection
from mohar.config.load import Loaded
from mohar.config.mistakes import Mistake, Mistakes
from mohar.config.words import choices, did_you_mean, quoted
from mohar.domain.access import Actor
from mohar.domain.errors import ConfigError, MoharError
from mohar.issuing.whole import STATION
from mohar.plugin import (
    Abridging,
    Channel,
    Door,
    Expiring,
    Format,
    Messenger,
    Offer,
    Offers,
    Renderer,
    Schema,
    Signer,
    Sink,
    Source,
    Tools,
    Trust,
)
from mohar.plugin.caller import guarded
from mohar.revoking.publish import LISTS

R = TypeVar("R")
Place = tuple[str | int, ...]
BodyName = tuple[str, str]
_EMBEDDED: Final = frozenset({"application/vc", "application/ld+json"})


class Resolved(msgspec.Struct, frozen=True, kw_only=True):
    """
    Everything a deployment uses, opened.

    `schemas`, `formats` and `signers` go by (kind, body), `renderers` by (kind, rendering). What is
    signed whole is a body of no kind (`issuing.whole.STATION`), and so are lists of statuses.
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
    messengers: Mapping[str, Messenger]
    channels: Mapping[str, Channel]
    doors: Mapping[str, Door]
    trust: list[Trust]
    holders: list[Trust]


class Resolver:
    """Opens what a deployment uses, one role after the other, and adds to the mistakes so far."""

    def __init__(
        self,
        loaded: Loaded,
        plugins: Plugins,
        tools: Tools,
        mistakes: Mistakes,
        put_aside: Callable[[str], Expiring],
    ) -> None:
        self._loaded = loaded
        self._deployment = loaded.deployment
        self._offered = plugins.offered
        # Where a plugin is missing, what it would have offered is no mistake of its own.
        self._may_miss_offers = bool(plugins.broken)
        self._tools = tools
        self._mistakes = mistakes
        self._put_aside = put_aside

    def resolve(self, *, with_keys: bool = True, with_parts: bool = True) -> Resolved:
        """
        Open everything.

        `with_keys=False` opens no signer, messenger, channel and door, which have secrets;
        `with_parts=False` neither source, renderer, sink, messenger, channel nor door.

        Raises:
            ConfigError: every mistake, each with its place.
        """
        schemas = self._schemas()
        known = self._known_schemas()
        every = [*schemas.values(), *known]
        tools = self._told(every)
        messengers = self._messengers(with_keys=with_keys) if with_parts else {}
        asking = msgspec.structs.replace(tools, messengers=messengers)
        resolved = Resolved(
            sources=self._sources() if with_parts else {},
            schemas=schemas,
            known_schemas=known,
            documents=tools.documents,
            formats=self._formats(tools),
            reading=self._reading(tools),
            signers=self._signers(with_keys=with_keys),
            renderers=self._renderers(tools) if with_parts else {},
            sinks=self._sinks() if with_parts else {},
            messengers=messengers,
            channels=self._channels(asking, with_keys=with_keys) if with_parts else {},
            doors=self._doors(asking, with_keys=with_keys) if with_parts else {},
            trust=self._trust("trust", self._deployment.verifying.trust),
            holders=self._trust("holders", self._deployment.verifying.holders),
        )
        self._mistakes.raise_if_any()
        return resolved

    def signers(self) -> Mapping[str, Signer]:
        """Open the signers and nothing else. Raises ConfigError with every mistake so far."""
        opened = self._signers(with_keys=True)
        self._mistakes.raise_if_any()
        return opened

    def renderers(self) -> Mapping[BodyName, Renderer]:
        """Open the renderers and nothing else. Raises ConfigError with every mistake so far."""
        every = [*self._schemas().values(), *self._known_schemas()]
        opened = self._renderers(self._told(every))
        self._mistakes.raise_if_any()
        return opened

    def _told(self, schemas: Sequence[Schema]) -> Tools:
        """Return the tools of who has to know what the schemas bring along."""
        return msgspec.structs.replace(
            self._tools, documents=self._documents(schemas), dictionaries=_dictionaries(schemas)
        )

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

    def _documents(self, schemas: Sequence[Schema]) -> dict[str, bytes]:
        """What a context means must not depend on which type was read last."""
        defined: dict[str, bytes] = {}
        for schema in schemas:
            for url, document in schema.contexts().items():
                if defined.setdefault(url, document) != document:
                    message = f"two types define the context {url}, and differently; rename one"
                    self._mistakes.add(Mistake(message=message))
        return defined

    def _formats(self, tools: Tools) -> dict[BodyName, Format]:
        opened: dict[BodyName, Format] = {}
        for kind, body, place in self._bodies():
            made = self._open((*place, "format"), body.format_use, self._offered.formats, tools)
            if made is not None:
                opened[kind.name, body.name] = made
        if self._deployment.whole is not None:
            opened |= self._embedded("whole", STATION, self._deployment.whole.format_use, tools)
        publishing = self._deployment.publishing
        if publishing is not None and publishing.format_use is not None:
            opened |= self._embedded("publishing", LISTS, publishing.format_use, tools)
        return opened

    def _embedded(
        self, section: str, station: BodyName, use: Use, tools: Tools
    ) -> dict[BodyName, Format]:
        """What comes out is JSON with the proof inside, so the format must make that."""
        place: Place = (section, "format")
        made = self._open(place, use, self._offered.formats, tools)
        if made is None:
            return {}
        if made.media_type not in _EMBEDDED:
            message = f"the format {quoted(use.uses)} puts no proof into a document"
            hint = "name one that does, such as ld"
            self._mistakes.add(self._loaded.mistake(place, message, hint))
        return {station: made}

    def _reading(self, tools: Tools) -> list[Format]:
        made = []
        for offer in self._offered.formats:
            with self._mistakes.collected():
                opening = partial(_by_default, offer, tools)
                made.append(guarded(f"format {quoted(offer.name)}", opening, ConfigError))
        return made

    def _signers(self, *, with_keys: bool) -> dict[str, Signer]:
        """Without keys the settings are still looked at."""
        opened: dict[str, Signer] = {}
        for at, use in enumerate(self._deployment.signers):
            place, offers = ("signers", at), self._offered.signers
            if not with_keys:
                self._fitted(place, use, offers)
            elif made := self._open(place, use, offers, self._tools, self._key_hint(use)):
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

    def _messengers(self, *, with_keys: bool) -> dict[str, Messenger]:
        """Without keys the settings are still looked at."""
        opened: dict[str, Messenger] = {}
        for at, use in enumerate(self._deployment.messengers):
            place, offers = ("messengers", at), self._offered.messengers
            if not with_keys:
                self._fitted(place, use, offers)
            elif made := self._open(place, use, offers, self._tools):
                opened[use.name] = made
        return opened

    def _channels(self, tools: Tools, *, with_keys: bool) -> dict[str, Channel]:
        """Without keys the settings are still looked at; each has its own place to put aside."""
        opened: dict[str, Channel] = {}
        for at, use in enumerate(self._deployment.channels):
            place, offers = ("channels", at), self._offered.channels
            own = msgspec.structs.replace(
                tools,
                actor=actor_of(self._deployment, use),
                expiring=self._put_aside(use.actor_id),
                shared=self._shared(use, offers),
            )
            if not with_keys:
                self._fitted(place, use, offers)
            elif made := self._open(place, use, offers, own):
                opened[use.name] = made
        return opened

    def _shared(self, use: Use, offers: Offers[Any]) -> Expiring:
        """What is not offered is noted where it is opened."""
        known = offers.get(use.uses) is not None
        plugin = offers.distribution_of(use.uses) if known else use.uses
        return self._put_aside(f"plugin:{plugin}")

    def _doors(self, tools: Tools, *, with_keys: bool) -> dict[str, Door]:
        """Each is given an actor of its own, and a place of its own to put things aside."""
        opened: dict[str, Door] = {}
        for at, use in enumerate(self._deployment.doors):
            place, offers = ("doors", at), self._offered.doors
            own = msgspec.structs.replace(
                tools,
                actor=actor_of(self._deployment, use),
                expiring=self._put_aside(use.actor_id),
                shared=self._shared(use, offers),
            )
            if not with_keys:
                self._fitted(place, use, offers)
            elif made := self._open(place, use, offers, own):
                opened[use.name] = made
        return opened

    def _trust(self, name: str, uses: Sequence[Use]) -> list[Trust]:
        found = [
            self._open(("verifying", name, at), use, self._offered.trust, self._tools)
            for at, use in enumerate(uses)
        ]
        return [each for each in found if each is not None]

    def _bodies(self) -> list[tuple[Kind, Body, Place]]:
        return [
            (kind, body, ("credentials", at, "bodies", number))
            for at, kind in enumerate(self._deployment.credentials)
            for number, body in enumerate(kind.bodies)
        ]

    def _open(
        self, place: Place, use: Use, offers: Offers[R], tools: Tools, hint: str = ""
    ) -> R | None:
        """Return what was opened; None where a mistake was noted instead."""
        fitted = self._fitted(place, use, offers)
        if fitted is None:
            return None
        offer, settings = fitted
        what = f"{offers.role} {quoted(use.uses)}"
        with self._mistakes.collected():
            opening = partial(guarded, what, lambda: offer.open(settings, tools), ConfigError)
            return self._placed(place, opening, hint)
        return None

    def _fitted(self, place: Place, use: Use, offers: Offers[R]) -> tuple[Offer[R], Any] | None:
        """Return the offer and its settings; None where a mistake was noted instead."""
        offer = offers.get(use.uses)
        if offer is None:
            self._note_unknown(place, use.uses, offers)
            return None
        with self._mistakes.collected():
            path = (*place, "settings")
            return offer, self._loaded.convert(path, use.settings, offer.settings)
        return None

    def _note_unknown(self, place: Place, name: str, offers: Offers[R]) -> None:
        hint = did_you_mean(name, offers.names())
        if self._may_miss_offers and not hint:
            return
        message = f"no enabled plugin offers the {offers.role} {quoted(name)}"
        others = f"offered are {choices(offers.names(), 'and')}" if offers.names() else ""
        mend = hint or others or "name a plugin that offers one"
        self._mistakes.add(self._loaded.mistake((*place, "uses"), message, mend))

    def _placed(self, place: Place, open_it: Callable[[], R], hint: str) -> R | None:
        """A file that an offer reads tells its own mistakes; anything else is told at the use."""
        try:
            return open_it()
        except MoharError as error:
            if getattr(error, "mistakes", ()):
                raise
            self._mistakes.add(self._loaded.mistake(place, str(error), hint))
            return None

    def _key_hint(self, use: Use) -> str:
        named, folder = key_file(use.settings), self._loaded.folder
        if named is None or named.key.file is None or (folder / named.key.file).exists():
            return ""
        return f"`mohar keys generate {folder}` makes it"


def actor_of(deployment: Deployment, part: DoorSection | ChannelSection) -> Actor:
    """Return the actor that a door or a channel asks as: it may what its section says, of its kinds."""
    kinds = part.kinds or [kind.name for kind in deployment.credentials]
    scopes = frozenset(f"{action}:{kind}" for action in part.may for kind in kinds)
    return Actor(actor_id=part.actor_id, name=part.name, scopes=scopes)


def _by_default(offer: Offer[Format], tools: Tools) -> Format:
    """What was signed elsewhere is read with no settings of ours."""
    try:
        settings = msgspec.convert({}, offer.settings)
    except msgspec.ValidationError as error:
        raise ConfigError(
            f"the format {quoted(offer.name)} cannot be read with: its plugin must give every "
            "setting a default"
        ) from error
    return offer.open(settings, tools)


def _dictionaries(schemas: Sequence[Schema]) -> dict[str, Sequence[bytes]]:
    """Return what the documents of each context are packed with; one dictionary once."""
    found: dict[str, Sequence[bytes]] = {}
    for schema in schemas:
        if isinstance(schema, Abridging):
            for url, given in schema.dictionaries().items():
                found[url] = tuple(dict.fromkeys((*found.get(url, ()), *given)))
    return found
