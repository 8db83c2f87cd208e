"""The roles a plugin can play. Every role works on sequences: one record is a batch of one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

from mohar.domain.credential import Credential, Issue, Prepared, Secured
from mohar.domain.delivery import Delivery, DeliveryResult
from mohar.domain.events import Fact
from mohar.domain.findings import Finding, Refusal
from mohar.domain.keys import PublicKey
from mohar.domain.outgoing import Carries, Outgoing
from mohar.domain.proof import Opened
from mohar.domain.record import Message, Record
from mohar.domain.rendition import Carrier, PrintedCode, Rendition, Shown
from mohar.domain.values import JsonObject
from mohar.domain.verdict import Check


class Source(Protocol):
    """Upstream messages → Records. Knows one upstream format and nothing of credentials."""

    def read(self, messages: Sequence[Message]) -> Sequence[Record]:
        """
        Return one Record for each Message, in order.

        What cannot be read becomes an error finding on its record; nothing is raised for bad input.
        """
        ...

    def columns(self) -> Sequence[str]:
        """Return the CSV headers this source can read, or nothing where it reads no CSV."""
        ...

    def from_row(self, row: Mapping[str, str]) -> Message:
        """Return the message a CSV row stands for; called only with `columns()`."""
        ...


@runtime_checkable
class AmendingSource(Protocol):
    """
    A Source whose records can be changed by hand offers this as well.

    Without it a correction comes as a whole message: only the source knows what depends on what.
    """

    def amend(self, records: Sequence[Record]) -> Sequence[Record]:
        """
        Return records some of whose values were changed, with all that follows from them made anew.

        They are judged as a message would be: what a value cannot be is an error finding.
        """
        ...


class Schema(Protocol):
    """One version of one credential type: check, compose, describe, and guard when verifying."""

    name: str
    version: str

    def contexts(self) -> Mapping[str, bytes]:
        """Return the JSON-LD contexts this type defines, by URL, as they are served."""
        ...

    def json_schema(self, profile: str = "") -> JsonObject:
        """Return the JSON Schema (2020-12) of the signed document, proof left out."""
        ...

    def findings(self) -> Sequence[Finding]:
        """Return what the linter says of the type itself: errors stop the start, warnings show."""
        ...

    def check(self, records: Sequence[Record], profile: str = "") -> Sequence[tuple[Finding, ...]]:
        """Return all findings of each record for this profile; nothing is reserved yet."""
        ...

    def compose(
        self, records: Sequence[Record], issues: Sequence[Issue]
    ) -> Sequence[Credential | Refusal]:
        """Return the unsigned credential of each record. Data in, data out: no text templates."""
        ...

    def facts(self, credentials: Sequence[Credential]) -> Sequence[JsonObject]:
        """Return of each credential what may be counted: never whose it is."""
        ...

    def recognises(self, document: JsonObject) -> bool:
        """Say whether a signed document claims to be of this type and version."""
        ...

    def identifier(self, document: JsonObject) -> str | None:
        """
        Return what names this document in a list of statuses and its signature binds.

        None where the document names its status list itself, or cannot lose its validity alone.
        """
        ...

    def examine(self, document: JsonObject) -> Sequence[Check]:
        """
        Judge a document whose signature was right: structure, and the guards of a legacy type.

        `failed` makes the verdict `invalid`, `unknown` makes it `limited`.
        """
        ...

    def shown(self, document: JsonObject) -> JsonObject:
        """Return the values a verifier's screen shows, by their public names, in order."""
        ...


@runtime_checkable
class Abridging(Protocol):
    """
    A Schema that knows what all its documents say alike offers this as well.

    A format puts such a dictionary aside when it packs a document for a QR code, and who reads the
    code needs the very same bytes: a dictionary that was printed with is never changed or left out.
    """

    def dictionaries(self) -> Mapping[str, Sequence[bytes]]:
        """Return by the URL of a context the dictionaries of its documents, the newest first."""
        ...

    def new_dictionary(self) -> bytes:
        """Return the dictionary that would be made of the type as it is now."""
        ...


class Format(Protocol):
    """Canonical bytes to be signed, the envelope, and back. Knows no key and no policy."""

    name: str
    media_type: str
    suffix: str

    def prepare(
        self, credentials: Sequence[Credential], key: PublicKey, created: datetime
    ) -> Sequence[Prepared | Refusal]:
        """Return the bytes to sign for each credential; one that is not safe is refused."""
        ...

    def seal(
        self, prepared: Sequence[Prepared], signatures: Sequence[bytes], key: PublicKey
    ) -> Sequence[Secured]:
        """Return each credential with its signature in place, as the bytes that leave the house."""
        ...

    def recognise(self, data: bytes) -> bool:
        """Say from the bytes alone whether they are this format. Cheap; never raises."""
        ...

    def open(self, data: bytes) -> Opened:
        """
        Take a signed document apart and rebuild the bytes each proof should cover.

        Raises:
            Unreadable: the bytes are not this format after all.
            Unsupported: a context, suite or version this deployment does not pin.
        """
        ...

    def verify(self, opened: Opened, proof_index: int, key: PublicKey) -> bool:
        """Say whether one proof was made with that key. False for a wrong algorithm, too."""
        ...

    def carriers(self, secured: Secured) -> Sequence[Carrier]:
        """Return what goes into a QR code, the best first."""
        ...

    def unpack(self, data: bytes) -> Sequence[bytes]:
        """
        Return the signed documents inside a carrier's bytes, or nothing when it is no carrier.

        Raises:
            Unreadable: a carrier that breaks a limit or hides something.
            Unsupported: a whole carrier, made with something that is not known here.
        """
        ...


class Signer(Protocol):
    """
    Sees bytes, never documents. Lives in the process that signs.

    One key and one algorithm, unless it is a `RotatingSigner` too: `key` is the one of this moment.
    """

    @property
    def key(self) -> PublicKey:
        """Return the public half of the key that signs."""
        ...

    def sign(self, payloads: Sequence[bytes]) -> Sequence[bytes]:
        """
        Return one signature for each payload, in order (ECDSA as r‖s, RFC 7518 §3.4).

        Raises:
            KeyUnavailable: nothing was signed; the same call may be made again.
        """
        ...


@runtime_checkable
class RotatingSigner(Protocol):
    """
    A Signer whose key changes while it runs offers this as well.

    A batch is prepared, signed and sealed with one key, so it asks once and keeps the answer.
    """

    def signer_at(self, moment: datetime) -> Signer:
        """
        Return the one key that signs what says it was made at this moment.

        Raises:
            KeyUnavailable: it could not be told which that is.
        """
        ...

    def published_keys(self) -> Sequence[PublicKey]:
        """
        Return every key that signed, signs or is to sign, the first one first; none is ever left out.

        Raises:
            KeyUnavailable: it could not be told.
        """
        ...


class Trust(Protocol):
    """Which keys an issuer may sign with."""

    def keys(self, issuer: str, key_id: str, at: datetime) -> Sequence[PublicKey]:
        """
        Return candidate keys for this issuer and key id, valid or not; nothing when unknown.

        Raises:
            Unavailable: it could not be told.
        """
        ...


class Renderer(Protocol):
    """Signed credential → picture. Never signs, never writes."""

    media_type: str
    suffix: str

    def render(self, shown: Sequence[Shown]) -> Sequence[Rendition | Refusal]:
        """Return one rendition for each, in order; what cannot be drawn whole is refused."""
        ...


@runtime_checkable
class WordedRenderer(Protocol):
    """
    A Renderer that prints words offers this as well: which languages it has.

    `languages` are BCP 47 tags, the first one for whoever asked for none; `aliases` are other names
    for them, in small letters, such as the codes of an earlier system.
    """

    @property
    def languages(self) -> Sequence[str]:
        """Return the languages there are words in."""
        ...

    @property
    def aliases(self) -> Mapping[str, str]:
        """Return the language behind each other name for one."""
        ...

    def usual_language(self, secured: Secured) -> str | None:
        """
        Return the language this credential is printed in where nobody asked for one.

        None where the credential does not tell; the first of `languages` is taken then.
        """
        ...

    def findings(self) -> Sequence[Finding]:
        """Return what is to be known of the words before they are printed: gaps, and drafts."""
        ...


@runtime_checkable
class PreparingRenderer(Protocol):
    """
    A Renderer that needs long to get ready for its first picture offers this as well.

    Most who open a deployment draw nothing; a process that is there to draw prepares before it is
    given anything, so that the first picture takes no longer than the others.
    """

    def prepare(self) -> None:
        """Make ready now what the first picture would wait for; more than once does no harm."""
        ...


@runtime_checkable
class Inspecting(Protocol):
    """A Renderer that can also say what is not well on a page it prints offers this as well."""

    def inspect(self, shown: Sequence[Shown]) -> Sequence[Sequence[Finding]]:
        """
        Return what a designer should mend on each, in order; nothing where all is well.

        What is refused by `render` is told with the same findings; it is a warning that a page is
        not meant for a document. Messages say which element is meant, and never repeat its text.
        """
        ...


@runtime_checkable
class SettlingRenderer(Protocol):
    """
    A Renderer whose pictures depend on more than the credential and the language offers this too.

    `parameters` are the names of what callers may ask for beside the language; nothing else of
    theirs reaches the renderer.
    """

    @property
    def parameters(self) -> Sequence[str]:
        """Return the names of what callers may ask for."""
        ...

    def settle(self, shown: Shown) -> Shown:
        """
        Return the request with all that its picture depends on, such as the day, in `parameters`.

        Another credential of its group may take the place of the one asked for; what goes in a QR
        code is then made anew. Nothing is raised: what cannot be drawn is refused by `render`.
        """
        ...


@runtime_checkable
class Measured(Protocol):
    """A Renderer that draws QR codes, and can say how large it prints them, offers this as well."""

    def codes(self, shown: Sequence[Shown]) -> Sequence[PrintedCode | None]:
        """
        Return the QR code that each would be drawn with, in order; None for none at all.

        What no QR code can hold, or has a carrier that is not there, has none.
        """
        ...


class Sink(Protocol):
    """Takes facts in batches; the same fact may come twice, told by its event id."""

    def write(self, facts: Sequence[Fact]) -> None:
        """Store the facts, all or none. Raises Unavailable when they should come again."""
        ...


class Channel(Protocol):
    """
    Tells somebody outside what became of records. It keeps nothing: the house tries again.

    `fields` are paths of the record whose values each delivery is to bring along; without any,
    it tells of nobody. `deliver` may be called from several threads, and a delivery may come twice.
    """

    @property
    def fields(self) -> Sequence[str]:
        """Return the paths of the record this channel needs; nothing where it needs none."""
        ...

    def deliver(self, deliveries: Sequence[Delivery]) -> Sequence[DeliveryResult]:
        """
        Tell each one and return what came of it, in order; every call has a deadline.

        Where the others would fare no better it ends after one, and returns no result for them:
        they were not tried, and cost nothing. What the other side does is a result; what is raised
        counts as a retry of all of them.
        """
        ...


class Messenger(Protocol):
    """
    Carries short texts to people: it knows one gateway, and nothing of what the texts are about.

    It keeps nothing and logs nothing of a text or an address. It may be called from several
    threads, and every call has a deadline.
    """

    @property
    def carries(self) -> Carries:
        """Return what a text becomes: of an SMS the length in segments matters."""
        ...

    def send(self, messages: Sequence[Outgoing]) -> Sequence[DeliveryResult]:
        """
        Send each text once and return what came of it, in order.

        Nothing is sent twice within a call. `retry` says that a text did not go out; where it may
        have, as after a deadline, the result is `unknown`. Where the others would fare no better
        it ends after one, and returns no result for them: they were not tried.

        Raises:
            Unavailable: nothing was sent.
        """
        ...


class Commands:
    """The commands a plugin adds under `mohar <plugin> …`."""

    def __init__(self) -> None:
        self.commands: dict[str, Callable[[Sequence[str]], int]] = {}

    def add(self, name: str, run: Callable[[Sequence[str]], int]) -> None:
        """Add one command; `run` gets the arguments after its name and returns the exit status."""
        self.commands[name] = run
