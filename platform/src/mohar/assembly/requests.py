"""The rooms around the requests of holders, put together."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from mohar.access.carry_out import RequestEnds
from mohar.access.request import Requests
from mohar.config.deployment import Kind
from mohar.plugin.caller import HookCaller
from mohar.requesting.ask import Asking
from mohar.requesting.carry_out import CarryingOut
from mohar.requesting.decide import Deciding
from mohar.requesting.forward import Forwarding
from mohar.requesting.plan import RequestPlan
from mohar.requesting.steps import Steps

if TYPE_CHECKING:
    from mohar.assembly.house import House


def open_requests(house: House, caller: HookCaller) -> tuple[Requests, Forwarding]:
    """Return the door for requests, and what a worker does for them; `house` has all else already."""
    keys: Mapping[str, Sequence[str]] = {
        kind.name: tuple(kind.key) for kind in house.deployment.credentials
    }
    plans = {kind.name: _plans_of(kind) for kind in house.deployment.credentials}
    steps = Steps(house.telemetry, house.clock)
    carrying_out = CarryingOut(
        store=house.store,
        plans=plans,
        ends=RequestEnds(house.corrections, house.changes),
        steps=steps,
        telemetry=house.telemetry,
    )
    asking = Asking(
        store=house.store,
        plans=plans,
        steps=steps,
        clock=house.clock,
        random_below=secrets.randbelow,
    )
    requests = Requests(
        store=house.store,
        permits=house.permits,
        plans=plans,
        keys=keys,
        asking=asking,
        deciding=Deciding(house.store, steps, house.clock),
        carrying_out=carrying_out,
    )
    forwarding = Forwarding(
        store=house.store,
        keys=keys,
        carry_out=carrying_out.carry_out,
        steps=steps,
        caller=caller,
        tools=house.tools,
        telemetry=house.telemetry,
        clock=house.clock,
    )
    return requests, forwarding


def _plans_of(kind: Kind) -> Mapping[str, RequestPlan]:
    return {
        each.name: RequestPlan(
            name=each.name,
            title=each.title,
            changes=tuple(each.changes),
            action=each.action,
            decides=each.decides,
            evidence=tuple(each.evidence),
        )
        for each in kind.requests
    }
