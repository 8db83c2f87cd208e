"""What the rooms need to know of each kind, put together from what was resolved."""

from __future__ import annotations

from collections.abc import Sequence

from mohar.assembly.resolve import Resolved
from mohar.config.deployment import Corrections, Deployment, Kind
from mohar.config.load import Loaded
from mohar.domain.delivery import OUTCOME_EVENTS, ChannelPlan
from mohar.domain.findings import Finding
from mohar.issuing.plan import (
    BodyPlan,
    CorrectionPlan,
    FieldPlan,
    HandlePlan,
    KindPlan,
    Setting,
)
from mohar.plugin import Schema, WordedRenderer
from mohar.rendering.drawing import NamedRendering, named_rendering
from mohar.verifying.credential import KnownType


def setting_of(loaded: Loaded) -> Setting:
    """Return what every credential says about its issuer."""
    deployment = loaded.deployment
    return Setting(
        issuer=deployment.authority.id,
        issuer_name=deployment.authority.name,
        country=deployment.country,
        time_zone=deployment.time_zone,
        public_url=deployment.domains.public,
        contexts_url=deployment.domains.contexts,
        config_digest=loaded.digest,
    )


def plans_of(deployment: Deployment, resolved: Resolved) -> dict[str, KindPlan]:
    """Return the issuing plan of each kind."""
    return {
        kind.name: _plan(kind, resolved, _channels(deployment, kind, resolved))
        for kind in deployment.credentials
    }


def known_types(resolved: Resolved) -> list[KnownType]:
    """Return every type a verifier knows: those issued under their kind, then the others."""
    issued = {
        id(schema): KnownType(kind=kind, schema=schema)
        for (kind, _), schema in resolved.schemas.items()
    }
    named = [KnownType(kind=schema.name, schema=schema) for schema in resolved.known_schemas]
    return [*issued.values(), *named]


def part_findings(resolved: Resolved) -> list[Finding]:
    """Return what the linter says of all types and the renderers of their words, once each."""
    worded = [each for each in resolved.renderers.values() if isinstance(each, WordedRenderer)]
    told = [finding for renderer in worded for finding in renderer.findings()]
    return [*_type_findings(resolved), *dict.fromkeys(told)]


def _type_findings(resolved: Resolved) -> list[Finding]:
    schemas: Sequence[Schema] = [*resolved.schemas.values(), *resolved.known_schemas]
    unique = {(schema.name, schema.version): schema for schema in schemas}
    return [finding for schema in unique.values() for finding in schema.findings()]


def _corrections(policy: Corrections | None) -> CorrectionPlan | None:
    if policy is None:
        return None
    return CorrectionPlan(
        limit=policy.limit,
        fields=tuple(
            FieldPlan(path=each.path, times=each.times, by=frozenset(each.by))
            for each in policy.fields
        ),
        ignored=tuple(policy.ignored),
        by_message=policy.by_message,
        evidence=policy.evidence,
        after_revocation=policy.after_revocation,
        only_latest=policy.only_latest,
    )


def _channels(deployment: Deployment, kind: Kind, resolved: Resolved) -> tuple[ChannelPlan, ...]:
    return tuple(
        ChannelPlan(
            name=each.name,
            events=frozenset(each.events or OUTCOME_EVENTS),
            fields=tuple(resolved.channels[each.name].fields),
        )
        for each in deployment.channels
        if not each.kinds or kind.name in each.kinds
    )


def _plan(kind: Kind, resolved: Resolved, channels: tuple[ChannelPlan, ...]) -> KindPlan:
    return KindPlan(
        name=kind.name,
        source_name=kind.source.uses,
        source=resolved.sources[kind.name],
        key=tuple(kind.key),
        group=kind.group,
        handles=tuple(
            HandlePlan(name=each.name, path=each.path, visible=each.visible)
            for each in kind.handles
        ),
        digits=kind.identifiers.digits,
        has_status=kind.status is not None,
        record_days=kind.retention.record_days if kind.retention else None,
        message_days=kind.retention.message_days if kind.retention else None,
        corrections=_corrections(kind.corrections),
        channels=channels,
        bodies=tuple(
            BodyPlan(
                name=body.name,
                format=body.format_use.uses,
                profile=body.profile,
                required=body.required,
                variants=frozenset(body.variants),
                later=body.later,
                schema=resolved.schemas[kind.name, body.name],
            )
            for body in kind.bodies
        ),
    )


def renderings_of(deployment: Deployment, resolved: Resolved) -> Sequence[NamedRendering]:
    """Return the pictures that can be drawn of the credentials of each kind."""
    return [
        named_rendering(
            resolved.renderers[kind.name, rendering.name],
            kind=kind.name,
            name=rendering.name,
            bodies=tuple(rendering.bodies),
        )
        for kind in deployment.credentials
        for rendering in kind.renderings
    ]
