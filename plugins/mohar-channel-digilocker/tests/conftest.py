"""India with its door open, served by a real server; DigiLocker is played with lxml."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree

from mohar.assembly.house import House, build_house
from mohar.assembly.keys import generate_missing
from mohar.assembly.opening import open_store
from mohar.domain.access import Actor
from mohar.domain.correction import Correction
from mohar.domain.record import Message
from mohar.plugin import Tools
from mohar.testing.deployments import copy_deployment
from mohar.testing.partner import Partner, partner_outside
from mohar.testing.serving import serving
from mohar.testing.tools import tools_for
from mohar.web.app import create_app

ROOT = Path(__file__).resolve().parents[3]
KEY = b"a-key-of-the-portal"
OLD_KEY = b"the-key-before-it"
CLERK = Actor(actor_id="clerk", name="clerk", scopes=frozenset({"*"}))
ACCOUNT = "0a1b2c3d-0000-4000-8000-123456789abc"
TEMPURI = "http://tempuri.org/"
PRODUCTION = "https://www.digitallocker.gov.in/schema/issuer/v1/pullurirequest"

DOOR = """
doors:
  - name: digilocker
    uses: digilocker
    settings:
      spec: "1.12"
      keys: [{file: secrets/digilocker.key}, {file: secrets/digilocker-old.key}]
      issuer_id: in.gov.co-vin
      former_issuer_ids: [in.gov.covin]
      answer_after_seconds: 0
      remember_days: 365
      documents:
        - type: VACER
          kind: vaccination
          body: domestic
          rendering: certificate
          match: &match
            - {element: tracking_id, to: group}
            - {element: Mobile, to: handle, name: mobile, last_digits: 10, prefixes: ["", "+91"]}
          latest: credentialSubject.vaccination.dose
          person: &person
            name: credentialSubject.name
            birth_date: credentialSubject.birthDate
            gender: credentialSubject.sex
            phone: Mobile
          xml:
            name: COVID-19 Vaccination Certificate
            organisation: {name: Ministry of Health and Family Welfare, code: in.gov.co-vin, type: CG}
            address: {type: official, state: Delhi, country: IN}
            person:
              name: credentialSubject.name
              dob: {path: credentialSubject.birthDate, form: date}
              gender: {path: credentialSubject.sex, form: gender}
            data:
              - element: Vaccinations/Vaccination
                attributes:
                  doseNumber: credentialSubject.vaccination.dose
                  date: {path: credentialSubject.vaccination.date, form: date}
                  country: {text: India}
            signature: {key: {file: keys/digilocker-xml.pem}}
        - type: IVACR
          kind: vaccination
          body: international
          rendering: international
          match: *match
          latest: credentialSubject.vaccination.dose
          person: *person
          vc_content: true
        - type: EITHR
          kind: vaccination
          body: domestic
          rendering: certificate
          match:
            - {element: tracking_id, to: group}
            - {element: Mobile, to: handle, name: mobile}
            - {element: FullName, to: part, name: credentialSubject.name}
          enough: [Mobile, FullName]
        - type: LATER
          kind: vaccination
          body: eu
          later: true
          match: *match
"""


CHANNEL = """
channels:
  - name: lockers
    uses: digilocker
    may: [search]
    events: [issued, corrected, revoked]
    settings:
      url: URL/pushuri
      client_id: C1
      client_secret: {file: secrets/digilocker.key}
      issuer_id: in.gov.co-vin
      group: pre_enrollment_code
      documents: [{type: VACER, kind: vaccination, description: Certificate}]
"""


def opened(folder: Path, portal: str) -> Path:
    """Set up India with a door, and a channel to a portal."""
    deployment = copy_deployment(ROOT, "india", folder)
    file = deployment / "deployment.yaml"
    door = _spelt_out(DOOR) + CHANNEL.replace("URL", portal)
    text = file.read_text(encoding="utf-8")
    file.write_text(
        text.replace("  - sink-jsonl\n", "  - sink-jsonl\n  - channel-digilocker\n") + door
    )
    generate_missing(deployment)
    (deployment / "secrets" / "digilocker.key").write_bytes(KEY + b"\n")
    (deployment / "secrets" / "digilocker-old.key").write_bytes(OLD_KEY)
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = made.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (deployment / "keys" / "digilocker-xml.pem").write_bytes(pem)
    with open_store(deployment) as store:
        store.upgrade()
    return deployment


def _spelt_out(text: str) -> str:
    """The loader takes no anchors."""
    lines, kept, anchored = text.splitlines(), [], {}
    name = ""
    for line in lines:
        head, _, mark = line.partition(" &")
        if mark:
            name = mark
            anchored[name] = []
            kept.append(head)
            continue
        if name and line.startswith(" " * 12):
            anchored[name].append(line)
        else:
            name = ""
        head, _, mark = line.partition(" *")
        kept += [head, *anchored[mark]] if mark else [line]
    return "\n".join(kept) + "\n"


class Digilocker:
    """Asks as DigiLocker does; what it sends and reads goes through lxml."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self._numbers = itertools.count(1)

    def uri_request(
        self,
        details: Mapping[str, str],
        *,
        namespace: str = TEMPURI,
        prefix: str | None = None,
        root: str = "PullURIRequest",
        **attributes: str,
    ) -> bytes:
        """Return a request as one of the three generations of DigiLocker writes it."""
        spelt = f"{{{namespace}}}" if namespace else ""
        names = {prefix: namespace} if namespace else None
        said = {
            "ver": "3.0",
            "ts": datetime.now(UTC).isoformat(timespec="seconds"),
            "txn": f"t{next(self._numbers)}",
            "orgId": "in.gov.dept",
            **attributes,
        }
        element = etree.Element(f"{spelt}{root}", said, nsmap=names)
        below = etree.SubElement(element, f"{spelt}DocDetails")
        for name, text in details.items():
            etree.SubElement(below, f"{spelt}{name}").text = text
        sent: bytes = etree.tostring(element, xml_declaration=True, encoding="UTF-8")
        return sent

    def post(
        self, body: bytes, path: str = "pull-uri", *, mac: str | None = None, key: bytes = KEY
    ) -> httpx.Response:
        """Send bytes, signed as what runs signs them."""
        said = mac if mac is not None else self.mac(body, key)
        headers = {"content-type": "application/xml", "x-digilocker-hmac": said}
        return self._client.post(f"/digilocker/{path}", content=body, headers=headers)

    def pull_uri(self, number: str, mobile: str = "5550000001", **more: str) -> Any:
        """Return the answer to a Pull URI Request."""
        doc_type = more.pop("doc_type", "VACER")
        details = {"DocType": doc_type, "DigiLockerId": ACCOUNT, "FullName": more.pop("name", "X")}
        asked = self.uri_request({**details, "tracking_id": number, "Mobile": mobile}, **more)
        return self.read(self.post(asked))

    def pull_doc(self, uri: str, **attributes: str) -> Any:
        """Return the answer to a Pull Doc Request."""
        details = {"URI": uri, "DigiLockerId": ACCOUNT}
        asked = self.uri_request(details, root="PullDocRequest", **attributes)
        return self.read(self.post(asked, "pull-doc"))

    def mac(self, body: bytes, key: bytes = KEY, *, as_hex: bool = True) -> str:
        """Return the header of a request, as it runs or as it is written."""
        made = hmac.new(key, body, hashlib.sha256)
        return base64.b64encode(made.hexdigest().encode() if as_hex else made.digest()).decode()

    @staticmethod
    def status(answer: Any) -> str:
        """Return the status of an answer."""
        found: str = answer.find("ResponseStatus").get("Status")
        return found

    @staticmethod
    def content(answer: Any, name: str) -> bytes | None:
        """Return what an answer hands out under a name."""
        text = answer.findtext(f"DocDetails/{name}")
        return base64.b64decode(text) if text else None

    @staticmethod
    def read(response: httpx.Response) -> Any:
        """Return the root of an answer that is one."""
        assert response.status_code == 200, response.text
        assert response.headers["content-type"].startswith("application/xml")
        return etree.fromstring(response.content)


@pytest.fixture(scope="session")
def portal() -> Iterator[Partner]:
    """DigiLocker's own server, which takes what is pushed."""
    with partner_outside() as portal:
        yield portal


@pytest.fixture(scope="session")
def deployment(tmp_path_factory: pytest.TempPathFactory, portal: Partner) -> Path:
    """The folder of the session's house."""
    return opened(tmp_path_factory.mktemp("digilocker"), portal.url)


@pytest.fixture(scope="session")
def house(deployment: Path) -> Iterator[House]:
    """A house with the door."""
    with build_house(deployment) as house:
        yield house


@pytest.fixture(scope="session")
def digilocker(house: House) -> Iterator[Digilocker]:
    """DigiLocker, in front of a real server."""
    with (
        serving(create_app(house)) as url,
        httpx.Client(base_url=url, timeout=30) as client,
    ):
        yield Digilocker(client)


_SAMPLE = ROOT / "config" / "india" / "samples" / "records.jsonl"


@pytest.fixture(scope="session")
def issue(house: House) -> Callable[..., tuple[str, str]]:
    """Return a function that issues a sample's credential and returns its group and number."""
    numbers = itertools.count(77_000_000_000_000)
    lines = _SAMPLE.read_bytes().splitlines()

    def made(
        *, number: str = "", line: int = 0, formats: Any = (), **changed: Any
    ) -> tuple[str, str]:
        sample = msgspec.json.decode(lines[line])
        said = sample["message"]
        group = number or str(next(numbers))
        said["preEnrollmentCode"] = group
        for name, values in changed.items():
            said[name] = {**said[name], **values}
        message = Message(content=said, variant=sample["variant"])
        receipt = house.issue_now(
            CLERK, house.submit(CLERK, "vaccination", [message], formats=formats)
        )
        (outcome,) = receipt.outcomes
        assert outcome.state == "issued", outcome
        return group, str(outcome.credential_id)

    return made


@pytest.fixture
def partner() -> Iterator[Partner]:
    """A real HTTP server of somebody else."""
    with partner_outside() as partner:
        yield partner


@pytest.fixture
def tools(tmp_path: Path) -> Tools:
    return tools_for(tmp_path, with_network=True)


@pytest.fixture(scope="session")
def corrected(house: House) -> Callable[[str], str]:
    """Return a function that corrects the name of a credential and returns its new number."""

    def made(number: str) -> str:
        correction = Correction(
            credential_id=number,
            reason="name",
            actor_id="clerk",
            changes={"recipient.name": "Binita P"},
        )
        message = Message(content={}, correction=correction)
        receipt = house.corrections.correct(CLERK, message)
        return str(receipt.outcomes[0].credential_id)

    return made
