import json
import re
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
Deployed = Callable[..., Path]
ISSUER = "did:web:credentials.example.in#issuer-2026"
BORDER = "did:web:credentials.example.in#border-2026"


class TestGenerate:
    @pytest.mark.parametrize(("name", "algorithm"), [("india", "EdDSA"), ("india-divoc", "PS256")])
    def test_it_makes_what_is_missing(
        self, mohar: Run, deployed: Deployed, name: str, algorithm: str
    ) -> None:
        folder = deployed(name, keys=False)

        ran = mohar("keys", "generate", folder)

        assert ran.status == 0
        assert f"made   {algorithm} key did:" in ran.out
        assert (folder / "keys" / "issuer-2026.pem").exists()
        assert f'algorithm: "{algorithm}"' in (folder / "keys" / "issuer-2026.yaml").read_text()

    def test_it_never_replaces_a_file(self, mohar: Run, deployed: Deployed) -> None:
        folder = deployed(keys=False)
        mohar("keys", "generate", folder)
        made = {path: path.read_bytes() for path in secrets(folder)}

        ran = mohar("keys", "generate", folder)

        assert ran.status == 0
        assert {line.split()[0] for line in ran.out.splitlines()} == {"there"}
        assert {path: path.read_bytes() for path in secrets(folder)} == made

    def test_a_lost_key_is_not_replaced_under_its_name(
        self, mohar: Run, deployed: Deployed
    ) -> None:
        """
        What it signed would be refused from then on, everywhere.
        """
        folder = deployed()
        (folder / "keys" / "issuer-2026.pem").unlink()

        ran = mohar("keys", "generate", folder)

        assert ran.status == 2
        assert "issuer-2026.pem is gone: restore it from its copy" in ran.err
        assert not (folder / "keys" / "issuer-2026.pem").exists()

    def test_only_the_owner_can_read_them(self, mohar: Run, deployed: Deployed) -> None:
        folder = deployed(keys=False)

        mohar("keys", "generate", folder)

        modes = {stat.S_IMODE(path.stat().st_mode) for path in secrets(folder)}
        folders = {stat.S_IMODE(path.parent.stat().st_mode) for path in secrets(folder)}
        assert (modes, folders) == ({0o600}, {0o700})

    def test_two_deployments_get_different_secrets(self, mohar: Run, deployed: Deployed) -> None:
        folders = deployed("india", keys=False), deployed("india-divoc", keys=False)
        for folder in folders:
            mohar("keys", "generate", folder)

        peppers = {(folder / "secrets" / "pepper.key").read_bytes() for folder in folders}

        assert len(peppers) == 2

    def test_no_secret_is_printed(self, mohar: Run, deployed: Deployed) -> None:
        folder = deployed(keys=False)

        ran = mohar("keys", "generate", folder)

        assert not any(path.read_text().strip() in ran.out for path in secrets(folder))

    def test_what_comes_from_the_environment_is_left_to_people(
        self, mohar: Run, deployed: Deployed
    ) -> None:
        ran = mohar("keys", "generate", deployed("minimal", keys=False))

        assert "yours  encryption key  $MOHAR_ENCRYPTION_KEY, which you set yourself" in ran.out
        assert "yours  pepper  $MOHAR_PEPPER, which you set yourself" in ran.out

    def test_a_folder_that_cannot_be_written_is_told(self, mohar: Run, deployed: Deployed) -> None:
        folder = deployed(keys=False)
        (folder / "keys").write_text("a file stands where the folder should be")

        ran = mohar("keys", "generate", folder)

        assert ran.status == 2
        assert "issuer-2026.pem cannot be written: " in ran.err


class TestList:
    def test_each_key_is_listed_with_its_status_and_validity(
        self, mohar: Run, deployed: Deployed
    ) -> None:
        ran = mohar("keys", "list", deployed())

        first, second = ran.out.splitlines()

        assert re.fullmatch(
            rf"{ISSUER}  EdDSA  active  current  keys/issuer-2026\.pem  20\S+ – open", first
        )
        assert re.fullmatch(
            rf"{BORDER}  ES256  active  current  keys/border-2026\.pem  20\S+ – open", second
        )

    def test_past_and_coming_keys_are_listed_and_a_pem_that_is_gone_is_told(
        self, mohar: Run, deployed: Deployed
    ) -> None:
        folder = deployed()
        mohar("keys", "rotate", folder)
        mohar("keys", "rotate", folder, "--signer", "issuer", "--at", "2099-01-01T00:00:00Z")
        mohar("keys", "revoke", folder, BORDER)
        (folder / "keys" / "issuer-2026.pem").unlink()

        lines = [line.split("  ")[:5] for line in mohar("keys", "list", folder).out.splitlines()]

        assert lines == [
            [ISSUER, "EdDSA", "retired", "past", "(keys/issuer-2026.pem is gone)"],
            [f"{ISSUER}-2", "EdDSA", "active", "current", "keys/issuer-2026-2.pem"],
            [f"{ISSUER}-3", "EdDSA", "active", "coming", "keys/issuer-2026-3.pem"],
            [BORDER, "ES256", "compromised", "past", "keys/border-2026.pem"],
            [f"{BORDER}-2", "ES256", "active", "current", "keys/border-2026-2.pem"],
        ]

    def test_without_keys_the_command_that_makes_them_is_named(
        self, mohar: Run, deployed: Deployed
    ) -> None:
        folder = deployed(keys=False)

        ran = mohar("keys", "list", folder)

        assert ran.status == 2
        assert 'signers "issuer": key did:web:credentials.example.in#issuer-2026' in ran.err
        assert f"(`mohar keys generate {folder}` makes it)" in ran.err


class TestRotate:
    def test_it_tells_which_key_signs_and_which_ends_and_when(
        self, mohar: Run, deployed: Deployed
    ) -> None:
        folder = deployed()

        ran = mohar(
            "keys", "rotate", folder, "--signer", "issuer", "--at", "2099-01-01T00:00:00Z",
            "--overlap", "30",
        )  # fmt: skip

        assert ran.status == 0
        assert f"made  EdDSA key {ISSUER}-2\n" in ran.out
        assert f"signs  {ISSUER}-2 from 2099-01-01T00:00:00Z\n" in ran.out
        assert f"ends   {ISSUER} at 2099-01-01T00:30:00Z; " in ran.out
        assert BORDER not in ran.out

    def test_without_a_name_every_signer_gets_a_new_key(
        self, mohar: Run, deployed: Deployed
    ) -> None:
        ran = mohar("keys", "rotate", deployed())

        assert f"key {ISSUER}-2\n" in ran.out
        assert f"key {BORDER}-2\n" in ran.out

    def test_a_trial_says_what_would_be(self, mohar: Run, deployed: Deployed) -> None:
        folder = deployed()
        before = mohar("keys", "list", folder).out

        ran = mohar("keys", "rotate", folder, "--dry-run")

        assert ran.status == 0
        assert f"would make  EdDSA key {ISSUER}-2\n" in ran.out
        assert mohar("keys", "list", folder).out == before

    def test_no_private_key_is_printed(self, mohar: Run, deployed: Deployed) -> None:
        folder = deployed()

        ran = mohar("keys", "rotate", folder)

        private = [path.read_text().splitlines()[1] for path in folder.glob("keys/*.pem")]
        assert len(private) == 4
        assert not any(each in ran.out for each in private)

    def test_a_time_without_its_zone_is_no_time(self, mohar: Run, deployed: Deployed) -> None:
        ran = mohar("keys", "rotate", deployed(), "--at", "2099-01-01T00:00:00")

        assert ran.status == 2
        assert "has no time zone" in ran.err


class TestRevoke:
    def test_a_key_is_believed_up_to_a_moment_or_not_at_all(
        self, mohar: Run, deployed: Deployed
    ) -> None:
        folder = deployed()

        since = mohar("keys", "revoke", folder, ISSUER, "--since", "2026-01-01T00:00:00Z")
        never = mohar("keys", "revoke", folder, BORDER)

        told = f"revoked  {ISSUER}: believed for what it says it signed before 2026-01-01T00:00:00Z"
        assert (since.status, never.status) == (0, 0)
        assert told in since.out
        assert f"{ISSUER}  EdDSA  revoked  past  " in mohar("keys", "list", folder).out
        assert f"revoked  {BORDER}: nothing that it signed is believed any more" in never.out


class TestExport:
    def test_a_did_document_names_the_authority_and_its_keys(
        self, mohar: Run, deployed: Deployed
    ) -> None:
        document = json.loads(mohar("keys", "export", deployed()).out)

        methods = document["verificationMethod"]

        assert document["id"] == "did:web:credentials.example.in"
        assert {method["controller"] for method in methods} == {document["id"]}
        assert document["assertionMethod"] == [method["id"] for method in methods]
        assert len(methods) == 2

    @pytest.mark.parametrize("name", ["india", "india-divoc"])
    def test_a_jwk_set_holds_no_private_part(
        self, mohar: Run, deployed: Deployed, name: str
    ) -> None:
        keys = json.loads(mohar("keys", "export", deployed(name), "--as", "jwks").out)["keys"]

        assert keys
        assert not any(key.keys() & {"d", "p", "q", "dp", "dq", "qi"} for key in keys)
        assert {key["use"] for key in keys} == {"sig"}

    def test_all_three_lists_name_the_same_keys(self, mohar: Run, deployed: Deployed) -> None:
        folder = deployed()
        mohar("keys", "rotate", folder)

        did, jwks, trust = (
            json.loads(mohar("keys", "export", folder, "--as", form).out)
            for form in ("did", "jwks", "trust")
        )

        names = [line.split()[0] for line in mohar("keys", "list", folder).out.splitlines()]
        assert names == did["assertionMethod"] == list(trust)
        assert jwks["keys"] == [entry["publicKeyJwk"] for entry in trust.values()]
        assert len(names) == 4


def secrets(folder: Path) -> list[Path]:
    return [*folder.glob("keys/*"), *folder.glob("secrets/*")]
