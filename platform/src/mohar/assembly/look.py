"""Look a deployment over without building it: no key, no secret and no database is needed."""

from __future__ import annotations

from pathlib import Path

from mohar.assembly.opening import silent_telemetry, tools_of
from mohar.assembly.plans import type_findings
from mohar.assembly.plugins import Plugins
from mohar.assembly.ports import Late
from mohar.assembly.ready import ready_findings
from mohar.assembly.resolve import Resolver
from mohar.config.load import load_deployment
from mohar.domain.clock import utc_now
from mohar.domain.findings import Finding


def look_over(folder: Path) -> list[Finding]:
    """
    Return what the linter and the plugins find; errors among it stop a start.

    Raises:
        ConfigError: every mistake in the files themselves, each with its place.
    """
    loaded = load_deployment(folder)
    plugins = Plugins(loaded.deployment.plugins)
    tools = tools_of(loaded, silent_telemetry(), utc_now, Late())
    resolved = Resolver(loaded, plugins.offered, tools).resolve(with_keys=False)
    return [*type_findings(resolved), *ready_findings(loaded, plugins)]
