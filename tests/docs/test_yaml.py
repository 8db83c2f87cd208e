"""Every piece of YAML in the documents is read by what reads it in a house."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_type_hints

import msgspec

from mohar.config.deployment import Body, Deployment, Kind, Rendering, Verifying
from mohar.config.load import load_deployment, load_yaml
from mohar.plugin import Files
from mohar.reconciling.rules import Rules
from mohar.testing.benches.ratios import Promises
from mohar.testing.tools import tools_for
from mohar_renderer_pdf import Settings as PdfSettings
from mohar_schema_declared import DeclaredSchema, Settings
from mohar_schema_declared._typefile import TypeFile

_PARTS: tuple[type[msgspec.Struct], ...] = (
    *(Deployment, Kind, Body, Rendering, Verifying),
    *(TypeFile, Promises, Rules, PdfSettings),
)


def wanted(page: Any) -> bool:
    """Pages that show YAML."""
    return bool(page.yaml)


def load(path: Path, files: Files) -> None:
    """Load a file as what its keys say it is: a deployment, a type, a value set, or a part."""
    tree = load_yaml(path, dict[str, Any])
    keys = tree.keys()
    if "mohar" in keys:
        path.rename(path.parent / "deployment.yaml")
        load_deployment(path.parent)
    elif "value_set" in keys:
        files.value_set(path.name)
    elif {"model", "members"} <= keys:
        opened = DeclaredSchema.open(Settings(type=path.name), tools_for(path.parent))
        assert list(opened.findings()) == []
    elif keys == {"entries"}:
        path.write_text(f"value_set: part\nversion: '1'\n{path.read_text(encoding='utf-8')}")
        files.value_set(path.name)
    else:
        load_yaml(path, part_with(set(keys)))


def part_with(keys: set[str]) -> type[msgspec.Struct]:
    """Return a Struct with these keys of the first part that has them all."""
    for part in _PARTS:
        if keys <= set(part.__struct_fields__):
            hints = get_type_hints(part, include_extras=True)
            fields = [(key, hints[key]) for key in sorted(keys)]
            return msgspec.defstruct("Part", fields, kw_only=True, forbid_unknown_fields=True)
    raise AssertionError(f"nothing that is configured has the keys {sorted(keys)}")


class TestYaml:
    def test_every_block_is_what_it_looks_like(self, page: Any, tmp_path: Path) -> None:
        for block in page.yaml:
            path = tmp_path / f"line-{block.line}.yaml"
            path.write_text(block.text, encoding="utf-8")
            load(path, tools_for(tmp_path).files)
