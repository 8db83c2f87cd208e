"""What DigiLocker gets, over HTTP; it writes and reads with lxml, which is not what the door uses."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from lxml import etree

from mohar.assembly.house import House
from mohar.domain.access import Actor
from mohar.domain.correction import Correction
from mohar.domain.record import Message
from mohar.revoking.change import Wish

Issue = Callable[..., tuple[str, str]]
CLERK = Actor(actor_id="clerk", name="clerk", scopes=frozenset({"*"}))
MOBILE = "5550000001"
DS = "{http://www.w3.org/2000/09/xmldsig#}"
PRODUCTION = "https://www.digitallocker.gov.in/schema/issuer/v1/pullurirequest"


def correct(house: House, number: str) -> str:
    """Correct the name of a credential; return the number of what took its place."""
    correction = Correction(
        credential_id=number,
        reason="name",
        actor_id="clerk",
        changes={"recipient.name": "Binita P"},
    )
    receipt = house.corrections.correct(CLERK, Message(content={}, correction=correction))
    return str(receipt.outcomes[0].credential_id)


class TestPullUri:
    def test_who_knows_id_and_mobile_gets_uri_person_and_pdf(
        self, digilocker: Any, issue: Issue
    ) -> None:
        group, number = issue()
        answer = digilocker.pull_uri(group, ts=(now := datetime.now(UTC).isoformat()), txn="t-echo")

        said = answer.find("ResponseStatus")
        assert (said.get("Status"), said.text) == ("1", "1")
        assert (said.get("ts"), said.get("txn")) == (now, "t-echo")
        assert answer.findtext("DocDetails/URI") == f"in.gov.co-vin-VACER-{number}"
        assert dict(answer.find("DocDetails/IssuedTo/Persons/Person").attrib) == {
            "name": "Bina Pariksha",
            "dob": "02-12-1988",
            "gender": "F",
            "phone": MOBILE,
        }
        assert digilocker.content(answer, "DocContent").startswith(b"%PDF-")
        assert digilocker.content(answer, "DataContent") is None

    @pytest.mark.parametrize(
        ("namespace", "prefix"),
        [
            ("http://tempuri.org/", None),
            ("http://tempuri.org/", "ns2"),
            (PRODUCTION, None),
            ("", None),
        ],
    )
    def test_a_request_is_read_in_each_namespace(
        self, digilocker: Any, issue: Issue, namespace: str, prefix: str | None
    ) -> None:
        group, _ = issue()
        details = {"DocType": "VACER", "tracking_id": group, "Mobile": MOBILE}
        body = digilocker.uri_request(details, namespace=namespace, prefix=prefix)

        assert digilocker.status(digilocker.read(digilocker.post(body))) == "1"

    def test_unprefixed_elements_beside_a_declared_prefix_are_read(
        self, digilocker: Any, issue: Issue
    ) -> None:
        group, _ = issue()
        details = {"DocType": "VACER", "tracking_id": group, "Mobile": MOBILE}
        plain = digilocker.uri_request(details, namespace="")
        body = plain.replace(
            b"<PullURIRequest ", b'<PullURIRequest xmlns:ns2="http://tempuri.org/" '
        )

        assert digilocker.status(digilocker.read(digilocker.post(body))) == "1"

    def test_photo_bom_and_line_ends_of_windows_are_no_matter(
        self, digilocker: Any, issue: Issue
    ) -> None:
        group, _ = issue()
        photo = base64.b64encode(b"\xff" * 150_000).decode()
        details = {"DocType": "VACER", "Photo": photo, "tracking_id": group, "Mobile": MOBILE}
        sent = digilocker.uri_request(details).replace(b"><", b">\r\n<")

        assert digilocker.status(digilocker.read(digilocker.post(b"\xef\xbb\xbf" + sent))) == "1"

    @pytest.mark.parametrize(
        ("asked", "pdf", "xml"),
        [("pdf", True, False), ("xml", False, True), ("BOTH", True, True), ("", True, False)],
    )
    def test_the_format_chooses_what_is_handed_out(
        self, digilocker: Any, issue: Issue, asked: str, pdf: Any, xml: Any
    ) -> None:
        group, _ = issue()
        answer = digilocker.pull_uri(group, **({"format": asked} if asked else {}))

        given = [
            digilocker.content(answer, name) is not None for name in ("DocContent", "DataContent")
        ]
        assert given == [pdf, xml]

    @pytest.mark.parametrize("mobile", [MOBILE, f"+91 {MOBILE}", f"0{MOBILE}", "55500-00001"])
    def test_a_mobile_counts_by_its_last_ten_digits(
        self, digilocker: Any, issue: Issue, mobile: str
    ) -> None:
        group, _ = issue()

        assert digilocker.status(digilocker.pull_uri(group, mobile)) == "1"

    def test_a_record_with_the_code_of_the_country_is_found_as_well(
        self, digilocker: Any, issue: Issue
    ) -> None:
        group, _ = issue(recipient={"contact": ["tel:+915550000001"]})

        assert digilocker.status(digilocker.pull_uri(group)) == "1"

    @pytest.mark.parametrize("mobile", ["5550000002", "50000001", "", "no number"])
    def test_mismatch_and_unknown_are_the_same_answer(
        self, digilocker: Any, issue: Issue, mobile: str
    ) -> None:
        """
        Whoever has the number of somebody else learns nothing from it.
        """
        group, _ = issue()
        same = {"ts": datetime.now(UTC).isoformat()}
        mismatch = digilocker.pull_uri(group, mobile, txn=f"same-{group}-1", **same)
        unknown = digilocker.pull_uri("11111111111111", mobile, txn=f"same-{group}-2", **same)

        texts = [
            etree.tostring(each).replace(b"-1", b"").replace(b"-2", b"")
            for each in (mismatch, unknown)
        ]
        assert texts[0] == texts[1]
        assert digilocker.status(mismatch) == "0"

    def test_without_the_id_a_mobile_finds_nobody(self, digilocker: Any, issue: Issue) -> None:
        issue()

        assert digilocker.status(digilocker.pull_uri("")) == "0"

    def test_the_latest_dose_is_found(self, digilocker: Any, issue: Issue) -> None:
        group, _ = issue(vaccination={"dose": 2})
        issue(number=group, vaccination={"dose": 1})
        answer = digilocker.pull_uri(group, format="xml")

        certificate = etree.fromstring(digilocker.content(answer, "DataContent"))
        assert certificate.find("CertificateData/Vaccinations/Vaccination").get("doseNumber") == "2"

    def test_where_one_of_two_is_enough_the_name_alone_finds_it(
        self, digilocker: Any, issue: Issue
    ) -> None:
        group, _ = issue()
        asked = {"doc_type": "EITHR", "name": " bina  PARIKSHA "}

        assert digilocker.status(digilocker.pull_uri(group, "5550000009", **asked)) == "1"
        assert digilocker.status(digilocker.pull_uri(group, MOBILE, doc_type="EITHR")) == "1"
        assert digilocker.status(digilocker.pull_uri(group, "5550000009", doc_type="EITHR")) == "0"

    def test_who_is_not_eligible_gets_status_0_and_no_content(
        self, digilocker: Any, issue: Issue
    ) -> None:
        """
        Without a passport number there is no international certificate, in no format.
        """
        group, _ = issue()
        answers = [
            digilocker.pull_uri(group, doc_type="IVACR", format=each) for each in ("pdf", "xml")
        ]

        assert [digilocker.status(each) for each in answers] == ["0", "0"]
        assert [len(each.find("DocDetails")) for each in answers] == [0, 0]

    def test_an_international_certificate_brings_the_signed_document_as_well(
        self, digilocker: Any, issue: Issue
    ) -> None:
        group, number = issue(
            recipient={"identity": "Passport # K1234567"}, vaccination={"dose": 2, "totalDoses": 2}
        )
        answer = digilocker.pull_uri(group, doc_type="IVACR", format="both")

        assert digilocker.status(answer) == "1"
        form = etree.fromstring(digilocker.content(answer, "DataContent"))
        assert (form.tag, form.get("id")) == ("certificate", number)
        assert form.text.encode() == digilocker.content(answer, "VcContent")

    def test_a_body_that_is_still_to_be_made_is_pending(
        self, digilocker: Any, issue: Issue
    ) -> None:
        """
        DigiLocker asks again; a body that is there and has no picture is not found.
        """
        waits, _ = issue(formats=["ld"])
        made, _ = issue()
        answers = [digilocker.pull_uri(group, doc_type="LATER") for group in (waits, made)]

        assert [digilocker.status(each) for each in answers] == ["9", "0"]
        assert [len(each.find("DocDetails")) for each in answers] == [0, 0]

    def test_an_unknown_type_of_document_is_status_0(self, digilocker: Any, issue: Issue) -> None:
        group, _ = issue()

        assert digilocker.status(digilocker.pull_uri(group, doc_type="DPMLC")) == "0"

    def test_what_is_revoked_is_status_0(self, digilocker: Any, issue: Issue, house: House) -> None:
        group, number = issue()
        house.changes.revoke_all(CLERK, "vaccination", [number], "wrong person")

        assert digilocker.status(digilocker.pull_uri(group)) == "0"

    def test_the_uri_stays_when_a_certificate_is_corrected(
        self, digilocker: Any, issue: Issue, house: House
    ) -> None:
        group, number = issue()
        before = digilocker.pull_uri(group)
        later = correct(house, number)
        after = digilocker.pull_uri(group)

        assert later != number
        assert after.findtext("DocDetails/URI") == before.findtext("DocDetails/URI")
        assert after.find("DocDetails/IssuedTo/Persons/Person").get("name") == "Binita P"


class TestProof:
    def asked(self, digilocker: Any, **more: str) -> bytes:
        return bytes(
            digilocker.uri_request({"DocType": "VACER", "tracking_id": "1", "Mobile": "1"}, **more)
        )

    @pytest.mark.parametrize("as_hex", [True, False])
    def test_both_forms_of_the_hmac_count(self, digilocker: Any, as_hex: Any) -> None:
        body = self.asked(digilocker)

        assert digilocker.post(body, mac=digilocker.mac(body, as_hex=as_hex)).status_code == 200

    def test_each_of_the_keys_counts(self, digilocker: Any) -> None:
        assert digilocker.post(self.asked(digilocker), key=b"the-key-before-it").status_code == 200

    @pytest.mark.parametrize("mac", ["", "ignore", "no base64!", "AAAA"])
    def test_without_a_right_hmac_it_is_401(self, digilocker: Any, mac: str) -> None:
        answer = digilocker.post(self.asked(digilocker), mac=mac)

        assert (answer.status_code, answer.json()["code"]) == (401, "not-authenticated")

    def test_another_key_is_401(self, digilocker: Any) -> None:
        assert digilocker.post(self.asked(digilocker), key=b"another").status_code == 401

    def test_a_changed_byte_is_401(self, digilocker: Any) -> None:
        body = self.asked(digilocker)

        assert digilocker.post(body + b"\n", mac=digilocker.mac(body)).status_code == 401

    @pytest.mark.parametrize("minutes", [-11, 11])
    def test_a_time_that_is_not_now_is_401(self, digilocker: Any, minutes: int) -> None:
        ts = (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat()

        assert digilocker.post(self.asked(digilocker, ts=ts)).status_code == 401

    def test_the_very_same_request_gets_the_same_answer_again(
        self, digilocker: Any, issue: Issue
    ) -> None:
        """
        DigiLocker tries again where no answer came in time.
        """
        group, _ = issue()
        details = {"DocType": "VACER", "tracking_id": group, "Mobile": MOBILE}
        body = digilocker.uri_request(details, format="both")
        first, again = digilocker.post(body), digilocker.post(body)

        assert digilocker.status(digilocker.read(first)) == "1"
        assert first.content == again.content

    def test_a_transaction_id_of_another_request_is_refused(self, digilocker: Any) -> None:
        digilocker.post(self.asked(digilocker, txn="used-once", format="pdf"))
        answer = digilocker.post(self.asked(digilocker, txn="used-once", format="xml"))

        assert (answer.status_code, answer.json()["code"]) == (409, "digilocker-txn-repeated")


class TestUnreadable:
    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"no xml",
            b"<PullURIRequest>",
            b"<Other ver='3.0'/>",
            b"<PullURIRequest ver='3.0'/>",
            b"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><PullURIRequest txn='&x;'/>",
            b"<!DOCTYPE PullURIRequest><PullURIRequest/>",
            b"<a>" * 10_000,
            b"<?xml version='1.0' encoding='no-such'?><PullURIRequest/>",
            b"<PullURIRequest><DocDetails><a/><A/></DocDetails></PullURIRequest>",
        ],
    )
    def test_what_cannot_be_read_is_400(self, digilocker: Any, body: bytes) -> None:
        answer = digilocker.post(body)

        assert (answer.status_code, answer.json()["code"]) == (400, "unreadable")

    def test_an_entity_bomb_is_400(self, digilocker: Any) -> None:
        steps = "".join(f"<!ENTITY b{i} '{f'&b{i - 1};' * 10}'>" for i in range(1, 10))
        bomb = f"<!DOCTYPE a [<!ENTITY b0 'ha'>{steps}]><PullURIRequest><DocDetails><U>&b9;</U></DocDetails></PullURIRequest>"

        assert digilocker.post(bomb.encode()).status_code == 400

    @pytest.mark.parametrize("said", [{"ts": "yesterday"}, {"format": "docx"}, {"txn": " "}])
    def test_an_attribute_that_says_nothing_is_400(
        self, digilocker: Any, said: dict[str, str]
    ) -> None:
        assert (
            digilocker.post(digilocker.uri_request({"DocType": "VACER"}, **said)).status_code == 400
        )

    def test_what_is_too_large_is_400(self, digilocker: Any) -> None:
        body = digilocker.uri_request({"Photo": "A" * 1_000_001})

        assert digilocker.post(body).status_code == 400


class TestPullDoc:
    def test_a_document_is_given_out_by_its_uri(self, digilocker: Any, issue: Issue) -> None:
        group, _ = issue()
        uri = digilocker.pull_uri(group).findtext("DocDetails/URI")
        answer = digilocker.pull_doc(uri, format="both")

        assert answer.tag == "PullDocResponse"
        assert digilocker.status(answer) == "1"
        assert digilocker.content(answer, "DocContent").startswith(b"%PDF-")
        assert etree.fromstring(digilocker.content(answer, "DataContent")).get("status") == "A"

    def test_an_old_uri_leads_to_what_is_right_now(
        self, digilocker: Any, issue: Issue, house: House
    ) -> None:
        _, number = issue()
        later = correct(house, number)
        uris = [f"in.gov.covin-VACER-{number}", f"in.gov.co-vin-VACER-{later}"]
        answers = [digilocker.pull_doc(uri, format="xml") for uri in uris]

        told = [etree.fromstring(digilocker.content(each, "DataContent")) for each in answers]
        assert {each.get("number") for each in told} == {number}
        assert {each.find("IssuedTo/Person").get("name") for each in told} == {"Binita P"}

    @pytest.mark.parametrize(("event", "letter"), [("revoke", "R"), ("suspend", "S")])
    def test_what_no_longer_holds_is_status_0_and_its_xml_says_so_and_no_more(
        self, digilocker: Any, issue: Issue, house: House, event: Any, letter: str
    ) -> None:
        _, number = issue()
        later = correct(house, number)
        house.changes.change(
            CLERK, Wish(action=event, actor_id="clerk", reason="wrong person"), later
        )
        uri = f"in.gov.co-vin-VACER-{number}"
        answer, picture = digilocker.pull_doc(uri, format="xml"), digilocker.pull_doc(uri)

        left = etree.fromstring(digilocker.content(answer, "DataContent"))
        assert (digilocker.status(answer), left.get("status")) == ("0", letter)
        assert left.find("IssuedTo") is None
        assert (digilocker.status(picture), len(picture.find("DocDetails"))) == ("0", 0)

    @pytest.mark.parametrize(
        "uri",
        [
            "",
            "in.gov.co-vin-VACER-",
            "in.gov.co-vin-VACER-1",
            "in.gov.other-VACER-12345678901",
            "in.gov.co-vin-NONE0-12345678901",
            "in.gov.co-vin-VACER-../../etc",
        ],
    )
    def test_a_uri_that_leads_nowhere_is_status_0(self, digilocker: Any, uri: str) -> None:
        assert digilocker.status(digilocker.pull_doc(uri)) == "0"


class TestXmlSignature:
    def test_another_library_finds_it_right(
        self, digilocker: Any, issue: Issue, deployment: Path
    ) -> None:
        group, _ = issue(recipient={"name": 'D\'Souza & Söhne <ü> "x"'})
        answer = digilocker.pull_uri(group, format="xml")
        root = etree.fromstring(digilocker.content(answer, "DataContent"))

        signature = root.find(f"{DS}Signature")
        info = etree.tostring(signature.find(f"{DS}SignedInfo"), method="c14n", exclusive=True)
        value = base64.b64decode(signature.findtext(f"{DS}SignatureValue"))
        pem = (deployment / "keys" / "digilocker-xml.pem").read_bytes()
        public = serialization.load_pem_private_key(pem, None).public_key()
        public.verify(value, info, padding.PKCS1v15(), hashes.SHA256())
        root.remove(signature)
        digest = hashes.Hash(hashes.SHA256())
        digest.update(etree.tostring(root, method="c14n", exclusive=True))
        assert (
            signature.findtext(f".//{DS}DigestValue")
            == base64.b64encode(digest.finalize()).decode()
        )
