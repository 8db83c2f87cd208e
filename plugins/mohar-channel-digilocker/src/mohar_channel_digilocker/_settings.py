"""What a deployment says of DigiLocker: who calls, what is given out, and by which match."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from mohar.plugin.tools import SecretReference

Content = Literal["pdf", "xml", "both"]
Digest = Literal["raw", "hex", "auto"]
Target = Literal["group", "id", "handle", "key", "part"]
Spec = Literal["1.5", "1.6", "1.7", "1.8", "1.9", "1.10", "1.11", "1.12", "1.13"]

_Text = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
_Name = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]{0,63}$")]
_DocType = Annotated[str, msgspec.Meta(pattern=r"^[A-Z0-9]{5}$")]
_IssuerId = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]{0,99}$")]
_Path = Annotated[str, msgspec.Meta(pattern=r"^(/[A-Za-z0-9_-]+)+$")]


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A section of the settings; what it does not know is a mistake."""


class Clue(_Part, frozen=True, kw_only=True):
    """
    An element of the request, and what of a credential it has to be equal to.

    `to` is the kind's `group`, a credential's `id` (of any revision), one of its `handle`s, a part
    of its natural `key`, or a `part` of its document; `name` says which. A telephone number counts
    by its `last_digits`, with each of `prefixes` before them, as the record may have it. A `number`
    is one in the natural key as well.
    """

    element: _Name
    to: Target
    name: str = ""
    last_digits: Annotated[int, msgspec.Meta(ge=4, le=15)] | None = None
    prefixes: Annotated[list[str], msgspec.Meta(min_length=1, max_length=5)] = msgspec.field(
        default_factory=lambda: [""]
    )
    number: bool = False


class Value(_Part, frozen=True, kw_only=True):
    """A value of the XML: a fixed `text`, or what stands at a `path` of the credential's document."""

    path: str = ""
    text: str = ""
    form: Literal["plain", "date", "gender"] = "plain"


Filled = str | Value


class Element(_Part, frozen=True, kw_only=True):
    """An element below `CertificateData`, by its names from the outside in."""

    element: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z_]\w*(/[A-Za-z_]\w*)*$")]
    attributes: dict[_Name, Filled] = {}


class Signature(_Part, frozen=True, kw_only=True):
    """An RSA key (PEM) of its own that signs the XML, and the certificate (PEM) sent along."""

    key: SecretReference
    certificate: str = ""


class Xml(_Part, frozen=True, kw_only=True):
    """
    DigiLocker's Certificate XML (Digital Locker Technology Specification).

    Each map names attributes and where they come from: a path of the document, or a `Value`.
    """

    name: _Text
    organisation: dict[_Name, str]
    address: dict[_Name, str] = {}
    valid_from: Filled = ""
    expires: Filled = ""
    person: dict[_Name, Filled]
    data: list[Element] = []
    signature: Signature | None = None


class Person(_Part, frozen=True, kw_only=True):
    """
    Where the answer's `Person` comes from, which DigiLocker compares with its own profile.

    `phone` is the element of the request that was matched: no credential tells a number.
    """

    name: str = ""
    birth_date: str = ""
    gender: str = ""
    phone: str = ""


class Document(_Part, frozen=True, kw_only=True):
    """
    A type of document: of which kind, drawn from which body, and by what it is found.

    All of `match` must be so, save that of those elements that `enough` names one is. Where more
    than one is found, it is the one with the most at the path `latest`, or else the newest. A body
    that may be made `later` is pending until it is there.
    """

    type: _DocType
    kind: str
    body: str
    rendering: str | None = None
    language: str | None = None
    match: Annotated[list[Clue], msgspec.Meta(min_length=1, max_length=8)]
    enough: list[_Name] = []
    latest: str = ""
    later: bool = False
    person: Person = Person()
    xml: Xml | None = None
    vc_content: bool = False


class Settings(_Part, frozen=True, kw_only=True):
    """
    The door to DigiLocker.

    `keys` are API keys of DigiLocker's portal: any of them counts, so that one can be exchanged.
    `pull_doc`, `keyhash` and `default_format` follow `spec` where nothing is said. What comes twice
    within `skew_seconds` of its time, or is further away, is refused.
    """

    spec: Spec = "1.13"
    pull_uri_path: _Path = "/digilocker/pull-uri"
    pull_doc_path: _Path = "/digilocker/pull-doc"
    pull_doc: bool | None = None
    keys: Annotated[list[SecretReference], msgspec.Meta(min_length=1, max_length=5)]
    hmac: Digest = "auto"
    hmac_header: Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9-]{0,63}$")] = (
        "x-digilocker-hmac"
    )
    keyhash: bool | None = None
    org_ids: list[_Text] = []
    issuer_id: _IssuerId
    former_issuer_ids: list[_IssuerId] = []
    documents: Annotated[list[Document], msgspec.Meta(min_length=1, max_length=50)]
    default_format: Content | None = None
    genders: dict[str, str] = msgspec.field(
        default_factory=lambda: {"male": "M", "female": "F", "other": "T"}
    )
    skew_seconds: Annotated[int, msgspec.Meta(ge=30, le=3_600)] = 600
    max_request_bytes: Annotated[int, msgspec.Meta(ge=1_024, le=5_000_000)] = 1_000_000
    max_pdf_bytes: Annotated[int, msgspec.Meta(ge=1_024, le=10_000_000)] = 1_000_000
    answer_after_seconds: Annotated[float, msgspec.Meta(ge=0, le=10)] = 0.5
    remember_days: Annotated[int, msgspec.Meta(ge=0, le=3_650)] = 0

    @property
    def has_pull_doc(self) -> bool:
        """Say whether documents are given out by their URI: 1.13 knows no such request."""
        return self.spec != "1.13" if self.pull_doc is None else self.pull_doc

    @property
    def demands_keyhash(self) -> bool:
        """Say whether a request must prove the key by its attribute, too."""
        return self.spec == "1.13" if self.keyhash is None else self.keyhash

    @property
    def usual_format(self) -> Content:
        """Return what is meant where no format is asked for."""
        return self.default_format or ("xml" if self.spec == "1.13" else "pdf")

    @property
    def tells_person(self) -> bool:
        """Say whether an answer names the holder, as it does since 1.11."""
        return int(self.spec.partition(".")[2]) >= 11  # noqa: PLR2004 -- the document's own number

    @property
    def issuer_ids(self) -> frozenset[str]:
        """Return the issuer ids that a URI of ours may begin with."""
        return frozenset([self.issuer_id, *self.former_issuer_ids])
