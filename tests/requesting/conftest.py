"""The rooms of requests over a store in a file, with a stand-in for what corrects and revokes."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pluggy
import pytest

from mohar.domain.delivery import Delivery
from mohar.domain.errors import MoharError
from mohar.domain.request import SourceAnswer
from mohar.plugin import hookimpl, specs
from mohar.plugin.caller import HookCaller
from mohar.plugin.hooks import PROJECT
from mohar.requesting.answer import Answering
from mohar.requesting.ask import Asking
from mohar.requesting.carry_out import CarryingOut, Decided
from mohar.requesting.decide import Deciding, Decision
from mohar.requesting.forget import ForgettingRequests
from mohar.requesting.forward import Forwarding
from mohar.requesting.handover import Handover, Way
from mohar.requesting.notice import Noticing
from mohar.requesting.plan import RequestPlan
from mohar.requesting.steps import Steps
from mohar.store import Store
from mohar.store.delivery_rows import Attempted, KeptDelivery, Wanted
from mohar.store.request_rows import Contents, KeptRequest, NewRequest
from mohar.telemetry.room import TelemetryRoom
from mohar.testing.stores import Desk, StandingClock, make_schema, new_vault
from mohar.testing.tools import tools_for

PLANS = {
    "badge": {
        "name": RequestPlan(name="name", title="Name", changes=("name",), evidence=("photo",)),
        "two": RequestPlan(name="two", title="Two", action="revoke-one", changes=("name",)),
        "move": RequestPlan(
            name="move", title="Move", action="forward", changes=("mobile",), decides="source"
        ),
        "date": RequestPlan(name="date", title="Date", changes=("date",), decides="source"),
    }
}


class Ends:
    """Corrects and revokes on paper, once for each approval, as the rooms do that really can."""

    def __init__(self) -> None:
        self.error: MoharError | None = None
        self.waits = False
        self.corrected: dict[str, str] = {}
        self.revoked: list[str] = []
        self.desk: Desk | None = None

    def correct(self, decided: Decided) -> str | None:
        if self.error is not None:
            raise self.error
        if self.waits:
            return None
        assert self.desk is not None
        if decided.approval not in self.corrected:
            number = f"c{len(self.corrected)}"
            self.corrected[decided.approval] = self.desk.issue({"number": number}).credential_id
        return self.corrected[decided.approval]

    def revoke_other(self, decided: Decided, *, dry_run: bool) -> None:
        if self.error is not None:
            raise self.error
        if not dry_run and decided.other_id not in self.revoked:
            self.revoked.append(str(decided.other_id))


class Rooms:
    """The rooms together, as a house has them."""

    def __init__(self, store: Store, clock: StandingClock, caller: HookCaller, root: Path) -> None:
        telemetry = TelemetryRoom().instruments
        self.store, self.clock, self.ends = store, clock, Ends()
        self.desk = self.ends.desk = Desk(store, clock)
        handover = Handover({"badge": Way(key=("number",), channels=("partner",))}, clock)
        self.steps = Steps(handover, telemetry, clock)
        self.answering = Answering(store, self.steps, clock)
        self.noticing = Noticing(store, self.steps, clock)
        self.forgetting = ForgettingRequests(store, {"badge": 30}, telemetry, clock)
        self.asking = Asking(
            store=store,
            plans=PLANS,
            steps=self.steps,
            clock=clock,
            random_below=secrets.randbelow,
        )
        self.deciding = Deciding(store, self.steps, clock)
        self.carrying_out = CarryingOut(
            store=store, plans=PLANS, ends=self.ends, steps=self.steps, telemetry=telemetry
        )
        self.forwarding = Forwarding(
            store=store,
            handover=handover,
            answering=self.answering,
            carry_out=self.carrying_out.carry_out,
            caller=caller,
            tools=tools_for(root),
            telemetry=telemetry,
        )
        self._issued = 0

    def ask(self, name: str, **more: object) -> KeptRequest:
        """Make a request about credentials of its own."""
        self._issued += 2
        number, other = (
            self.desk.issue({"number": f"n{each}"}).credential_id
            for each in (self._issued, self._issued + 1)
        )
        contents = Contents(
            reason="misspelt",
            changes=dict.fromkeys(PLANS["badge"][name].changes, "Asha"),
            evidence=dict.fromkeys(PLANS["badge"][name].evidence, "letter"),
        )
        new = NewRequest(
            tracking="",
            kind="badge",
            type=name,
            credential_id=number,
            other_id=other if name == "two" else None,
            actor_id="portal",
            contents=contents,
        )
        kept, _ = self.asking.open(msgspec.structs.replace(new, **more))
        return kept

    def decide(self, tracking: str, step: str, reason: str = "seen") -> KeptRequest:
        """Let an officer take a step, and nothing more."""
        decision = Decision(tracking=tracking, step=step, actor_id="officer", reason=reason)  # type: ignore[arg-type] # one of the steps
        return self.deciding.decide(decision)

    def answer(self, tracking: str, state: str, **more: str) -> KeptRequest:
        """Let the source answer by itself."""
        said = SourceAnswer(state=state, reason=more.get("reason", "case 7"))  # type: ignore[arg-type] # one of the states
        return self.answering.answer(tracking, more.get("actor_id", "source"), said)

    def told(self, channel: str = "partner") -> list[Delivery]:
        """Return what is due for a channel, leased for ten minutes."""
        with self.store.begin() as work:
            return list(work.deliveries.claim(channel, 100, 600, "w"))

    def settle(self, *deliveries: Delivery, result: Any = "delivered", state: Any = None) -> None:
        """Write down what came of deliveries."""
        with self.store.begin() as work:
            work.deliveries.settle(
                [
                    Attempted(
                        delivery_id=each.delivery_id,
                        number=each.attempt,
                        result=result,
                        state=state or result,
                        detail="",
                        due_at=self.clock(),
                    )
                    for each in deliveries
                ]
            )

    def left(self) -> Sequence[KeptDelivery]:
        """Return all deliveries there are."""
        with self.store.read() as work:
            return work.deliveries.listed(Wanted(), 1_000)

    def find(self, tracking: str) -> KeptRequest:
        """Return a request as it is now."""
        with self.store.read() as work:
            kept = work.requests.find(tracking)
        assert kept is not None
        return kept

    def said(self, tracking: str) -> Sequence[tuple[str, str, str]]:
        """Return every step of a request: its state, who took it, and why."""
        with self.store.read() as work:
            steps = work.requests.steps(tracking)
        return [(each.state, each.actor_id, each.reason) for each in steps]

    def events(self) -> Sequence[tuple[str, Mapping[str, object]]]:
        """Return all events there are."""
        with self.store.begin() as work:
            return [(each.type, each.facts) for each in work.outbox.after("test", 1_000)]


@pytest.fixture(autouse=True)
def quick_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep status lists short: putting a whole one in order takes a tenth of a second."""
    monkeypatch.setattr("mohar.store.status.LIST_SIZE", 1024)


@pytest.fixture
def rooms_with(tmp_path: Path) -> Iterator[Callable[..., Rooms]]:
    """Return a function that builds the rooms with plugins, each no more than a forwarding hook."""
    url, clock = f"sqlite:///{tmp_path}/mohar.sqlite", StandingClock()
    make_schema(url)
    with Store.open(url, new_vault(), clock) as store:

        def built(**hooks: Callable[..., object]) -> Rooms:
            plugins = pluggy.PluginManager(PROJECT)
            plugins.add_hookspecs(specs)
            for name, hook in hooks.items():
                plugin = type(name, (), {})()
                hook.__name__ = "mohar_forward_request"
                plugin.mohar_forward_request = hookimpl(hook)
                plugins.register(plugin, name)
            return Rooms(store, clock, HookCaller(plugins), tmp_path)

        yield built


@pytest.fixture
def rooms(rooms_with: Callable[..., Rooms]) -> Rooms:
    """The rooms without a plugin."""
    return rooms_with()
