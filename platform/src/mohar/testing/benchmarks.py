"""The benchmarks: ours and a reference, interleaved in one run, medians told as a ratio."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from types import MappingProxyType
from typing import Final

import msgspec

from mohar.assembly.blueprint import Blueprint
from mohar.codec.keymaking import from_pem
from mohar.domain.access import Actor
from mohar.domain.credential import Secured
from mohar.domain.errors import Unavailable
from mohar.domain.keys import PublicKey
from mohar.domain.record import Message
from mohar.issuing.plan import BodyPlan
from mohar.plugin import Format
from mohar.testing.arena import Arena, arena, deployment_signing_with
from mohar.testing.postgres import postgres_server
from mohar.testing.straight import StraightPipeline, bare_signature, published_contexts
from mohar.testing.tools import NOON

# A batch has one set of proof options, and what is seen once is not learnt.
_BATCHES_TO_WARM_UP: Final = 3
_WARM_UP: Final = 600
_SUBMISSION: Final = 1000
_DURABLE: Final = 5000
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
    with _straight(place, root, straight_url) as straight:
        reference = _per_second(len(documents), lambda: straight.issue(documents))
    # Plans are learnt and a status list is opened once in a life; that is not measured.
    _issued(place, place.many(_WARM_UP))
    batches = [
        place.many(_SUBMISSION, first=_WARM_UP + start) for start in range(0, _DURABLE, _SUBMISSION)
    ]
    started = time.perf_counter()
    issued = sum(_issued(place, batch) for batch in batches)
    return Round(issued / (time.perf_counter() - started), reference)


def _issued(place: Arena, messages: Sequence[Message]) -> int:
    """Submit and issue, and return how many documents came of it."""
    receipt = place.house.submit(_ACTOR, place.plan.name, messages)
    receipt = place.house.issue_now(_ACTOR, receipt)
    issued = sum(body.issued for each in receipt.outcomes for body in each.bodies)
    if issued < len(messages):
        raise Unavailable("not every record was issued, so nothing was measured")
    return issued


def _warm_up(place: Arena) -> None:
    """Plugins, keys and canonical plans are loaded or learnt once in a life; that is not measured."""
    for body in place.plan.bodies:
        credentials = place.credentials(body)
        for _ in range(_BATCHES_TO_WARM_UP):
            place.house.workshop.secure(place.plan.name, body.name, credentials)


def _signing(place: Arena, _root: Path, _url: str) -> Round:
    """Canonicalise, sign and seal, against the bare signature."""
    _warm_up(place)
    body = place.plan.bodies[-1]
    credentials = place.credentials(body)
    key = from_pem(place.key.read_bytes())
    payload = bytes(64)
    reference = _per_second_of_one_core(
        len(credentials), lambda: [bare_signature(key, payload) for _ in credentials]
    )
    ours = _per_second_of_one_core(
        len(credentials),
        lambda: place.house.workshop.secure(place.plan.name, body.name, credentials),
    )
    return Round(ours, reference)


def _canonicalising(place: Arena, root: Path, url: str) -> Round:
    """Make every document ready for its signature, against PyLD with its contexts kept."""
    body = place.plan.bodies[-1]
    credentials = place.credentials(body)
    form, key = _format_and_key(place, body)
    with _straight(place, root, url) as straight:
        documents = [each.document for each in credentials]
        straight.canonicalise(documents[0])
        reference = _per_second_of_one_core(
            len(documents), lambda: [straight.canonicalise(each) for each in documents]
        )
    for _ in range(_BATCHES_TO_WARM_UP):
        form.prepare(credentials, key, NOON)
    ours = _per_second_of_one_core(len(credentials), lambda: form.prepare(credentials, key, NOON))
    return Round(ours, reference)


def _verifying(place: Arena, root: Path, url: str) -> Round:
    """Open signed text and judge its proof, against PyLD and `cryptography` for the same."""
    body = place.plan.bodies[-1]
    credentials = place.credentials(body)
    secured = place.house.workshop.secure(place.plan.name, body.name, credentials)
    texts = [each.content for each in secured if isinstance(each, Secured)]
    form, key = _format_and_key(place, body)
    with _straight(place, root, url) as straight:
        signed = [(each.document, straight.sign(each.document)) for each in credentials]
        reference = _per_second_of_one_core(
            len(signed), lambda: [straight.verifies(*each) for each in signed]
        )
    judged = [form.verify(form.open(text), 0, key) for text in texts]
    if not all(judged):
        raise Unavailable("a credential did not verify, so nothing was measured")
    ours = _per_second_of_one_core(
        len(texts), lambda: [form.verify(form.open(text), 0, key) for text in texts]
    )
    return Round(ours, reference)


def _format_and_key(place: Arena, body: BodyPlan) -> tuple[Format, PublicKey]:
    """Return the format of a body, opened anew, and the key that the arena signs with."""
    resolved = Blueprint(place.key.parent.parent).resolve(with_parts=False)
    (signer,) = resolved.signers.values()
    return resolved.formats[place.plan.name, body.name], signer.key


@contextmanager
def _straight(place: Arena, root: Path, url: str) -> Iterator[StraightPipeline]:
    contexts = {**published_contexts(root), **place.house.documents}
    pipeline = StraightPipeline(url, place.key, contexts)
    try:
        yield pipeline
    finally:
        pipeline.close()


def _per_second(count: int, work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return count / (time.perf_counter() - started)


def _per_second_of_one_core(count: int, work: Callable[[], object]) -> float:
    """For work that never waits: what else the machine does is not counted."""
    started = time.process_time()
    work()
    return count / (time.process_time() - started)


BENCHMARKS: Final[Mapping[str, Plan]] = MappingProxyType(
    {
        "canonicalise": Plan(
            algorithm="PS256", reference="PyLD with its contexts kept", round=_canonicalising
        ),
        "sign.ld.ed25519": Plan(algorithm="EdDSA", reference="the bare signature", round=_signing),
        "sign.ld.rsa2048": Plan(algorithm="PS256", reference="the bare signature", round=_signing),
        "verify.ld.ed25519": Plan(
            algorithm="EdDSA", reference="PyLD and cryptography", round=_verifying
        ),
        "verify.ld.rsa2048": Plan(
            algorithm="PS256", reference="PyLD and cryptography", round=_verifying
        ),
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
