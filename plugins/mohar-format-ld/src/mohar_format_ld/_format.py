"""The Format `ld`: a JSON-LD credential with its proof inside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

import msgspec

from mohar.codec import signatures, strict_json
from mohar.domain.clock import rfc3339
from mohar.domain.credential import Credential, Prepared, Secured
from mohar.domain.errors import ConfigError
from mohar.domain.findings import Refusal
from mohar.domain.keys import PublicKey
from mohar.domain.proof import Opened
from mohar.domain.rendition import Carrier, Segment
from mohar.plugin import Telemetry, Tools
from mohar_format_ld import _zip
from mohar_format_ld._canonical import LEGACY
from mohar_format_ld._contexts import Contexts
from mohar_format_ld._digests import Digests
from mohar_format_ld._linked import LinkedData
from mohar_format_ld._open import Opener
from mohar_format_ld._packed import Packer, looks_packed
from mohar_format_ld._plans import Plans
from mohar_format_ld._prepare import Batch
from mohar_format_ld._suites import Suite, SuiteName, suites

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_BLANKS = b" \t\r\n"


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    The suite to sign with. Documents of every suite are read, whichever this is.

    One document in `recheck_one_in` is canonicalised both ways, quickly and carefully.
    """

    suite: SuiteName = "eddsa-rdfc-2022"
    recheck_one_in: Annotated[int, msgspec.Meta(ge=1)] = 5000


class LdFormat:
    """
    W3C Verifiable Credentials as JSON-LD, 2.0 and 1.1, in safe mode both ways.

    Safe mode: every context pinned and named by its URL, every member defined, every id absolute,
    so that the RDF that is signed and the JSON that is shown say the same.
    """

    name = "ld"
    suffix = "json"

    def __init__(
        self,
        settings: Settings,
        contexts: Contexts,
        telemetry: Telemetry | None = None,
        dictionaries: Mapping[str, Sequence[bytes]] | None = None,
    ) -> None:
        self._suites: dict[str, list[Suite]] = {}
        for suite in suites():
            self._suites.setdefault(suite.name, []).append(suite)
        self._chosen = self._suites[settings.suite]
        self._telemetry = telemetry
        self._contexts = contexts
        self._packer = Packer(dictionaries or {})
        self._plans = Plans(
            LinkedData(contexts),
            contexts,
            recheck_one_in=settings.recheck_one_in,
            report=self._plan_disabled,
        )
        self._digests = Digests(self._plans, contexts)
        self.media_type = self._chosen[0].media_type

    @classmethod
    def open_from(cls, settings: Settings, tools: Tools) -> LdFormat:
        """
        Make the format for a deployment, with the contexts of its credential types.

        Raises:
            ConfigError: one of those contexts is damaged or pretends to be one of W3C's, or a
                dictionary cannot be used.
        """
        return cls(settings, Contexts(tools.documents), tools.telemetry, tools.dictionaries)

    def prepare(
        self, credentials: Sequence[Credential], key: PublicKey, created: datetime
    ) -> Sequence[Prepared | Refusal]:
        """
        Return the bytes to sign for each credential; one that is not safe is refused.

        Raises:
            ConfigError: the key's algorithm is not the suite's.
        """
        suite = self._suite_for(key)
        bare = suite.bare(key.key_id, rfc3339(created))
        batch = Batch(self._digests, self._contexts, suite, bare)
        return [batch.prepare(credential) for credential in credentials]

    def seal(
        self, prepared: Sequence[Prepared], signatures: Sequence[bytes], key: PublicKey
    ) -> Sequence[Secured]:
        """Return each credential with its signature in place: compact JSON, the proof last."""
        suite = self._suite_for(key)
        return [
            self._sealed(suite, each, signature, key)
            for each, signature in zip(prepared, signatures, strict=True)
        ]

    def recognise(self, data: bytes) -> bool:
        """Say from the bytes alone whether this is a JSON object with contexts."""
        start = data.removeprefix(_BYTE_ORDER_MARK).lstrip(_BLANKS)
        return start.startswith(b"{") and b'"@context"' in start

    def open(self, data: bytes) -> Opened:
        """
        Take a signed document apart.

        Where the JSON says more than its canonical form, the check `safe-mode` fails.

        Raises:
            Unreadable: not a credential with a proof, or a damaged one.
            Unsupported: a context that is not pinned, or no proof of a known suite.
        """
        signed = strict_json.parse_object(data)
        opener = Opener(self._digests, self._contexts, self._suites, signed, data)
        return opener.open(self.name)

    def verify(self, opened: Opened, proof_index: int, key: PublicKey) -> bool:
        """Say whether one proof was made with that key over a document with a safe form."""
        proof = opened.proofs[proof_index]
        return (
            bool(proof.payload)
            and proof.algorithm == key.algorithm
            and signatures.verify(key, proof.signature, proof.payload)
        )

    def carriers(self, secured: Secured) -> Sequence[Carrier]:
        """
        Return the compact text, and the ZIP in byte mode.

        The ZIP is the first where the suite is a legacy one: its readers know nothing else.
        """
        contexts = secured.document.get("@context")
        text = Segment("alphanumeric", self._packer.pack(secured.content, contexts))
        archive = Segment("byte", _zip.pack(secured.content))
        packed = Carrier(name="packed", media_type="text/plain", segments=(text,))
        zipped = Carrier(name="zip", media_type="application/zip", segments=(archive,))
        return (zipped, packed) if self._chosen[0].dialect is LEGACY else (packed, zipped)

    def unpack(self, data: bytes) -> Sequence[bytes]:
        """
        Return the document in a packed text, or in a ZIP, raw or expanded to UTF-8.

        Raises:
            Unreadable: a text or a ZIP that is damaged, too large, or holds anything else.
            Unsupported: a text packed with a dictionary that no type of the deployment has.
        """
        if looks_packed(data):
            return (self._packer.unpack(data),)
        return (_zip.unpack(data),) if _zip.looks_zipped(data) else ()

    def _suite_for(self, key: PublicKey) -> Suite:
        for suite in self._chosen:
            if suite.algorithm == key.algorithm:
                return suite
        raise ConfigError(
            f"suite {self._chosen[0].name} signs with "
            f"{' or '.join(suite.algorithm for suite in self._chosen)} and key "
            f"{key.key_id} is {key.algorithm}; name another suite or another signer"
        )

    def _sealed(
        self, suite: Suite, prepared: Prepared, signature: bytes, key: PublicKey
    ) -> Secured:
        credential, draft = prepared.credential, prepared.draft
        document = {**draft, "proof": suite.sealed(draft["proof"], signature)}
        return Secured(
            kind=credential.kind,
            body=credential.body,
            profile=credential.profile,
            credential_id=credential.credential_id,
            revision=credential.revision,
            schema=credential.schema,
            format=self.name,
            media_type=self.media_type,
            key_id=key.key_id,
            algorithm=key.algorithm,
            created=datetime.fromisoformat(draft["proof"]["created"]),
            document=document,
            content=msgspec.json.encode(document),
        )

    def _plan_disabled(self, dialect: str) -> None:
        """A compiled plan was wrong: the careful answer was given, and somebody should know."""
        if self._telemetry is not None:
            self._telemetry.count("canonical.plan.disabled", format=self.name, profile=dialect)
            self._telemetry.log("canonical.plan.disabled", format=self.name, profile=dialect)
