"""The file in a form is found, or it is said what is wrong with the form."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mohar.codec.forms import file_in
from mohar.domain.errors import InvalidInput

TYPE = 'multipart/form-data; boundary="b0"'


def form(*parts: tuple[str, bytes]) -> bytes:
    sent = b"".join(
        f"--b0\r\nContent-Disposition: form-data; {told}\r\n\r\n".encode() + data + b"\r\n"
        for told, data in parts
    )
    return sent + b"--b0--\r\n"


@given(st.binary(max_size=500).filter(lambda data: b"--b0" not in data))
@settings(deadline=None, max_examples=50)
def test_the_bytes_come_out_as_they_went_in(data: bytes):
    found = file_in(form(('name="x"', b"1"), ('name="file"; filename="a.csv"', data)), TYPE)

    assert (found.name, found.data) == ("a.csv", data)


def test_a_large_file_comes_out_whole():
    data = b"0123456789abcdef" * 700_000

    assert file_in(form(('name="file"; filename="a.csv"', data)), TYPE).data == data


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (form(('name="file"; filename="a.csv"', b"x")), "text/csv"),
        (form(('name="file"; filename="a.csv"', b"x")), "multipart/form-data"),
        (form(('name="other"; filename="a.csv"', b"x")), TYPE),
        (form(('name="file"', b"x")), TYPE),
        (form(*[('name="file"; filename="a.csv"', b"x")] * 2), TYPE),
        (form(*[('name="file"; filename="a.csv"', b"x")] * 20), TYPE),
        (b"", TYPE),
        (b"--b0\r\n", TYPE),
        (form(('name="file"; filename="a.csv"', b"x"))[:-8], TYPE),
    ],
)
def test_what_is_no_form_with_one_file_is_refused(body: bytes, content_type: str):
    with pytest.raises(InvalidInput):
        file_in(body, content_type)


@given(st.binary(max_size=300))
@settings(deadline=None, max_examples=80)
def test_no_bytes_make_it_raise_anything_else(body: bytes):
    with pytest.raises(InvalidInput):
        file_in(b"--b0\r\n" + body, TYPE)
