from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from PIL import Image, ImageChops, ImageFilter

from mohar.domain.errors import Unreadable
from mohar.verifying import Decoder, Limits
from mohar.verifying.image import codes_in_picture

Draw = Callable[..., Image.Image]
Save = Callable[..., bytes]

PAYLOAD = random.Random(7).randbytes(1100)  # noqa: S311 -- the same bytes each time are wanted


@pytest.fixture(scope="module")
def code(qr: Draw) -> Image.Image:
    return qr(PAYLOAD)


def photographed(code: Image.Image, *, blur: float, noise: float, side: int) -> Image.Image:
    """Return the code as a hand-held phone sees it: small, askew, unevenly lit, out of focus."""
    scene = Image.new("L", (1000, 1000), 210)
    scene.paste(code.resize((side, side)), ((1000 - side) // 2, (1000 - side) // 2))
    corners = (20, -15, -10, 1030, 1020, 985, 970, 25)
    scene = scene.transform(scene.size, Image.Transform.QUAD, corners, Image.Resampling.BICUBIC)
    scene = scene.rotate(23, Image.Resampling.BICUBIC, fillcolor=210)
    light = Image.linear_gradient("L").resize(scene.size).point(lambda value: 110 + value // 2)
    scene = ImageChops.multiply(scene.filter(ImageFilter.GaussianBlur(blur)), light)
    return ImageChops.add(scene, grain(scene.size, noise), 1, -128)


def grain(size: tuple[int, int], strength: float) -> Image.Image:
    dots = random.Random(3).randbytes(size[0] * size[1])  # noqa: S311 -- the same each time
    even = Image.frombytes("L", size, dots)
    return even.point(lambda value: int(128 + (value - 128) * strength / 128))


class TestEveryWayOfHoldingIt:
    @pytest.mark.parametrize("angle", [0, 8, 45, 90, 180, 265])
    def test_the_bytes_come_back(self, code: Image.Image, saved: Save, angle: int) -> None:
        turned = code.rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor=255)

        assert codes_in_picture(saved(turned), Limits()) == [PAYLOAD]

    def test_a_mirrored_one_too(self, code: Image.Image, saved: Save) -> None:
        mirrored = code.transpose(Image.Transpose.FLIP_LEFT_RIGHT)

        assert codes_in_picture(saved(mirrored), Limits()) == [PAYLOAD]

    @pytest.mark.parametrize("scale", [0.4, 0.5, 1.7, 4])
    def test_at_every_size_and_as_jpeg(self, code: Image.Image, saved: Save, scale: float) -> None:
        scaled = code.resize((int(code.width * scale), int(code.height * scale)))

        assert codes_in_picture(saved(scaled, "JPEG", quality=60), Limits()) == [PAYLOAD]

    @pytest.mark.parametrize(
        ("blur", "noise", "side"),
        [(0.8, 20, 700), (1, 25, 340), (2, 6, 550), (1.6, 50, 700)],
        ids=["usual", "far away", "out of focus", "grainy"],
    )
    def test_from_a_phone(
        self, code: Image.Image, saved: Save, blur: float, noise: float, side: int
    ) -> None:
        photo = photographed(code, blur=blur, noise=noise, side=side)

        assert codes_in_picture(saved(photo, "JPEG", quality=70), Limits()) == [PAYLOAD]

    @pytest.mark.parametrize("mode", ["1", "P", "RGB", "RGBA", "CMYK"])
    def test_in_every_mode_of_colour(self, code: Image.Image, saved: Save, mode: str) -> None:
        form = "JPEG" if mode == "CMYK" else "PNG"

        assert codes_in_picture(saved(code.convert(mode), form), Limits()) == [PAYLOAD]

    def test_what_is_transparent_is_paper(self, code: Image.Image, saved: Save) -> None:
        clear = Image.new("RGBA", code.size, (0, 0, 0, 0))
        clear.paste((0, 0, 0, 255), mask=ImageChops.invert(code))

        assert codes_in_picture(saved(clear), Limits()) == [PAYLOAD]

    def test_white_on_black(self, code: Image.Image, saved: Save) -> None:
        assert codes_in_picture(saved(ImageChops.invert(code)), Limits()) == [PAYLOAD]


class TestTheDoor:
    def test_the_same_code_twice_is_one(self, code: Image.Image, saved: Save) -> None:
        both = Image.new("L", (code.width * 2, code.height), 255)
        both.paste(code, (0, 0))
        both.paste(code, (code.width, 0))

        assert codes_in_picture(saved(both), Limits()) == [PAYLOAD]

    def test_a_picture_without_a_code_is_unreadable(self, saved: Save) -> None:
        blank = saved(Image.new("L", (300, 300), 255))

        with pytest.raises(Unreadable, match="no QR code is seen in the picture"):
            Decoder([], Limits()).decode(blank)

    def test_more_pixels_than_the_limit_are_not_unpacked(self, saved: Save) -> None:
        bomb = saved(Image.new("1", (7000, 7000)))

        with pytest.raises(Unreadable, match="7000 by 7000 pixels; at most 40000000"):
            codes_in_picture(bomb, Limits())

    def test_a_ribbon_longer_than_the_reader_can_take_is_refused(self, saved: Save) -> None:
        with pytest.raises(Unreadable, match="20000 on one side"):
            codes_in_picture(saved(Image.new("1", (1, 65_600))), Limits())

    def test_more_bytes_than_the_limit_are_not_looked_at(
        self, code: Image.Image, saved: Save
    ) -> None:
        with pytest.raises(Unreadable, match="at most 100 are read"):
            Decoder([], Limits(max_picture_bytes=100)).decode(saved(code))

    @pytest.mark.parametrize("form", ["PNG", "JPEG"])
    @pytest.mark.parametrize("kept", [8, 30, 60, 900])
    def test_a_picture_cut_short_is_unreadable(
        self, code: Image.Image, saved: Save, form: str, kept: int
    ) -> None:
        # Where WeasyPrint is loaded too, Pillow reads what is left, and there is no code in it.
        with pytest.raises(Unreadable):
            Decoder([], Limits()).decode(saved(code, form)[:kept])
