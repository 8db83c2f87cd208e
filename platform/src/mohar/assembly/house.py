"""Build the House of one deployment folder: every room gets what it needs, and no more."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import msgspec

from mohar.access.add import Additions
from mohar.access.bounds import Bounds
from mohar.access.bulk import Bulk
from mohar.access.change import Changes
from mohar.access.correct import Corrections
from mohar.access.deliveries import DeliveryLog
from mohar.access.expiring import Sweeping
from mohar.access.fetch import Access
from mohar.access.permit import Permits, ScopePolicy
from mohar.access.persons import Persons
from mohar.access.read_log import ForgettingReads, ReadLog
from mohar.access.submit import Submitting
from mohar.announcing.relay import Relay
from mohar.assembly.blueprint import Blueprint
from mohar.assembly.callers import callers_of, readers_of
from mohar.assembly.delivering import couriers_of, news_of
from mohar.assembly.health import health_of
from mohar.assembly.holders import open_holders
from mohar.assembly.opening import made_store
from mohar.assembly.own_keys import OwnKeys, published_keys, trust_in_whole
from mohar.assembly.pausing import Pausing, needs_of, plugins_of_channels
from mohar.assembly.picturing import open_drawing
from mohar.assembly.plans import (
    known_types,
    part_findings,
    plans_of,
    setting_of,
)
from mohar.assembly.plugged import Plugged
from mohar.assembly.plugins import Plugins
from mohar.assembly.publishing import publisher_of
from mohar.assembly.ready import must_be_ready, ready_findings
from mohar.assembly.reconciling import comparing_of, reconciliation_of
from mohar.assembly.requests import forgetting_of, open_requests
from mohar.assembly.resolve import Resolved
from mohar.assembly.signing import open_workshop
from mohar.assembly.status import OwnStatus, snapshots_of
from mohar.auditing.sealing import Sealing
from mohar.campaigning.run import Campaigner
from mohar.config.deployment import Deployment
from mohar.config.load import Loaded
from mohar.delivering.forget import ForgettingDelivered
from mohar.domain.access import Actor
from mohar.domain.clock import Clock, utc_now
from mohar.domain.credential import Secured
from mohar.domain.errors import NotFound, Unavailable
from mohar.domain.keys import PublicKey
from mohar.domain.record import Message
from mohar.domain.values import JsonObject
from mohar.issuing.add import Adder
from mohar.issuing.drain import Drain
from mohar.issuing.hold import Hold
from mohar.issuing.issue import Issuer
from mohar.issuing.plan import Setting
from mohar.issuing.retention import Forgetting
from mohar.issuing.whole import STATION, WholeIssuer
from mohar.plugin import Receipt, Source, Telemetry, Tools
from mohar.receiving.accept import Reception
from mohar.receiving.backlog import Backlog
from mohar.receiving.status import Submissions
from mohar.receiving.upload import Unpacking, Uploads
from mohar.revoking.change import Revoking
from mohar.revoking.lapse import Lapse
from mohar.store import Store
from mohar.verifying.status import FirstToTell
from mohar.verifying.verify import Verifier


class House:
    """
    One deployment, standing: its rooms, ready to be used by the web, a worker or a command.

    Made by `build_house`, which also closes it.
    """

    def __init__(self, blueprint: Blueprint, *, draws_apart: bool = False) -> None:
        loaded, clock = blueprint.loaded, blueprint.clock
        self.deployment: Deployment = loaded.deployment
        self.clock: Clock = clock
        self.telemetry: Telemetry = blueprint.telemetry
        self._plugins: Plugins = blueprint.plugins
        self._late = blueprint.late
        self._draws_apart = draws_apart
        self._resolved: Resolved = blueprint.resolve()
        self._plugged = Plugged(blueprint, self._resolved)
        self.kind_fed_by = self._plugged.kind_fed_by
        self.plugin_routes = self._plugged.routes
        self.tools: Tools = msgspec.structs.replace(
            blueprint.tools, messengers=self._resolved.messengers
        )
        self.findings = must_be_ready(
            [*part_findings(self._resolved), *ready_findings(loaded, self._plugins)]
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
        if self.holders is not None:
            self.holders.sending.close()
        self.drawing.close()
        self.workshop.close()
        self.store.dispose()

    def _build_rooms(self, loaded: Loaded) -> None:
        self._worker = f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self.permits = Permits(self._plugins.caller)
        self.callers, self.watch = callers_of(self)
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
            kinds=self.plans,
        )
        self._build_submitting()
        self.drawing = open_drawing(loaded, self._resolved, is_apart=self._draws_apart)
        self.comparing = comparing_of(
            self.store, self._plugins.caller, self.plans, self.drain, self.telemetry, self.clock
        )
        self._build_correcting()
        rooms = open_requests(self, self._plugins.caller)
        self.requests, self.forwarding, self.noticing = rooms
        self.forgetting_requests = forgetting_of(self)
        log = ReadLog(self.store, self.clock)
        self.access = Access(
            store=self.store,
            permits=self.permits,
            drawing=self.drawing,
            keys={name: plan.key for name, plan in self.plans.items()},
            log=log,
            watch=self.watch,
        )
        self.readers = readers_of(self, log)
        self.persons = Persons(self.store, self.permits, list(self.plans))
        days = self.deployment.access.read_log_days
        self.forgetting_reads = ForgettingReads(self.store, timedelta(days=days), self.clock)
        self.holders = open_holders(self, self.deployment.holders, loaded.files)
        self.verifier = self._verifier(loaded)
        self.relay = Relay(
            self.store,
            self._plugged.observers(),
            self.clock,
            self.telemetry,
            plugin_of=self._plugged.plugin_of_observer(),
        )
        self._build_delivering()
        self._late.fill(self)

    def _build_submitting(self) -> None:
        submitting = Submitting(
            permits=self.permits,
            bounds=Bounds(self.store, self.permits),
            kinds=self.plans,
            reception=self.reception,
            submissions=self.submissions,
            uploads=self.uploads,
            drain=self.drain,
            telemetry=self.telemetry,
        )
        self.submit, self.upload = submitting.submit, submitting.upload
        self.issue_now, self.replay = submitting.issue_now, submitting.replay
        self.require_kind = submitting.require_kind

    def _build_correcting(self) -> None:
        self.corrections = Corrections(
            store=self.store,
            permits=self.permits,
            kinds=self.plans,
            reception=self.reception,
            drain=self.drain,
            issuer=self.issuer,
            submissions=self.submissions,
        )
        self.reconciliation = reconciliation_of(
            self.store,
            self.permits,
            self.plans,
            self.deployment.time_zone,
            self._corrected,
            self.clock,
        )

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
            compares=bool(self._plugins.caller.plugins("mohar_reconcile")),
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

    def _build_delivering(self) -> None:
        keep_days = {each.name: each.keep_days for each in self.deployment.channels}
        self.couriers = couriers_of(
            self.deployment,
            self._resolved.channels,
            plugins_of_channels(self.deployment, self._plugins.offered),
            store=self.store,
            telemetry=self.telemetry,
            clock=self.clock,
            worker=self._worker,
        )
        self.forgetting_delivered = ForgettingDelivered(self.store, keep_days, self.clock)
        self.deliveries = DeliveryLog(self.store, self.permits, list(self.plans))

    def _build_revoking(self) -> None:
        tell = news_of(self.plans.values()).tell
        self.revoking = Revoking(self.store, tell, self.telemetry, self.clock)
        self.changes = Changes(self.store, self.permits, self.revoking)
        self.lapse = Lapse(self.store, self.revoking, self.clock)
        self.publisher = publisher_of(
            self.deployment,
            store=self.store,
            signing=self.workshop,
            keys=lambda: self.public_keys,
            clock=self.clock,
        )
        self.bulk = Bulk(
            store=self.store,
            permits=self.permits,
            kinds=self.plans,
            clock=self.clock,
            new_id=lambda: uuid.uuid4().hex,
        )
        self.campaigner = Campaigner(
            store=self.store,
            kinds=self.plans,
            undo=timedelta(hours=self.deployment.bulk.undo_hours),
            tell=tell,
            telemetry=self.telemetry,
            clock=self.clock,
        )
        self.sealing = Sealing(self.store, time.monotonic)
        self.sweeping = Sweeping(self.store)

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

    def issue_whole(self, actor: Actor, document: JsonObject, kind: str | None = None) -> Secured:
        """
        Sign a credential that comes whole, or tells of that kind only; nothing of it is kept.

        Raises:
            NotPermitted: the actor may not.
            NotFound: this deployment signs none.
            Paused: what signs them is paused.
            InvalidInput, Unavailable: see `WholeIssuer.issue`.
        """
        self.permits.require(actor, "sign", kind)
        if self.whole is None:
            raise NotFound(
                "this deployment signs no credentials that come whole; it would with a `whole:` "
                "in its deployment.yaml"
            )
        assert self.deployment.whole is not None
        self.pausing.must_sign(self.deployment.whole, self._plugins.offered)
        return self.whole.issue(document)

    def _source_of(self, kind: str) -> tuple[str, Source]:
        plan = self.plans[kind]
        return plan.source_name, plan.source

    def suffix_of(self, kind: str, body: str) -> str:
        """Return how the name of a file with this body ends, without a dot."""
        return self._resolved.formats[kind, body].suffix

    def json_schemas(self, kind: str) -> dict[str, JsonObject]:
        """Return the JSON Schema of each body of a kind, by the body's name. Raises NotFound."""
        self.require_kind(kind)
        return {
            body.name: body.schema.json_schema(body.profile) for body in self.plans[kind].bodies
        }

    def health(self) -> dict[str, str]:
        """Return every part that was asked, and `ok` or what is the matter with it."""
        return health_of(self._plugins.caller, self.store, self.comparing, self.watch)

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

    def _corrected(self, actor: Actor, kind: str, messages: Sequence[Message]) -> Receipt:
        """Have corrections issued that were looked at and approved as a whole."""
        source = self.plans[kind].source_name
        accepted = self.reception.accept(actor, kind, source, messages)
        return self.issue_now(actor, Receipt(submission_id=accepted.submission_id, outcomes=()))


@contextmanager
def build_house(
    folder: Path,
    *,
    clock: Clock = utc_now,
    telemetry: Telemetry | None = None,
    draws_apart: bool = False,
) -> Iterator[House]:
    """
    Build the House of a deployment folder for the length of a block.

    `draws_apart` is for what runs long: pictures are drawn in processes of their own.

    Raises:
        ConfigError: every mistake of the folder, each with its place; nothing is left open.
    """
    built_in = {"scope-policy": ScopePolicy()}
    blueprint = Blueprint(folder, clock=clock, telemetry=telemetry, built_in=built_in)
    house = House(blueprint, draws_apart=draws_apart)
    try:
        yield house
    finally:
        house.close()
