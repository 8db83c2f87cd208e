"""A megabyte made to keep a verifier busy: the slowest of many sorts, beside an honest credential."""

from __future__ import annotations

import io
import random
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from mohar.codec import base45, base64url
from mohar.domain.credential import Secured
from mohar.domain.errors import Unavailable
from mohar.domain.values import JsonObject
from mohar.testing.benches.arena import Arena
from mohar.testing.benches.measure import Round, Scene, per_second_of_one_core
from mohar.verifying.verify import Presented

_SIZE: Final = 999_000
_HONEST: Final = 200
# Nothing of it is kept, so whether it was revoked cannot be told.
_TO_THE_END: Final = frozenset({"valid", "not-checked"})
_INFLATED: Final = 200_000_000


def withstanding(scene: Scene) -> Round:
    """
    Verify each text alone; ours is how many of the slowest sort a second takes.

    Raises:
        Unavailable: one was found valid, or the honest ones were not.
    """
    place = scene.place
    answers = place.house.workshop.secure(
        place.plan.name, place.body.name, place.credentials(_HONEST)
    )
    honest = [each for each in answers if isinstance(each, Secured)]
    inputs = [Presented(name="honest", data=each.content) for each in honest]
    if not all(each.verdict in _TO_THE_END for each in place.house.verifier.verify(inputs)):
        raise Unavailable("an honest credential was not judged to the end")
    reference = per_second_of_one_core(len(inputs), lambda: place.house.verifier.verify(inputs))
    slowest = max(_seconds(place, text) for text in hostile_texts(honest[0].document).values())
    return Round(ours=1 / slowest, reference=reference)


def _seconds(place: Arena, text: bytes) -> float:
    started = time.process_time()
    (verdict,) = place.house.verifier.verify([Presented(name="hostile", data=text)])
    if verdict.verdict == "valid":
        raise Unavailable("a hostile text was found valid")
    return time.process_time() - started


def hostile_texts(document: JsonObject) -> Mapping[str, bytes]:
    """Return one text of each sort; those that look signed are made from a signed document."""
    return dict([*_plain(), *_packed(), *_signed(document)])


def _plain() -> Iterator[tuple[str, bytes]]:
    chance = random.Random(1)  # noqa: S311 -- the same bytes in every run, no secret
    yield "bytes", chance.randbytes(_SIZE)
    yield "deep lists", b"[" * _SIZE
    yield "deep objects", b'{"a":' * (_SIZE // 5)
    yield "wide list", b"[" + b"0," * (_SIZE // 2 - 2) + b"0]"
    yield "many members", msgspec.json.encode({f"{n:x}": n for n in range(_SIZE // 13)})
    yield "one number", b"9" * _SIZE
    yield "one exponent", b"1e" + b"9" * (_SIZE - 2)
    yield "escapes", b'"' + rb"\ud800" * (_SIZE // 6) + b'"'
    yield "spaces", b" " * _SIZE
    yield "PDF", b"%PDF-1.7\n" + b"1 0 obj<</Kids[1 0 R]>>endobj\n" * (_SIZE // 30)
    yield (
        "PNG",
        b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR\xff\xff\xff\xff\xff\xff\xff\xff" * (_SIZE // 21),
    )


def _packed() -> Iterator[tuple[str, bytes]]:
    bomb = zlib.compress(bytes(_INFLATED), 9)
    raw = bomb[2:-4]
    yield "HC1 bomb", b"HC1:" + base45.encode(bomb)
    yield "HC1 noise", b"HC1:" + b"A" * _SIZE
    head = base64url.encode(b'{"alg":"ES256","zip":"DEF","kid":"x"}')
    token = f"{head}.{base64url.encode(raw)}.{base64url.encode(bytes(64))}"
    yield "card bomb", ("shc:/" + "".join(f"{ord(c) - 45:02d}" for c in token)).encode()
    yield "card noise", b"shc:/" + b"5" * _SIZE
    yield "tokens", (b"eyJ" + b"A" * 97 + b".") * (_SIZE // 101)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("certificate.json", bytes(_INFLATED))
    yield "ZIP bomb", packed.getvalue()


def _signed(document: JsonObject) -> Iterator[tuple[str, bytes]]:
    term = next(
        name for name, value in document["credentialSubject"].items() if isinstance(value, dict)
    )
    ring = _filled(lambda n: {"id": f"_:b{n}", term: {"id": f"_:b{n + 1}"}})
    same = _filled(lambda _: {term: {}})
    for name, subjects in (("ring of blank nodes", ring), ("equal blank nodes", same)):
        yield name, msgspec.json.encode(document | {"credentialSubject": subjects})
    yield (
        "long name",
        msgspec.json.encode(document | {"name": "\N{GREEK SMALL LETTER ALPHA}" * 480_000}),
    )
    proof = document.get("proof")
    yield "many proofs", msgspec.json.encode(document | {"proof": _filled(lambda _: proof)})
    contexts = _filled(lambda _: document["@context"][0])
    yield "many contexts", msgspec.json.encode(document | {"@context": contexts})


def _filled(made: Callable[[int], Any]) -> Sequence[Any]:
    """Return as many things as a megabyte has room for, beside the document."""
    size = len(msgspec.json.encode(made(10_000))) + 1
    return [made(number) for number in range((_SIZE - 8_000) // size)]
