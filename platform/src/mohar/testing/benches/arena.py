"""A deployment copied aside, with keys and a database of its own, to measure in."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import msgspec

from mohar.assembly.blueprint import Blueprint
from mohar.assembly.house import House, build_house
from mohar.assembly.keys import generate_missing
from mohar.assembly.opening import silent_telemetry
from mohar.config.deployment import Body, Deployment, Kind, NamedUse, Rendering
from mohar.config.load import load_deployment, load_yaml
from mohar.domain.credential import Credential, Issue
from mohar.domain.errors import ConfigError, InvalidInput, Unavailable
from mohar.domain.keys import PublicKey
from mohar.domain.record import Message
from mohar.domain.values import at_path
from mohar.issuing.plan import BodyPlan, KindPlan
from mohar.plugin import Format
from mohar.processes.memory import settle_memory
from mohar.testing.deployments import copy_deployment, sample_messages
from mohar.testing.tools import NOON

BESIDE: Final = "beside"
"""The name of the rendering that stands beside another one."""


class Ground(msgspec.Struct, frozen=True, kw_only=True):
    """
    What to measure: the first body of a checkout in this format whose signer has this algorithm.

    Where `suite` is given, that body is signed with this suite and a key of `suite_algorithm`
    instead: for what no deployment of the checkout does. Where `drawn_by` is given, it is the first
    body that this renderer draws, and what it draws is drawn as well, and first, by `beside` of the
    plugin `plugin`, with the same settings.
    """

    format: str
    algorithm: str
    suite: str = ""
    suite_algorithm: str = ""
    drawn_by: str = ""
    beside: str = ""
    plugin: str = ""


class Site(msgspec.Struct, frozen=True):
    """The body that a ground leads to: its folder, kind, own name and signer."""

    folder: Path
    kind: Kind
    body: Body
    signer: NamedUse


class Arena(msgspec.Struct, frozen=True, kw_only=True):
    """A House that issues one body, the messages it can issue, and the key it signs with."""

    folder: Path
    house: House
    plan: KindPlan
    messages: Sequence[Message]
    key: Path

    @property
    def body(self) -> BodyPlan:
        """Return the one body."""
        return self.plan.bodies[0]

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

    def credentials(self, count: int) -> list[Credential]:
        """
        Return so many credentials, unsigned, each of a record of its own.

        Raises:
            Unavailable: a record cannot be composed, so nothing can be measured.
        """
        records = self.plan.source.read(self.many(count))
        authority = self.house.deployment.authority.id
        issues = [_issue(self.plan, self.body, n, authority) for n in range(len(records))]
        composed = self.body.schema.compose(records, issues)
        made = [each for each in composed if isinstance(each, Credential)]
        if len(made) < count:
            raise Unavailable("a record cannot be composed, so nothing was measured")
        return made

    def format_and_key(self) -> tuple[Format, PublicKey]:
        """Return the format of the body, opened anew, and the key that the House signs with."""
        resolved = Blueprint(self.folder).resolve(with_parts=False)
        (signer,) = resolved.signers.values()
        return resolved.formats[self.plan.name, self.body.name], signer.key


def find(root: Path, ground: Ground) -> Site:
    """
    Return the first body under `root/config` that a ground asks for.

    Raises:
        ConfigError: there is none.
    """
    for file in sorted(root.glob("config/*/deployment.yaml")):
        for site in _sites(file.parent, load_deployment(file.parent).deployment):
            algorithm = site.signer.settings.get("algorithm", "EdDSA")
            fits = (site.body.format_use.uses, algorithm) == (ground.format, ground.algorithm)
            if fits and (not ground.drawn_by or _drawn(site, ground)):
                return site
    raise ConfigError(
        f"no deployment under {root / 'config'} issues {ground.format} with {ground.algorithm}"
    )


def _drawn(site: Site, ground: Ground) -> Rendering | None:
    """Return the rendering of a body by the renderer of a ground, or None."""
    return next(
        (
            each
            for each in site.kind.renderings
            if each.uses == ground.drawn_by and (not each.bodies or site.body.name in each.bodies)
        ),
        None,
    )


def _sites(folder: Path, deployment: Deployment) -> Iterator[Site]:
    signers = {signer.name: signer for signer in deployment.signers}
    for kind in deployment.credentials if deployment.store else ():
        for body in kind.bodies:
            yield Site(folder, kind, body, signers[body.signer])


@contextmanager
def arena(root: Path, ground: Ground, *, url: str | None, processes: int) -> Iterator[Arena]:
    """Copy a deployment aside, keep the one body, and open it for the length of a block."""
    site = find(root, ground)
    with tempfile.TemporaryDirectory(prefix="mohar-bench-") as temporary:
        copy = copy_deployment(root, site.folder.name, Path(temporary), database=url)
        _keep_one_body(copy / "deployment.yaml", site, ground, processes)
        generate_missing(copy)
        with build_house(copy, telemetry=silent_telemetry()) as house:
            house.store.upgrade()
            settle_memory()
            (plan,) = house.plans.values()
            yield Arena(
                folder=copy,
                house=house,
                plan=plan,
                messages=_issuable(plan, _samples(root)),
                key=copy / site.signer.settings["key"]["file"],
            )


def _keep_one_body(file: Path, site: Site, ground: Ground, processes: int) -> None:
    """Write the deployment anew with one kind, one body, its signer, and what is to be drawn."""
    tree = load_yaml(file, dict[str, Any])
    kind = _named(tree["credentials"], site.kind.name)
    body = _named(kind["bodies"], site.body.name)
    signer = _named(tree["signers"], site.signer.name)
    if ground.suite:
        body["format"] = {"uses": ground.format, "settings": {"suite": ground.suite}}
        signer["settings"]["algorithm"] = ground.suite_algorithm
    renderings = []
    if drawn := _drawn(site, ground):
        one = _named(kind["renderings"], drawn.name)
        renderings = [{**one, "name": BESIDE, "uses": ground.beside}, one]
        tree["plugins"] = [*tree["plugins"], ground.plugin]
    kind |= {"bodies": [body | {"required": True}], "renderings": renderings}
    tree |= {"credentials": [kind], "signers": [signer], "issuing": {"processes": processes}}
    tree.pop("whole", None)
    tree.pop("publishing", None)
    # JSON is YAML.
    file.write_bytes(msgspec.json.encode(tree))


def _named(things: Sequence[dict[str, Any]], name: str) -> dict[str, Any]:
    (found,) = (each for each in things if each["name"] == name)
    return found


def _samples(root: Path) -> list[Message]:
    files = sorted(root.glob("config/*/samples/records.jsonl"))
    if not files:
        raise InvalidInput(f"there are no samples under {root / 'config'}")
    return sample_messages(files[0])


def _issuable(plan: KindPlan, messages: Sequence[Message]) -> list[Message]:
    """Leave out what is refused, so that both sides do the same work."""
    (body,) = plan.bodies
    kept = []
    for message, record in zip(messages, plan.source.read(messages), strict=True):
        findings = [*record.findings, *body.schema.check([record], body.profile)[0]]
        if body.suits(record) and not any(finding.is_error for finding in findings):
            kept.append(message)
    if not kept:
        raise Unavailable(f"no sample can be issued as {body.name}, so nothing can be measured")
    return kept


def _issue(plan: KindPlan, body: BodyPlan, number: int, authority: str) -> Issue:
    return Issue(
        kind=plan.name,
        body=body.name,
        profile=body.profile,
        credential_id=f"{10**10 + number}",
        revision=1,
        issued_at=NOON,
        subject="urn:uuid:00000000-0000-8000-8000-000000000000",
        issuer=authority,
        issuer_name="Bench",
        country="IN",
        time_zone="Asia/Kolkata",
        public_url="https://credentials.example",
        contexts_url="http://127.0.0.1:8000/contexts",
    )
