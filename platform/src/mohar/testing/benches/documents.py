"""Documents made canonical, signed and verified, each without a database."""

from __future__ import annotations

from typing import Final

from mohar.codec.keymaking import from_pem
from mohar.domain.credential import Credential, Secured
from mohar.domain.errors import Unavailable
from mohar.testing.benches.arena import Arena, arena
from mohar.testing.benches.measure import Round, Scene, per_second, per_second_of_one_core
from mohar.testing.benches.straight import bare_signature
from mohar.testing.tools import NOON

# A batch has one set of proof options, and what is seen once is not learnt.
_BATCHES_TO_WARM_UP: Final = 3
_PAYLOAD: Final = bytes(64)
# The straight pipeline is slow, and no faster or slower for having more of the same.
_STRAIGHT: Final = 150


def canonicalising(scene: Scene) -> Round:
    """Make every document ready for its signature, against PyLD with its contexts kept."""
    credentials = scene.place.credentials(scene.records)
    form, key = scene.place.format_and_key()
    documents = [each.document for each in credentials[:_STRAIGHT]]
    with scene.straight() as straight:
        straight.canonicalise(documents[0])
        reference = per_second_of_one_core(
            len(documents), lambda: [straight.canonicalise(each) for each in documents]
        )
    for _ in range(_BATCHES_TO_WARM_UP):
        form.prepare(credentials, key, NOON)
    ours = per_second_of_one_core(len(credentials), lambda: form.prepare(credentials, key, NOON))
    return Round(ours=ours, reference=reference)


def signing(scene: Scene) -> Round:
    """Canonicalise, sign and seal, against the bare signature."""
    credentials = scene.place.credentials(scene.records)
    _warm_up(scene.place, credentials)
    reference = bare_signatures(scene.place, scene.records)
    ours = per_second_of_one_core(len(credentials), lambda: _signed(scene.place, credentials))
    return Round(ours=ours, reference=reference)


def sharing(scene: Scene) -> Round:
    """Sign in two processes, against one; both get their batches from this one."""
    credentials = scene.place.credentials(scene.records)
    with arena(scene.root, scene.ground, url=None, processes=1) as alone:
        for place in (alone, scene.place):
            _warm_up(place, credentials)
        return Round(
            reference=per_second(len(credentials), lambda: _signed(alone, credentials)),
            ours=per_second(len(credentials), lambda: _signed(scene.place, credentials)),
        )


def verifying(scene: Scene) -> Round:
    """Open signed text and judge its proof, against PyLD and `cryptography` for the same."""
    credentials = scene.place.credentials(scene.records)
    texts = [each.content for each in _signed(scene.place, credentials)]
    form, key = scene.place.format_and_key()
    documents = [each.document for each in credentials[:_STRAIGHT]]
    with scene.straight() as straight:
        signed = [(each, straight.sign(each)) for each in documents]
        reference = per_second_of_one_core(
            len(signed), lambda: [straight.verifies(*each) for each in signed]
        )
    if not all(form.verify(form.open(text), 0, key) for text in texts):
        raise Unavailable("a credential did not verify, so nothing was measured")
    ours = per_second_of_one_core(
        len(texts), lambda: [form.verify(form.open(text), 0, key) for text in texts]
    )
    return Round(ours=ours, reference=reference)


def bare_signatures(place: Arena, count: int) -> float:
    """Return how many signatures a second of one core the key of an arena makes by itself."""
    key = from_pem(place.key.read_bytes())
    return per_second_of_one_core(
        count, lambda: [bare_signature(key, _PAYLOAD) for _ in range(count)]
    )


def _warm_up(place: Arena, credentials: list[Credential]) -> None:
    """Plugins, keys and canonical plans are loaded or learnt once in a life; that is not measured."""
    for _ in range(_BATCHES_TO_WARM_UP):
        _signed(place, credentials)


def _signed(place: Arena, credentials: list[Credential]) -> list[Secured]:
    answers = place.house.workshop.secure(place.plan.name, place.body.name, credentials)
    signed = [each for each in answers if isinstance(each, Secured)]
    if len(signed) < len(credentials):
        raise Unavailable("a credential was refused, so nothing was measured")
    return signed
