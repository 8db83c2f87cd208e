"""What a deployment has resolved for one kind: who reads, composes, signs and in which bodies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from mohar.domain.credential import Credential, Secured
from mohar.domain.delivery import ChannelPlan
from mohar.domain.findings import Refusal
from mohar.domain.record import Record
from mohar.plugin import Schema, Source


class BodyPlan(msgspec.Struct, frozen=True, kw_only=True):
    """
    One body of a kind, with the schema that composes it.

    `format` is the name its format is offered under; `later` allows it to be added to a credential
    that is there already.
    """

    name: str
    format: str
    profile: str
    required: bool
    later: bool = False
    variants: frozenset[str]
    schema: Schema

    def suits(self, record: Record) -> bool:
        """Say whether this body is made from a record of that variant."""
        return not self.variants or record.variant in self.variants


class HandlePlan(msgspec.Struct, frozen=True, kw_only=True):
    """A value of the record by which its holder is looked up later."""

    name: str
    path: str
    visible: int


def covers(path: str, other: str) -> bool:
    """Say whether a path of the record is another one, or leads to it."""
    return other == path or other.startswith(f"{path}.")


class FieldPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the record that may be corrected; `times` None is without end, `by` empty anyhow."""

    path: str
    times: int | None = None
    by: frozenset[str] = frozenset()


class CorrectionPlan(msgspec.Struct, frozen=True, kw_only=True):
    """How the credentials of a kind may be corrected. No `fields` means every field."""

    limit: int
    fields: tuple[FieldPlan, ...] = ()
    ignored: tuple[str, ...] = ()
    by_message: bool = False
    evidence: bool = False
    after_revocation: bool = False
    only_latest: str = ""


class KindPlan(msgspec.Struct, frozen=True, kw_only=True):
    """
    One kind, resolved.

    Its records are kept for `record_days` and what was sent for `message_days`, or without end where
    it is None.
    """

    name: str
    source_name: str
    source: Source
    key: tuple[str, ...]
    group: str
    handles: tuple[HandlePlan, ...]
    digits: int
    has_status: bool
    record_days: int | None = None
    message_days: int | None = None
    corrections: CorrectionPlan | None = None
    bodies: tuple[BodyPlan, ...]
    channels: tuple[ChannelPlan, ...] = ()

    def ignores(self, path: str) -> bool:
        """Say whether a difference at this path of the record is none (`corrections.ignored`)."""
        ignored = self.corrections.ignored if self.corrections else ()
        return any(covers(each, path) for each in ignored)

    def chosen(self, names: Sequence[str] | None) -> tuple[BodyPlan, ...]:
        """Return the bodies of these names, in the kind's own order; None stands for all."""
        return tuple(plan for plan in self.bodies if names is None or plan.name in names)


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """What every credential of this deployment says about its issuer."""

    issuer: str
    issuer_name: str
    country: str
    time_zone: str
    public_url: str
    contexts_url: str
    config_digest: str


class Workshop(Protocol):
    """Where credentials are signed: in this process, or in others that hold the keys."""

    def secure(
        self, kind: str, body: str, credentials: Sequence[Credential]
    ) -> Sequence[Secured | Refusal]:
        """
        Return each credential signed, in order, or why it must not be.

        Raises:
            Unavailable: nothing was signed; the same call may be made again.
        """
        ...

    def close(self) -> None:
        """Let go of keys and processes."""
        ...
