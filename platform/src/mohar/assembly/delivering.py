"""A courier for each channel of a deployment, and what they are told of changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from random import SystemRandom

from mohar.config.deployment import Deployment
from mohar.delivering.deliver import Courier
from mohar.delivering.news import News
from mohar.delivering.policy import DeliveryPolicy
from mohar.domain.clock import Clock
from mohar.issuing.plan import KindPlan
from mohar.plugin import Channel, Telemetry
from mohar.store import Store


def couriers_of(
    deployment: Deployment,
    channels: Mapping[str, Channel],
    plugins: Mapping[str, str],
    *,
    store: Store,
    telemetry: Telemetry,
    clock: Clock,
    worker: str,
) -> list[Courier]:
    """Return what delivers to each channel; `plugins` tells the plugin behind it, by its name."""
    return [
        Courier(
            name=each.name,
            channel=channels[each.name],
            plugin=plugins[each.name],
            store=store,
            policy=DeliveryPolicy(
                attempts=each.retries.attempts,
                first_seconds=each.retries.first_seconds,
                longest_seconds=each.retries.longest_seconds,
            ),
            telemetry=telemetry,
            clock=clock,
            luck=SystemRandom().random,
            worker=worker,
        )
        for each in deployment.channels
    ]


def news_of(kinds: Iterable[KindPlan]) -> News:
    """Return what tells the channels of each kind of changes to its credentials."""
    plans = list(kinds)
    days = {each.name: each.record_days for each in plans if each.record_days is not None}
    return News({each.name: each.channels for each in plans}, days)
