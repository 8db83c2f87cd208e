"""A key in a PEM file: it signs while it may, and says which key it is when it cannot."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

import mohar_signer_file
from mohar.codec import keymaking, signatures
from mohar.codec.keymaking import KeyDescription
from mohar.domain.errors import ConfigError, KeyUnavailable
from mohar.domain.keys import Algorithm
from mohar.plugin import Offers, Signer, Tools
from mohar.plugin.tools import SecretReference
from mohar.testing.contracts import PluginContract, SignerContract
from mohar.testing.tools import NOON, tools_for
from mohar_signer_file._family import Settings
from mohar_signer_file._signer import FileSigner

KEY_ID = "did:web:example.in#one"
SECRET = SecretReference(file="keys/one.pem")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "keys").mkdir()
    return tmp_path


@pytest.fixture
def tools(folder: Path) -> Tools:
    return tools_for(folder)


def put_key(folder: Path, algorithm: Algorithm = "EdDSA") -> None:
    pem, _ = keymaking.generate(algorithm, KEY_ID)
    (folder / "keys/one.pem").write_bytes(pem)


def describe(folder: Path, **fields: Any) -> None:
    described = {"key_id": KEY_ID, "algorithm": "EdDSA", "created": NOON, **fields}
    (folder / "keys/one.yaml").write_text(KeyDescription(**described).as_yaml())


def opened(tools: Tools, **settings: Any) -> FileSigner:
    return FileSigner.open(Settings(**{"key": SECRET, "key_id": KEY_ID, **settings}), tools)


class TestPlugin(PluginContract):
    @pytest.fixture
    def module(self):
        return mohar_signer_file

    def test_it_offers_a_signer_that_a_deployment_can_open(self, folder: Path, tools: Tools):
        put_key(folder)
        offers: Offers[Signer] = Offers("signer")
        mohar_signer_file.mohar_register_signers(offers.speaking("mohar-signer-file"))
        offer = offers.get("file")
        assert offer is not None
        settings = {"key": {"file": "keys/one.pem"}, "key_id": KEY_ID}

        signer = offer.open(msgspec.convert(settings, offer.settings), tools)

        assert signer.key.key_id == KEY_ID


class TestEdDSA(SignerContract):
    algorithm: Algorithm = "EdDSA"

    @pytest.fixture
    def signer(self, folder: Path, tools: Tools) -> FileSigner:
        put_key(folder, self.algorithm)
        return opened(tools, algorithm=self.algorithm)

    def test_the_algorithm_is_the_key_s(self, signer: FileSigner):
        assert signer.key.algorithm == self.algorithm


class TestPS256(TestEdDSA):
    algorithm = "PS256"


class TestRS256(TestEdDSA):
    algorithm = "RS256"


class TestES256(TestEdDSA):
    algorithm = "ES256"


class TestES384(TestEdDSA):
    algorithm = "ES384"


class TestLoading:
    def test_without_more_an_rsa_key_signs_ps256(self, folder: Path, tools: Tools):
        put_key(folder, "RS256")

        assert opened(tools).key.algorithm == "PS256"

    def test_the_description_beside_the_pem_is_read(self, folder: Path, tools: Tools):
        put_key(folder)
        ends = NOON + timedelta(days=365)
        describe(folder, valid_from=NOON, valid_until=ends, controller="did:web:example.in")

        key = opened(tools).key

        assert (key.valid_from, key.valid_until) == (NOON, ends)
        assert key.controller == "did:web:example.in"

    def test_it_may_lie_elsewhere(self, folder: Path, tools: Tools):
        put_key(folder)
        describe(folder, controller="did:web:example.in")
        (folder / "keys/one.yaml").rename(folder / "described.yaml")

        assert opened(tools).key.controller == ""
        assert opened(tools, metadata="described.yaml").key.controller == "did:web:example.in"

    def test_a_key_from_the_environment_needs_no_file(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        pem, public = keymaking.generate("EdDSA", KEY_ID)
        monkeypatch.setenv("SIGNING_KEY", pem.decode())

        signer = opened(tools_for(tmp_path), key=SecretReference(env="SIGNING_KEY"))

        assert signer.key == public

    def test_a_key_outside_the_folder_is_read_without_a_description(
        self, tmp_path: Path, tools: Tools
    ):
        elsewhere = tmp_path / "secrets"
        elsewhere.mkdir()
        pem, public = keymaking.generate("EdDSA", KEY_ID)
        (elsewhere / "one.pem").write_bytes(pem)
        (elsewhere / "one.yaml").write_text("nonsense")

        signer = opened(tools, key=SecretReference(file=str(elsewhere / "one.pem")))

        assert signer.key == public

    def test_a_missing_file_is_named_by_its_key(self, tools: Tools):
        """The operator learns which key, not just which path."""
        with pytest.raises(KeyUnavailable, match=f"key {KEY_ID} cannot sign now: .*keys/one.pem"):
            opened(tools)

    @pytest.mark.parametrize(
        ("private", "says"),
        [
            (rsa.generate_private_key(65537, 1024), "1024 bits"),  # noqa: S505 -- too short on purpose
            (ec.generate_private_key(ec.SECP521R1()), "secp521r1"),
        ],
    )
    def test_a_key_that_is_not_used_is_refused(
        self,
        folder: Path,
        tools: Tools,
        private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey,
        says: str,
    ):
        pem = private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        (folder / "keys/one.pem").write_bytes(pem)

        with pytest.raises(ConfigError, match=says) as caught:
            opened(tools)
        assert KEY_ID in str(caught.value)

    def test_what_is_no_key_is_named_by_key_and_file(self, folder: Path, tools: Tools):
        public = ed25519.Ed25519PrivateKey.generate().public_key()
        (folder / "keys/one.pem").write_bytes(
            public.public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
        )

        with pytest.raises(ConfigError, match=rf"key {KEY_ID} \(file keys/one\.pem\)"):
            opened(tools)

    @pytest.mark.parametrize(
        ("described", "settings", "says"),
        [
            ({"key_id": "did:web:example.in#two"}, {}, "describes key did:web:example.in#two"),
            ({"algorithm": "ES256"}, {}, "does not fit"),
            ({}, {"algorithm": "ES256"}, "make them the same"),
        ],
    )
    def test_a_description_of_another_key_is_refused(
        self,
        folder: Path,
        tools: Tools,
        described: dict[str, Any],
        settings: dict[str, Any],
        says: str,
    ):
        put_key(folder)
        describe(folder, **described)

        with pytest.raises(ConfigError, match=says) as caught:
            opened(tools, **settings)
        assert KEY_ID in str(caught.value)

    def test_a_damaged_description_is_told_with_its_place(self, folder: Path, tools: Tools):
        put_key(folder)
        (folder / "keys/one.yaml").write_text("key_id: x\nalgoritm: EdDSA\n")

        with pytest.raises(ConfigError, match=r"keys/one\.yaml:2"):
            opened(tools)


class TestValidity:
    @pytest.mark.parametrize(
        ("fields", "says"),
        [
            ({"valid_from": NOON + timedelta(seconds=1)}, "valid from 2026-01-31T12:00:01Z"),
            ({"valid_until": NOON}, "valid until 2026-01-31T12:00:00Z"),
            ({"status": "retired"}, "retired"),
            ({"status": "compromised"}, "compromised"),
        ],
    )
    def test_a_key_out_of_time_signs_nothing(
        self, folder: Path, tools: Tools, fields: dict[str, Any], says: str
    ):
        put_key(folder)
        describe(folder, **fields)

        with pytest.raises(KeyUnavailable, match=f"key {KEY_ID} cannot sign now.*{says}"):
            opened(tools).sign([b"x"])

    def test_the_clock_decides_when_it_signs_not_when_it_loads(self, folder: Path, tools: Tools):
        put_key(folder)
        describe(folder, valid_until=NOON + timedelta(hours=1))
        now = [NOON]
        signer = opened(msgspec.structs.replace(tools, clock=lambda: now[0]))

        [signature] = signer.sign([b"x"])
        now[0] += timedelta(hours=2)

        assert signatures.verify(signer.key, signature, b"x")
        with pytest.raises(KeyUnavailable):
            signer.sign([b"x"])


class TestSecrecy:
    def test_a_signer_crosses_no_process_boundary(self, folder: Path, tools: Tools):
        put_key(folder)

        with pytest.raises(TypeError, match="process boundary"):
            pickle.dumps(opened(tools))

    def test_a_description_says_nothing_of_the_private_key(self):
        text = KeyDescription(
            key_id=KEY_ID,
            algorithm="EdDSA",
            created=datetime(2026, 1, 1, tzinfo=UTC),
            valid_from=NOON,
        ).as_yaml()

        assert text == (
            f'key_id: "{KEY_ID}"\nalgorithm: "EdDSA"\ncreated: "2026-01-01T00:00:00Z"\n'
            'valid_from: "2026-01-31T12:00:00Z"\nstatus: "active"\n'
        )
