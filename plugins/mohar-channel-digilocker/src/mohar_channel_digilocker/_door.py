"""The door: Pull URI finds a holder's document, Pull Doc gives one out by its URI."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final, Literal
from xml.etree.ElementTree import Element as XmlElement

import msgspec

from mohar.domain.credential import Secured
from mohar.domain.errors import Conflict, InvalidInput, NotFound, Refused, Unreadable
from mohar.domain.rendition import Wanted
from mohar.plugin import Held, Match, Route, RouteRequest, RouteResponse, Tools
from mohar_channel_digilocker._finding import Finding
from mohar_channel_digilocker._proving import Proving
from mohar_channel_digilocker._reading import Asked, Uri, read
from mohar_channel_digilocker._remembering import Remembering
from mohar_channel_digilocker._settings import Content, Document, Settings
from mohar_channel_digilocker._signing import XmlSigner
from mohar_channel_digilocker._writing import (
    Certificates,
    Given,
    Status,
    answer,
    ended,
    in_cdata,
    written,
)

Operation = Literal["pull-uri", "pull-doc"]
_ROOTS: Final[Mapping[Operation, str]] = {"pull-uri": "PullURI", "pull-doc": "PullDoc"}
_STATUSES: Final[Mapping[Status, str]] = {"1": "found", "0": "not-found", "9": "pending"}
_FORMATS: Final[Mapping[str, Content]] = {"pdf": "pdf", "xml": "xml", "both": "both"}
_NOTHING: Final = Given()


class _Pending(Refused):
    """The credential is there, and its body is still to be made."""


class DigilockerDoor:
    """Lets DigiLocker ask for documents. It trusts nobody but who has the key."""

    def __init__(
        self,
        settings: Settings,
        proving: Proving,
        signers: Mapping[str, XmlSigner],
        tools: Tools,
    ) -> None:
        self._settings = settings
        self._proving = proving
        self._signers = signers
        self._tools = tools
        self._finding = Finding(tools.credentials, tools.actor)
        self._writing = Certificates(settings.genders, tools.time_zone)
        self._remembering = Remembering(tools.shared, timedelta(days=settings.remember_days))
        self._documents = {each.type: each for each in settings.documents}

    @classmethod
    def open(cls, settings: Settings, tools: Tools) -> DigilockerDoor:
        """
        Read the secrets.

        Raises:
            SecretMissing: one is not there.
            ConfigError: a key of a signature is none.
        """
        keys = [tools.files.secret(each) for each in settings.keys]
        proving = Proving(settings, keys, tools.expiring, tools.clock, tools.time_zone)
        signers = {
            each.type: XmlSigner.open(each.xml.signature, tools)
            for each in settings.documents
            if each.xml is not None and each.xml.signature is not None
        }
        return cls(settings, proving, signers, tools)

    def routes(self) -> Sequence[Route]:
        """Return Pull URI and, where the version of the specification has it, Pull Doc."""
        settings = self._settings
        pull_uri = Route(
            method="POST",
            path=settings.pull_uri_path,
            action=None,
            summary="DigiLocker asks for the URI and the content of a holder's document",
            handle=self.pull_uri,
            checks_caller=True,
            answer_after_seconds=settings.answer_after_seconds,
        )
        pull_doc = Route(
            method="POST",
            path=settings.pull_doc_path,
            action=None,
            summary="DigiLocker asks for the content of a document by its URI",
            handle=self.pull_doc,
            checks_caller=True,
            answer_after_seconds=settings.answer_after_seconds,
        )
        return [pull_uri, pull_doc] if settings.has_pull_doc else [pull_uri]

    def pull_uri(self, request: RouteRequest) -> RouteResponse:
        """
        Answer a Pull URI Request: found, not found, or pending.

        Raises:
            NotAuthenticated, Unreadable, Repeated: it is not let in.
            Unavailable: it could not be told.
        """
        asked, content = self._let_in("pull-uri", request)
        document = self._documents.get(asked.detail("DocType"))
        match = self._finding.by_match(document, asked) if document else None
        if document is None or match is None:
            return self._answered("pull-uri", asked, "0")
        number = self._lasting(document, match)
        return self._handed("pull-uri", asked, document, (match, number, content))

    def pull_doc(self, request: RouteRequest) -> RouteResponse:
        """
        Answer a Pull Doc Request; what was corrected is given out as it is now.

        Raises:
            NotAuthenticated, Unreadable, Repeated: it is not let in.
            Unavailable: it could not be told.
        """
        asked, content = self._let_in("pull-doc", request)
        uri = Uri.parse(asked.detail("URI"))
        if uri is None or uri.issuer_id not in self._settings.issuer_ids:
            return self._answered("pull-doc", asked, "0")
        document = self._documents.get(uri.doc_type)
        if document is None:
            return self._answered("pull-doc", asked, "0")
        match = self._finding.by_id(document, uri.doc_id)
        if match is None:
            return self._gone(asked, document, uri, content)
        number = self._lasting(document, match)
        return self._handed("pull-doc", asked, document, (match, number, content))

    def _let_in(self, operation: Operation, request: RouteRequest) -> tuple[Asked, Content]:
        if len(request.body) > self._settings.max_request_bytes:
            raise Unreadable("the request is larger than it may be")
        self._proving.signed(request)
        asked = read(request.body)
        if asked.name != f"{_ROOTS[operation]}Request".lower():
            raise Unreadable(f"the XML is no {_ROOTS[operation]}Request")
        said = asked.attributes.get("format", "").strip().lower()
        if said and said not in _FORMATS:
            raise Unreadable("the attribute format is neither pdf nor xml nor both")
        self._proving.fresh(operation, request, asked)
        return asked, _FORMATS.get(said, self._settings.usual_format)

    def _handed(
        self,
        operation: Operation,
        asked: Asked,
        document: Document,
        found: tuple[Match, str, Content],
    ) -> RouteResponse:
        match, number, _ = found
        try:
            given = self._given(document, *found)
        except _Pending:
            return self._answered(operation, asked, "9")
        except (Conflict, InvalidInput, NotFound):
            # Revoked a moment ago, or not eligible: never an answer without content.
            return self._answered(operation, asked, "0")
        if operation == "pull-uri":
            uri = Uri(self._settings.issuer_id, document.type, number)
            person = self._person(document, match, asked)
            given = msgspec.structs.replace(given, uri=str(uri), person=person)
            self._remembering.pulled(document, number, asked)
        return self._answered(operation, asked, "1", given)

    def _given(self, document: Document, match: Match, number: str, content: Content) -> Given:
        """Return the content. Raises what `draw` does; a picture is drawn even where none is sent."""
        secured = next((each for each in match.secured if each.body == document.body), None)
        # Whether somebody is eligible is told by drawing, whatever form it is wanted in.
        is_coming = secured is None and document.later
        pdf = self._pdf(document, match, is_coming=is_coming)
        if secured is None:
            raise NotFound("there is no such body")
        xml = self._xml(document, match, number, secured) if content != "pdf" else None
        return Given(
            pdf=pdf if content != "xml" else None,
            xml=xml,
            vc=secured.content if document.vc_content else None,
        )

    def _pdf(self, document: Document, match: Match, *, is_coming: bool) -> bytes:
        wanted = Wanted(
            suffix="pdf",
            body=document.body,
            rendering=document.rendering,
            language=document.language,
        )
        try:
            drawn = self._tools.credentials.draw(self._tools.actor, match.credential_id, wanted)
        except NotFound as error:
            if is_coming:
                raise _Pending("this body is still to be made") from error
            raise
        if len(drawn.content) > self._settings.max_pdf_bytes:
            size = len(drawn.content)
            self._tools.telemetry.log("digilocker-pdf-too-large", bytes=size)
            raise InvalidInput("the PDF is larger than it may be")
        return drawn.content

    def _xml(self, document: Document, match: Match, number: str, secured: Secured) -> bytes:
        if document.xml is None:
            return in_cdata(number, secured)
        root = self._writing.certificate(document, document.xml, match, number, secured.created)
        return self._signed(document, root)

    def _signed(self, document: Document, root: XmlElement) -> bytes:
        signer = self._signers.get(document.type)
        if signer is not None:
            signer.sign(root)
        return written(root)

    def _person(self, document: Document, match: Match, asked: Asked) -> Mapping[str, str]:
        if not self._settings.tells_person:
            return {}
        return self._writing.person(document, match, asked)

    def _lasting(self, document: Document, match: Match) -> str:
        """The number that a URI keeps for ever: that of the first revision."""
        return self._revisions(document, match.credential_id)[0].credential_id

    def _revisions(self, document: Document, number: str) -> Sequence[Held]:
        tools = self._tools
        return tools.life.revisions_of(tools.actor, document.kind, [number])[0]

    def _gone(self, asked: Asked, document: Document, uri: Uri, content: Content) -> RouteResponse:
        """Status 0; a certificate whose XML a locker keeps is told to hold no more."""
        given, revisions = _NOTHING, self._revisions(document, uri.doc_id)
        state = revisions[-1].state if revisions else None
        if state in ("revoked", "suspended") and content != "pdf" and document.xml is not None:
            number = revisions[0].credential_id
            status: Literal["R", "S"] = "R" if state == "revoked" else "S"
            left = ended(document, document.xml, number, status)
            given = Given(xml=self._signed(document, left))
        return self._answered("pull-doc", asked, "0", given)

    def _answered(
        self, operation: Operation, asked: Asked, status: Status, given: Given = _NOTHING
    ) -> RouteResponse:
        outcome = _STATUSES[status]
        self._tools.telemetry.count("mohar.digilocker", action=operation, outcome=outcome)
        name = f"{_ROOTS[operation]}Response"
        return RouteResponse(
            content=answer(name, asked, status, given), media_type="application/xml"
        )
