"""What others published of health certificates, as the India deployment judges it."""

from __future__ import annotations

import base64
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest

from mohar.assembly.blueprint import Blueprint
from mohar.assembly.plans import known_types
from mohar.codec import trusted_keys, x509
from mohar.codec.trusted_keys import TrustedKey, candidates
from mohar.domain.keys import PublicKey
from mohar.domain.status import BoundIdentifier, StatusReference
from mohar.domain.verdict import Verdict
from mohar.testing.conformance import Conformance
from mohar.testing.deployments import copy_deployment
from mohar.verifying.status import StatusAnswer
from mohar.verifying.verify import Presented, Verifier

ROOT = Path(__file__).resolve().parents[2]
# What a case of the EU expects and does not get, and why.
SETS: Final = (
    "schemavalidation: a code that is in none of the EU's value sets; sets grow, and a verifier with "
    "an old one must not call a new product a forgery"
)
BORN: Final = "schemavalidation and more: made-up data of a person born after the event"
DIFFERENT: Final = {
    "PL-1.0.0-7": SETS,
    "PL-1.0.0-9": SETS,
    "PL-1.2.1-7": SETS,
    "PL-1.2.1-9": SETS,
    "PL-1.3.0-8": SETS,
    "PL-1.3.0-9": SETS,
    "ES-1503": BORN,
    "ES-2102": BORN,
    "ES-2103": BORN,
    "NL-011-NL-test": "schemavalidation: an empty country, which the published schema refuses",
    "IS-3": "keyusage: a usage that is none of the three which tell tests from vaccinations",
}
AUSTRIAN: Final = "AT1: is Austria's own prefix for exemptions, and no HC1"
NOT_APPLICABLE: Final = {
    "ve_good": AUSTRIAN,
    "ve_bad_oid_in_cert": AUSTRIAN,
    "ve_bad_wrongcert": AUSTRIAN,
}


@pytest.fixture(scope="module")
def vectors() -> Path:
    folder = ROOT / os.environ.get("MOHAR_VECTORS", "../shared/vectors")
    if not folder.is_dir():
        pytest.skip("no third-party vectors here; set MOHAR_VECTORS to their folder")
    return folder


class Pinned:
    """Trusts one key."""

    def __init__(self, key: PublicKey) -> None:
        self._trusted = [TrustedKey(key=key)]

    def keys(self, issuer: str, key_id: str, at: datetime) -> list[PublicKey]:  # noqa: ARG002 -- the role's signature
        return list(candidates(self._trusted, issuer, key_id))


class Untouched:
    """Tells of every credential that its issuer has not changed it, as these vectors suppose."""

    def tell(self, reference: StatusReference, at: datetime) -> StatusAnswer:  # noqa: ARG002 -- the role's signature
        return "clear"

    def tell_bound(self, identifier: BoundIdentifier, at: datetime) -> StatusAnswer:  # noqa: ARG002 -- the role's signature
        return "clear"


class Judge:
    """Judges what is presented as a deployment would that trusts one key."""

    def __init__(self, folder: Path) -> None:
        resolved = Blueprint(folder).resolve(with_keys=False, with_parts=False)
        self._formats, self._types = resolved.reading, known_types(resolved)

    def verdict(self, data: bytes, key: PublicKey, at: datetime) -> Verdict:
        verifier = Verifier(
            formats=self._formats,
            types=self._types,
            trust=[Pinned(key)],
            status=Untouched(),
            clock=lambda: at,
        )
        return verifier.verify([Presented(name="x", data=data)])[0]

    def is_in_shape(self, document: dict[str, Any]) -> bool:
        known = [each.schema for each in self._types if each.schema.recognises(document)]
        return bool(known) and all(
            check.outcome == "passed" for check in known[0].examine(document)
        )


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Judge:
    return Judge(copy_deployment(ROOT, "india", tmp_path_factory.mktemp("judge")))


def listed(vectors: Path, name: str) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = json.loads((vectors / name / "cases.json").read_bytes())["cases"]
    return cases


def key_and_clock(told: dict[str, Any]) -> tuple[PublicKey, datetime]:
    context = told["TESTCTX"]
    at = datetime.fromisoformat(context["VALIDATIONCLOCK"])
    key = x509.read(base64.b64decode(context["CERTIFICATE"])).key()
    return key, at if at.tzinfo else at.replace(tzinfo=UTC)


class TestEuVectors:
    def test_each_published_document_is_in_shape_or_not_as_told(
        self, vectors: Path, judge: Judge, mohar_conformance: Conformance
    ):
        seen = 0
        for case in listed(vectors, "eu-dcc"):
            if not case["group"].startswith("json-schema"):
                continue
            seen += 1
            document = json.loads((vectors / "eu-dcc" / case["files"][0]).read_bytes())

            assert judge.is_in_shape(document) is case["expect"]["valid"], case["id"]
            mohar_conformance.passed("eu-dcc", case["id"])

        assert seen == 28

    def test_each_published_certificate_is_valid_where_all_is_well_and_only_there(
        self, vectors: Path, judge: Judge, mohar_conformance: Conformance
    ):
        valid, different = 0, set()
        for case in listed(vectors, "eu-dcc"):
            path = vectors / "eu-dcc" / case["files"][0]
            told = json.loads(path.read_bytes()) if path.suffix == ".json" else {}
            if "TESTCTX" not in told or case["id"] in NOT_APPLICABLE:
                continue
            # Of a picture only that it cannot be read is expected here, and told of the picture.
            steps = {name: good for name, good in case["expect"].items() if name != "picturedecode"}
            data = told["PREFIX"].encode()
            found = judge.verdict(data, *key_and_clock(told)).verdict
            valid += found == "valid"
            if "expirationcheck" not in steps and found == "not-yet-valid":
                continue  # its clock stands before its issue, and nothing is expected of that
            if (found == "valid") is not all(steps.values()):
                different.add(case["id"])

        assert different == DIFFERENT.keys()
        assert valid > 130
        mohar_conformance.all_passed("eu-dcc", different, but=DIFFERENT)

    def test_each_published_picture_says_what_its_text_says(
        self, vectors: Path, judge: Judge, mohar_conformance: Conformance
    ):
        """
        Some files expect that of a picture which they do not hold.
        """
        read = 0
        for case in listed(vectors, "eu-dcc"):
            path = vectors / "eu-dcc" / case["files"][0]
            told = json.loads(path.read_bytes()) if path.suffix == ".json" else {}
            if "2DCODE" not in told:
                continue
            key, at = key_and_clock(told)
            text = judge.verdict(told["PREFIX"].encode(), key, at).verdict
            picture = judge.verdict(base64.b64decode(told["2DCODE"]), key, at).verdict
            read += picture != "unreadable"
            is_readable = case["expect"].get("picturedecode", True)

            assert picture == (text if is_readable else "unreadable"), case["id"]
            mohar_conformance.passed("eu-dcc", case["id"])

        assert read > 115


class TestWhoVectors:
    @pytest.mark.parametrize(
        ("name", "kind"), [("WHOQR1", "vaccination"), ("WHOSingaporePCR", "ddcc-tr")]
    )
    def test_what_the_who_published_is_valid_in_its_time(
        self, vectors: Path, judge: Judge, name: str, kind: str
    ):
        folder = vectors / "ddcc/qr-hc1-core-data-set"
        verdict = judge.verdict(
            (folder / f"{name}Contents.txt").read_bytes(), registered(folder, name), WHEN[name]
        )

        assert (verdict.verdict, verdict.kind) == ("valid", kind), verdict.checks
        assert verdict.shown["name"]

    def test_a_changed_name_is_invalid(self, vectors: Path, judge: Judge):
        folder = vectors / "ddcc/qr-tampered"
        data = (folder / "derived-WHOQR1-name.txt").read_bytes()

        assert (
            judge.verdict(data, registered(folder, "WHOQR1"), WHEN["WHOQR1"]).verdict == "invalid"
        )


WHEN: Final = {
    "WHOQR1": datetime(2021, 8, 1, tzinfo=UTC),
    "WHOSingaporePCR": datetime(2022, 8, 1, tzinfo=UTC),
}
NAMED: Final = {"WHOQR1": "MTE=", "WHOSingaporePCR": "tK6wRrcGVbk="}


def registered(folder: Path, name: str) -> PublicKey:
    """Return the key of a registry entry under the name it is listed by."""
    pem = json.loads((folder / f"{name}-key.json").read_bytes())["didDocument"]
    tree = {NAMED[name]: {"publicKeyPem": pem}}
    return trusted_keys.keys_from_tree(tree, name)[0].key
