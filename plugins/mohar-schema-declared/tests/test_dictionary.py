"""What all documents of a type say alike, written down once and then kept."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from mohar.domain.errors import ConfigError
from mohar.plugin import Abridging
from mohar.testing.tools import tools_for
from mohar_schema_declared import DeclaredSchema, Settings

ROOT = Path(__file__).parents[3]
# What was printed with one of these can be read as long as it is there, byte for byte.
SHIPPED = {
    "vaccination/core-1/dictionaries/1.txt": "bdff029e93e354f2cb971a16ac0dca51bd712f718e0b7502d163c782f352789b",
    "education/school-leaving-1/dictionaries/1.txt": "1fdcbac4f27f73a36c32ca212f1550b7da5b3324d9bd31139983c4d3e6df30ef",
    "lab-test/core-1/dictionaries/1.txt": "aed6d1464cd858b6a48aea10cacae566d8709e98eed69e331a2f395bdc00dbfb",
}


def opened(name: str, root: Path = ROOT) -> DeclaredSchema:
    return DeclaredSchema.open(Settings(type=f"schemas/{name}/type.yaml"), tools_for(root))


@pytest.fixture(scope="module")
def vaccination() -> DeclaredSchema:
    return opened("vaccination/core-1")


class TestShipped:
    @pytest.mark.parametrize("name", SHIPPED)
    def test_a_dictionary_that_was_printed_with_never_changes(self, name: str) -> None:
        data = (ROOT / "schemas" / name).read_bytes()

        assert hashlib.sha256(data).hexdigest() == SHIPPED[name]

    def test_it_is_offered_under_the_address_of_the_context(
        self, vaccination: DeclaredSchema
    ) -> None:
        ((url, given),) = vaccination.dictionaries().items()

        assert isinstance(vaccination, Abridging)
        assert url == "https://credentials.example/contexts/vaccination/core-1"
        assert list(given) == [
            (ROOT / "schemas" / "vaccination/core-1/dictionaries/1.txt").read_bytes()
        ]

    def test_a_type_without_one_offers_none(self) -> None:
        assert opened("vaccination/divoc-v1").dictionaries() == {}

    def test_one_that_is_named_and_not_there_is_a_mistake(self, tmp_path: Path) -> None:
        folder = tmp_path / "schemas" / "school"
        folder.mkdir(parents=True)
        written = (ROOT / "schemas/education/school-leaving-1/type.yaml").read_text("utf-8")
        (folder / "type.yaml").write_text(written, encoding="utf-8")

        with pytest.raises(ConfigError, match=r"dictionaries/1\.txt"):
            opened("school", tmp_path)


class TestMade:
    def test_it_is_the_same_for_the_same_type(self, vaccination: DeclaredSchema) -> None:
        assert vaccination.new_dictionary() == opened("vaccination/core-1").new_dictionary()

    def test_it_tells_terms_constants_and_what_is_looked_up(
        self, vaccination: DeclaredSchema
    ) -> None:
        made = vaccination.new_dictionary()

        assert b'"credentialSubject":{"type":"VaccinatedPerson","id":"urn:uuid:"' in made
        assert b'"brand":"COVISHIELD","brandCode":"XM97T2","manufacturer":"Serum' in made

    @pytest.mark.parametrize("name", ["vaccination/divoc-v1", "vaccination/eu-dcc"])
    def test_every_model_has_one(self, name: str) -> None:
        assert opened(name).new_dictionary()
