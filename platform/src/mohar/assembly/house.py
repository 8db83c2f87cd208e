"""Build the House of one deployment folder: every room gets what it needs, and no more."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final

import msgspec

from mohar.access.add import Additions
from mohar.access.change import Changes
from mohar.access.correct import Corrections
from mohar.access.fetch import Access
from mohar.access.permit import Permits, ScopePolicy
from mohar.announcing.observers import HookObserver, Observer, SinkObserver
from mohar.announcing.relay import Relay
from mohar.assembly.blueprint import Blueprint
from mohar.assembly.health import health_of
from mohar.assembly.opening import made_store
from mohar.assembly.own_keys import OwnKeys, published_keys, trust_in_whole
from mohar.assembly.pausing import Pausing, needs_of, plugins_of_sinks
from mohar.assembly.plans import (
    known_types,
    plans_of,
    renderings_of,
    setting_of,
    type_findings,
)
from mohar.assembly.plugins import Plugins
from mohar.assembly.ports import PluginIntake, PluginLife
from mohar.assembly.ready import must_be_ready, ready_findings
from mohar.assembly.resolve import Resolved
from mohar.assembly.signing import open_workshop
from mohar.assembly.status import OwnStatus, snapshots_of
from mohar.config.deployment import Deployment
from mohar.config.load import Loaded
from mohar.domain.access import Actor
from mohar.domain.clock import Clock, utc_now
from mohar.domain.credential import Outcome, Secured
from mohar.domain.errors import NotFound, Unavailable
from mohar.domain.keys import PublicKey
from mohar.domain.record import Message
from mohar.domain.values import JsonObject
from mohar.issuing.add import Adder
from mohar.issuing.choice import chosen
from mohar.issuing.drain import Drain
from mohar.issuing.hold import Hold
from mohar.issuing.issue import Issuer
from mohar.issuing.plan import Setting
from mohar.issuing.retention import Forgetting
from mohar.issuing.whole import STATION, WholeIssuer
from mohar.plugin import Receipt, Routes, Source, Telemetry, Tools
from mohar.receiving.accept import Reception
from mohar.receiving.backlog import Backlog
from mohar.receiving.status import Submissions
from mohar.receiving.upload import Unpacking, Uploads
from mohar.rendering.drawing import Drawing
from mohar.revoking.change import Revoking
from mohar.revoking.lapse import Lapse
from mohar.revoking.publish import Publisher, PublishPlan
from mohar.store import Store
from mohar.verifying.status import FirstToTell
from mohar.verifying.verify import Verifier

_CACHE_BYTES: Final = 64_000_000


class House:
    """
    One deployment, standing: its rooms, ready to be used by the web, a worker or a command.

    Made by `build_house`, which also closes it.
    """

    def __init__(self, blueprint: Blueprint) -> None:
        loaded, clock = blueprint.loaded, blueprint.clock
        self.deployment: Deployment = loaded.deployment
        self.clock: Clock = clock
        self.telemetry: Telemetry = blueprint.telemetry
        self._plugins: Plugins = blueprint.plugins
        self._late = blueprint.late
        self.tools: Tools = blueprint.tools
        self._resolved: Resolved = blueprint.resolve()
        self.findings = must_be_ready(
            [*type_findings(self._resolved), *ready_findings(loaded, self._plugins)]
        )
        published_keys(self._resolved.signers.values())  # refuses two keys of one id
        self.documents = self._resolved.documents
        self.store: Store = made_store(loaded, clock)
        self.workshop = open_workshop(loaded, self._resolved, clock)
        self._build_rooms(loaded)

    @property
    def public_keys(self) -> Sequence[PublicKey]:
        """
        Return every key that signed here, signs or is to sign, as things stand at this moment.

        Raises:
            KeyUnavailable: it cannot be told now.
        """
        return published_keys(self._resolved.signers.values())

    def close(self) -> None:
        """Let go of processes, connections and files."""
        self.workshop.close()
        self.store.dispose()

    def _build_rooms(self, loaded: Loaded) -> None:
        self._worker = f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self.permits = Permits(self._plugins.caller)
        self.plans = plans_of(self.deployment, self._resolved)
        self._build_receiving()
        self._build_issuing(setting_of(loaded))
        self._build_revoking()
        self.drain = Drain(
            store=self.store,
            issuer=self.issuer,
            hold=self._hold,
            telemetry=self.telemetry,
            clock=self.clock,
            batch=self.deployment.issuing.batch,
            worker=self._worker,
        )
        self.drawing = Drawing(
            renderings_of(self.deployment, self._resolved), self._resolved.formats, _CACHE_BYTES
        )
        self.corrections = Corrections(
            store=self.store,
            permits=self.permits,
            kinds=self.plans,
            reception=self.reception,
            drain=self.drain,
            issuer=self.issuer,
            submissions=self.submissions,
        )
        self.access = Access(
            store=self.store,
            permits=self.permits,
            drawing=self.drawing,
            keys={name: plan.key for name, plan in self.plans.items()},
        )
        self.verifier = self._verifier(loaded)
        self.relay = Relay(
            self.store,
            self._observers(),
            self.clock,
            self.telemetry,
            plugin_of=self._plugins_observing(),
        )
        self._late.access = self.access
        self._late.submit_to = self.submit
        self._late.changes, self._late.corrections = self.changes, self.corrections
        self._late.verifier = self.verifier

    def _build_receiving(self) -> None:
        limit = self.deployment.intake
        backlog = Backlog(self.store, time.monotonic, limit.max_waiting, limit.retry_after_seconds)
        self.reception = Reception(self.store, self.clock, lambda: uuid.uuid4().hex, backlog)
        self.submissions = Submissions(self.store, backlog)
        self.uploads = Uploads(
            store=self.store,
            source_of=self._source_of,
            clock=self.clock,
            new_id=lambda: uuid.uuid4().hex,
            backlog=backlog,
        )
        self.unpacking = Unpacking(
            store=self.store,
            source_of=self._source_of,
            backlog=backlog,
            telemetry=self.telemetry,
            clock=self.clock,
            worker=self._worker,
            keep=timedelta(days=limit.file_days),
        )
        self.pausing = Pausing(self.store, self.deployment, self.clock)
        self._hold = Hold(needs_of(self.deployment, self._plugins.offered))

    def _build_issuing(self, setting: Setting) -> None:
        self.issuer = Issuer(
            store=self.store,
            kinds=self.plans,
            setting=setting,
            workshop=self.workshop,
            caller=self._plugins.caller,
            telemetry=self.telemetry,
            clock=self.clock,
        )
        self.adder = Adder(
            store=self.store,
            kinds=self.plans,
            setting=setting,
            workshop=self.workshop,
            caller=self._plugins.caller,
            telemetry=self.telemetry,
            clock=self.clock,
        )
        self.additions = Additions(self.store, self.permits, self.adder, self._hold)
        self.forgetting = Forgetting(self.store, self.plans.values(), self.telemetry, self.clock)
        self.whole = self._whole_issuer(setting.issuer)

    def _build_revoking(self) -> None:
        self.revoking = Revoking(self.store, self.telemetry, self.clock)
        self.changes = Changes(self.store, self.permits, self.revoking)
        self.lapse = Lapse(self.store, self.revoking, self.clock)
        self.publisher = self._publisher()

    def _verifier(self, loaded: Loaded) -> Verifier:
        own = OwnKeys(self.deployment.authority.id, lambda: self.public_keys)
        trust = [
            own,
            *trust_in_whole(self.deployment.whole, self._resolved.signers),
            *self._resolved.trust,
        ]
        ours = OwnStatus(self.store, self.deployment.domains.public, own)
        return Verifier(
            formats=self._resolved.reading,
            types=known_types(self._resolved),
            trust=trust,
            holders=self._resolved.holders,
            status=FirstToTell([ours, *snapshots_of(loaded, trust)]),
            clock=self.clock,
        )

    def _publisher(self) -> Publisher | None:
        publishing = self.deployment.publishing
        if publishing is None:
            return None
        return Publisher(
            store=self.store,
            signing=self.workshop,
            keys=lambda: self.public_keys,
            plan=PublishPlan(
                issuer=self.deployment.authority.id,
                public_url=self.deployment.domains.public,
                ttl=timedelta(seconds=publishing.ttl_seconds),
                snapshot_life=timedelta(seconds=publishing.snapshot_seconds),
            ),
            clock=self.clock,
            timer=time.monotonic,
        )

    def _whole_issuer(self, authority: str) -> WholeIssuer | None:
        whole = self.deployment.whole
        if whole is None:
            return None
        return WholeIssuer(
            workshop=self.workshop,
            format=self._resolved.formats[STATION],
            signer=self._resolved.signers[whole.signer],
            issuers=[authority, *whole.issuers],
            schemas=[known.schema for known in known_types(self._resolved)],
            telemetry=self.telemetry,
            clock=self.clock,
        )

    def submit(
        self,
        actor: Actor,
        kind: str,
        messages: Sequence[Message],
        idempotency_key: str | None = None,
        *,
        formats: Sequence[str] = (),
    ) -> Receipt:
        """
        Make messages durable and return one answer for each.

        `formats` names the bodies to issue, by their own names or by format; none means all.

        Raises:
            NotFound: there is no such kind.
            NotPermitted: the actor may not issue it.
            InvalidInput, Conflict, Unavailable: see `chosen` and `Reception.accept`.
        """
        self.require_kind(kind)
        self.permits.require(actor, "issue", kind)
        plan = self.plans[kind]
        accepted = self.reception.accept(
            actor,
            kind,
            plan.source_name,
            messages,
            idempotency_key,
            bodies=chosen(plan, formats),
        )
        if accepted.repeated:
            return self._receipt(actor, accepted.submission_id)
        # What was kept this moment is not read again.
        outcomes = tuple(Outcome(position=n, state="waiting") for n in range(len(messages)))
        return Receipt(submission_id=accepted.submission_id, outcomes=outcomes)

    def issue_whole(self, actor: Actor, document: JsonObject) -> Secured:
        """
        Sign a credential that comes whole; nothing of it is kept.

        Raises:
            NotPermitted: the actor may not.
            NotFound: this deployment signs none.
            Paused: what signs them is paused.
            InvalidInput, Unavailable: see `WholeIssuer.issue`.
        """
        self.permits.require(actor, "sign")
        if self.whole is None:
            raise NotFound(
                "this deployment signs no credentials that come whole; it would with a `whole:` "
                "in its deployment.yaml"
            )
        assert self.deployment.whole is not None
        self.pausing.must_sign(self.deployment.whole, self._plugins.offered)
        return self.whole.issue(document)

    def issue_now(self, actor: Actor, receipt: Receipt) -> Receipt:
        """Issue what waits of a submission in this process, and return the answers anew."""
        self.drain.run_submission(receipt.submission_id)
        return self._receipt(actor, receipt.submission_id)

    def replay(self, actor: Actor, submission_id: str) -> Receipt:
        """
        Let what led to no credential wait again; return the answers as they are then.

        Raises:
            NotFound: no such submission, or another's that this actor may not operate.
            NotPermitted: the actor may see the submission and not issue its kind.
            TooManyWaiting, Unavailable: nothing was changed.
        """
        found = self.submissions.find(submission_id, actor)
        is_own = found.actor_id == actor.actor_id
        self.permits.require(actor, "issue" if is_own else "operate", found.kind)
        count = self.submissions.replay(submission_id)
        self.telemetry.log("submission.replayed", kind=found.kind, count=count)
        return self._receipt(actor, submission_id)

    def upload(
        self,
        actor: Actor,
        kind: str,
        name: str,
        data: bytes,
        *,
        variant: str = "",
        idempotency_key: str | None = None,
    ) -> str:
        """
        Keep a file of records, whose rows are issued behind that; return its submission's id.

        Raises:
            NotFound: there is no such kind.
            NotPermitted: the actor may not issue it.
            InvalidInput, Conflict, Unavailable: see `Uploads.accept`.
        """
        self.require_kind(kind)
        self.permits.require(actor, "issue", kind)
        return self.uploads.accept(
            actor, kind, name, data, variant=variant, idempotency_key=idempotency_key
        )

    def _source_of(self, kind: str) -> tuple[str, Source]:
        plan = self.plans[kind]
        return plan.source_name, plan.source

    def require_kind(self, kind: str) -> None:
        """Raise NotFound unless this deployment issues that kind."""
        if kind not in self.plans:
            raise NotFound("there is no such kind in this deployment; see /v1/kinds")

    def kind_fed_by(self, plugin: str) -> str | None:
        """Return the one kind whose records this plugin's source reads, or None."""
        offers = self._plugins.offered.sources
        fed = [
            kind.name
            for kind in self.deployment.credentials
            if offers.distribution_of(kind.source.uses) == plugin
        ]
        return fed[0] if len(fed) == 1 else None

    def plugin_routes(self) -> list[tuple[str, Routes]]:
        """Return the HTTP operations that plugins add, with the name of each plugin."""
        return self._plugins.routes(self._tools_for)

    def json_schemas(self, kind: str) -> dict[str, JsonObject]:
        """Return the JSON Schema of each body of a kind, by the body's name. Raises NotFound."""
        self.require_kind(kind)
        return {
            body.name: body.schema.json_schema(body.profile) for body in self.plans[kind].bodies
        }

    def health(self) -> dict[str, str]:
        """Return every part that was asked, and `ok` or what is the matter with it."""
        return health_of(self._plugins.caller, self.store)

    def must_fit_its_store(self) -> None:
        """
        Look at the store before serving; one that does not answer now may answer later.

        Raises:
            ConfigError: its schema or its secrets are others than this deployment needs.
        """
        try:
            self.store.check()
        except Unavailable as error:
            self.telemetry.log("store.unavailable", code=error.code)

    def _receipt(self, actor: Actor, submission_id: str) -> Receipt:
        outcomes = self.submissions.outcomes(submission_id, actor)
        return Receipt(submission_id=submission_id, outcomes=tuple(outcomes))

    def _tools_for(self, plugin: str) -> Tools:
        """A plugin that submits without naming a kind means the one its own source feeds."""
        own = self.kind_fed_by(plugin)
        return msgspec.structs.replace(
            self.tools, intake=PluginIntake(self.submit, own), life=PluginLife(self._late, own)
        )

    def _observers(self) -> list[Observer]:
        sinks = [SinkObserver(name, sink) for name, sink in self._resolved.sinks.items()]
        return [*sinks, *HookObserver.all(self._plugins.caller, self.tools)]

    def _plugins_observing(self) -> dict[str, str]:
        sinks = plugins_of_sinks(self.deployment, self._plugins.offered)
        hooked = self._plugins.caller.plugins("mohar_on_events")
        return {f"sink:{name}": plugin for name, plugin in sinks.items()} | {
            f"plugin:{plugin}": plugin for plugin in hooked
        }


@contextmanager
def build_house(
    folder: Path, *, clock: Clock = utc_now, telemetry: Telemetry | None = None
) -> Iterator[House]:
    """
    Build the House of a deployment folder for the length of a block.

    Raises:
        ConfigError: every mistake of the folder, each with its place; nothing is left open.
    """
    built_in = {"scope-policy": ScopePolicy()}
    house = House(Blueprint(folder, clock=clock, telemetry=telemetry, built_in=built_in))
    try:
        yield house
    finally:
        house.close()
