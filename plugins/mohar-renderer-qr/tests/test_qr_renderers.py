"""A drawn QR code reads back as what the format put in."""

from __future__ import annotations

import io
import zlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import mohar_renderer_qr
from mohar.codec.qr import ErrorCorrection, encode
from mohar.domain.credential import Secured
from mohar.domain.findings import Refusal
from mohar.domain.rendition import Carrier, Rendition, Segment, Shown
from mohar.plugin import Measured, Offers, Renderer
from mohar.testing.contracts import PluginContract, RendererContract
from mohar_renderer_qr import mohar_register_renderers
from mohar_renderer_qr._renderers import (
    PngRenderer,
    PngSettings,
    SvgRenderer,
    SvgSettings,
    TextRenderer,
    TextSettings,
)

if TYPE_CHECKING:
    from types import ModuleType

    from mohar.domain.values import JsonObject


def _shown(*data: bytes, parameters: JsonObject | None = None) -> Shown:
    secured = Secured(
        kind="vaccination",
        body="domestic",
        credential_id="10000000001",
        revision=1,
        schema="core-1",
        format="ld",
        media_type="application/json",
        key_id="k1",
        algorithm="EdDSA",
        created=datetime(2026, 1, 1, tzinfo=UTC),
        document={},
        content=b"{}",
    )
    carriers = tuple(
        Carrier(
            name=f"carrier{number}", media_type="application/zip", segments=(Segment("byte", each),)
        )
        for number, each in enumerate(data)
    )
    return Shown(
        secured=secured,
        group=(secured,),
        carriers=carriers,
        language="und",
        parameters=parameters or {},
    )


def _rendered(renderer: Renderer, shown: Shown) -> Rendition:
    (drawn,) = renderer.render([shown])
    assert isinstance(drawn, Rendition)
    return drawn


def _refused(renderer: Renderer, shown: Shown) -> str:
    (drawn,) = renderer.render([shown])
    assert isinstance(drawn, Refusal)
    return drawn.findings[0].code


def _scanned(png: bytes) -> bytes:
    found = zxingcpp.read_barcode(Image.open(io.BytesIO(png)).convert("L"))
    assert found is not None
    return bytes(found.bytes)


class TestContract(RendererContract):
    @pytest.fixture(params=["png", "svg", "text"])
    def renderer(self, request: pytest.FixtureRequest) -> Renderer:
        renderers: dict[str, Renderer] = {
            "png": PngRenderer(PngSettings()),
            "svg": SvgRenderer(SvgSettings()),
            "text": TextRenderer(TextSettings()),
        }
        return renderers[request.param]

    @pytest.fixture
    def shown(self) -> list[Shown]:
        return [_shown(b"first"), _shown(b"second")]


class TestErrorCorrection:
    @pytest.mark.parametrize(("said", "drawn"), [("L", "L"), ("H", "H"), (None, "Q")])
    def test_the_format_says_it_and_else_the_deployment(
        self, said: ErrorCorrection | None, drawn: ErrorCorrection
    ) -> None:
        shown = _shown(b"some bytes " * 9)
        carrier = msgspec.structs.replace(shown.carriers[0], error_correction=said)
        asked = msgspec.structs.replace(shown, carriers=(carrier,))
        renderers = (
            PngRenderer(PngSettings(error_correction="Q")),
            SvgRenderer(SvgSettings(error_correction="Q")),
        )
        expected = encode(carrier.segments, drawn)

        assert _rendered(renderers[0], asked).content == expected.png(scale=4)
        assert _rendered(renderers[1], asked).content == expected.svg().encode()


class TestPng:
    @settings(max_examples=20, deadline=None)
    @given(data=st.binary(min_size=1, max_size=500))
    def test_the_picture_reads_back_as_the_carrier(self, data: bytes) -> None:
        drawn = _rendered(PngRenderer(PngSettings()), _shown(data))

        assert _scanned(drawn.content) == data

    def test_a_caller_gets_at_least_the_pixels_asked_for(self) -> None:
        drawn = _rendered(PngRenderer(PngSettings(pixels=50)), _shown(b"a", parameters={"px": 300}))

        assert Image.open(io.BytesIO(drawn.content)).size == (319, 319)

    @pytest.mark.parametrize("px", [0, -1, 20, 4097, "large", 10**9, None])
    def test_pixels_outside_the_limits_are_refused(self, px: Any) -> None:
        shown = _shown(b"a", parameters={"px": px})

        assert _refused(PngRenderer(PngSettings()), shown) == "qr-bad-size"

    def test_what_no_code_can_hold_is_refused_and_the_next_one_drawn(self) -> None:
        drawn = PngRenderer(PngSettings()).render([_shown(bytes(3000)), _shown(b"small")])

        assert isinstance(drawn[0], Refusal)
        assert "3000 bytes: at error correction M the limit is 2331" in drawn[0].findings[0].message
        assert isinstance(drawn[1], Rendition)

    def test_a_format_without_a_carrier_is_refused(self) -> None:
        assert _refused(PngRenderer(PngSettings()), _shown()) == "qr-no-carrier"

    def test_a_carrier_is_picked_by_its_name(self) -> None:
        drawn = _rendered(PngRenderer(PngSettings(carrier="carrier1")), _shown(b"first", b"second"))

        assert _scanned(drawn.content) == b"second"

    def test_the_same_carrier_gives_the_same_bytes(self) -> None:
        renderer = PngRenderer(PngSettings())

        assert (
            _rendered(renderer, _shown(b"a")).content == _rendered(renderer, _shown(b"a")).content
        )


class TestSvg:
    def test_the_size_asked_for_is_written_in_millimetres(self) -> None:
        drawn = _rendered(SvgRenderer(SvgSettings()), _shown(b"a", parameters={"mm": "63.5"}))

        assert b'width="63.5mm" height="63.5mm" viewBox="0 0 29 29"' in drawn.content

    @pytest.mark.parametrize("mm", [0, -3, 1001, "wide", float("nan"), float("inf")])
    def test_a_size_outside_the_limits_is_refused(self, mm: Any) -> None:
        shown = _shown(b"a", parameters={"mm": mm})

        assert _refused(SvgRenderer(SvgSettings()), shown) == "qr-bad-size"


class TestOnPaper:
    def test_a_png_tells_a_printer_how_large_it_is_meant(self) -> None:
        drawn = _rendered(PngRenderer(PngSettings()), _shown(b"a", parameters={"mm": 50}))

        picture = Image.open(io.BytesIO(drawn.content))
        assert 25.4 * picture.width / picture.info["dpi"][0] == pytest.approx(50, rel=0.001)
        assert picture.info["dpi"][0] >= 300

    @pytest.mark.parametrize("renderer", [PngRenderer(PngSettings()), SvgRenderer(SvgSettings())])
    def test_a_code_too_fine_for_the_size_asked_for_is_refused_with_the_least(
        self, renderer: Renderer
    ) -> None:
        shown = _shown(bytes(range(200)), parameters={"mm": 20})
        (drawn,) = renderer.render([shown])

        assert isinstance(drawn, Refusal)
        assert drawn.findings[0].code == "qr-too-fine"
        assert "below 29.3 mm" in drawn.findings[0].message
        least = msgspec.structs.replace(shown, parameters={"mm": 29.3})
        assert isinstance(renderer.render([least])[0], Rendition)

    def test_the_size_on_paper_is_said_where_it_is_settled(self) -> None:
        shown = [_shown(b"first", b"second"), _shown()]
        settled = PngSettings(carrier="carrier1", error_correction="Q", mm=40)

        code, none = PngRenderer(settled).codes(shown)
        free, _ = SvgRenderer(SvgSettings()).codes(shown)

        assert code is not None
        assert (code.carrier, code.error_correction, code.size_mm) == ("carrier1", "Q", 40)
        assert free is not None
        assert (free.carrier, free.size_mm) == ("carrier0", None)
        assert none is None
        assert isinstance(PngRenderer(settled), Measured)


class TestText:
    def test_a_text_carrier_is_handed_out_as_it_is(self) -> None:
        drawn = _rendered(TextRenderer(TextSettings()), _shown(b"HC1:6BF"))

        assert (drawn.media_type, drawn.content) == ("text/plain", b"HC1:6BF")

    def test_a_carrier_of_bytes_is_refused_as_text(self) -> None:
        shown = _shown(b"PK\x03\x04" + zlib.compress(b"{}"))

        assert _refused(TextRenderer(TextSettings()), shown) == "qr-not-text"


class TestPlugin(PluginContract):
    @pytest.fixture
    def module(self) -> ModuleType:
        return mohar_renderer_qr

    def test_it_offers_three_pictures(self) -> None:
        offers: Offers[Renderer] = Offers("renderer")

        mohar_register_renderers(offers)

        assert offers.names() == ["qr-png", "qr-svg", "qr-text"]

    @pytest.mark.parametrize(
        ("shape", "written"),
        [
            (PngSettings, {"error_correction": "X"}),
            (PngSettings, {"pixels": 5000}),
            (SvgSettings, {"mm": 0}),
            (TextSettings, {"error_correction": "M"}),
        ],
    )
    def test_a_setting_outside_its_limits_is_a_mistake(self, shape: Any, written: Any) -> None:
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(written, shape)
