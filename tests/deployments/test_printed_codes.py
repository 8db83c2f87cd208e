"""Every code that is printed is read back from a bad copy of its page, and is what was signed."""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pypdfium2
import pytest
import zxingcpp
from PIL import Image

from mohar.assembly.house import House, build_house
from mohar.assembly.opening import silent_telemetry
from mohar.domain.access import Actor
from mohar.domain.credential import Secured
from mohar.domain.record import Message
from mohar.domain.rendition import Rendition
from mohar.verifying import Presented

OPERATOR = Actor(actor_id="operator", name="test", scopes=frozenset({"*"}))
FEW, MANY = 2, 200
_DPI: Final = 150
_TURNED: Final = 5
_QUALITY: Final = 60
_MOST_BYTES: Final = 100_000

NAMES = ("Asha Namuna", "मीरा परीक्षा", "அனிதா சோதனை", "ਗੁਰਪ੍ਰੀਤ ਸਿੰਘ", "عائشہ نمونہ", "Bo")
VACCINES = (
    ("COVISHIELD", "Serum Institute of India"),
    ("COVAXIN", "Bharat Biotech"),
    ("SPUTNIK V", "Gamaleya"),
)
WORDS = ("Primary", "Health", "Centre", "Sample", "District", "Hospital", "नगर", "Ward", "No. 4")


def messages(count: int, *, seed: int) -> Iterator[Message]:
    """Return records that differ in all that a certificate prints, the same ones for a seed."""
    chance = random.Random(seed)  # noqa: S311 -- a test that can be run again
    for number in range(count):
        yield Message(content=_message(chance, number), variant=chance.choice(("v1", "v3")))


def _message(chance: random.Random, number: int) -> dict[str, Any]:
    vaccine, maker = chance.choice(VACCINES)
    year = chance.randint(1930, 2000)
    day = f"2021-{chance.randint(4, 12):02}-{chance.randint(1, 28):02}"
    place = " ".join(chance.choices(WORDS, k=chance.randint(2, 12)))
    return {
        "preEnrollmentCode": str(chance.randrange(10**13, 10**14)),
        "recipient": {
            "name": " ".join(chance.choices(NAMES, k=chance.randint(1, 3))),
            "dob": f"{year}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}",
            "age": str(2021 - year),
            "gender": chance.choice(("Female", "Male", "Others")),
            "nationality": "Indian",
            "identity": f"did:Passport:X{chance.randrange(10**6, 10**7)}",
            "contact": [f"tel:55500{number:05}"],
            "address": {"district": "Pune", "state": "Maharashtra", "pincode": 411001},
        },
        "vaccination": {
            "name": vaccine,
            "batch": f"{chance.randrange(10**4)}Z{chance.randrange(10**3)}",
            "manufacturer": maker,
            "date": f"{day}T09:30:00Z",
            "effectiveStart": day,
            "effectiveUntil": "2031-04-01",
            "dose": 2,
            "totalDoses": 2,
        },
        "vaccinator": {"name": chance.choice(NAMES)},
        "facility": {"name": place, "address": {"district": "Pune", "state": "Maharashtra"}},
    }


def read_back(pdf: bytes) -> list[bytes]:
    """Return what the codes of a printed, copied, turned and photographed PDF say."""
    found: list[bytes] = []
    with pypdfium2.PdfDocument(pdf) as document:
        for page in document:
            picture = page.render(scale=_DPI / 72).to_pil().convert("L")
            turned = picture.rotate(
                _TURNED, resample=Image.Resampling.BICUBIC, expand=True, fillcolor=255
            )
            photograph = io.BytesIO()
            turned.save(photograph, "JPEG", quality=_QUALITY)
            codes = zxingcpp.read_barcodes(
                Image.open(photograph), formats=zxingcpp.BarcodeFormat.QRCode
            )
            found += [bytes(code.bytes) for code in codes]
    return found


def printed(house: House, credential_id: str) -> Iterator[tuple[Secured, bytes]]:
    """Give each body of a credential that this deployment prints, with its PDF."""
    for secured in house.access.bodies(OPERATOR, credential_id):
        option = house.drawing.find(secured.kind, secured.body, suffix="pdf")
        if option is not None:
            shown = house.drawing.shown_for(secured, [secured])
            (drawn,) = house.drawing.draw(secured.kind, option.name, [shown])
            assert isinstance(drawn, Rendition), drawn
            yield secured, drawn.content


def check(folder: Path, begins: bytes, expected: set[str], count: int, *, seed: int) -> None:
    """Issue, print, spoil and read back so many records; what comes back verifies as it was."""
    with build_house(folder, telemetry=silent_telemetry()) as house:
        receipt = house.submit(OPERATOR, "vaccination", list(messages(count, seed=seed)))
        outcomes = house.issue_now(OPERATOR, receipt).outcomes
        assert all(outcome.credential_id for outcome in outcomes)
        pages = [page for each in outcomes for page in printed(house, str(each.credential_id))]
        assert len(pages) >= count

        for secured, pdf in pages:
            (code,) = read_back(pdf)
            (verdict,) = house.verifier.verify([Presented(name="code", data=code)])

            assert code.startswith(begins)
            assert code in [each.data for each in house.drawing.shown_for(secured).carriers]
            assert verdict.verdict in expected
            assert len(pdf) <= _MOST_BYTES


# The guards of a legacy type cannot tell all that its signature leaves open.
KINDS = pytest.mark.parametrize(
    ("name", "begins", "expected"),
    [("india", b"MZ1:", {"valid"}), ("india-divoc", b"PK\x03\x04", {"valid", "limited"})],
)


@KINDS
def test_a_few_are_read_back_and_verify(
    deployed: Callable[..., Path], name: str, begins: bytes, expected: set[str]
) -> None:
    """
    At 150 dpi, turned by 5 degrees and saved as JPEG of quality 60.
    """
    check(deployed(name), begins, expected, FEW, seed=1)


@pytest.mark.long
@KINDS
def test_two_hundred_are_read_back_and_verify(
    deployed: Callable[..., Path], name: str, begins: bytes, expected: set[str]
) -> None:
    """
    As the few, with every sort of name and place.
    """
    check(deployed(name), begins, expected, MANY, seed=2)
