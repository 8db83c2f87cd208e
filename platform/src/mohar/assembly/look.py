"""Look a deployment over without building it: no key, no secret and no database is needed."""

from __future__ import annotations

from pathlib import Path

from mohar.assembly.blueprint import Blueprint
from mohar.assembly.plans import part_findings
from mohar.assembly.ready import ready_findings
from mohar.domain.findings import Finding


def look_over(folder: Path) -> list[Finding]:
    """
    Return what the linter and the plugins find; errors among it stop a start.

    Raises:
        ConfigError: every mistake in the files themselves, each with its place.
    """
    blueprint = Blueprint(folder)
    resolved = blueprint.resolve(with_keys=False)
    return [*part_findings(resolved), *ready_findings(blueprint.loaded, blueprint.plugins)]
