"""Check what no single field can tell: names that are used and names that are given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from zoneinfo import available_timezones

from mohar.config.access_check import access_mistakes
from mohar.config.deployment import Deployment, Kind, RequestType
from mohar.config.document import Document
from mohar.config.mistakes import Mistake
from mohar.config.tree import Path
from mohar.config.words import choices, did_you_mean, quoted


def cross_checked(deployment: Deployment, document: Document) -> list[Mistake]:
    """Return every name that is unknown or given twice, and every kind that could issue nothing."""
    checks = _Checks(deployment, document)
    return [
        *checks.time_zone(),
        *checks.repeated(deployment.plugins, ("plugins",)),
        *checks.named(deployment.signers, ("signers",)),
        *checks.named(deployment.sinks, ("sinks",)),
        *checks.named(deployment.messengers, ("messengers",)),
        *checks.named(deployment.channels, ("channels",)),
        *checks.named(deployment.doors, ("doors",)),
        *checks.named(deployment.credentials, ("credentials",)),
        *checks.named(deployment.access.roles, ("access", "roles")),
        *checks.named(deployment.access.issuers, ("access", "issuers")),
        *checks.kinds(),
        *checks.whole(),
        *checks.publishing(),
        *checks.channels(),
        *checks.doors(),
        *checks.access(),
        *access_mistakes(deployment, document),
        *checks.holders(),
    ]


class _Checks:
    def __init__(self, deployment: Deployment, document: Document) -> None:
        self._deployment = deployment
        self._document = document

    def time_zone(self) -> Iterator[Mistake]:
        zone, known = self._deployment.time_zone, available_timezones()
        if zone not in known:
            message = f"{quoted(zone)} is no IANA time zone"
            hint = did_you_mean(zone, sorted(known)) or "write it as in Europe/Paris"
            yield self._document.mistake(("time_zone",), message, hint)

    def named(self, things: Sequence[object], path: Path) -> Iterator[Mistake]:
        names = [str(getattr(thing, "name", "")) for thing in things]
        return self.repeated(names, path, ("name",))

    def repeated(self, names: Sequence[str], path: Path, below: Path = ()) -> Iterator[Mistake]:
        for index, name in enumerate(names):
            if (first := names.index(name)) < index:
                line = self._document.mistake((*path, first, *below), "").line
                message = f"{quoted(name)} is given twice (first on line {line})"
                yield self._document.mistake((*path, index, *below), message)

    def whole(self) -> Iterator[Mistake]:
        if whole := self._deployment.whole:
            signers = [signer.name for signer in self._deployment.signers]
            yield from self._unknown(whole.signer, signers, ("whole", "signer"))
            yield from self.repeated(whole.issuers, ("whole", "issuers"))

    def publishing(self) -> Iterator[Mistake]:
        if publishing := self._deployment.publishing:
            signers = [signer.name for signer in self._deployment.signers]
            yield from self._unknown(publishing.signer, signers, ("publishing", "signer"))

    def channels(self) -> Iterator[Mistake]:
        kinds = [kind.name for kind in self._deployment.credentials]
        for index, channel in enumerate(self._deployment.channels):
            at: Path = ("channels", index)
            for position, name in enumerate(channel.kinds):
                yield from self._unknown(name, kinds, (*at, "kinds", position))
            yield from self.repeated(channel.kinds, (*at, "kinds"))
            yield from self.repeated(channel.events, (*at, "events"))
            yield from self.repeated(channel.may, (*at, "may"))

    def doors(self) -> Iterator[Mistake]:
        kinds = [kind.name for kind in self._deployment.credentials]
        for index, door in enumerate(self._deployment.doors):
            at: Path = ("doors", index)
            for position, name in enumerate(door.kinds):
                yield from self._unknown(name, kinds, (*at, "kinds", position))
            yield from self.repeated(door.kinds, (*at, "kinds"))
            yield from self.repeated(door.may, (*at, "may"))

    def access(self) -> Iterator[Mistake]:
        access = self._deployment.access
        yield from self.repeated(access.purposes, ("access", "purposes"))
        # The first of an issuer would be asked alone, and the tokens for the second be refused.
        issuers = [each.issuer for each in access.issuers]
        yield from self.repeated(issuers, ("access", "issuers"), ("issuer",))

    def holders(self) -> Iterator[Mistake]:
        holders = self._deployment.holders
        if holders is None:
            return
        named = [each.name for each in self._deployment.messengers]
        yield from self._unknown(holders.messenger, named, ("holders", "messenger"))
        with_contact = [
            kind.name
            for kind in self._deployment.credentials
            if any(each.name == holders.contact for each in kind.handles)
        ]
        if not with_contact:
            message = f"no kind has the handle {quoted(holders.contact)}"
            yield self._document.mistake(("holders", "contact"), message, "name it in handles:")
        for position, name in enumerate(holders.kinds):
            yield from self._unknown(name, with_contact, ("holders", "kinds", position))
        yield from self.repeated(holders.kinds, ("holders", "kinds"))
        for position, factor in enumerate(holders.second_factors):
            path: Path = ("holders", "second_factors", position, "kind")
            yield from self._unknown(factor.kind, holders.kinds or with_contact, path)

    def kinds(self) -> Iterator[Mistake]:
        for index, kind in enumerate(self._deployment.credentials):
            path: Path = ("credentials", index)
            yield from self.repeated(kind.key, (*path, "key"))
            yield from self.named(kind.handles, (*path, "handles"))
            yield from self.named(kind.bodies, (*path, "bodies"))
            yield from self.named(kind.renderings, (*path, "renderings"))
            yield from self.named(kind.requests, (*path, "requests"))
            yield from self._requests(kind, (*path, "requests"))
            yield from self._bodies(kind, path)
            yield from self._renderings(kind, path)

    def _bodies(self, kind: Kind, path: Path) -> Iterator[Mistake]:
        signers = [signer.name for signer in self._deployment.signers]
        for index, body in enumerate(kind.bodies):
            yield from self._unknown(body.signer, signers, (*path, "bodies", index, "signer"))
        yield from self._ambiguous(kind, (*path, "bodies"))
        if not any(body.required for body in kind.bodies):
            message = "no body is required, so a record could be issued as nothing at all"
            hint = "write required: true in at least one body"
            yield self._document.mistake_at_key((*path, "bodies"), message, hint)

    def _requests(self, kind: Kind, path: Path) -> Iterator[Mistake]:
        for index, asked in enumerate(kind.requests):
            yield from self.repeated(asked.changes, (*path, index, "changes"))
            yield from self.repeated(asked.evidence, (*path, index, "evidence"))
            message, hint = _cannot_end(asked, kind)
            if message:
                yield self._document.mistake((*path, index), message, hint)

    def _ambiguous(self, kind: Kind, path: Path) -> Iterator[Mistake]:
        """Whoever chooses what is issued names bodies and formats in one list."""
        for index, body in enumerate(kind.bodies):
            others = [each for each in kind.bodies if each.format_use.uses == body.name]
            if any(each is not body for each in others):
                message = f"{quoted(body.name)} is also the format of another body"
                hint = "name the body otherwise, so that choosing it cannot mean both"
                yield self._document.mistake((*path, index, "name"), message, hint)

    def _renderings(self, kind: Kind, path: Path) -> Iterator[Mistake]:
        bodies = [body.name for body in kind.bodies]
        for index, rendering in enumerate(kind.renderings):
            at: Path = (*path, "renderings", index, "bodies")
            for position, name in enumerate(rendering.bodies):
                yield from self._unknown(name, bodies, (*at, position))
            yield from self.repeated(rendering.bodies, at)

    def _unknown(self, name: str, known: Sequence[str], path: Path) -> Iterator[Mistake]:
        if name in known:
            return
        some = f"known are {choices(known, 'and')}" if known else "none is named in this file"
        yield self._document.mistake(
            path, f"{quoted(name)} is not known", did_you_mean(name, known) or some
        )


def _cannot_end(asked: RequestType, kind: Kind) -> tuple[str, str]:
    """Return what is wrong with a request that could be approved and never be done, and a hint."""
    name = quoted(asked.name)
    if asked.action == "correct" and not asked.changes:
        return f"{name} corrects nothing", "name what it may change in changes:"
    if asked.action != "forward" and asked.changes and kind.corrections is None:
        return f"{name} is to correct, and this kind takes no corrections", "write corrections:"
    if asked.action == "forward" and asked.decides != "source":
        return f"{name} only goes to the source, so nobody else can decide it", (
            "write decides: source"
        )
    return "", ""
