"""The shape of `deployment.yaml`. Field docs here become the configuration reference."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from mohar.config.access import Access
from mohar.config.holders import Holders
from mohar.config.parts import Name, Part, Url
from mohar.domain.access import Action
from mohar.domain.delivery import DeliveryEvent
from mohar.plugin.tools import SecretReference


class Use(Part, frozen=True, kw_only=True):
    """Pick an offer of a plugin by its name, and give it its settings."""

    uses: str
    settings: dict[str, Any] = {}


class NamedUse(Use, frozen=True, kw_only=True):
    """A use that other parts of the deployment refer to by name."""

    name: Name


class Authority(Part, frozen=True, kw_only=True):
    """Who issues: the name people read and the URI that credentials carry as `issuer`."""

    name: str
    id: str


class Domains(Part, frozen=True, kw_only=True):
    """The house's own addresses, without a slash at the end."""

    public: Url
    contexts: Url


class Pepper(Part, frozen=True, kw_only=True):
    """The secret behind every keyed hash; its version is stored in each row it made."""

    version: Annotated[int, msgspec.Meta(ge=1)] = 1
    secret: SecretReference


class Store(Part, frozen=True, kw_only=True):
    """Where credentials are kept. `url` is a SQLAlchemy URL, or a secret reference to one."""

    url: str | SecretReference
    encryption_key: SecretReference
    pepper: Pepper

    def __repr__(self) -> str:
        # A URL may hold a password.
        return "Store(…)"


class Issuing(Part, frozen=True, kw_only=True):
    """
    How batches are signed.

    `processes: 0` signs in the process that asks; `batch` is records per transaction;
    `verify_sample` is the share of Ed25519 and P-256 proofs verified before they leave, beside
    the first of each batch (RSA proofs are all verified).
    """

    processes: Annotated[int, msgspec.Meta(ge=0, le=256)] = 0
    batch: Annotated[int, msgspec.Meta(ge=1, le=5000)] = 500
    verify_sample: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.01


class Drawing(Part, frozen=True, kw_only=True):
    """
    Where `mohar serve` and `mohar worker` draw pictures of credentials.

    Each of their processes draws in so many `processes` more, which start with the first picture;
    `processes: 0` draws in the process that asks, without a deadline. A picture that is not
    finished after `deadline_seconds` is given up.
    """

    processes: Annotated[int, msgspec.Meta(ge=0, le=256)] = 1
    deadline_seconds: Annotated[float, msgspec.Meta(gt=0, le=600)] = 30.0


class Identifiers(Part, frozen=True, kw_only=True):
    """The form of certificate ids: so many decimal digits, the first one never zero."""

    digits: Annotated[int, msgspec.Meta(ge=9, le=30)] = 11


class Handle(Part, frozen=True, kw_only=True):
    """
    A value of the record by which a holder is looked up.

    Stored only as a keyed hash and in its masked form: all but the last `visible` characters
    hidden.
    """

    name: Name
    path: str
    visible: Annotated[int, msgspec.Meta(ge=0, le=8)] = 4


class Body(Part, frozen=True, kw_only=True):
    """
    One signed form of a record.

    `required: false` means that a finding refuses only this body. `variants` limits it to records
    that came as one of these versions of the upstream message; empty means all. `later: true` lets
    it be added to a credential that was issued without it.
    """

    name: Name
    format: str | Use
    signer: str
    profile: str = ""
    required: bool = True
    schema: Use | None = None
    variants: list[str] = []
    later: bool = False

    @property
    def format_use(self) -> Use:
        """Return the format as a Use, whichever way it was written."""
        return Use(uses=self.format) if isinstance(self.format, str) else self.format


class Status(Part, frozen=True, kw_only=True):
    """The status that credentials of a kind carry."""

    purpose: Literal["revocation"] = "revocation"


class CorrectableField(Part, frozen=True, kw_only=True):
    """
    A part of the record that may be corrected, by its path; what lies below it may be, too.

    `times` is how often, `by` who may: the source with a `message`, a caller with a `request`.
    """

    path: str
    times: Annotated[int, msgspec.Meta(ge=1)] | None = None
    by: list[Literal["message", "request"]] = []


class Corrections(Part, frozen=True, kw_only=True):
    """
    How credentials of a kind may be corrected: `limit` times each, and only in `fields` if named.

    `by_message` takes messages of the source that name the credential they correct. `ignored` are
    paths whose difference is none (when it was sent, by which device). `evidence` demands a
    reference with each request. `after_revocation` lets a record with other content follow a
    revoked credential without more words. `only_latest` names a path that puts the credentials of
    one group in order: then only the last of them may be corrected, and none that a later one has
    completed.
    """

    limit: Annotated[int, msgspec.Meta(ge=0)] = 1
    fields: list[CorrectableField] = []
    ignored: list[str] = []
    by_message: bool = False
    evidence: bool = False
    after_revocation: bool = False
    only_latest: str = ""


class RequestType(Part, frozen=True, kw_only=True):
    """
    One thing that holders may ask for (`POST /v1/kinds/{kind}/requests`).

    `changes` are the paths of the record for which new values may be wished, `evidence` names the
    references that must come with it. `decides` is who says yes or no: an `officer`, or the
    `source`, to whom the request is forwarded and whose answer is recorded. What is said yes to
    ends by its `action`: `correct` corrects the credential under `corrections:`; `revoke-one` is
    about two credentials, of which one stays, corrected where changes are wished, and the other is
    revoked; `forward` ends with the answer of the source.
    """

    name: Name
    title: str
    changes: list[Annotated[str, msgspec.Meta(min_length=1)]] = []
    action: Literal["correct", "revoke-one", "forward"] = "correct"
    decides: Literal["officer", "source"] = "officer"
    evidence: list[Name] = []


class Retention(Part, frozen=True, kw_only=True):
    """
    How long what holds personal values is kept; without a number of days, without end.

    The record behind a credential goes `record_days` after its issue. Without it no body can be
    added; the credential, its bodies and its status stay. What a holder's request wished, and all
    that was said of it, goes `request_days` after its end; its number and its steps stay. What was
    sent, as it came, goes `message_days` after it came and is answered: what led to no credential
    cannot be tried again then.
    """

    record_days: Annotated[int, msgspec.Meta(ge=1, le=36_500)] | None = None
    message_days: Annotated[int, msgspec.Meta(ge=1, le=36_500)] | None = None
    request_days: Annotated[int, msgspec.Meta(ge=1, le=36_500)] | None = None


class Rendering(Part, frozen=True, kw_only=True):
    """One way to draw the bodies named in `bodies` (all of them when empty)."""

    name: Name
    uses: str
    bodies: list[str] = []
    settings: dict[str, Any] = {}


class Kind(Part, frozen=True, kw_only=True):
    """
    One sort of credential this deployment issues.

    `key` are paths into the record that together tell one record from another (idempotency);
    `group` is the path that ties a holder's credentials together. Without `retention` records and
    requests are kept without end.
    """

    name: Name
    title: str = ""
    source: Use
    schema: Use
    key: Annotated[list[str], msgspec.Meta(min_length=1)]
    group: str
    handles: list[Handle] = []
    identifiers: Identifiers = Identifiers()
    bodies: Annotated[list[Body], msgspec.Meta(min_length=1)]
    status: Status | None = None
    corrections: Corrections | None = None
    requests: list[RequestType] = []
    retention: Retention | None = None
    renderings: list[Rendering] = []


class Retries(Part, frozen=True, kw_only=True):
    """
    How often a delivery is tried, and how long it waits: twice as long after each failure.

    Each wait is shortened by up to half, by chance, so that not all come back together. With these
    values a delivery is dead after a little more than two days.
    """

    attempts: Annotated[int, msgspec.Meta(ge=1, le=100)] = 24
    first_seconds: Annotated[float, msgspec.Meta(gt=0, le=3_600)] = 5.0
    longest_seconds: Annotated[float, msgspec.Meta(gt=0, le=86_400)] = 14_400.0


class Channel(NamedUse, frozen=True, kw_only=True):
    """
    Somebody who is told what became of records, of all `kinds` where none is named.

    `events` are all outcomes (`issued`, `known`, `refused`, `conflict`, `failed`) where none is
    named. With `forwarded` it is told of requests of holders that go to the source, as well; with
    `revoked`, `suspended` and `restored` of what becomes of credentials later. With `corrected` or
    `reissued` a credential that takes the place of another is told by that name, and is no longer
    `issued`.
    What was delivered is kept for `keep_days`, to be delivered again; what is dead stays.
    `may` is what it may ask of the house, by the name `channel:<name>`: by default nothing.
    """

    kinds: list[str] = []
    may: list[Action] = []
    events: list[DeliveryEvent] = []
    retries: Retries = Retries()
    keep_days: Annotated[int, msgspec.Meta(ge=1, le=3_650)] = 30

    @property
    def actor_id(self) -> str:
        """Return the id of the actor that this channel asks as."""
        return f"channel:{self.name}"


class Door(NamedUse, frozen=True, kw_only=True):
    """
    A door by which a partner or the holders ask for credentials, of all `kinds` where none is named.

    `may` is what it may do for whoever it lets in; it is the actor `door:<name>` of the read log.
    """

    kinds: list[str] = []
    may: list[Action] = msgspec.field(default_factory=lambda: ["read", "search"])

    @property
    def actor_id(self) -> str:
        """Return the id of the actor that this door reads as."""
        return f"door:{self.name}"


class Whole(Part, frozen=True, kw_only=True):
    """
    Credentials that come whole (`POST /credentials/issue`), and are only judged and signed.

    Their issuer must be the authority, or one of `issuers`. Nothing of them is kept.
    """

    format: str | Use
    signer: str
    issuers: list[Annotated[str, msgspec.Meta(min_length=1)]] = []

    @property
    def format_use(self) -> Use:
        """Return the format as a Use, whichever way it was written."""
        return Use(uses=self.format) if isinstance(self.format, str) else self.format


class Publishing(Part, frozen=True, kw_only=True):
    """
    How the status of credentials is published (`GET /v1/status/…`): signed by whom, and how long.

    With `format` each list is a credential, too, as readers of `BitstringStatusListEntry` want it.
    A list may be kept for `ttl_seconds`; a snapshot for verifiers without a network counts for
    `snapshot_seconds`, and a new one is made when half of that is over or something has changed.
    """

    signer: str
    format: str | Use | None = None
    ttl_seconds: Annotated[int, msgspec.Meta(ge=1, le=86_400)] = 300
    snapshot_seconds: Annotated[int, msgspec.Meta(ge=60, le=2_678_400)] = 86_400

    @property
    def format_use(self) -> Use | None:
        """Return the format as a Use, whichever way it was written."""
        return Use(uses=self.format) if isinstance(self.format, str) else self.format


class Verifying(Part, frozen=True, kw_only=True):
    """
    What is verified beside what is issued: further credential types, and whose keys count.

    `holders` are those whose keys count for presentations; where none are named, `trust` tells.
    `snapshots` are files in which trusted issuers tell what became of their credentials.
    """

    schemas: list[Use] = []
    trust: list[Use] = []
    holders: list[Use] = []
    snapshots: list[str] = []


class Web(Part, frozen=True, kw_only=True):
    """
    The web server: so many `processes`, each a whole server behind the same port.

    Of `proxies` (addresses or networks) it believes whom they call for: `X-Forwarded-For`. The body
    of a request is waited for `body_seconds` at most.
    """

    host: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 8000
    processes: Annotated[int, msgspec.Meta(ge=1, le=256)] = 1
    max_body_bytes: Annotated[int, msgspec.Meta(ge=1024, le=100_000_000)] = 5_000_000
    max_file_bytes: Annotated[int, msgspec.Meta(ge=1024, le=500_000_000)] = 50_000_000
    body_seconds: Annotated[float, msgspec.Meta(gt=0, le=3_600)] = 60.0
    proxies: list[str] = msgspec.field(default_factory=lambda: ["127.0.0.1", "::1"])


class Intake(Part, frozen=True, kw_only=True):
    """
    How much may wait to be issued.

    While `max_waiting` items wait, submissions are answered with 429 and kept nowhere; the caller
    is told to send them again after `retry_after_seconds`. Files of records are kept sealed for
    `file_days`, so that whoever sent one can fetch its wrong rows.
    """

    max_waiting: Annotated[int, msgspec.Meta(ge=1, le=100_000_000)] = 1_000_000
    retry_after_seconds: Annotated[int, msgspec.Meta(ge=1, le=3_600)] = 10
    file_days: Annotated[int, msgspec.Meta(ge=1, le=365)] = 30


class Bulk(Part, frozen=True, kw_only=True):
    """
    Campaigns: one thing done to many credentials (`mohar bulk`).

    For `undo_hours` after the last credential a campaign can be taken back; so long what it is to
    revoke is suspended, and it is revoked for good afterwards.
    """

    undo_hours: Annotated[int, msgspec.Meta(ge=0, le=8_760)] = 24


class Deployment(Part, frozen=True, kw_only=True):
    """
    A whole deployment. `mohar: 1` is the version of this file's own format.

    Without a `store` it can verify and not issue.
    """

    mohar: Literal[1]
    name: Name
    country: Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$", title="ISO 3166-1 alpha-2 code")]
    environment: Literal["production", "staging", "demo"]
    time_zone: str
    authority: Authority
    domains: Domains
    plugins: list[str] = []
    store: Store | None = None
    intake: Intake = Intake()
    bulk: Bulk = Bulk()
    issuing: Issuing = Issuing()
    drawing: Drawing = Drawing()
    signers: list[NamedUse] = []
    credentials: list[Kind] = []
    whole: Whole | None = None
    publishing: Publishing | None = None
    verifying: Verifying = Verifying()
    sinks: list[NamedUse] = []
    messengers: list[NamedUse] = []
    channels: list[Channel] = []
    doors: list[Door] = []
    access: Access = Access()
    holders: Holders | None = None
    web: Web = Web()

    def kind(self, name: str) -> Kind | None:
        """Return the kind of that name, or None."""
        return next((kind for kind in self.credentials if kind.name == name), None)
