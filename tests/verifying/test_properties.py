"""No input makes the verifier raise, and no change to a signed text leaves it valid."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mohar.domain.verdict import Verdict, VerdictName
from mohar.plugin.roles import Format
from mohar.verifying import Presented, Verifier, verdict_json

Sign = Callable[..., bytes]
Make = Callable[..., Verifier]

HEADS = st.sampled_from([b"", b"PACK", b"%PDF-1.7\n", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"{"])


def verdict(verifier: Verifier, data: bytes) -> Verdict:
    told = verifier.verify([Presented(name="x", data=data)])[0]
    verdict_json(told)
    return told


def mutated(whole: bytes, draw: st.DataObject) -> bytes:
    """Return the bytes with a few of them overwritten, and perhaps the end cut off."""
    changed = bytearray(whole)
    for place in draw.draw(st.lists(st.integers(0, len(whole) - 1), max_size=12)):
        changed[place] = draw.draw(st.integers(0, 255))
    return bytes(changed[: draw.draw(st.integers(0, len(whole)))])


@settings(deadline=None, max_examples=200)
@given(head=HEADS, rest=st.binary(max_size=300))
def test_any_bytes_get_a_verdict(verifier: Make, head: bytes, rest: bytes) -> None:
    assert verdict(verifier(), head + rest).verdict in {"unreadable", "unsupported"}


@settings(deadline=None, max_examples=100)
@given(data=st.data())
def test_a_damaged_picture_gets_a_verdict(
    verifier: Make,
    sign: Sign,
    qr: Callable[..., Image.Image],
    saved: Callable[..., bytes],
    data: st.DataObject,
) -> None:
    form = data.draw(st.sampled_from(["PNG", "JPEG", "PDF"]))
    whole = saved(qr(sign(), 2), form)

    assert verdict(verifier(), mutated(whole, data)).verdict in get_args(VerdictName)


@settings(deadline=None, max_examples=400)
@given(data=st.data())
def test_a_flipped_bit_is_never_valid_unless_it_changed_no_meaning(
    verifier: Make, sign: Sign, note_format: Format, data: st.DataObject
) -> None:
    text = sign(status=[1])
    place = data.draw(st.integers(0, len(text) * 8 - 1))
    flipped = bytearray(text)
    flipped[place // 8] ^= 1 << place % 8

    told = verdict(verifier(), bytes(flipped))

    assert told.verdict != "valid" or note_format.open(bytes(flipped)) == note_format.open(text)


@settings(deadline=None, max_examples=100)
@given(gaps=st.lists(st.sampled_from([b"", b" ", b"\n", b"\t \r\n"]), min_size=4, max_size=4))
def test_white_space_between_members_changes_nothing(
    verifier: Make, sign: Sign, gaps: list[bytes]
) -> None:
    before, open_, comma, after = gaps
    text = sign().replace(b',"issuer"', comma + b"," + open_ + b'"issuer"')

    assert verdict(verifier(), before + text + after).verdict == "valid"
