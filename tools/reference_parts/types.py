"""One page for each bundled credential type, from its type file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mohar.testing.tools import tools_for
from mohar_schema_declared import DeclaredSchema, Settings


def pages(root: Path) -> Mapping[str, str]:
    """Return the page of each type by the name of its file."""
    tools = tools_for(root / "schemas")
    files = sorted(
        path.relative_to(root / "schemas") for path in root.glob("schemas/*/*/type.yaml")
    )
    opened = [DeclaredSchema.open(Settings(type=str(file)), tools) for file in files]
    return {f"{each.name}-{each.version}.md": each.documentation() for each in opened}
