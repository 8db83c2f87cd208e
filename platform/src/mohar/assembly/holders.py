"""The rooms by which holders let themselves in, put together."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec

from mohar.access.holder_texts import HolderTexts, TextFile
from mohar.access.holders import Holders
from mohar.access.often import Often
from mohar.access.one_time import Codes
from mohar.access.own import OwnCertificates
from mohar.access.people import People
from mohar.access.printing import Printing
from mohar.access.sending import Sending
from mohar.access.shares import Shares
from mohar.config.deployment import Deployment
from mohar.config.holders import Holders as Section
from mohar.domain.access import Actor
from mohar.domain.errors import ConfigError
from mohar.plugin import Files

if TYPE_CHECKING:
    from mohar.assembly.house import House


class LettingIn(msgspec.Struct, frozen=True, kw_only=True):
    """All that lets holders in: the rooms, the words, and the actor that the house's own page is."""

    section: Section
    rooms: Holders
    people: People
    own: OwnCertificates
    shares: Shares
    printing: Printing
    sending: Sending
    texts: HolderTexts
    actor: Actor


def open_holders(house: House, section: Section | None, files: Files) -> LettingIn | None:
    """Return what lets holders in, where the deployment does; `house` has all else already."""
    if section is None:
        return None
    plans = {name: house.plans[name] for name in kinds_of(section, house.deployment)}
    texts = texts_of(section, files)
    people = People(section=section, store=house.store, permits=house.permits, kinds=plans)
    sending = Sending(
        section=section,
        messenger=house.tools.messengers[section.messenger],
        texts=texts,
        is_known=people.is_known,
        telemetry=house.telemetry,
    )
    codes = Codes(
        section=section, store=house.store, often=Often(section.limits), send=sending.send
    )
    rooms = Holders(
        section=section, store=house.store, codes=codes, people=people, access=house.access
    )
    scopes = frozenset(f"{may}:{kind}" for kind in plans for may in ("read", "search", "request"))
    actor = Actor(actor_id="holders", name="holders", scopes=scopes)
    shares = Shares(house.store, timedelta(hours=section.share_hours), house.clock)
    return LettingIn(
        section=section,
        rooms=rooms,
        people=people,
        own=OwnCertificates(
            holders=rooms,
            people=people,
            access=house.access,
            readers=house.readers,
            requests=house.requests,
            shares=shares,
            actor=actor,
        ),
        shares=shares,
        printing=Printing(
            section=section,
            store=house.store,
            permits=house.permits,
            access=house.access,
            people=people,
            finder=actor,
        ),
        sending=sending,
        texts=texts,
        actor=actor,
    )


def kinds_of(section: Section, deployment: Deployment) -> list[str]:
    """Return the kinds whose holders are let in."""
    return [
        kind.name
        for kind in deployment.credentials
        if kind.name in section.kinds
        or (not section.kinds and section.contact in [each.name for each in kind.handles])
    ]


def texts_of(section: Section, files: Files) -> HolderTexts:
    """
    Return what is said to holders.

    Raises:
        ConfigError: there is no text at all, or a file has not its shape.
    """
    names = sorted(each.name for each in files.path(section.texts).glob("*.yaml"))
    if not names:
        raise ConfigError(
            f"holders.texts: there is no text in {section.texts}; put an en.yaml there"
        )
    return HolderTexts([files.load(f"{section.texts}/{name}", TextFile) for name in names])
