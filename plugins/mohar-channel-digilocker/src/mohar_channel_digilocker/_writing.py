"""Write what DigiLocker reads: answers, and the XML of a certificate."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Final, Literal
from xml.etree.ElementTree import Element, SubElement, tostring
from xml.sax.saxutils import quoteattr
from zoneinfo import ZoneInfo

from mohar.domain.credential import Secured
from mohar.domain.values import PartialDate, Personal
from mohar.plugin import Match
from mohar_channel_digilocker._finding import value_of
from mohar_channel_digilocker._reading import Asked
from mohar_channel_digilocker._settings import Document, Filled, Value, Xml

Status = Literal["1", "0", "9"]
CertificateStatus = Literal["A", "R", "S"]

_NAMESPACE: Final = "http://tempuri.org/"
_DECLARATION: Final = b'<?xml version="1.0" encoding="UTF-8"?>\n'
_DATE: Final = "%d-%m-%Y"
_DAY: Final = 10


class Given(Personal, frozen=True, kw_only=True):
    """What an answer hands out; what is None or empty is left out."""

    uri: str = ""
    person: Mapping[str, str] = {}
    pdf: bytes | None = None
    xml: bytes | None = None
    vc: bytes | None = None


def answer(name: str, asked: Asked, status: Status, given: Given) -> bytes:
    """Return a whole answer that repeats the request's `ts` and `txn` as they came."""
    root = Element(name, {"xmlns:ns2": _NAMESPACE})
    said = {"Status": status, "ts": _echo(asked, "ts"), "txn": _echo(asked, "txn")}
    SubElement(root, "ResponseStatus", said).text = status
    details = SubElement(root, "DocDetails")
    if given.person:
        persons = SubElement(SubElement(details, "IssuedTo"), "Persons")
        SubElement(persons, "Person", dict(given.person))
    if given.uri:
        SubElement(details, "URI").text = given.uri
    vc_format = {"format": "json-ld"}
    _hand_out(details, "DocContent", given.pdf)
    _hand_out(details, "DataContent", given.xml)
    _hand_out(details, "VcContent", given.vc, vc_format)
    return written(root)


def _hand_out(
    details: Element, name: str, content: bytes | None, attributes: Mapping[str, str] | None = None
) -> None:
    if content is not None:
        text = base64.b64encode(content).decode()
        SubElement(details, name, dict(attributes or {})).text = text


class Certificates:
    """Writes the XML of certificates; dates are those of one time zone."""

    def __init__(self, genders: Mapping[str, str], time_zone: str) -> None:
        self._genders = genders
        self._zone = ZoneInfo(time_zone)

    def person(self, document: Document, match: Match, asked: Asked) -> Mapping[str, str]:
        """Return the attributes of the answer's `Person`; a birth date only where it is full."""
        said = document.person
        named = {
            "name": Value(path=said.name),
            "dob": Value(path=said.birth_date, form="date"),
            "gender": Value(path=said.gender, form="gender"),
        }
        person = {name: self._filled(value, document, match) for name, value in named.items()}
        person["phone"] = asked.detail(said.phone) if said.phone else ""
        return {name: text for name, text in person.items() if text}

    def certificate(
        self, document: Document, xml: Xml, match: Match, number: str, issued_at: datetime
    ) -> Element:
        """Return the `Certificate` of a credential that holds; `number` is that of its URI."""
        issued = issued_at.astimezone(self._zone).strftime(_DATE)
        root = _root(document, xml, number, "A")
        for name, value in (("expiryDate", xml.expires), ("validFromDate", xml.valid_from)):
            as_date = value if isinstance(value, Value) else Value(path=value, form="date")
            root.set(name, self._filled(as_date, document, match))
        root.set("issueDate", issued)
        to = SubElement(root, "IssuedTo")
        SubElement(to, "Person", self._attributes(xml.person, document, match))
        data = SubElement(root, "CertificateData")
        for each in xml.data:
            place = data
            for step in each.element.split("/")[:-1]:
                there = place.find(step)
                place = there if there is not None else SubElement(place, step)
            name = each.element.rpartition("/")[2]
            SubElement(place, name, self._attributes(each.attributes, document, match))
        return root

    def _attributes(
        self, named: Mapping[str, Filled], document: Document, match: Match
    ) -> dict[str, str]:
        told = {name: self._filled(value, document, match) for name, value in named.items()}
        return {name: text for name, text in told.items() if text}

    def _filled(self, value: Filled, document: Document, match: Match) -> str:
        said = value if isinstance(value, Value) else Value(path=value)
        found = value_of(document, match, said.path) if said.path else said.text
        if found is None or isinstance(found, dict | list):
            return ""
        return _clean(self._formed(said, str(found)))

    def _formed(self, said: Value, text: str) -> str:
        if said.form == "gender":
            return self._genders.get(text, "")
        return self._date(text) if said.form == "date" else text

    def _date(self, text: str) -> str:
        """A day as DigiLocker writes it; what is less than a day is none."""
        try:
            if len(text) > _DAY:
                moment = datetime.fromisoformat(text)
                local = moment.astimezone(self._zone) if moment.tzinfo else moment
                return local.strftime(_DATE)
            known = PartialDate.parse(text)
        except (ValueError, OverflowError):
            return ""
        return f"{known.day:02d}-{known.month:02d}-{known.year:04d}" if known.is_full else ""


def ended(document: Document, xml: Xml, number: str, status: CertificateStatus) -> Element:
    """Return what is left of a certificate that no longer holds: its number and its state."""
    return _root(document, xml, number, status)


def in_cdata(number: str, secured: Secured) -> bytes:
    """Return DIVOC's form: the signed document within `certificate`, as it left the house."""
    text = secured.content.decode("utf-8", "replace").replace("]]>", "]]]]><![CDATA[>")
    name = quoteattr(_clean(number))
    return _DECLARATION + f"<certificate id={name}><![CDATA[{text}]]></certificate>".encode()


def written(root: Element) -> bytes:
    """Return an element as a document."""
    body: bytes = tostring(root, encoding="utf-8")
    return _DECLARATION + body


def _root(document: Document, xml: Xml, number: str, status: CertificateStatus) -> Element:
    said = {
        "language": "99",
        "name": xml.name,
        "type": document.type,
        "number": number,
        "prevNumber": "",
        "expiryDate": "",
        "validFromDate": "",
        "issuedAt": "",
        "issueDate": "",
        "status": status,
    }
    root = Element("Certificate", said)
    organisation = SubElement(SubElement(root, "IssuedBy"), "Organization", dict(xml.organisation))
    SubElement(organisation, "Address", dict(xml.address))
    return root


def _echo(asked: Asked, name: str) -> str:
    return asked.attributes.get(name, "")


def _clean(text: str) -> str:
    """XML 1.0 §2.2: what no document can hold is left out."""
    return "".join(each for each in text if each in "\t\n\r" or _is_character(ord(each)))


def _is_character(code: int) -> bool:
    return 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code >= 0x10000  # noqa: PLR2004 -- XML 1.0 §2.2
