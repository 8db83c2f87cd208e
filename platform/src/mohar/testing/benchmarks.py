"""The benchmarks: ours and a reference, interleaved in one run, medians told as a ratio."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from types import MappingProxyType
from typing import Final

import msgspec

from mohar.codec.keymaking import from_pem
from mohar.domain.access import Actor
from mohar.domain.errors import Unavailable
from mohar.testing.arena import Arena, arena, deployment_signing_with
from mohar.testing.postgres import postgres_server
from mohar.testing.straight import StraightPipeline, bare_signature, published_contexts

_ACTOR: Final = Actor(actor_id="bench", name="bench", scopes=frozenset({"*"}))


class Benchmark(msgspec.Struct, frozen=True, kw_only=True):
    """One measurement: `ratio` is ours over the reference, so that more is better."""

    name: str
    value: float
    unit: str
    reference: str
    reference_value: float
    ratio: float
    rounds: int
    spread: float


class Round(msgspec.Struct, frozen=True):
    """What one round measured, both in documents per second."""

    ours: float
    reference: float


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How a benchmark is run: one round at a time, on a database of its own."""

    algorithm: str
    reference: str
    processes: int = 0
    round: Callable[[Arena, Path, str], Round]


def measure(name: str, root: Path, *, rounds: int) -> Benchmark:
    """
    Run one benchmark.

    Raises:
        ConfigError: the checkout has no deployment that fits.
    """
    plan = BENCHMARKS[name]
    folder = deployment_signing_with(root, plan.algorithm)
    measured = []
    with postgres_server(durable=True) as server:
        for _ in range(rounds):
            database = server.database()
            with arena(root, folder, database, processes=plan.processes) as place:
                measured.append(plan.round(place, root, server.database()))
    ours = [each.ours for each in measured]
    return Benchmark(
        name=name,
        value=median(ours),
        unit="documents/s",
        reference=plan.reference,
        reference_value=median(each.reference for each in measured),
        ratio=median(each.ours / each.reference for each in measured),
        rounds=rounds,
        spread=(max(ours) - min(ours)) / median(ours) / 2,
    )


def _durable(place: Arena, root: Path, straight_url: str) -> Round:
    """The whole way of a batch, received, issued and announced, against one after the other."""
    documents = [each.document for body in place.plan.bodies for each in place.credentials(body)]
    contexts = {**published_contexts(root), **place.house.documents}
    with _straight(place, contexts, straight_url) as straight:
        reference = _per_second(len(documents), lambda: straight.issue(documents))
    _warm_up(place)
    started = time.perf_counter()
    receipt = place.house.submit(_ACTOR, place.plan.name, place.messages)
    receipt = place.house.issue_now(_ACTOR, receipt)
    seconds = time.perf_counter() - started
    issued = sum(body.issued for each in receipt.outcomes for body in each.bodies)
    if not issued:
        raise Unavailable("nothing was issued, so nothing was measured")
    return Round(issued / seconds, reference)


def _warm_up(place: Arena) -> None:
    """Signing processes load their plugins and keys once in a life; that is not what is measured."""
    for body in place.plan.bodies:
        place.house.workshop.secure(place.plan.name, body.name, place.credentials(body))


def _signing(place: Arena, _root: Path, _url: str) -> Round:
    """Canonicalise, sign and seal, against the bare signature."""
    body = place.plan.bodies[-1]
    credentials = place.credentials(body)
    key = from_pem(place.key.read_bytes())
    payload = bytes(64)
    reference = _per_second(
        len(credentials), lambda: [bare_signature(key, payload) for _ in credentials]
    )
    ours = _per_second(
        len(credentials),
        lambda: place.house.workshop.secure(place.plan.name, body.name, credentials),
    )
    return Round(ours, reference)


@contextmanager
def _straight(place: Arena, contexts: Mapping[str, bytes], url: str) -> Iterator[StraightPipeline]:
    pipeline = StraightPipeline(url, place.key, contexts)
    try:
        yield pipeline
    finally:
        pipeline.close()


def _per_second(count: int, work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return count / (time.perf_counter() - started)


BENCHMARKS: Final[Mapping[str, Plan]] = MappingProxyType(
    {
        "sign.ld.ed25519": Plan(algorithm="EdDSA", reference="the bare signature", round=_signing),
        "sign.ld.rsa2048": Plan(algorithm="PS256", reference="the bare signature", round=_signing),
        "issue.durable.ed25519": Plan(
            algorithm="EdDSA",
            reference="the straight pipeline",
            processes=2,
            round=_durable,
        ),
        "issue.durable.rsa2048": Plan(
            algorithm="PS256",
            reference="the straight pipeline",
            processes=2,
            round=_durable,
        ),
    }
)
