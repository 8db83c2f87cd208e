from __future__ import annotations

import re
from pathlib import Path

import pytest

from mohar.config.files import DeploymentFiles
from mohar.config.mistakes import ConfigMistakes
from mohar.config.secrets import SecretStore
from mohar.domain.valueset import ValueSet

DOCS = Path(__file__).parents[2] / "docs" / "reference" / "value-sets.md"

SEEDS = """\
value_set: seeds
version: 2021-06-01
title: Seeds that are registered
entries:
  - {code: 011001, name: Rye, aliases: [Winter rye, "Secale (cereale)"], origin: {country: NO}}
  - {code: "2", name: Oats}
"""


def read(folder: Path, text: str) -> ValueSet:
    (folder / "seeds.yaml").write_text(text, encoding="utf-8")
    return DeploymentFiles(folder, SecretStore(folder)).value_set("seeds.yaml")


def mistakes(folder: Path, text: str) -> list[str]:
    with pytest.raises(ConfigMistakes) as caught:
        read(folder, text)
    return [
        f"{each.line}:{each.column} {each.path}: {each.message}" for each in caught.value.mistakes
    ]


class TestValueSets:
    def test_entries_are_found_by_code_name_and_alias(self, tmp_path: Path) -> None:
        seeds = read(tmp_path, SEEDS)

        assert (seeds.name, seeds.version) == ("seeds", "2021-06-01")
        for text in ("011001", "RYE", "winter-rye", "secale cereale"):
            entry = seeds.find(text)
            assert entry is not None
            assert entry.code == "011001"
        assert seeds.find("rye bread") is None

    def test_whatever_else_an_entry_says_is_kept(self, tmp_path: Path) -> None:
        assert read(tmp_path, SEEDS).entries[0].more == {"origin": {"country": "NO"}}

    def test_one_entry_more_is_one_line_more(self, tmp_path: Path) -> None:
        seeds = read(tmp_path, SEEDS + "  - {code: teff, name: Teff}\n")

        assert [entry.code for entry in seeds.entries] == ["011001", "2", "teff"]

    def test_every_mistake_of_every_entry_is_told(self, tmp_path: Path) -> None:
        text = SEEDS + "  - {code: 3, name: ''}\n  - {name: Teff, aliases: Tef}\n"

        assert mistakes(tmp_path, text) == [
            "7:12 entries item 3.code: expected text, got the number 3",
            "7:21 entries item 3.name: must not be empty",
            '8:5 entries "Teff": missing field "code"',
            '8:27 entries "Teff".aliases: expected a list, got "Tef"',
        ]

    def test_two_entries_cannot_answer_to_one_name(self, tmp_path: Path) -> None:
        text = SEEDS + '  - {code: "2", name: Barley, aliases: [winter RYE, "---"]}\n'

        assert mistakes(tmp_path, text) == [
            '7:12 entries "Barley".code: "2" already finds "2" of line 6',
            '7:41 entries "Barley".aliases item 1: "winter RYE" already finds "011001" of line 5',
            '7:53 entries "Barley".aliases item 2: "---" has no letter and no digit',
        ]

    def test_the_file_of_the_reference_page_loads(self, tmp_path: Path) -> None:
        blocks = re.findall(r"```yaml\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)

        assert [len(read(tmp_path, block).entries) for block in blocks] == [3]
