"""A deployment opened for whoever designs its pages: every sheet it can print, from sample records."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, get_args

import msgspec

from mohar.assembly.blueprint import Blueprint
from mohar.assembly.plans import plans_of, renderings_of, setting_of
from mohar.assembly.resolve import Resolved
from mohar.codec import keymaking
from mohar.config.deployment import Deployment, NamedUse
from mohar.domain.clock import Clock, utc_now
from mohar.domain.credential import Secured
from mohar.domain.errors import InvalidInput
from mohar.domain.findings import Finding, Refusal
from mohar.domain.keys import Algorithm, PublicKey
from mohar.domain.record import Message
from mohar.domain.rendition import Rendition, Shown
from mohar.issuing.draft import ItemDraft
from mohar.issuing.rehearse import Rehearsal
from mohar.plugin import Format, Inspecting, Renderer, Source
from mohar.receiving.records_file import read_messages
from mohar.rendering.drawing import Drawing

FOLDER: Final = "samples/pages"
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_ALGORITHMS: Final[Mapping[str, Algorithm]] = {each: each for each in get_args(Algorithm)}


class Spot(msgspec.Struct, frozen=True, kw_only=True):
    """One sheet: a sample in one body, by one rendering, in one language (empty without words)."""

    sample: str
    kind: str
    body: str
    rendering: str
    language: str

    def __str__(self) -> str:
        parts = (self.body, self.rendering, self.sample, self.language)
        return "/".join(part for part in parts if part)


class Unmade(msgspec.Struct, frozen=True, kw_only=True):
    """A body that cannot be made of a sample, and why."""

    sample: str
    kind: str
    body: str
    findings: tuple[Finding, ...]


class Carried(msgspec.Struct, frozen=True, kw_only=True):
    """A body of a sample as its renderers get it, with what it would put into a QR code."""

    sample: str
    shown: Shown
    renderers: Mapping[str, Renderer]


class Studio:
    """
    Draws and inspects the sheets of one deployment folder as its files were when it was opened.

    Each file `NAME.jsonl` of the samples is one sample: the records of one holder, oldest first,
    and the last of them is the one that is drawn. No key, secret or database is needed, and
    nothing that is drawn here can be verified.

    Raises:
        ConfigError: every mistake of the deployment, each with its place.
        InvalidInput: there are no samples, or one of them cannot be read.
    """

    def __init__(
        self, folder: Path, samples: Path | None = None, *, clock: Clock = utc_now
    ) -> None:
        self._blueprint = Blueprint(folder, clock=clock)
        self._resolved = self._blueprint.resolve(with_keys=False)
        self._samples = samples or folder / FOLDER
        deployment = self._blueprint.loaded.deployment
        self._plans = plans_of(deployment, self._resolved)
        renderings = renderings_of(deployment, self._resolved)
        self._drawing = Drawing(renderings, self._resolved.formats, 0)
        self._rehearsal = Rehearsal(
            self._plans,
            _stations(deployment, self._resolved),
            setting_of(self._blueprint.loaded),
            clock,
        )
        self._made: dict[tuple[str, str], Sequence[ItemDraft]] = {
            (kind, name): self._rehearsal.rehearse(kind, messages)
            for kind, plan in self._plans.items()
            for name, messages in _samples_in(self._samples, plan.source).items()
        }

    def spots(self) -> Iterator[Spot]:
        """Give every sheet, language by language."""
        for (kind, sample), drafts in self._made.items():
            for option in self._drawing.options(kind):
                for secured in _last_bodies(drafts):
                    if not option.bodies or secured.body in option.bodies:
                        for language in option.languages or ("",):
                            yield Spot(
                                sample=sample,
                                kind=kind,
                                body=secured.body,
                                rendering=option.name,
                                language=language,
                            )

    def carried(self, kind: str) -> Iterator[Carried]:
        """Give every body of every sample of a kind, each with the renderers that draw it."""
        for (of, sample), drafts in self._made.items():
            if of == kind:
                for secured in _last_bodies(drafts):
                    shown = self._drawing.shown_for(secured)
                    renderers = self._renderers_of(kind, secured.body)
                    yield Carried(sample=sample, shown=shown, renderers=renderers)

    def kinds(self) -> Sequence[str]:
        """Return the kinds of the deployment, in its order."""
        return list(self._plans)

    def unmade(self) -> Sequence[Unmade]:
        """Return the bodies of samples that were refused."""
        return [
            Unmade(sample=sample, kind=kind, body=body, findings=findings)
            for (kind, sample), drafts in self._made.items()
            for body, findings in _refused(drafts[-1])
        ]

    def draw(self, spot: Spot) -> Rendition | Refusal:
        """
        Return one sheet, or why it cannot be drawn.

        Raises:
            NotFound: the deployment has no such rendering.
            InvalidInput: no sample of this name has that body.
        """
        (drawn,) = self._drawing.draw(spot.kind, spot.rendering, [self._shown(spot)])
        return drawn

    def inspect(self, spot: Spot) -> Sequence[Finding]:
        """Return what is to be mended on one sheet; raises as `draw` does."""
        renderer = self._resolved.renderers[spot.kind, spot.rendering]
        if isinstance(renderer, Inspecting):
            return renderer.inspect([self._shown(spot)])[0]
        drawn = self.draw(spot)
        return drawn.findings if isinstance(drawn, Refusal) else ()

    def files(self) -> Sequence[Path]:
        """Return all that was read so far: what is to be watched, with the folder of the samples."""
        samples = sorted(self._samples.glob("*.jsonl"))
        return [*self._blueprint.loaded.files.known(), self._samples, *samples]

    def _renderers_of(self, kind: str, body: str) -> Mapping[str, Renderer]:
        return {
            option.name: self._resolved.renderers[kind, option.name]
            for option in self._drawing.options(kind)
            if not option.bodies or body in option.bodies
        }

    def _shown(self, spot: Spot) -> Shown:
        drafts = self._made.get((spot.kind, spot.sample), ())
        group = [
            body.secured
            for draft in drafts
            for body in draft.bodies
            if body.secured is not None and body.plan.name == spot.body
        ]
        if not group:
            raise InvalidInput("no sample of this name has that body")
        return self._drawing.shown_for(group[-1], group, language=spot.language)


def _last_bodies(drafts: Sequence[ItemDraft]) -> list[Secured]:
    return [body.secured for body in drafts[-1].bodies if body.secured is not None]


def _refused(draft: ItemDraft) -> Iterator[tuple[str, tuple[Finding, ...]]]:
    for body in draft.bodies:
        findings = (*draft.findings, *body.findings)
        if body.secured is None and findings:
            yield body.plan.name, findings


def _stations(
    deployment: Deployment, resolved: Resolved
) -> Mapping[tuple[str, str], tuple[Format, PublicKey]]:
    keys = {use.name: _stand_in(use) for use in deployment.signers}
    return {
        (kind.name, body.name): (resolved.formats[kind.name, body.name], keys[body.signer])
        for kind in deployment.credentials
        for body in kind.bodies
    }


def _stand_in(use: NamedUse) -> PublicKey:
    """
    Return a public key like that of a signer; its private half is forgotten at once.

    A signer's settings are its own affair: one that does not name its algorithm as ours do is
    taken for Ed25519.
    """
    algorithm = _ALGORITHMS.get(str(use.settings.get("algorithm")), "EdDSA")
    _, key = keymaking.generate(algorithm, str(use.settings.get("key_id", f"#{use.name}")))
    return key


def _samples_in(folder: Path, source: Source) -> dict[str, list[Message]]:
    files = sorted(folder.glob("*.jsonl"))
    if not files:
        raise InvalidInput(
            f"there are no samples in {folder}: write the records of one holder into a file "
            "NAME.jsonl there, one a line, and name it for what it shows, as in longest.jsonl"
        )
    misnamed = [file.name for file in files if not _NAME.fullmatch(file.stem)]
    if misnamed:
        raise InvalidInput(
            f"{folder}: {', '.join(misnamed)}: name samples in small letters, digits and hyphens"
        )
    return {file.stem: read_messages(file, source) for file in files}
