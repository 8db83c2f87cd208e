"""A deployment copied aside, with keys and a database of its own, to measure in."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from mohar.assembly.house import House, build_house
from mohar.assembly.keys import generate_missing
from mohar.assembly.opening import silent_telemetry
from mohar.config.load import load_deployment
from mohar.domain.credential import Credential, Issue
from mohar.domain.errors import ConfigError, InvalidInput
from mohar.domain.record import Message
from mohar.domain.values import at_path
from mohar.issuing.plan import BodyPlan, KindPlan
from mohar.testing.deployments import copy_deployment, sample_messages
from mohar.testing.tools import NOON


class Arena(msgspec.Struct, frozen=True, kw_only=True):
    """A House to measure, the messages it can issue, and the key it signs with."""

    house: House
    plan: KindPlan
    messages: Sequence[Message]
    key: Path

    def many(self, count: int, *, first: int = 0) -> list[Message]:
        """
        Return so many messages of different groups, made from the samples; `first` numbers them.

        The group's own text is replaced wherever a message holds it, by another of its length.
        """
        records = self.plan.source.read(self.messages)
        groups = [str(at_path(record.content, self.plan.group)) for record in records]
        made = []
        for number in range(first, first + count):
            at = number % len(groups)
            given, group = self.messages[at], groups[at]
            other = f"{number:0{len(group)}d}"[-len(group) :]
            text = msgspec.json.encode(given.content).replace(group.encode(), other.encode())
            made.append(Message(content=msgspec.json.decode(text), variant=given.variant))
        return made

    def credentials(self, body: BodyPlan) -> list[Credential]:
        """Return what the messages come to in one body, unsigned."""
        records = self.plan.source.read(self.messages)
        issues = [_issue(self.plan, body, number) for number in range(len(records))]
        composed = body.schema.compose(records, issues)
        return [each for each in composed if isinstance(each, Credential)]


def deployment_signing_with(root: Path, algorithm: str) -> Path:
    """
    Return the first deployment under `root/config` whose first signer has this algorithm.

    Raises:
        ConfigError: there is none.
    """
    for file in sorted(root.glob("config/*/deployment.yaml")):
        deployment = load_deployment(file.parent).deployment
        first = deployment.signers[:1]
        if first and first[0].settings.get("algorithm", "EdDSA") == algorithm and deployment.store:
            return file.parent
    raise ConfigError(f"no deployment under {root / 'config'} signs with {algorithm}")


@contextmanager
def arena(root: Path, folder: Path, url: str, *, processes: int) -> Iterator[Arena]:
    """Copy a deployment aside, give it that database, and open it for the length of a block."""
    with tempfile.TemporaryDirectory(prefix="mohar-bench-") as temporary:
        copy = copy_deployment(
            root, folder.name, Path(temporary), database=url, processes=processes
        )
        generate_missing(copy)
        with build_house(copy, telemetry=silent_telemetry()) as house:
            house.store.upgrade()
            (plan,) = house.plans.values()
            messages = _issuable(plan, _samples(root))
            key = next(iter((copy / "keys").glob("*.pem")))
            yield Arena(house=house, plan=plan, messages=messages, key=key)


def _samples(root: Path) -> list[Message]:
    files = sorted(root.glob("config/*/samples/records.jsonl"))
    if not files:
        raise InvalidInput(f"there are no samples under {root / 'config'}")
    return sample_messages(files[0])


def _issuable(plan: KindPlan, messages: Sequence[Message]) -> list[Message]:
    """Leave out what is refused, so that both sides do the same work."""
    kept = []
    for message, record in zip(messages, plan.source.read(messages), strict=True):
        bodies = [body for body in plan.bodies if body.suits(record)]
        findings = [*record.findings]
        for body in bodies:
            findings += body.schema.check([record], body.profile)[0]
        if bodies and not any(finding.is_error for finding in findings):
            kept.append(message)
    return kept


def _issue(plan: KindPlan, body: BodyPlan, number: int) -> Issue:
    return Issue(
        kind=plan.name,
        body=body.name,
        profile=body.profile,
        credential_id=f"{10**10 + number}",
        revision=1,
        issued_at=NOON,
        subject="urn:uuid:00000000-0000-8000-8000-000000000000",
        issuer="did:web:credentials.example",
        issuer_name="Bench",
        country="IN",
        time_zone="Asia/Kolkata",
        public_url="https://credentials.example",
        contexts_url="http://127.0.0.1:8000/contexts",
    )
