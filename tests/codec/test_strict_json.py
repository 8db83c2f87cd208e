"""The quick reading of compact JSON is the careful one."""

from __future__ import annotations

import json

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mohar.codec import strict_json
from mohar.domain.errors import Unreadable

BYTE_ORDER_MARK = b"\xef\xbb\xbf"

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.sampled_from([2**53 - 1, 2**53, -(2**53), 1.5, -0.0, 1e300, 0.1 + 0.2])
    | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)
compact = values.map(
    lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(
        "utf-8", "surrogatepass"
    )
)


def read(data: bytes) -> object:
    try:
        return repr(strict_json.parse(data))
    except Unreadable as error:
        return str(error)


class TestQuickReading:
    """
    Text behind a byte order mark is never read the quick way.
    """

    @settings(max_examples=200, deadline=None)
    @given(compact)
    def test_compact_text_reads_as_behind_a_byte_order_mark(self, data: bytes):
        assert read(data) == read(BYTE_ORDER_MARK + data)

    @settings(max_examples=200, deadline=None)
    @given(compact, st.integers(min_value=0), st.binary(max_size=3))
    def test_so_does_text_with_a_piece_exchanged(self, data: bytes, place: int, piece: bytes):
        at = place % (len(data) + 1)
        changed = data[:at] + piece + data[at + len(piece) :]
        # One mark is passed over, a second one is a mistake.
        assume(not changed.startswith(BYTE_ORDER_MARK))

        assert read(changed) == read(BYTE_ORDER_MARK + changed)

    @pytest.mark.parametrize(
        "text",
        [
            '{"a":1,"a":1}',
            '{"a":{"b":1,"b":2}}',
            "9007199254740992",
            "[18446744073709551615]",
            "1e400",
            "1.0",
            "-0",
            "NaN",
            '"\ud800"',
            '"\\ud800"',
            '"\\udc00\\ud800"',
            '"\\ud83d\\ude00"',
            '{"a":1,"\\u0061":1}',
            '"\\"\\\\\\n\\u0001\\u001f"',
            '"\\/\\u000a"',
            "[" * 33 + "]" * 33,
            "[" * 32 + "]" * 32,
            "",
            "null",
        ],
    )
    def test_so_does_text_that_can_be_read_in_two_ways(self, text: str):
        data = text.encode("utf-8", "surrogatepass")

        assert read(data) == read(BYTE_ORDER_MARK + data)
