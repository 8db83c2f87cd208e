"""
The hooks. These docstrings are the manual: the reference in the docs is made from them.

*Offering* hooks run once, when a House is built; the deployment picks from what is offered by
name (`uses:`), so the order of plugins never matters. *Moment* hooks run when something happens;
each implementation is called by itself, so that one that fails stops no other.
An implementation may leave out arguments it does not need.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from mohar.plugin.hooks import hookspec

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mohar.domain.access import Actor
    from mohar.domain.credential import Credential
    from mohar.domain.events import Event
    from mohar.domain.findings import Finding
    from mohar.domain.reconciling import Comparison, Earlier
    from mohar.domain.record import Record
    from mohar.domain.request import ForwardedRequest, SourceAnswer
    from mohar.plugin.offers import Offers
    from mohar.plugin.roles import (
        Channel,
        Commands,
        Format,
        Messenger,
        Renderer,
        Schema,
        Signer,
        Sink,
        Source,
        Trust,
    )
    from mohar.plugin.routes import Door, Routes
    from mohar.plugin.tools import Files, Tools


@hookspec
def mohar_register_sources(offers: Offers[Source]) -> None:
    """Called once at start. Offer Sources: they read one upstream's messages into records."""


@hookspec
def mohar_register_schemas(offers: Offers[Schema]) -> None:
    """Called once at start. Offer Schemas: they check records and compose credentials."""


@hookspec
def mohar_register_formats(offers: Offers[Format]) -> None:
    """Called once at start. Offer Formats: canonical bytes, envelopes, and what a QR carries."""


@hookspec
def mohar_register_signers(offers: Offers[Signer]) -> None:
    """Called once at start, and again in each signing process. Offer Signers: bytes in, out."""


@hookspec
def mohar_register_trust(offers: Offers[Trust]) -> None:
    """Called once at start. Offer Trust: which keys an issuer may sign with, and when."""


@hookspec
def mohar_register_renderers(offers: Offers[Renderer]) -> None:
    """Called once at start. Offer Renderers: pictures and documents of a signed credential."""


@hookspec
def mohar_register_sinks(offers: Offers[Sink]) -> None:
    """Called once at start. Offer Sinks: they store facts that hold nobody's data."""


@hookspec
def mohar_register_channels(offers: Offers[Channel]) -> None:
    """Called once at start. Offer Channels: they tell others what became of records."""


@hookspec
def mohar_register_messengers(offers: Offers[Messenger]) -> None:
    """Called once at start. Offer Messengers: they carry short texts to people."""


@hookspec
def mohar_register_doors(offers: Offers[Door]) -> None:
    """Called once at start. Offer Doors: partners and holders ask for credentials by them."""


@hookspec
def mohar_register_routes(routes: Routes, tools: Tools) -> None:
    """Called once, when the web application is built. Add HTTP operations under your prefix."""


@hookspec
def mohar_register_commands(commands: Commands, files_in: Callable[[Path], Files]) -> None:
    """
    Called once by the command line. Add commands under `mohar <plugin>`.

    `files_in` opens the files of a folder, as a deployment's are read.
    """


@hookspec
def mohar_ready(deployment: Mapping[str, object], files: Files) -> Sequence[Finding] | None:
    """
    Called once when everything is resolved, before serving.

    `deployment` is the resolved configuration without secrets, `files` those of its folder. All findings are shown; one error
    among them stops the start.
    """


@hookspec
def mohar_review(
    credentials: Sequence[Credential], records: Sequence[Record]
) -> Sequence[Sequence[Finding]] | None:
    """
    Called before signing, with credentials and their records side by side.

    Return findings for each credential, in order. An error refuses that body, and the whole
    record where the body is required. An implementation that fails refuses what it was asked
    about: nothing is signed unreviewed.
    """


@hookspec
def mohar_reconcile(
    kind: str, records: Sequence[Record], earlier: Sequence[Sequence[Earlier]]
) -> Sequence[Sequence[Comparison]] | None:
    """
    Called by a worker after commit, with records of one kind that became credentials.

    `earlier` holds, beside each record, the current credentials of the same group that were there
    before. Return for each record, in order, one comparison for each earlier credential it says
    something about. What is to be changed becomes a correction that uses up nobody's limit; None
    and blank values change nothing. A record that repeats what was kept, because of a
    correction by hand or a re-issue, is not asked about.

    At least once, and the same answer twice makes one correction. An implementation that fails is
    called again later, for one record at a time.
    """


@hookspec
def mohar_permit(actor: Actor, action: str, kind: str | None) -> bool | None:
    """
    Called before a credential is shown or changed.

    One False refuses; at least one True is needed; None has no opinion. An implementation that
    fails counts as False.
    """


@hookspec
def mohar_forward_request(request: ForwardedRequest, tools: Tools) -> SourceAnswer | None:
    """
    Called by a worker with a request of a holder that is to go to the source of its kind.

    Return what the source said, or None where this is another plugin's source; the first answer
    counts. At least once: the tracking number tells repeats apart, and a request whose answer was
    `waiting` comes again. An implementation that raises is called again later. What no plugin
    answers waits for an officer, who records what the source said.
    """


@hookspec
def mohar_on_events(events: Sequence[Event], tools: Tools) -> None:
    """
    Called after commit by the relay, with a batch of events and the plugin's tools.

    At least once: `event_id` tells repeats apart. An implementation that raises is called again
    later, and after some tries its events are set aside and shown in health.
    """


@hookspec
def mohar_health() -> Mapping[str, str] | None:
    """Called by the health page. Return names and states: `ok`, or what is the matter."""
