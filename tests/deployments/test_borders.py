"""One record, every form that a border reads; each read by rules written a second time, too."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import cbor2
import pytest
import zxingcpp
from anyio.from_thread import start_blocking_portal
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_der_public_key
from litestar import Litestar
from litestar.testing import TestClient
from PIL import Image

from mohar.assembly.house import House, build_house
from mohar.assembly.keys import generate_missing
from mohar.assembly.opening import open_store, silent_telemetry
from mohar.assembly.verifier import open_verifier
from mohar.domain.access import Actor
from mohar.domain.credential import Outcome, Secured
from mohar.domain.record import Message
from mohar.domain.rendition import Rendition
from mohar.domain.verdict import Verdict
from mohar.testing.deployments import copy_deployment, sample_messages
from mohar.verifying.verify import Presented
from mohar.web.app import create_app

ROOT = Path(__file__).resolve().parents[2]
OPERATOR = Actor(actor_id="operator", name="test", scopes=frozenset({"*"}))
BODIES = ["domestic", "international", "eu", "ddcc", "ddcc-care", "shc"]
BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
LATIN = {
    "family": "NAMUNA",
    "given": "ASHA<DEVI",
    "familyAsWritten": "Namuna",
    "givenAsWritten": "Asha Devi",
}


def certify(number: int, latin: Any = LATIN, **vaccination: Any) -> dict[str, Any]:
    """Return a message as Co-WIN sends it, given late in the evening of the third of March."""
    place = {"district": "Pune", "state": "Maharashtra", "pincode": 411001}
    recipient = {
        "name": "आशा नमूना",
        "dob": "1984-03-02",
        "gender": "Female",
        "contact": ["tel:5550000001"],
        "address": place,
    }
    return {
        "preEnrollmentCode": f"88{number:012d}",
        "recipient": recipient | ({"latinName": latin} if latin else {}),
        "vaccination": {
            "name": "COVISHIELD",
            "batch": "4120Z018",
            "manufacturer": "Serum Institute of India",
            "date": "2021-03-03T18:00:00Z",
            "dose": 1,
            "totalDoses": 2,
            **vaccination,
        },
        "vaccinator": {"name": "Vaccinator Namuna"},
        "facility": {"name": "Pune Centre", "address": place},
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A private copy of the deployment, with keys and a store."""
    folder = copy_deployment(ROOT, "india", tmp_path_factory.mktemp("borders"))
    generate_missing(folder)
    with open_store(folder) as store:
        store.upgrade()
    return folder


@pytest.fixture(scope="module")
def house(folder: Path) -> Iterator[House]:
    with build_house(folder, telemetry=silent_telemetry()) as house:
        yield house


@pytest.fixture(scope="module")
def outcome(house: House) -> Outcome:
    """What became of one record with all that any body needs."""
    [outcome] = issue(house, certify(1))
    return outcome


@pytest.fixture(scope="module")
def bodies(house: House, outcome: Outcome) -> dict[str, Secured]:
    return bodies_of(house, outcome)


@pytest.fixture(scope="module")
def client(house: House) -> Iterator[TestClient[Litestar]]:
    with calling(create_app(house)) as client:
        yield client


@pytest.fixture(scope="module")
def key(house: House) -> Mapping[str, str]:
    """The header of a caller who may read and search."""
    scopes = frozenset({"read:vaccination", "search:vaccination"})
    with house.store.begin() as work:
        text, _ = work.api_keys.create("test", scopes)
    return {"Authorization": f"Bearer {text}"}


@contextmanager
def calling(app: Litestar) -> Iterator[TestClient[Litestar]]:
    client = TestClient(app, base_url="http://testserver.local", raise_server_exceptions=False)
    # Entering the client would leave the streams of its lifespan open.
    with start_blocking_portal() as portal:
        client.blocking_portal = portal
        yield client


def issue(house: House, *messages: dict[str, Any]) -> list[Outcome]:
    given = [Message(content=each, variant="v3") for each in messages]
    receipt = house.submit(OPERATOR, "vaccination", given)
    return list(house.issue_now(OPERATOR, receipt).outcomes)


def bodies_of(house: House, outcome: Outcome) -> dict[str, Secured]:
    assert outcome.credential_id is not None
    return {each.body: each for each in house.access.bodies(OPERATOR, outcome.credential_id)}


def refused(outcome: Outcome) -> dict[str, list[str]]:
    """Return the errors of each body that was not issued."""
    return {
        body.name: [each.code for each in body.findings if each.is_error]
        for body in outcome.bodies
        if not body.issued
    }


def picture(house: House, secured: Secured) -> bytes:
    """Return the QR code of a body as a PNG of four pixels for each module."""
    [(_, drawn)] = house.access.drawings(OPERATOR, secured, suffix="png")
    assert isinstance(drawn, Rendition)
    return drawn.content


def scanned(png: bytes) -> bytes:
    """Read a QR code with a library that the house does not draw with."""
    found = zxingcpp.read_barcode(Image.open(io.BytesIO(png)).convert("L"))
    assert found is not None
    return bytes(found.bytes)


def border_key(house: House) -> ec.EllipticCurvePublicKey:
    [spki] = [each.spki for each in house.public_keys if each.algorithm == "ES256"]
    key = load_der_public_key(spki)
    assert isinstance(key, ec.EllipticCurvePublicKey)
    return key


def es256(key: ec.EllipticCurvePublicKey, signature: bytes, signed: bytes) -> bool:
    """Verify r‖s, as RFC 7518 §3.4 and RFC 9053 §2.1 write it."""
    assert len(signature) == 64
    r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
    try:
        key.verify(encode_dss_signature(r, s), signed, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def base45(text: str) -> bytes:
    """Decode RFC 9285: three characters are two bytes, two are one."""
    decoded = bytearray()
    for at in range(0, len(text), 3):
        group = text[at : at + 3]
        number = sum(BASE45.index(each) * 45**power for power, each in enumerate(group))
        decoded += number.to_bytes(len(group) - 1)
    return bytes(decoded)


def opened_hc1(text: bytes, key: ec.EllipticCurvePublicKey) -> tuple[dict[int, Any], Any]:
    """Take an HC1 text apart by hand: its protected header, and what its signature covers."""
    prefix, _, packed = text.decode("ascii").partition(":")
    tagged = cbor2.loads(zlib.decompress(base45(packed)))
    protected, unprotected, payload, signature = tagged.value
    signed = cbor2.dumps(["Signature1", protected, b"", payload])

    assert (prefix, tagged.tag, unprotected) == ("HC1", 18, {})
    assert es256(key, signature, signed)
    assert not es256(key, signature, signed[:-1] + bytes([signed[-1] ^ 1]))
    return cbor2.loads(protected), cbor2.loads(payload)


def base64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class TestOneRecord:
    def test_is_signed_in_every_form_at_once(
        self, outcome: Outcome, bodies: dict[str, Secured]
    ) -> None:
        """
        They share the number; what needs P-256 is signed with it.
        """
        assert (outcome.state, refused(outcome)) == ("issued", {})
        assert list(bodies) == BODIES
        assert {each.credential_id for each in bodies.values()} == {outcome.credential_id}
        assert {each.revision for each in bodies.values()} == {1}
        assert [each.algorithm for each in bodies.values()] == ["EdDSA"] * 2 + ["ES256"] * 4

    def test_each_form_is_valid_as_it_was_signed_and_as_it_is_drawn(
        self, house: House, folder: Path, bodies: dict[str, Secured]
    ) -> None:
        with open_verifier(folder) as verifier:
            texts = [Presented(name=name, data=bodies[name].content) for name in BODIES]
            codes = [Presented(name=name, data=picture(house, bodies[name])) for name in BODIES]
            verdicts = verifier.verify([*texts, *codes])
        found = [(each.input, each.verdict, each.format) for each in verdicts]
        formats = ["ld", "ld", "hcert", "hcert", "hcert", "shc"]
        expected = [(name, "valid", of) for name, of in zip(BODIES, formats, strict=True)]

        assert found == expected * 2
        assert {each.kind for each in verdicts} == {"vaccination"}

    def test_each_form_tells_of_the_day_in_india_and_of_the_name_it_is_for(
        self, folder: Path, bodies: dict[str, Secured], outcome: Outcome
    ) -> None:
        """
        18:00 UTC is half past eleven at night in India, and still the third of March.
        """
        with open_verifier(folder) as verifier:
            verdicts = verifier.verify(
                [Presented(name=name, data=bodies[name].content) for name in BODIES]
            )
        shown = {each.input: each.shown for each in verdicts}

        assert {each["date"] for each in shown.values()} == {"2021-03-03"}
        assert [shown[name]["name"] for name in BODIES if name != "eu"] == ["आशा नमूना"] * 5
        assert shown["eu"]["name"] == "Namuna"
        assert shown["eu"]["latin_given_name"] == "ASHA<DEVI"
        assert shown["eu"]["certificate_id"] == f"URN:UVCI:01:IN:{outcome.credential_id}"
        assert shown["shc"]["family_name"] == "Namuna"
        assert shown["ddcc"]["certificate_id"] == outcome.credential_id

    def test_proof_of_vaccination_tells_less_than_continuity_of_care(
        self, house: House, bodies: dict[str, Secured]
    ) -> None:
        _, proof = opened_hc1(bodies["ddcc"].content, border_key(house))
        _, care = opened_hc1(bodies["ddcc-care"].content, border_key(house))

        assert care.keys() - proof.keys() == {"sex", "hw"}
        assert proof.keys() <= care.keys()

    def test_the_european_form_ends_after_its_year(
        self, folder: Path, bodies: dict[str, Secured]
    ) -> None:
        later = datetime.now(UTC) + timedelta(days=366)
        with open_verifier(folder) as verifier:
            [verdict] = verifier.verify([Presented(name="eu", data=bodies["eu"].content)], at=later)

        assert verdict.verdict == "expired"


class TestByOtherRules:
    def test_the_european_form_is_a_signed_cwt(
        self, house: House, bodies: dict[str, Secured], outcome: Outcome
    ) -> None:
        """
        base45, zlib, COSE_Sign1 (RFC 9052 §4.4) and the claims of the EU, each by hand.
        """
        text = bodies["eu"].content
        header, claims = opened_hc1(text, border_key(house))
        [spki] = [each.spki for each in house.public_keys if each.algorithm == "ES256"]
        certificate = claims[-260][1]
        [vaccination] = certificate["v"]

        assert scanned(picture(house, bodies["eu"])) == text
        assert header == {1: -7, 4: hashlib.sha256(spki).digest()[:8]}
        assert claims[1] == "IN"
        assert claims[4] - claims[6] == 365 * 86_400
        assert certificate["nam"] == {
            "fn": "Namuna",
            "fnt": "NAMUNA",
            "gn": "Asha Devi",
            "gnt": "ASHA<DEVI",
        }
        assert certificate["dob"] == "1984-03-02"
        assert vaccination == {
            "tg": "840539006",
            "vp": "29061000087103",
            "mp": "Covishield",
            "ma": "ORG-100001981",
            "dn": 1,
            "sd": 2,
            "dt": "2021-03-03",
            "co": "IN",
            "is": house.deployment.authority.name,
            "ci": f"URN:UVCI:01:IN:{outcome.credential_id}",
        }

    def test_the_form_of_the_who_is_its_core_data_set(
        self, house: House, bodies: dict[str, Secured]
    ) -> None:
        text = bodies["ddcc"].content
        _, document = opened_hc1(text, border_key(house))

        assert scanned(picture(house, bodies["ddcc"])) == text
        assert document["name"] == "आशा नमूना"
        assert document["vaccine"]["code"] == "XM9QW8"
        assert (document["lot"], document["date"]) == ("4120Z018", "2021-03-03")
        assert (document["dose"], document["total_doses"]) == (1, 2)
        assert document["country"] == {"code": "IND", "system": "urn:iso:std:iso:3166"}

    def test_the_health_card_is_a_jws_by_a_key_that_is_published(
        self, house: House, bodies: dict[str, Secured], client: TestClient[Litestar]
    ) -> None:
        """
        From the digits of the QR code to the bundle, with the key found as a reader finds it.
        """
        text = scanned(picture(house, bodies["shc"])).decode("ascii")
        digits = text.removeprefix("shc:/")
        pairs = [int(digits[at : at + 2]) for at in range(0, len(digits), 2)]
        jws = "".join(chr(pair + ord("-")) for pair in pairs)
        signed, _, signature = jws.rpartition(".")
        header, payload = map(base64url, signed.split("."))
        kid = json.loads(header)["kid"]
        answer = client.get("/.well-known/jwks.json")
        [jwk] = [each for each in answer.json()["keys"] if each["kid"] == kid]
        card = json.loads(zlib.decompress(payload, wbits=-15))
        members = {name: jwk[name] for name in ("crv", "kty", "x", "y")}
        printed = json.dumps(members, separators=(",", ":")).encode()

        assert base64url(kid) == hashlib.sha256(printed).digest()
        assert (jwk["kty"], jwk["crv"], jwk["use"], jwk["alg"]) == ("EC", "P-256", "sig", "ES256")
        assert answer.headers["access-control-allow-origin"] == "*"
        assert es256(native(jwk), base64url(signature), signed.encode())
        assert json.loads(header) == {"zip": "DEF", "alg": "ES256", "kid": kid}
        assert card["iss"] == "https://credentials.example.in"
        patient, immunization = (
            entry["resource"] for entry in card["vc"]["credentialSubject"]["fhirBundle"]["entry"]
        )
        assert patient["name"] == [{"text": "आशा नमूना", "family": "Namuna", "given": ["Asha Devi"]}]
        assert immunization["vaccineCode"]["coding"][0]["code"] == "210"
        assert immunization["occurrenceDateTime"] == "2021-03-03"

    def test_the_code_of_a_health_card_is_of_version_22_at_most(
        self, house: House, bodies: dict[str, Secured]
    ) -> None:
        """
        Four pixels for each module, four modules of white on each side (ISO/IEC 18004 §7.3).
        """
        width = Image.open(io.BytesIO(picture(house, bodies["shc"]))).width

        assert (width // 4 - 8 - 17) // 4 <= 22


def native(jwk: Mapping[str, str]) -> ec.EllipticCurvePublicKey:
    x, y = (int.from_bytes(base64url(jwk[name])) for name in ("x", "y"))
    return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()


class TestWhatCannotBe:
    def test_without_a_confirmed_name_only_the_european_form_is_refused(self, house: House) -> None:
        """
        The registered name is in Latin letters, and nobody confirmed that the passport has it so.
        """
        message = certify(2, latin=None)
        message["recipient"]["name"] = "Asha Namuna"
        [outcome] = issue(house, message)

        assert (outcome.state, refused(outcome)) == ("issued", {"eu": ["latin-name-missing"]})
        assert list(bodies_of(house, outcome)) == [name for name in BODIES if name != "eu"]

    def test_a_name_of_another_form_is_told_and_not_mended(self, house: House) -> None:
        [outcome] = issue(house, certify(3, latin={"family": "Namuna", "given": "ASHA"}))

        assert (outcome.state, refused(outcome)) == ("issued", {"eu": ["latin-name-missing"]})
        assert [(each.code, each.severity) for each in outcome.findings] == [
            ("bad-latin-name", "warning")
        ]

    def test_a_vaccine_without_a_code_of_the_eu_refuses_only_the_european_form(
        self, house: House
    ) -> None:
        corbevax = {"name": "CORBEVAX", "manufacturer": "Biological E", "date": "2022-04-01"}
        [outcome] = issue(house, certify(4, **corbevax))
        [finding] = next(body.findings for body in outcome.bodies if body.name == "eu")

        assert (outcome.state, refused(outcome)) == ("issued", {"eu": ["no-eu-product"]})
        assert finding.message.startswith("The EU has no code for this vaccine")

    def test_a_birth_year_stays_a_year_in_every_form_that_can_tell_one(
        self, house: House, folder: Path
    ) -> None:
        message = certify(5)
        message["recipient"]["dob"] = "1984"
        [outcome] = issue(house, message)
        found = bodies_of(house, outcome)
        del found["domestic"]
        with open_verifier(folder) as verifier:
            verdicts = verifier.verify(
                [Presented(name=name, data=each.content) for name, each in found.items()]
            )

        assert refused(outcome) == {"international": ["birth-date-incomplete"]}
        assert {each.shown["birth_date"] for each in verdicts} == {"1984"}

    def test_every_sample_becomes_what_it_says(
        self, deployed: Callable[..., Path], samples: Path
    ) -> None:
        expected = [json.loads(line)["expect"] for line in samples.read_bytes().splitlines()]
        with build_house(deployed("india"), telemetry=silent_telemetry()) as house:
            receipt = house.submit(OPERATOR, "vaccination", sample_messages(samples))
            outcomes = house.issue_now(OPERATOR, receipt).outcomes
        became = [
            "partly" if each.credential_id and refused(each) else each.state for each in outcomes
        ]

        assert became == expected


class TestAnybodyElse:
    """A verifier of another country: no deployment of ours, no store, and no word beside the text."""

    @pytest.fixture
    def elsewhere(self, folder: Path) -> Path:
        return folder.parent / "verifier"

    def test_every_form_is_recognised_from_its_text_alone(
        self, elsewhere: Path, bodies: dict[str, Secured]
    ) -> None:
        verdicts = self.verdicts(elsewhere, bodies)

        assert {name: each.verdict for name, each in verdicts.items()} == dict.fromkeys(
            BODIES, "unknown-issuer"
        )
        assert [verdicts[name].checks[2].detail for name in BODIES] == [
            "vaccination core-1",
            "vaccination core-1",
            "eu-dcc v1-3",
            "ddcc-vs v1",
            "ddcc-vs v1",
            "shc v1",
        ]

    def test_with_the_published_keys_alone_nobody_knows_whether_it_was_revoked(
        self,
        elsewhere: Path,
        bodies: dict[str, Secured],
        client: TestClient[Litestar],
        tmp_path: Path,
    ) -> None:
        trusted = tmp_path / "jwks.json"
        trusted.write_bytes(client.get("/.well-known/jwks.json").content)
        verdicts = self.verdicts(elsewhere, bodies, trusted)

        assert [verdicts[name].verdict for name in BODIES] == ["not-checked"] * 6

    def test_the_published_keys_and_the_snapshot_are_enough_to_believe_it(
        self,
        elsewhere: Path,
        bodies: dict[str, Secured],
        client: TestClient[Litestar],
        tmp_path: Path,
    ) -> None:
        trusted, snapshot = tmp_path / "jwks.json", tmp_path / "snapshot.jwt"
        trusted.write_bytes(client.get("/.well-known/jwks.json").content)
        snapshot.write_bytes(client.get("/v1/status/snapshot").content)
        verdicts = self.verdicts(elsewhere, bodies, trusted, snapshot)

        assert [verdicts[name].verdict for name in BODIES] == ["valid"] * 6

    def verdicts(
        self,
        folder: Path,
        bodies: dict[str, Secured],
        trust: Path | None = None,
        *snapshots: Path,
    ) -> dict[str, Verdict]:
        inputs = [Presented(name=name, data=each.content) for name, each in bodies.items()]
        with open_verifier(folder, trust=trust, snapshots=snapshots) as verifier:
            return {each.input: each for each in verifier.verify(inputs)}

    def test_a_health_card_in_several_codes_may_be_pasted_one_a_line(
        self, house: House, folder: Path, bodies: dict[str, Secured]
    ) -> None:
        """
        Cards of old were cut like this, and a scanner gives the codes in any order.
        """
        digits = scanned(picture(house, bodies["shc"])).decode("ascii").removeprefix("shc:/")
        half = len(digits) // 4 * 2
        codes = [f"shc:/1/2/{digits[:half]}", f"shc:/2/2/{digits[half:]}"]
        pasted = [Presented(name="all", data="\n".join(reversed(codes)).encode())]
        pasted += [Presented(name=code[:9], data=code.encode()) for code in codes]
        with open_verifier(folder) as verifier:
            verdicts = verifier.verify(pasted)

        assert [each.verdict for each in verdicts] == ["valid", "unreadable", "unreadable"]
        assert "missing: 2" in verdicts[1].checks[0].detail


class TestAnswers:
    """A form that is no JSON has no document in the store, only its bytes."""

    def test_the_store_keeps_the_bytes_of_a_text(self, bodies: dict[str, Secured]) -> None:
        assert bodies["eu"].document == {}
        assert bodies["eu"].content.startswith(b"HC1:")

    @pytest.mark.parametrize("ending", ["", ".json"])
    @pytest.mark.parametrize("body", ["eu", "ddcc", "continuity-of-care", "shc"])
    def test_the_signed_text_itself_is_handed_out(
        self,
        client: TestClient[Litestar],
        key: Mapping[str, str],
        outcome: Outcome,
        house: House,
        body: str,
        ending: str,
    ) -> None:
        url = f"/v1/credentials/{outcome.credential_id}{ending}?profile={body}"
        answer = client.get(url, headers=key)
        [secured] = house.access.bodies(OPERATOR, str(outcome.credential_id), body)

        assert (answer.status_code, answer.content) == (200, secured.content)
        assert answer.headers["content-type"].startswith(secured.media_type)

    @pytest.mark.parametrize(
        ("suffix", "status"), [("png", 200), ("svg", 200), ("pdf", 404), ("docx", 404)]
    )
    @pytest.mark.parametrize("body", ["eu", "ddcc", "shc"])
    def test_it_is_drawn_where_the_deployment_draws_it(
        self,
        client: TestClient[Litestar],
        key: Mapping[str, str],
        outcome: Outcome,
        body: str,
        suffix: str,
        status: int,
    ) -> None:
        url = f"/v1/credentials/{outcome.credential_id}.{suffix}?profile={body}"

        assert client.get(url, headers=key).status_code == status

    def test_a_search_gives_it_as_a_data_url(
        self, client: TestClient[Litestar], key: Mapping[str, str], bodies: dict[str, Secured]
    ) -> None:
        asked = {"key": {"pre_enrollment_code": f"88{1:012d}", "vaccination.dose": 1}}
        answer = client.post("/v1/kinds/vaccination/search", json=asked, headers=key)
        found = {each["body"]: each["credential"] for each in answer.json()["credentials"]}
        head, _, data = found["eu"].partition(",")

        assert list(found) == BODIES
        assert head == "data:text/plain;base64"
        assert base64.b64decode(data) == bodies["eu"].content
