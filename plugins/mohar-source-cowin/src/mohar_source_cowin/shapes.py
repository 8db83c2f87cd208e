"""
The certify message, member by member, and where each stands in the record.

These tables are the mapping: left the upstream name, right the record's. They cover the messages
v1, v2 and v3, which differ in the door they use and not in their members, the additions of DIVOC's
generic edition (`programId`, `comorbidities`, a country in addresses), and one of ours: `latinName`.
"""

from __future__ import annotations

from typing import Final

from mohar_source_cowin.reading import Field
from mohar_source_cowin.values import birth_date, day, digits, moment, text, texts, whole

_ADDRESS: Final = (
    Field("addressLine1", "line1", text),
    Field("addressLine2", "line2", text),
    Field("district", "district", text),
    Field("city", "city", text),
    Field("state", "state", text),
    Field("country", "country", text),
    Field("pincode", "pincode", digits),
)

# A holder's name as the passport has it; nobody but the holder can say it.
_LATIN: Final = (
    Field("family", "family", text),
    Field("given", "given", text),
    Field("familyAsWritten", "family_as_written", text),
    Field("givenAsWritten", "given_as_written", text),
)

_RECIPIENT: Final = (
    Field("name", "name", text),
    Field("latinName", "latin", shape=_LATIN),
    Field("uhid", "uhid", text),
    Field("dob", "birth_date", birth_date),
    Field("age", "age", digits),
    Field("gender", "gender", text),
    Field("nationality", "nationality", text),
    Field("identity", "identity", text),
    Field("contact", "contact", texts),
    Field("address", "address", shape=_ADDRESS),
)

_VACCINATION: Final = (
    Field("name", "vaccine_name", text),
    Field("batch", "batch", text),
    Field("manufacturer", "manufacturer", text),
    Field("date", "date", moment),
    Field("effectiveStart", "effective_start", day),
    Field("effectiveUntil", "effective_until", day),
    Field("dose", "dose", whole),
    Field("totalDoses", "total_doses", whole),
)

_VACCINATOR: Final = (
    Field("id", "id", text),
    Field("name", "name", text),
)

_FACILITY: Final = (
    Field("id", "id", text),
    Field("name", "name", text),
    Field("operatorId", "operator_id", text),
    Field("operatorName", "operator_name", text),
    Field("address", "address", shape=_ADDRESS),
)

_EARLIER: Final = (
    Field("name", "vaccine_name", text),
    Field("dose", "dose", whole),
    Field("manufacturer", "manufacturer", text),
    Field("date", "date", moment),
    Field("batch", "batch", text),
)

_APP: Final = (
    Field("name", "name", text),
    Field("type", "type", text),
    Field("version", "version", text),
    Field("device", "device", text),
    Field("deviceOS", "device_os", text),
    Field("oSVersion", "os_version", text),
    Field("appMode", "app_mode", text),
    Field("connectionType", "connection_type", text),
)

_META: Final = (
    Field("previousCertificateId", "previous_certificate_id", text),
    Field("certificateType", "certificate_type", text),
    Field("vaccinations", "vaccinations", shape=_EARLIER, many=True),
    Field("vaccinationApp", "vaccination_app", shape=_APP),
    Field("facilityType", "facility_type", text),
    Field("paymentType", "payment_type", text),
    Field("registrationCategory", "registration_category", text),
    Field("registrationDataMode", "registration_data_mode", text),
    Field("sessionDurationInMinutes", "session_duration_minutes", whole),
    Field("waitForVaccinationInMinutes", "wait_for_vaccination_minutes", whole),
    Field("verificationDurationInSeconds", "verification_duration_seconds", whole),
    Field("verificationAttempts", "verification_attempts", whole),
    Field("uploadTimestamp", "upload_timestamp", moment),
)

MESSAGE: Final = (
    Field("preEnrollmentCode", "pre_enrollment_code", text),
    Field("programId", "program_id", text),
    Field("enrollmentType", "enrollment_type", text),
    Field("comorbidities", "comorbidities", texts),
    Field("recipient", "recipient", shape=_RECIPIENT),
    Field("vaccination", "vaccination", shape=_VACCINATION),
    Field("vaccinator", "vaccinator", shape=_VACCINATOR),
    Field("facility", "facility", shape=_FACILITY),
    Field("meta", "meta", shape=_META),
)
