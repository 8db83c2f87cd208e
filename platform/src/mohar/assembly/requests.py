"""The rooms around the requests of holders, put together."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING

from mohar.access.carry_out import RequestEnds
from mohar.access.request import Requests
from mohar.config.deployment import Deployment, Kind
from mohar.plugin.caller import HookCaller
from mohar.requesting.answer import Answering
from mohar.requesting.ask import Asking
from mohar.requesting.carry_out import CarryingOut
from mohar.requesting.decide import Deciding
from mohar.requesting.forget import ForgettingRequests
from mohar.requesting.forward import Forwarding
from mohar.requesting.handover import Handover, Way
from mohar.requesting.notice import Noticing
from mohar.requesting.plan import RequestPlan
from mohar.requesting.steps import Steps

if TYPE_CHECKING:
    from mohar.assembly.house import House


def open_requests(house: House, caller: HookCaller) -> tuple[Requests, Forwarding, Noticing]:
    """Return the door for requests, and what a worker does for them; `house` has all else already."""
    ways = _ways_of(house.deployment)
    plans = {kind.name: _plans_of(kind) for kind in house.deployment.credentials}
    handover = Handover(ways, house.clock)
    steps = Steps(handover, house.telemetry, house.clock)
    answering = Answering(house.store, steps, house.clock)
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
        keys={kind: way.key for kind, way in ways.items()},
        asking=asking,
        deciding=Deciding(house.store, steps, house.clock),
        answering=answering,
        carrying_out=carrying_out,
    )
    forwarding = Forwarding(
        store=house.store,
        handover=handover,
        answering=answering,
        carry_out=carrying_out.carry_out,
        caller=caller,
        tools=house.tools,
        telemetry=house.telemetry,
    )
    return requests, forwarding, Noticing(house.store, steps, house.clock)


def forgetting_of(house: House) -> ForgettingRequests:
    """Return what removes the personal part of requests after their end."""
    days = {
        kind.name: kind.retention.request_days
        for kind in house.deployment.credentials
        if kind.retention and kind.retention.request_days
    }
    return ForgettingRequests(house.store, days, house.telemetry, house.clock)


def _ways_of(deployment: Deployment) -> Mapping[str, Way]:
    return {
        kind.name: Way(
            key=tuple(kind.key),
            channels=tuple(
                each.name
                for each in deployment.channels
                if "forwarded" in each.events and (not each.kinds or kind.name in each.kinds)
            ),
        )
        for kind in deployment.credentials
    }


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
