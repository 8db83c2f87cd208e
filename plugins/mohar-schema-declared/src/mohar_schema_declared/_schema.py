"""The Schema that a type file declares."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from zoneinfo import ZoneInfo

import msgspec

from mohar.domain.credential import Credential, Issue
from mohar.domain.errors import ConfigError
from mohar.domain.findings import Finding, Refusal
from mohar.domain.record import Record
from mohar.domain.values import JsonObject, at_path
from mohar.domain.valueset import ValueSet
from mohar.domain.verdict import Check
from mohar.plugin import Tools
from mohar_schema_declared import _context, _dictionary, _documentation, _jsonschema
from mohar_schema_declared._check import Checker
from mohar_schema_declared._compose import Fill, object_plan
from mohar_schema_declared._examine import Examiner
from mohar_schema_declared._extract import Extractor
from mohar_schema_declared._frame import Frame, Kit, Reader, is_empty, reader
from mohar_schema_declared._issue import probe, seen_by_terms
from mohar_schema_declared._lint import lint
from mohar_schema_declared._straight import Fits, straight_fill, straight_fits
from mohar_schema_declared._typefile import NamedPattern, TypeFile, types_of


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    Which type file, relative to the deployment folder.

    `patterns` replace patterns of the type file by the deployment's own, by name.
    """

    type: str
    patterns: list[NamedPattern] = []


class DeclaredSchema:
    """
    One version of one credential type, made from its file.

    Everything is compiled at first use, so that `findings` can tell what is wrong with a type that
    would not compile.
    """

    def __init__(
        self,
        type_file: TypeFile,
        sets: Sequence[ValueSet],
        settings: Settings,
        tools: Tools,
        dictionaries: Sequence[bytes] = (),
    ) -> None:
        self._type = type_file
        self._sets = tuple(sets)
        self._dictionaries = tuple(dictionaries)
        self._own_patterns = settings.patterns
        self._tools = tools
        self._plans: dict[str, _Plan] = {}
        self._contexts = _context.context_lists(type_file, tools.contexts_url)
        self.name = type_file.name
        self.version = type_file.version

    @classmethod
    def open(cls, settings: Settings, tools: Tools) -> DeclaredSchema:
        """
        Read the type file, its value sets and its dictionaries.

        Raises:
            ConfigError: every mistake of a file, with its place; or a pattern in the settings
                that the type does not have.
        """
        type_file = tools.files.load(settings.type, TypeFile)
        folder = posixpath.dirname(settings.type)
        sets = [tools.files.value_set(_beside(folder, part.file)) for part in type_file.value_sets]
        dictionaries = [tools.files.read(_beside(folder, each)) for each in type_file.dictionaries]
        _refuse_unknown_patterns(type_file, settings)
        return cls(type_file, sets, settings, tools, dictionaries)

    @property
    def full_name(self) -> str:
        """Name and version, as they are stored with each credential."""
        return f"{self.name}/{self.version}"

    def contexts(self) -> Mapping[str, bytes]:
        """Return the type's context under its own address and those of others who published it."""
        if self._type.is_plain:
            return {}
        content = _context.context_bytes(self._type)
        return {urls[-1]: content for urls in self._contexts}

    def dictionaries(self) -> Mapping[str, Sequence[bytes]]:
        """Return the type's dictionaries under every address of its context."""
        if not self._dictionaries:
            return {}
        return {urls[-1]: self._dictionaries for urls in self._contexts}

    def new_dictionary(self) -> bytes:
        """Return what all documents of the type say alike, as the file tells it now."""
        return _dictionary.dictionary(self._type, self._sets)

    def json_schema(self, profile: str = "") -> JsonObject:
        """Return the JSON Schema of the document of one profile, or of any."""
        return _jsonschema.json_schema(self._type, self._contexts, profile)

    def documentation(self) -> str:
        """Return a page in Markdown that says what each member means."""
        return _documentation.documentation(self._type)

    def findings(self) -> Sequence[Finding]:
        """Return what the linter says of the type."""
        return [
            msgspec.structs.replace(finding, message=f"type {self.full_name}: {finding.message}")
            for finding in lint(self._type, self._sets)
        ]

    def check(self, records: Sequence[Record], profile: str = "") -> Sequence[tuple[Finding, ...]]:
        """Return all findings of each record for this profile."""
        unknown = self._unknown_profile(profile)
        if unknown:
            return [(unknown,) for _ in records]
        plan = self._plan(profile)
        issue = probe(self._tools.clock(), self._tools.country)
        return [plan.findings(Frame(record.content, issue)) for record in records]

    def compose(
        self, records: Sequence[Record], issues: Sequence[Issue]
    ) -> Sequence[Credential | Refusal]:
        """Return the credential of each record, or why it cannot be made."""
        return [self._compose(record, issue) for record, issue in zip(records, issues, strict=True)]

    def facts(self, credentials: Sequence[Credential]) -> Sequence[JsonObject]:
        """Return of each credential what may be counted."""
        return [self._facts.values(credential.document) for credential in credentials]

    def recognises(self, document: JsonObject) -> bool:
        """
        Say whether a document names this type and its context, whatever else it names.

        A document of a plain type is known by its marks.
        """
        if self._type.is_plain:
            return "@context" not in document and all(
                not is_empty(read(Frame(document))) for read in self._marks
            )
        context, types = document.get("@context"), document.get("type")
        urls = [urls[-1] for urls in self._contexts]
        ours = [each for each in types_of(self._type.members) if self._type.class_named(each)]
        return (
            isinstance(context, list)
            and isinstance(types, list)
            and any(url in context for url in urls)
            and all(name in types for name in ours)
        )

    def identifier(self, document: JsonObject) -> str | None:
        """Return the text at the type's `identifier`; None where there is none, or no such place."""
        if self._type.identifier is None:
            return None
        found = at_path(document, self._type.identifier)
        return found if isinstance(found, str) and found else None

    def examine(self, document: JsonObject) -> Sequence[Check]:
        """Judge context, structure and, for a legacy type, the guards. A proof is left aside."""
        return self._examiner.checks(document)

    def shown(self, document: JsonObject) -> JsonObject:
        """Return what a verifier's screen shows, by public names, in the file's order."""
        return self._shown.values(document)

    def _compose(self, record: Record, issue: Issue) -> Credential | Refusal:
        unknown = self._unknown_profile(issue.profile)
        if unknown:
            return Refusal(findings=(unknown,))
        frame = Frame(record.content, seen_by_terms(issue))
        document = self._plan(issue.profile).document(frame)
        if frame.findings or document is None:
            return Refusal(findings=tuple(frame.findings))
        return Credential(
            kind=issue.kind,
            body=issue.body,
            profile=issue.profile,
            credential_id=issue.credential_id,
            revision=issue.revision,
            schema=self.full_name,
            issued_at=issue.issued_at,
            document=self._heading | document,
        )

    def _unknown_profile(self, profile: str) -> Finding | None:
        if not self._type.profiles or profile in self._type.profiles:
            return None
        known = ", ".join(self._type.profiles)
        return Finding(
            code="profile-unknown",
            message=f"type {self.full_name} has no profile {profile!r}; give the body one of: "
            f"{known}",
        )

    def _plan(self, profile: str) -> _Plan:
        if profile not in self._plans:
            members, checks, kit = self._type.members, self._type.checks, self._kit
            self._plans[profile] = _Plan(
                checker=Checker(checks, members, profile, kit),
                fill=object_plan(members, profile, kit, optional=False),
                fits=straight_fits(checks, profile, kit),
                straight=straight_fill(members, profile, kit),
            )
        return self._plans[profile]

    @property
    def _heading(self) -> JsonObject:
        return {"@context": list(self._contexts[0])} if self._contexts else {}

    @cached_property
    def _marks(self) -> list[Reader]:
        return [reader(path) for path in self._type.marks]

    @cached_property
    def _kit(self) -> Kit:
        patterns = {each.name: each.pattern for each in self._type.patterns}
        patterns |= {each.name: each.pattern for each in self._own_patterns}
        return Kit(
            sets={
                part.name: found
                for part, found in zip(self._type.value_sets, self._sets, strict=True)
            },
            patterns={name: re.compile(pattern) for name, pattern in patterns.items()},
            zone=ZoneInfo(self._tools.time_zone),
            clock=self._tools.clock,
        )

    @cached_property
    def _examiner(self) -> Examiner:
        profiles = self._type.profiles or ("",)
        schemas = [self.json_schema(profile) for profile in profiles]
        return Examiner(self._type, self._contexts, schemas, self._kit)

    @cached_property
    def _shown(self) -> Extractor:
        return Extractor(self._type.shown, self._kit)

    @cached_property
    def _facts(self) -> Extractor:
        return Extractor(self._type.facts, self._kit)


class _Plan(msgspec.Struct, frozen=True, kw_only=True):
    """
    What is done with a record for one profile.

    `fits` and `straight` answer for the usual record, and where they do not, `checker` and `fill`
    tell everything that is wrong with it.
    """

    checker: Checker
    fill: Fill
    fits: Fits
    straight: Fill

    def findings(self, frame: Frame) -> tuple[Finding, ...]:
        """Return all findings of a frame's record."""
        if self.fits(frame) and self.straight(frame) is not None:
            return ()
        declared = self.checker.findings(frame)
        told = {finding.where for finding in declared if finding.is_error}
        self.fill(frame)
        derived: dict[str, Finding] = {}
        for finding in frame.findings:
            if finding.where not in told:
                derived.setdefault(finding.where or finding.message, finding)
        return (*declared, *derived.values())

    def document(self, frame: Frame) -> JsonObject | None:
        """Return the document of a frame; where there are findings they are in the frame."""
        document = self.straight(frame)
        return self.fill(frame) if document is None else document


def _beside(folder: str, name: str) -> str:
    return posixpath.normpath(posixpath.join(folder, name))


def _refuse_unknown_patterns(type_file: TypeFile, settings: Settings) -> None:
    known = {pattern.name for pattern in type_file.patterns}
    unknown = sorted({pattern.name for pattern in settings.patterns} - known)
    if unknown:
        raise ConfigError(
            f"settings of type {settings.type}: no pattern {', '.join(unknown)} there; "
            f"it has: {', '.join(sorted(known)) or 'none'}"
        )
