"""The last look before serving: what speaks against this deployment, and what is a risk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mohar.assembly.holders import texts_of
from mohar.assembly.plugins import Plugins
from mohar.config.load import Loaded
from mohar.config.show import resolved_view
from mohar.domain.errors import ConfigError
from mohar.domain.findings import Finding

_A_YEAR: Final = 365


def ready_findings(loaded: Loaded, plugins: Plugins) -> list[Finding]:
    """Return what the house and its plugins find about the deployment as a whole."""
    described = resolved_view(loaded.deployment)
    findings = _own(loaded)
    for answer in plugins.caller.call("mohar_ready", deployment=described, files=loaded.files):
        if answer.error is not None:
            findings.append(
                Finding(
                    code="plugin-failed",
                    message=f"plugin {answer.plugin} failed while it looked at the deployment "
                    f"({answer.error} at {answer.at})",
                )
            )
        findings += answer.value or []
    return findings


def must_be_ready(findings: Sequence[Finding]) -> list[Finding]:
    """
    Return the findings when none of them is an error.

    Raises:
        ConfigError: the errors, all of them.
    """
    errors = [finding for finding in findings if finding.is_error]
    if errors:
        raise ConfigError("\n".join(told(finding) for finding in errors))
    return list(findings)


def told(finding: Finding) -> str:
    """Return a finding as a line to read."""
    name = {"error": "error", "warning": "risk"}[finding.severity]
    where = f" at {finding.where}" if finding.where else ""
    return f"{name} {finding.code}{where}: {finding.message}"


def _own(loaded: Loaded) -> list[Finding]:
    deployment = loaded.deployment
    findings: list[Finding] = []
    if deployment.holders is not None:
        findings += texts_of(deployment.holders, loaded.files).findings()
    if deployment.environment == "production" and deployment.domains.public.startswith("http:"):
        findings.append(
            Finding(
                code="domain-not-https",
                message="domains.public is plain http in production; use https",
            )
        )
    if deployment.access.read_log_days < _A_YEAR:
        findings.append(
            Finding(
                code="read-log-short",
                severity="warning",
                message="access.read_log_days is less than a year: a breach that is found later "
                "cannot be reported; many laws ask for a year",
                where="access.read_log_days",
            )
        )
    if not deployment.plugins:
        findings.append(
            Finding(
                code="no-plugins",
                severity="warning",
                message="no plugin is named under `plugins:`, so nothing can be issued or "
                "verified yet; `mohar plugins list` shows what is installed",
            )
        )
    return findings
