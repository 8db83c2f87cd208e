"""CSV rows of the original."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from mohar.domain.record import Message
from mohar_source_cowin.source import CowinSource

ROW = {
    "preEnrollmentCode": "12346",
    "recipientName": "Asha Namuna",
    "recipientMobileNumber": "5550000001",
    "recipientDOB": "30-Nov-1994",
    "recipientAge": "",
    "recipientGender": "Female",
    "recipientNationality": "Indian",
    "recipientIdentity": "NA",
    "recipientAddressLine1": "1, Sample Road",
    "recipientAddressLine2": "",
    "recipientDistrict": "New Delhi",
    "recipientState": "Delhi",
    "recipientPincode": "011001",
    "vaccinationBatch": "SAMPLE1",
    "vaccinationDate": "2021-03-03T18:00:00Z",
    "vaccinationDose": "1",
    "vaccinationTotalDoses": "2",
    "vaccinationEffectiveStart": "2021-03-03",
    "vaccinationEffectiveEnd": "03-Mar-2031",
    "vaccinationManufacturer": "Bharat Biotech",
    "vaccinationName": "COVAXIN",
    "vaccinatorName": "Vaccinator Namuna",
    "facilityName": "Centre",
    "facilityAddressLine1": "2, Sample Road",
    "facilityAddressLine2": "",
    "facilityDistrict": "New Delhi",
    "facilityState": "Delhi",
    "facilityPincode": "110001",
}


class TestRows:
    def test_the_columns_are_the_generic_twenty_eight(self, source: CowinSource) -> None:
        assert list(source.columns()) == list(ROW)
        assert len(source.columns()) == 28

    def test_a_row_reads_like_the_message_it_stands_for(self, source: CowinSource) -> None:
        [record] = source.read([source.from_row(ROW)])

        assert record.findings == ()
        assert record.content["recipient"]["birth_date"] == "1994-11-30"
        assert record.content["recipient"]["mobile"] == "5550000001"
        assert record.content["recipient"]["address"]["pincode"] == "011001"
        assert record.content["vaccination"]["effective_until"] == "2031-03-03"
        assert record.content["vaccination"]["dose"] == 1

    def test_a_file_may_tell_the_name_in_latin_letters(self, source: CowinSource) -> None:
        """
        The columns are not among those that every file must have.
        """
        more = {
            "recipientLatinFamily": "NAMUNA",
            "recipientLatinGiven": "ASHA<DEVI",
            "recipientLatinFamilyAsWritten": "Namuna",
            "recipientLatinGivenAsWritten": "Asha Devi",
        }
        [record] = source.read([source.from_row(ROW | more)])

        assert record.findings == ()
        assert record.content["recipient"]["latin"] == {
            "family": "NAMUNA",
            "given": "ASHA<DEVI",
            "family_as_written": "Namuna",
            "given_as_written": "Asha Devi",
        }

    def test_an_empty_row_is_a_record_with_findings(self, source: CowinSource) -> None:
        [record] = source.read([source.from_row({})])

        assert {each.code for each in record.findings if each.is_error} == {
            "no-code",
            "no-dose",
            "no-phone",
            "no-vaccine",
        }

    @settings(max_examples=60, deadline=None)
    @given(cells=st.dictionaries(st.sampled_from(list(ROW)), st.text(max_size=15)))
    def test_any_cells_give_a_record(self, source: CowinSource, cells: dict[str, str]) -> None:
        message = source.from_row(ROW | cells)

        [record] = source.read([message])

        assert isinstance(message, Message)
        assert record.variant == "v3"
