"""Documents drawn for people not seen before: from pages kept ready, beside one laid out anew each time."""

from __future__ import annotations

import time
from collections.abc import Sequence
from random import Random
from statistics import quantiles
from string import ascii_lowercase
from typing import Final

import msgspec

from mohar.domain.credential import Credential, Secured
from mohar.domain.errors import Unavailable
from mohar.domain.findings import Refusal
from mohar.domain.rendition import Shown
from mohar.testing.benches.callers import get
from mohar.testing.benches.measure import Round, Scene, per_second_of_one_core
from mohar.testing.benches.reading import issued, must_be_written_down, serving

AIM: Final = 200.0
_CALLERS: Final = 32
_WARM_UP: Final = 200
# To learn a sort of page takes as long as some pages laid out, and nobody is to wait for all of them.
_FEW_CALLERS: Final = 8
# To lay a page out is slow, and no faster or slower for doing it more often.
_LAID_OUT: Final = 20
_SORTS: Final = 12


def drawing(scene: Scene) -> Round:
    """Draw documents without a QR code, in two languages, beside laying each of them out."""
    return _drawing(scene, with_code=False)


def drawing_codes(scene: Scene) -> Round:
    """Draw documents with the QR code that each has, beside laying each of them out."""
    return _drawing(scene, with_code=True)


def over_http(scene: Scene) -> Round:
    """
    Read documents over HTTP, each a certificate of its own and drawn when it is asked for.

    It is measured beside what it is to reach. Callers, servers and database share the machine.
    """
    place = _of_few_sorts(scene).place
    with serving(place) as door:
        numbers = issued(place, scene.records + _WARM_UP)
        wanted = f".pdf?language={_language(scene)}"
        requests = [door.request(f"/v1/credentials/{number}{wanted}") for number in numbers]
        get(door.port, requests[:_WARM_UP], callers=_FEW_CALLERS)
        started = time.perf_counter()
        seconds = get(door.port, requests[_WARM_UP:], callers=_CALLERS)
        rate = scene.records / (time.perf_counter() - started)
    must_be_written_down(place, len(requests))
    return Round(ours=rate, reference=AIM, p99_seconds=quantiles(seconds, n=100)[-1])


def _drawing(scene: Scene, *, with_code: bool) -> Round:
    scene = _of_few_sorts(scene)
    options = scene.place.house.drawing.options(scene.place.plan.name)
    kept_ready, laid_out = (each.name for each in options)
    # Pages are learnt once in a life, when they have come before; every sort is among the samples.
    warm_up = 3 * len(scene.place.messages)
    requests = _requests(scene, scene.records + warm_up, with_code=with_code)
    _draw(scene, kept_ready, requests[:warm_up])
    _draw(scene, laid_out, requests[:1])
    fresh = requests[warm_up:]
    few = fresh[:_LAID_OUT]
    reference = per_second_of_one_core(len(few), lambda: _draw(scene, laid_out, few))
    ours = per_second_of_one_core(len(fresh), lambda: _draw(scene, kept_ready, fresh))
    return Round(ours=ours, reference=reference)


def _of_few_sorts(scene: Scene) -> Scene:
    """
    Return a scene with samples of a few sorts: each sort of page is learnt before it is measured.

    There are never more of them than records that are measured.
    """
    sorts = min(_SORTS, scene.records)
    place = msgspec.structs.replace(scene.place, messages=scene.place.messages[:sorts])
    return msgspec.structs.replace(scene, place=place)


def _requests(scene: Scene, count: int, *, with_code: bool) -> list[Shown]:
    place = scene.place
    people = [_renamed(each, n) for n, each in enumerate(place.credentials(count))]
    answers = place.house.workshop.secure(place.plan.name, place.body.name, people)
    signed = [each for each in answers if isinstance(each, Secured)]
    if len(signed) < count:
        raise Unavailable("a credential was refused, so nothing was measured")
    language = _language(scene)
    made = [place.house.drawing.shown_for(each, language=language) for each in signed]
    return made if with_code else [msgspec.structs.replace(each, carriers=()) for each in made]


def _language(scene: Scene) -> str:
    """Return a language that is printed beside the first one of a rendering."""
    first, *_ = scene.place.house.drawing.options(scene.place.plan.name)
    return first.languages[1]


def _renamed(credential: Credential, number: int) -> Credential:
    """Return a credential of somebody whose name nobody has had yet."""
    random = Random(number)  # noqa: S311 -- no secret: it only has to be the same again
    names = ["".join(random.choices(ascii_lowercase, k=random.randint(4, 9))) for _ in range(3)]
    document = msgspec.json.decode(msgspec.json.encode(credential.document))
    document["credentialSubject"]["name"] = " ".join(names).title()
    return msgspec.structs.replace(credential, document=document)


def _draw(scene: Scene, rendering: str, requests: Sequence[Shown]) -> None:
    drawn = scene.place.house.drawing.draw(scene.place.plan.name, rendering, requests)
    if any(isinstance(each, Refusal) for each in drawn):
        raise Unavailable("a document was refused, so nothing was measured")
