"""Certify messages → records."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

import msgspec

from mohar.domain.errors import ConfigError
from mohar.domain.findings import Finding
from mohar.domain.record import Message, Record
from mohar.domain.values import JsonObject, at_path
from mohar.domain.valueset import Entry, ValueSet, normalised
from mohar.plugin import Tools
from mohar_source_cowin import latin, rows
from mohar_source_cowin.identity import IdentityRule, passport_number
from mohar_source_cowin.photo_id import PhotoIds
from mohar_source_cowin.reading import Notes, read_object, written
from mohar_source_cowin.shapes import MESSAGE
from mohar_source_cowin.tidy import tidy_reader
from mohar_source_cowin.values import local_day

VARIANTS: Final = ("v1", "v2", "v3")
# Bookkeeping that nobody signs, and the name that only some bodies need and refuse by themselves.
_OPTIONAL: Final = ("meta.", f"{latin.PLACE}.")
_NUMBER_PUNCTUATION = re.compile(r"[\s().-]+")


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    `vaccines` is the value set, relative to the deployment folder.

    `identity_types` is the value set of photo IDs by which records tell the type and the masked
    number; empty tells neither. `default_total_doses` is taken where a message tells none; null leaves it open, for a schema
    that asks the vaccine's schedule. The other two belong to the identities of byte-compatible
    credentials.
    """

    vaccines: str
    identity_types: str = ""
    default_total_doses: Annotated[int, msgspec.Meta(ge=1, le=10)] | None = 2
    identity_rejection_pattern: str = "^NA$|^.?$"
    subject_prefix: Annotated[str, msgspec.Meta(pattern=r"^did:[a-z0-9]+(:\S+)?$")] = "did:india"


class CowinSource:
    """Reads certify messages; every mistake is a finding of its record, and nothing is raised."""

    def __init__(
        self,
        *,
        vaccines: ValueSet,
        identities: IdentityRule,
        photo_ids: PhotoIds | None,
        zone: ZoneInfo,
        total_doses: int | None,
    ) -> None:
        self._vaccines = vaccines
        self._identities = identities
        self._photo_ids = photo_ids
        self._zone = zone
        self._total_doses = total_doses
        self._read_tidy = tidy_reader(MESSAGE)

    @classmethod
    def open(cls, settings: Settings, tools: Tools) -> CowinSource:
        """
        Read the value set, and check the rest of the settings.

        Raises:
            ConfigError: a value set is not there or wrong, or the pattern is no pattern.
        """
        try:
            rejected = re.compile(settings.identity_rejection_pattern)
        except re.error as error:
            raise ConfigError(
                f"cowin-certify: identity_rejection_pattern is no regular expression: {error}"
            ) from error
        return cls(
            vaccines=tools.files.value_set(settings.vaccines),
            identities=IdentityRule(settings.subject_prefix, rejected),
            photo_ids=_photo_ids(settings, tools),
            zone=ZoneInfo(tools.time_zone),
            total_doses=settings.default_total_doses,
        )

    def read(self, messages: Sequence[Message]) -> Sequence[Record]:
        """Return one record for each message, in order."""
        return [self._read(message) for message in messages]

    def amend(self, records: Sequence[Record]) -> Sequence[Record]:
        """Return changed records read anew, as messages that say what they now say."""
        return self.read(
            [Message(content=_sent(each.content), variant=each.variant) for each in records]
        )

    def columns(self) -> Sequence[str]:
        """Return the headers of DIVOC's CSV, with those its generic edition added."""
        return rows.COLUMNS

    def from_row(self, row: Mapping[str, str]) -> Message:
        """Return the message of a row; it has no variant, so it is read as the newest."""
        return Message(content=rows.content_of(row))

    def _read(self, message: Message) -> Record:
        notes = Notes()
        content = self._read_tidy(message.content)
        if content is None:
            content = read_object(message.content, MESSAGE, notes)
        recipient = content.setdefault("recipient", {})
        vaccination = content.setdefault("vaccination", {})
        if "pre_enrollment_code" not in content:
            notes.error(
                "no-code",
                "The pre-enrolment code is missing; send it, or no two doses belong together.",
                "preEnrollmentCode",
            )
        _sort_contacts(recipient, notes)
        latin.keep_if_sound(recipient, notes)
        if passport := passport_number(recipient.get("identity", "")):
            recipient["passport"] = passport
        self._look_at_identity(recipient, notes)
        self._complete_doses(vaccination, notes)
        vaccine = self._find_vaccine(vaccination, notes)
        if "date" in vaccination:
            vaccination["date_local"] = local_day(vaccination["date"], self._zone)
        for earlier in content.get("meta", {}).get("vaccinations", ()):
            self._complete_earlier(earlier)
        content["legacy"] = self._legacy(message.content, content, vaccine)

        return Record(
            variant=_variant(message.variant, notes),
            content=content,
            findings=tuple(_forgiving(finding) for finding in notes.findings),
            corrects=content.get("meta", {}).get("previous_certificate_id", ""),
        )

    def _look_at_identity(self, recipient: JsonObject, notes: Notes) -> None:
        """Tell of the photo ID what anybody may see; the number itself stays in `identity`."""
        found = self._photo_ids.read(recipient.get("identity", "")) if self._photo_ids else None
        if found is None:
            return
        recipient["photo_id"] = {"type": found.type}
        if found.masked:
            recipient["photo_id"]["masked"] = found.masked
        else:
            notes.warn(
                "identity-form",
                "The number has not the form of its type of photo ID; certificates name the type only.",
                "recipient.identity",
            )

    def _complete_doses(self, vaccination: JsonObject, notes: Notes) -> None:
        for name, where in (("dose", "dose"), ("total_doses", "totalDoses")):
            if vaccination.get(name, 1) < 1:
                notes.error("bad-dose", "This must be at least 1.", f"vaccination.{where}")
        if "dose" not in vaccination:
            notes.error(
                "no-dose",
                "The dose is missing; send which dose of the course this is.",
                "vaccination.dose",
            )
        if "total_doses" not in vaccination and self._total_doses is not None:
            vaccination["total_doses"] = self._total_doses
            notes.warn(
                "total-doses-assumed",
                "The number of doses is missing; the configured one was taken.",
                "vaccination.totalDoses",
            )

    def _find_vaccine(self, vaccination: JsonObject, notes: Notes) -> Entry | None:
        name = vaccination.get("vaccine_name")
        if name is None:
            notes.error("no-vaccine", "The vaccine is missing; send its name.", "vaccination.name")
            return None
        vaccine = self._vaccines.find(name)
        if vaccine is None:
            notes.error(
                "unknown-vaccine",
                "The vaccine is not in the value set; correct the name, or add an entry or an alias.",
                "vaccination.name",
            )
            return None
        vaccination["vaccine_code"] = vaccine.code
        _compare_maker(vaccination, vaccine, notes)
        return vaccine

    def _complete_earlier(self, earlier: JsonObject) -> None:
        """Say of an earlier dose what its own record would: code and local day, where they are known."""
        vaccine = self._vaccines.find(earlier.get("vaccine_name", ""))
        if vaccine is not None:
            earlier["vaccine_code"] = vaccine.code
        if "date" in earlier:
            earlier["date_local"] = local_day(earlier["date"], self._zone)

    def _legacy(self, sent: JsonObject, content: JsonObject, vaccine: Entry | None) -> JsonObject:
        """Return what byte-compatible bodies need, in the very form in which it was sent."""
        code = content.get("pre_enrollment_code", "")
        identity = content["recipient"].get("identity", "")
        found = {
            "subject_id": self._identities.subject(identity, code) if code else None,
            "recipient_pincode": _plain(at_path(sent, "recipient.address.pincode")),
            "facility_pincode": _plain(at_path(sent, "facility.address.pincode")),
            "icd11_code": vaccine.more.get("legacy_icd11") if vaccine else None,
            "prophylaxis": vaccine.more.get("legacy_prophylaxis") if vaccine else None,
        }
        return {name: value for name, value in found.items() if value is not None}


def _photo_ids(settings: Settings, tools: Tools) -> PhotoIds | None:
    named = settings.identity_types
    return PhotoIds(tools.files.value_set(named)) if named else None


def _sent(content: JsonObject) -> JsonObject:
    """Return the message that a record would be read from; pin codes as they came if unchanged."""
    message = written(content, MESSAGE)
    recipient = content.get("recipient", {})
    if isinstance(recipient, dict) and isinstance(message.get("recipient"), dict):
        schemes = (("tel", recipient.get("mobile")), ("mailto", recipient.get("email")))
        message["recipient"]["contact"] = [f"{scheme}:{each}" for scheme, each in schemes if each]
    for holder in ("recipient", "facility"):
        came = at_path(content, f"legacy.{holder}_pincode")
        address = at_path(message, f"{holder}.address")
        if came is not None and isinstance(address, dict) and str(came) == address.get("pincode"):
            address["pincode"] = came
    # What it corrected is not what is corrected now.
    if isinstance(message.get("meta"), dict):
        message["meta"].pop("previousCertificateId", None)
    return message


def _sort_contacts(recipient: JsonObject, notes: Notes) -> None:
    """Take the first telephone number and the first mail address out of the contacts."""
    where = "recipient.contact"
    for contact in recipient.pop("contact", []):
        scheme, _, rest = contact.partition(":")
        name = {"tel": "mobile", "mailto": "email"}.get(scheme.strip().lower())
        value = _NUMBER_PUNCTUATION.sub("", rest) if name == "mobile" else rest.strip()
        if name is None or not value:
            notes.warn(
                "unknown-contact",
                "One of the contacts is no tel: number and no mailto: address; it was left out.",
                where,
            )
        else:
            recipient.setdefault(name, value)
    if "mobile" not in recipient:
        notes.error("no-phone", "No telephone number is there; send one as tel:…", where)


def _compare_maker(vaccination: JsonObject, vaccine: Entry, notes: Notes) -> None:
    makers = vaccine.more.get("manufacturers", ())
    maker = vaccination.get("manufacturer")
    if maker is None or not makers or maker in makers:
        return
    if normalised(maker) not in {normalised(each) for each in makers}:
        notes.warn(
            "unexpected-manufacturer",
            "This is none of the makers that the value set names for the vaccine.",
            "vaccination.manufacturer",
        )


def _variant(sent: str, notes: Notes) -> str:
    if sent and sent not in VARIANTS:
        notes.error("unknown-variant", f"The message came as none of {', '.join(VARIANTS)}.", "")
    return sent or VARIANTS[-1]


def _forgiving(finding: Finding) -> Finding:
    """Return the finding as a warning where every credential can do without what it is about."""
    if not f"{finding.where}.".startswith(_OPTIONAL):
        return finding
    return msgspec.structs.replace(finding, severity="warning")


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float) else None
