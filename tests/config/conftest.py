"""A small deployment that loads, and a way to write one down."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

MINIMAL = Path(__file__).parents[2] / "config" / "minimal"

WHOLE = """\
mohar: 1
name: seeds
country: NO
environment: demo
time_zone: Europe/Oslo
authority: {name: Seed Registry, id: "did:web:seeds.example"}
domains: {public: "https://seeds.example", contexts: "https://seeds.example/contexts"}
store: {url: "sqlite:///x.db", encryption_key: {env: KEY}, pepper: {secret: {file: pepper}}}
signers:
  - {name: issuer-2026, uses: file, settings: {key: {file: issuer.pem}}}
credentials:
  - name: seed
    source: {uses: json}
    schema: {uses: declared, settings: {type: type.yaml}}
    key: [lot]
    group: grower
    bodies:
      - {name: full, format: ld, signer: issuer-2026}
    renderings:
      - {name: paper, uses: pdf, bodies: [full]}
"""


@pytest.fixture
def minimal() -> Path:
    """The folder of the smallest deployment that the project ships."""
    return MINIMAL


@pytest.fixture
def whole() -> str:
    """A deployment that uses every sort of part, and has no mistake."""
    return WHOLE


@pytest.fixture
def folder(tmp_path: Path) -> Callable[[str], Path]:
    """Write a text as `deployment.yaml` and return its folder."""

    def write(text: str) -> Path:
        (tmp_path / "deployment.yaml").write_text(text, encoding="utf-8")
        return tmp_path

    return write
