"""One page for each bundled credential type, from its type file, and an index of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from reference_parts import bundled
from reference_parts.prose import table

from mohar.testing.tools import tools_for
from mohar_schema_declared import DeclaredSchema, Settings

_INTRO = """\
# Credential types

What each member of a credential means.
[Type files](../type-files.md) explains how a type is written.
"""


def pages(root: Path) -> Mapping[str, str]:
    """Return the page of each type by the name of its file, and the index."""
    tools = tools_for(root / "schemas")
    files = [path.relative_to(root / "schemas") for path in bundled.type_files(root)]
    opened = [DeclaredSchema.open(Settings(type=str(file)), tools) for file in files]
    made = {f"{each.name}-{each.version}.md": each.documentation() for each in opened}
    rows = [(f"[{_title(text)}]({name})", _about(text)) for name, text in made.items()]
    return {"README.md": f"{_INTRO}\n{table(('type', ''), rows)}", **made}


def _title(page: str) -> str:
    return page.splitlines()[0].removeprefix("# ")


def _about(page: str) -> str:
    return page.split("\n\n")[1]
