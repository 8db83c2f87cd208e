import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization as ser

from mohar.assembly.keys import generate_missing
from mohar.cli.main import main
from mohar.testing.deployments import copy_deployment

ROOT = Path(__file__).parents[2]
Run = Callable[..., Any]
Deployed = Callable[..., Path]
Program = Callable[..., subprocess.CompletedProcess[bytes]]
OUTCOMES = {"passed", "failed", "unknown", "skipped"}


@pytest.fixture(scope="session")
def issued(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two credentials, in JSON and PNG, and the deployment that issued them."""
    root = tmp_path_factory.mktemp("issued")
    folder = copy_deployment(ROOT, "india", root)
    generate_missing(folder)
    samples = ROOT / "config" / "india" / "samples" / "records.jsonl"
    (root / "few.jsonl").write_bytes(b"".join(samples.read_bytes().splitlines(keepends=True)[:2]))
    out = ["--out", str(root / "out"), "--write", "json,png,pdf"]
    assert main(["issue", "--deployment", str(folder), *out, str(root / "few.jsonl")]) == 0
    return root


@pytest.fixture
def folder(issued: Path) -> Path:
    return issued / "config" / "india"


@pytest.fixture
def credential(issued: Path) -> Path:
    return min((issued / "out").glob("*.domestic.json"))


class TestStatus:
    def test_0_when_all_are_valid(self, mohar: Run, folder: Path, issued: Path) -> None:
        """
        JSON, PNG and PDF, read back from the files that were written.
        """
        files = sorted(path for path in (issued / "out").iterdir() if path.name != "report.jsonl")

        ran = mohar("verify", "--deployment", folder, *files)

        assert {path.suffix for path in files} == {
            ".json",
            ".txt",
            ".smart-health-card",
            ".png",
            ".pdf",
        }
        assert ran.status == 0
        assert ran.out.count(": valid\n") == len(files)

    def test_1_when_one_is_known_to_be_wrong(
        self, mohar: Run, folder: Path, credential: Path, tmp_path: Path
    ) -> None:
        document = json.loads(credential.read_bytes())
        document["credentialSubject"]["name"] = "Somebody Else"
        tampered = tmp_path / "tampered.json"
        tampered.write_text(json.dumps(document))

        ran = mohar("verify", "--deployment", folder, credential, tampered)

        assert ran.status == 1
        assert f"{tampered}: invalid\n" in ran.out
        assert "Somebody Else" not in ran.out

    @pytest.mark.parametrize(
        ("content", "verdict"),
        [(b"", "unreadable"), (b"\x00\x01", "unreadable"), (b"[]", "unreadable")],
    )
    def test_2_when_it_could_not_tell(
        self, mohar: Run, folder: Path, tmp_path: Path, content: bytes, verdict: str
    ) -> None:
        path = tmp_path / "strange"
        path.write_bytes(content)

        ran = mohar("verify", "--deployment", folder, path)

        assert ran.status == 2
        assert f"{path}: {verdict}\n" in ran.out

    def test_the_known_wrong_weighs_more_than_the_untold(
        self, mohar: Run, folder: Path, credential: Path, tmp_path: Path
    ) -> None:
        (tmp_path / "bad.json").write_bytes(credential.read_bytes().replace(b'"2026', b'"2025', 1))
        (tmp_path / "strange").write_bytes(b"?")

        ran = mohar("verify", "--deployment", folder, tmp_path / "strange", tmp_path / "bad.json")

        assert ran.status == 1


class TestJson:
    def test_one_object_an_input_with_every_member_in_its_place(
        self, mohar: Run, folder: Path, credential: Path, tmp_path: Path
    ) -> None:
        """
        What scripts rely on: no member is ever missing.
        """
        strange = tmp_path / "strange"
        strange.write_bytes(b"?")

        ran = mohar("verify", "--json", "--deployment", folder, credential, strange)
        good, bad = (json.loads(line) for line in ran.out.splitlines())

        for answer in (good, bad):
            assert list(answer) == [
                "input",
                "verdict",
                "format",
                "kind",
                "issuer",
                "key_id",
                "checks",
                "shown",
            ]
            assert all(list(each) == ["name", "outcome", "detail"] for each in answer["checks"])
            assert {each["outcome"] for each in answer["checks"]} <= OUTCOMES
        assert (good["input"], good["verdict"], good["kind"]) == (
            str(credential),
            "valid",
            "vaccination",
        )
        assert good["issuer"] == "did:web:credentials.example.in"
        assert good["shown"]
        assert (bad["verdict"], bad["shown"]) == ("unreadable", {})


class TestInputs:
    def test_a_dash_is_standard_input(
        self, program: Program, folder: Path, credential: Path
    ) -> None:
        given = credential.read_bytes()

        ran = program("verify", "--json", "--deployment", folder, "-", given=given)

        assert ran.returncode == 0
        assert json.loads(ran.stdout)["input"] == "-"

    @pytest.mark.parametrize("name", ["gone.json", "."])
    def test_a_file_that_cannot_be_read_is_named(
        self, mohar: Run, folder: Path, tmp_path: Path, name: str
    ) -> None:
        ran = mohar("verify", "--deployment", folder, tmp_path / name)

        assert ran.status == 2
        assert f"mohar: {tmp_path / name} cannot be read: " in ran.err

    def test_what_a_terminal_would_obey_is_shown_and_does_nothing(
        self, mohar: Run, folder: Path, credential: Path, tmp_path: Path
    ) -> None:
        document = json.loads(credential.read_bytes())
        document["issuer"] = {"id": "did:web:x.example\x1b[2J\x1b]0;owned\x07", "name": "x"}
        (tmp_path / "evil.json").write_text(json.dumps(document))

        ran = mohar("verify", "--deployment", folder, tmp_path / "evil.json")

        assert ran.status in {1, 2}
        assert "\x1b" not in ran.out
        assert "\x07" not in ran.out

    def test_letters_that_a_terminal_lacks_are_escaped(
        self, program: Program, folder: Path, tmp_path: Path
    ) -> None:
        path = tmp_path / "आशा.json"
        path.write_bytes(b"?")

        ran = program("verify", "--deployment", folder, path, PYTHONIOENCODING="ascii")

        assert ran.returncode == 2
        assert b"\\u0906" in ran.stdout

    def test_a_reader_that_goes_away_is_no_accident(self, folder: Path, credential: Path) -> None:
        """
        As in `mohar verify … | head -1`.
        """
        many = " ".join([str(credential)] * 300)  # more than a pipe holds
        command = f"mohar verify --deployment {folder} {many} | head -1"

        ran = _shell(command)

        assert ran.stdout == f"{credential}: valid\n".encode()
        assert ran.stderr == b""


class TestTrust:
    @pytest.fixture
    def stranger(self, deployed: Deployed) -> Path:
        """A deployment that knows the types and trusts nobody."""
        return deployed("verifier", keys=False)

    def test_a_stranger_is_unknown(self, mohar: Run, stranger: Path, credential: Path) -> None:
        ran = mohar("verify", "--deployment", stranger, credential)

        assert ran.status == 2
        assert f"{credential}: unknown-issuer\n" in ran.out

    @pytest.mark.parametrize("form", ["did", "jwks", "pem", "map"])
    def test_keys_in_a_file_are_trusted_in_every_form(
        self,
        mohar: Run,
        folder: Path,
        stranger: Path,
        credential: Path,
        tmp_path: Path,
        form: str,
    ) -> None:
        """
        Genuine, and the status is told by nobody here: `not-checked`, not `unknown-issuer`.
        """
        trust = tmp_path / "trust"
        trust.write_text(_published(mohar, folder, form))

        ran = mohar("verify", "--json", "--deployment", stranger, "--trust", trust, credential)
        answer = json.loads(ran.out)

        assert answer["verdict"] == "not-checked"
        assert {"name": "signature", "outcome": "passed", "detail": ""} in [
            {**each, "detail": ""} for each in answer["checks"]
        ]

    @pytest.mark.parametrize("content", [b"", b"\x00", b"[]", b"{}", b"-----BEGIN NOTHING-----"])
    def test_a_file_without_a_key_is_refused(
        self, mohar: Run, stranger: Path, credential: Path, tmp_path: Path, content: bytes
    ) -> None:
        trust = tmp_path / "trust"
        trust.write_bytes(content)

        ran = mohar("verify", "--deployment", stranger, "--trust", trust, credential)

        assert ran.status == 2
        assert ran.out == ""
        assert str(trust) in ran.err

    def test_a_trust_file_that_cannot_be_read_is_named(
        self, mohar: Run, stranger: Path, credential: Path, tmp_path: Path
    ) -> None:
        ran = mohar("verify", "--deployment", stranger, "--trust", tmp_path, credential)

        assert ran.status == 2
        assert f"{tmp_path} cannot be read: Is a directory" in ran.err


class TestTime:
    def test_before_it_was_issued_it_is_not_yet_valid(
        self, mohar: Run, folder: Path, credential: Path
    ) -> None:
        ran = mohar("verify", "--deployment", folder, "--at", "2020-01-01T00:00:00Z", credential)

        assert ran.status == 1
        assert any(f": {verdict}\n" in ran.out for verdict in ("not-yet-valid", "key-not-valid"))

    @pytest.mark.parametrize("time", ["now", "2030-01-01T00:00:00"])
    def test_a_time_that_is_none_is_refused(
        self, mohar: Run, folder: Path, credential: Path, time: str
    ) -> None:
        ran = mohar("verify", "--deployment", folder, "--at", time, credential)

        assert ran.status == 2
        assert time in ran.err


class TestDeployment:
    def test_a_checkout_has_one_that_is_used_where_none_is_named(
        self, mohar: Run, credential: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(ROOT)

        assert "unknown-issuer" in mohar("verify", credential).out

    def test_elsewhere_one_is_asked_for(
        self, mohar: Run, credential: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)

        ran = mohar("verify", credential)

        assert ran.status == 2
        assert "name one with --deployment DIR" in ran.err

    def test_verifying_makes_no_store(
        self, mohar: Run, deployed: Deployed, credential: Path
    ) -> None:
        folder = deployed()
        (folder / "data").mkdir()

        mohar("verify", "--deployment", folder, credential)

        assert list((folder / "data").iterdir()) == []


def _published(mohar: Run, folder: Path, form: str) -> str:
    if form in {"did", "jwks"}:
        return str(mohar("keys", "export", folder, "--as", form).out)
    private = ser.load_pem_private_key((folder / "keys" / "issuer-2026.pem").read_bytes(), None)
    pem = (
        private.public_key()
        .public_bytes(ser.Encoding.PEM, ser.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )
    if form == "pem":
        return pem
    entry = {"publicKeyPem": pem, "issuers": ["did:web:credentials.example.in"]}
    return json.dumps({"did:web:credentials.example.in#issuer-2026": entry})


def _shell(command: str) -> subprocess.CompletedProcess[bytes]:
    bin_folder = Path(sys.executable).parent
    return subprocess.run(
        ["bash", "-c", f"PATH={bin_folder}:$PATH; {command}"], capture_output=True, check=False
    )
