"""A credential that somebody else composed: judged and signed. Nothing of it is kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from mohar.domain.clock import Clock
from mohar.domain.credential import Credential, Secured
from mohar.domain.errors import ConfigError, InvalidInput, Refused
from mohar.domain.findings import Finding, Refusal
from mohar.domain.values import JsonObject
from mohar.issuing.plan import Workshop
from mohar.plugin import Format, Schema, Signer, Telemetry

STATION: Final = ("", "whole")
"""Where the workshop signs these: a body of no kind, since no kind can be named by nothing."""

_CREDENTIAL: Final = "VerifiableCredential"
# A presentation is its holder's to sign, and lists of statuses are published by the house alone.
_NEVER: Final = (
    "VerifiablePresentation",
    "BitstringStatusListCredential",
    "StatusList2021Credential",
    "RevocationList2020Credential",
)


class WholeIssuer:
    """
    Signs whole credentials in the names that this deployment may speak for, and in no other's.

    Raises:
        ConfigError: the format cannot sign with a key of this algorithm.
    """

    def __init__(
        self,
        *,
        workshop: Workshop,
        format: Format,  # noqa: A002 -- the role's name; nothing here needs the builtin
        signer: Signer,
        issuers: Sequence[str],
        schemas: Sequence[Schema],
        telemetry: Telemetry,
        clock: Clock,
    ) -> None:
        self._workshop = workshop
        self._format = format
        self._signer = signer
        self._issuers = tuple(issuers)
        self._schemas = tuple(schemas)
        self._telemetry = telemetry
        self._clock = clock
        format.prepare([], signer.key, clock())

    def issue(self, document: JsonObject) -> Secured:
        """
        Return the document signed, every member as it came and the proof beside.

        Raises:
            InvalidInput: it must not be signed; all findings are told together.
            Unavailable: nothing was signed; the same call may be made again.
        """
        credential = self._credential(document)
        with self._telemetry.span("issue.whole", count=1):
            findings = tuple(self._findings(document))
            answer = self._refused(credential) if findings else self._secured(credential)
        if isinstance(answer, Secured):
            return answer
        raise _not_signed((*findings, *answer.findings))

    def _secured(self, credential: Credential) -> Secured | Refusal:
        try:
            [answer] = self._workshop.secure(*STATION, [credential])
        except ConfigError:
            raise
        except Refused as error:
            # What was signed is read back as a verifier would, and a part of it cannot be.
            return Refusal(findings=(Finding(code="whole-unreadable", message=str(error)),))
        return answer

    def _refused(self, credential: Credential) -> Refusal:
        """What the format says is told as well, so that nobody has to ask twice."""
        [answer] = self._format.prepare([credential], self._signer.key, self._clock())
        return answer if isinstance(answer, Refusal) else Refusal(findings=())

    def _credential(self, document: JsonObject) -> Credential:
        kind, body = STATION
        return Credential(
            kind=kind,
            body=body,
            credential_id="",
            revision=1,
            schema="",
            issued_at=self._clock(),
            document=document,
        )

    def _findings(self, document: JsonObject) -> Iterator[Finding]:
        if _id_of(document.get("issuer")) not in self._issuers:
            told = f"the issuer must be one that is signed for here: {', '.join(self._issuers)}"
            yield Finding(code="whole-issuer", message=told, where="issuer")
        types = _listed(document.get("type"))
        if _CREDENTIAL not in types or any(each in types for each in _NEVER):
            told = (
                f"type must name {_CREDENTIAL}, and neither a presentation nor a list of statuses"
            )
            yield Finding(code="whole-type", message=told, where="type")
        for schema in self._schemas:
            if schema.recognises(document):
                yield from _broken(schema, document)
                return


def _broken(schema: Schema, document: JsonObject) -> Iterator[Finding]:
    """A document that calls itself one of a known type has to be one."""
    for check in schema.examine(document):
        if check.outcome == "failed":
            told = check.detail or "this check of its credential type does not pass"
            yield Finding(code="whole-structure", message=f"{check.name}: {told}")


def _not_signed(findings: Sequence[Finding]) -> InvalidInput:
    return InvalidInput("the credential was not signed; mend what the findings name", findings)


def _id_of(issuer: Any) -> Any:
    return issuer.get("id") if isinstance(issuer, dict) else issuer


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else (value,)
