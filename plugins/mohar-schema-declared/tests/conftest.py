"""What all tests of this plugin start from: the real type files, one record, one issue."""

from __future__ import annotations

import copy
import functools
import os
import posixpath
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import msgspec
import pytest
from ruamel.yaml import YAML

from mohar.domain.credential import Credential, Issue
from mohar.domain.record import Record
from mohar.domain.status import StatusReference
from mohar.domain.values import JsonObject
from mohar.domain.valueset import Entry, ValueSet
from mohar.plugin import Tools
from mohar_schema_declared import DeclaredSchema, Settings

T = TypeVar("T")
OpenType: TypeAlias = Callable[..., DeclaredSchema]
Compose: TypeAlias = Callable[..., Credential]

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 11, 25, 6, 30, 15, 123000, tzinfo=UTC)


class Folder:
    """Files of the repository, with some of them replaced by trees that a test made."""

    root = ROOT

    def __init__(self, replaced: Mapping[str, JsonObject]) -> None:
        self._replaced = replaced

    def tree(self, relative: str) -> JsonObject:
        name = posixpath.normpath(relative)
        if name in self._replaced:
            return copy.deepcopy(self._replaced[name])
        return copy.deepcopy(read_yaml(name))

    def load(self, relative: str, shape: type[T]) -> T:
        return msgspec.convert(self.tree(relative), shape)

    def read(self, relative: str) -> bytes:
        return (ROOT / posixpath.normpath(relative)).read_bytes()

    def value_set(self, relative: str) -> ValueSet:
        tree = self.tree(relative)
        return ValueSet(tree["value_set"], tree["version"], [_entry(e) for e in tree["entries"]])


def _entry(tree: JsonObject) -> Entry:
    known = {name: tree.pop(name) for name in ("code", "name")}
    return Entry(**known, aliases=tuple(tree.pop("aliases", ())), more=tree)


@functools.lru_cache
def read_yaml(relative: str) -> JsonObject:
    yaml = YAML(typ="safe", pure=True)
    yaml.version = (1, 2)
    tree: JsonObject = yaml.load((ROOT / relative).read_text(encoding="utf-8"))
    return tree


def type_path(version: str) -> str:
    return f"schemas/vaccination/{version}/type.yaml"


@pytest.fixture(scope="session")
def read_tree() -> Callable[[str], JsonObject]:
    """Return a function that reads a file of the repository as a tree that may be changed."""
    return lambda relative: copy.deepcopy(read_yaml(relative))


@pytest.fixture(scope="session")
def type_tree() -> Callable[[str], JsonObject]:
    """Return a function that reads a type file as a tree that may be changed."""
    return lambda version: copy.deepcopy(read_yaml(type_path(version)))


def opened_afresh(
    version: str, files: Mapping[str, JsonObject], settings: Mapping[str, Any]
) -> DeclaredSchema:
    nothing: Any = None
    folder: Any = Folder(files)
    tools = Tools(
        clock=lambda: NOW,
        files=folder,
        http=nothing,
        credentials=nothing,
        intake=nothing,
        life=nothing,
        requests=nothing,
        expiring=nothing,
        shared=nothing,
        holders=nothing,
        telemetry=nothing,
        time_zone="Asia/Kolkata",
        country="IN",
        contexts_url="https://contexts.example.in",
    )
    chosen = msgspec.convert({"type": type_path(version), **settings}, Settings)
    return DeclaredSchema.open(chosen, tools)


@pytest.fixture(scope="session")
def open_type() -> OpenType:
    """Return a function that opens a type, perhaps with other files or settings."""
    usual: dict[str, DeclaredSchema] = {}

    def opened(
        version: str, *, files: Mapping[str, JsonObject] | None = None, **settings: Any
    ) -> DeclaredSchema:
        if files or settings:
            return opened_afresh(version, files or {}, settings)
        if version not in usual:
            usual[version] = opened_afresh(version, {}, {})
        return usual[version]

    return opened


@pytest.fixture(scope="session")
def vectors() -> Path:
    """Return the folder of third-party DIVOC vectors."""
    folder = Path(os.environ.get("MOHAR_VECTORS", ROOT.parent / "shared" / "vectors"))
    if not folder.is_dir():
        pytest.skip("the third-party vectors are not on this machine (MOHAR_VECTORS)")
    return folder


@pytest.fixture
def content() -> JsonObject:
    """Return a record's content, as the source gives it, that may be changed."""
    return {
        "pre_enrollment_code": "39791185041847",
        "recipient": {
            "name": 'Anamika "Anu" O\'Brien',
            "birth_date": "1980-05-02",
            "age": "40",
            "gender": "Female",
            "nationality": "Indian",
            "identity": "did:Passport:Z1234567",
            "passport": "Z1234567",
            "photo_id": {"type": "passport", "masked": "XXXX4567"},
            "mobile": "+915550000001",
            "address": {
                "line1": "12, Sample Road",
                "district": "Chamba",
                "state": "Himachal Pradesh",
                "pincode": "176207",
            },
        },
        "vaccination": {
            "vaccine_code": "covishield",
            "vaccine_name": "COVISHIELD",
            "batch": "4121Z001",
            "manufacturer": "Serum Institute of India",
            "date": "2021-03-03T18:30:00.134Z",
            "date_local": "2021-03-04",
            "effective_start": "2021-03-04",
            "effective_until": "2021-04-04",
            "dose": 1,
            "total_doses": 2,
        },
        "vaccinator": {"name": "Dummy Vaccinator"},
        "facility": {
            "name": "Sample Site",
            "address": {"district": "Chamba", "state": "Himachal Pradesh"},
        },
        "legacy": {
            "subject_id": "did:Passport:Z1234567",
            "recipient_pincode": 176207,
            "icd11_code": "XM9QW8",
            "prophylaxis": "COVID-19 vaccine, non-replicating viral vector",
        },
    }


def issue_for(profile: str) -> Issue:
    return Issue(
        kind="vaccination",
        body=profile or "certificate",
        profile=profile,
        credential_id="92047670169",
        revision=1,
        issued_at=NOW,
        subject="urn:uuid:8c0b0f8e-6a3c-5b5e-9d4c-0123456789ab",
        issuer="did:web:health.example.in",
        issuer_name="Ministry of Health and Family Welfare",
        country="IN",
        time_zone="Asia/Kolkata",
        public_url="https://certificates.example.in",
        contexts_url="https://contexts.example.in",
        status=StatusReference(list_url="https://certificates.example.in/v1/status/1", index=94567),
    )


@pytest.fixture(scope="session")
def make_issue() -> Callable[[str], Issue]:
    """Return a function that gives the Issue of a profile."""
    return issue_for


@pytest.fixture(scope="session")
def compose() -> Compose:
    """Return a function that composes one credential and is sure that it was not refused."""

    def composed(schema: DeclaredSchema, content: JsonObject, profile: str = "") -> Credential:
        [result] = schema.compose([Record(content=content)], [issue_for(profile)])
        assert isinstance(result, Credential)
        return result

    return composed


@pytest.fixture
def legacy_document(vectors: Path) -> JsonObject:
    """Return the credential that India's production key signed, that may be changed."""
    path = vectors / "divoc" / "valid-rsa" / "cowin-production-2021-03-03.json"
    document: JsonObject = msgspec.json.decode(path.read_bytes())
    return document
