from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import cast

import pytest
from PIL import Image

from mohar.domain.errors import Unreadable, Unsupported
from mohar.plugin.roles import Format
from mohar.verifying import Decoder, Limits, Presented, Verifier

Sign = Callable[..., bytes]


@pytest.fixture
def decoder(note_format: Format) -> Decoder:
    return Decoder([note_format], Limits())


class SpelledFormat:
    """A carrier of its own: `SPELLED:` and a document, or a sort of spelling nobody knows here."""

    name = "spelled"
    media_type = suffix = "text"

    def recognise(self, data: bytes) -> bool:
        del data
        return False

    def unpack(self, data: bytes) -> list[bytes]:
        if data.startswith(b"UNKNOWN:"):
            raise Unsupported("spelled in a way that is not known here")
        return [data.removeprefix(b"SPELLED:")] if data.startswith(b"SPELLED:") else []


class TestCarriers:
    @pytest.fixture
    def both(self, note_format: Format) -> Decoder:
        return Decoder([note_format, cast("Format", SpelledFormat())], Limits())

    def test_what_is_inside_is_told_by_the_format_that_knows_it(
        self, both: Decoder, sign: Sign
    ) -> None:
        assert both.decode(b"SPELLED:" + sign()).texts[0].data == sign()

    def test_a_whole_carrier_that_is_not_known_here_is_unsupported_and_not_unreadable(
        self, both: Decoder
    ) -> None:
        with pytest.raises(Unsupported, match="not known here"):
            both.decode(b"UNKNOWN:x")


class TestText:
    def test_is_told_by_the_format_that_knows_it(
        self, decoder: Decoder, note_format: Format, sign: Sign
    ) -> None:
        found = decoder.decode(sign())

        assert (found.medium, found.codes) == ("text", 0)
        assert [(text.format, text.data) for text in found.texts] == [(note_format, sign())]

    @pytest.mark.parametrize(
        ("before", "after"), [(b"\xef\xbb\xbf", b""), (b"", b"\r\n"), (b" \n", b"\t")]
    )
    def test_may_have_been_pasted(
        self, decoder: Decoder, sign: Sign, before: bytes, after: bytes
    ) -> None:
        assert decoder.decode(before + sign() + after).texts[0].data == sign()

    def test_that_speaks_of_a_pdf_is_still_text(self, decoder: Decoder, sign: Sign) -> None:
        text = b" " + sign({"text": "%PDF-1.7"})

        assert decoder.decode(text).medium == "text"

    def test_of_a_sort_not_known_here_is_unsupported(self, decoder: Decoder) -> None:
        with pytest.raises(Unsupported, match=r"formats enabled: note"):
            decoder.decode(b'{"some": "document"}')

    @pytest.mark.parametrize("data", [b"", b"  \n", b"\xef\xbb\xbf"])
    def test_that_is_empty_is_unreadable(self, decoder: Decoder, data: bytes) -> None:
        with pytest.raises(Unreadable, match="nothing in it"):
            decoder.decode(data)

    @pytest.mark.parametrize(
        "data",
        [b"good morning", b'{"cut": "sh', b"\x00\xff\xfe", b'"text"', b'{"a":' * 100_000],
        ids=["prose", "cut short", "bytes", "a JSON text", "very deep"],
    )
    def test_that_is_no_document_is_unreadable(self, decoder: Decoder, data: bytes) -> None:
        with pytest.raises(Unreadable, match="no certificate in it"):
            decoder.decode(data)

    def test_longer_than_the_limit_is_unreadable(self, note_format: Format, sign: Sign) -> None:
        short = Decoder([note_format], Limits(max_text_bytes=10))

        with pytest.raises(Unreadable, match="at most 10 are read"):
            short.decode(sign())

    def test_with_no_format_enabled_says_so(self, sign: Sign) -> None:
        with pytest.raises(Unsupported, match="formats enabled: none"):
            Decoder([], Limits()).decode(sign())


class TestACarrier:
    def test_is_opened(self, decoder: Decoder, sign: Sign) -> None:
        found = decoder.decode(b"PACK" + zlib.compress(sign()))

        assert found.texts[0].data == sign()

    def test_is_not_opened_again_inside(self, decoder: Decoder, sign: Sign) -> None:
        inner = b"PACK" + zlib.compress(sign())

        with pytest.raises(Unreadable, match="no certificate in it"):
            decoder.decode(b"PACK" + zlib.compress(inner))

    @pytest.mark.parametrize(
        ("pack", "why"),
        [
            (zlib.compress(bytes(10_000_000)), "larger than 20000 bytes"),
            (zlib.compress(b"abc")[:-3], "cut short"),
            (b"no deflate", "damaged"),
        ],
        ids=["bomb", "cut", "junk"],
    )
    def test_that_breaks_a_rule_is_unreadable_and_says_why(
        self, verifier: Callable[..., Verifier], pack: bytes, why: str
    ) -> None:
        told = verifier().verify([Presented(name="p", data=b"PACK" + pack)])[0]

        assert told.verdict == "unreadable"
        assert why in told.checks[0].detail

    def test_refused_by_one_format_may_be_read_by_another(
        self, note_format: Format, sign: Sign
    ) -> None:
        class Strict(type(note_format)):
            def unpack(self, data: bytes) -> list[bytes]:  # noqa: ARG002 -- the role's signature
                raise Unreadable("not my sort of pack")

        both = Decoder([Strict(), note_format], Limits())

        assert both.decode(b"PACK" + zlib.compress(sign())).texts[0].data == sign()


class TestCodesInParts:
    """
    One carrier in several codes: each begins with PART, its number and how many there are.
    """

    @pytest.fixture
    def picture_of(
        self, qr: Callable[..., Image.Image], saved: Callable[..., bytes]
    ) -> Callable[..., bytes]:
        def draw(*codes: bytes) -> bytes:
            drawn = [qr(code) for code in codes]
            sheet = Image.new(
                "L", (sum(each.width for each in drawn), max(e.height for e in drawn)), 255
            )
            for at, each in enumerate(drawn):
                sheet.paste(each, (sum(before.width for before in drawn[:at]), 0))
            return saved(sheet)

        return draw

    @pytest.fixture
    def parted(self, note_format: Format) -> Decoder:
        class Parted(type(note_format)):  # type: ignore[misc]
            def unpack(self, data: bytes) -> list[bytes]:
                if not data.startswith(b"PART"):
                    return []
                parts = dict(
                    line.removeprefix(b"PART").split(b" ", 1) for line in data.split(b"\n")
                )
                if len(parts) < 2:
                    raise Unreadable(f"{len(parts)} of 2 parts")
                return [b"".join(parts[number] for number in sorted(parts))]

        return Decoder([Parted()], Limits())

    @pytest.fixture
    def parts(self, sign: Sign) -> list[bytes]:
        return [b"PART1 " + sign()[:40], b"PART2 " + sign()[40:]]

    def test_that_are_pasted_one_a_line_are_one_document(
        self, parted: Decoder, sign: Sign, parts: list[bytes]
    ) -> None:
        found = parted.decode(b"\n".join(reversed(parts)))

        assert [text.data for text in found.texts] == [sign()]

    def test_that_are_on_one_picture_are_one_document(
        self, parted: Decoder, sign: Sign, parts: list[bytes], picture_of: Callable[..., bytes]
    ) -> None:
        found = parted.decode(picture_of(*parts))

        assert (found.medium, found.codes) == ("picture", 2)
        assert [text.data for text in found.texts] == [sign()]

    def test_beside_a_whole_one_are_another_document(
        self, parted: Decoder, sign: Sign, parts: list[bytes], picture_of: Callable[..., bytes]
    ) -> None:
        other = sign({"text": "another"})
        found = parted.decode(picture_of(parts[0], other, parts[1]))

        assert {text.data for text in found.texts} == {sign(), other}

    def test_one_of_which_is_missing_are_unreadable(
        self, parted: Decoder, parts: list[bytes], picture_of: Callable[..., bytes]
    ) -> None:
        with pytest.raises(Unreadable, match="1 of 2 parts"):
            parted.decode(picture_of(parts[0]))


def test_the_first_format_that_knows_a_text_is_asked(note_format: Format, sign: Sign) -> None:
    other = type(note_format)()

    found = Decoder([note_format, other], Limits()).decode(sign())

    assert [text.format for text in found.texts] == [note_format]
