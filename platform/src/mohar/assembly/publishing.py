"""What publishes the status of credentials, where the deployment says that it is published."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import timedelta

from mohar.config.deployment import Deployment
from mohar.domain.clock import Clock
from mohar.domain.keys import PublicKey
from mohar.issuing.plan import Workshop
from mohar.revoking.publish import Publisher, PublishPlan
from mohar.store import Store


def publisher_of(
    deployment: Deployment,
    *,
    store: Store,
    signing: Workshop,
    keys: Callable[[], Sequence[PublicKey]],
    clock: Clock,
) -> Publisher | None:
    """Return the publisher, or None where nothing is published."""
    publishing = deployment.publishing
    if publishing is None:
        return None
    return Publisher(
        store=store,
        signing=signing,
        keys=keys,
        plan=PublishPlan(
            issuer=deployment.authority.id,
            public_url=deployment.domains.public,
            ttl=timedelta(seconds=publishing.ttl_seconds),
            snapshot_life=timedelta(seconds=publishing.snapshot_seconds),
        ),
        clock=clock,
        timer=time.monotonic,
    )
