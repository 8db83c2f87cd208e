from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from mohar.config.secrets import SecretStore
from mohar.domain.errors import SecretMissing
from mohar.plugin.tools import SecretReference


class TestSecretStore:
    def test_a_secret_comes_from_the_environment(self, tmp_path: Path) -> None:
        store = SecretStore(tmp_path, {"PEPPER": "hunter2"})

        assert store.get(SecretReference(env="PEPPER")).reveal() == b"hunter2"

    def test_a_secret_comes_from_the_environment_of_this_process(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("MOHAR_TEST_PEPPER", "hunter2")

        secret = SecretStore(tmp_path).get(SecretReference(env="MOHAR_TEST_PEPPER"))

        assert secret.reveal() == b"hunter2"

    @pytest.mark.parametrize(
        ("kept", "value"),
        [(b"x", b"x"), (b"x\n", b"x"), (b"x\r\n", b"x"), (b"x\n\n", b"x\n"), (b" x ", b" x ")],
    )
    def test_a_file_loses_the_one_line_feed_at_its_end(
        self, tmp_path: Path, kept: bytes, value: bytes
    ) -> None:
        (tmp_path / "pepper").write_bytes(kept)

        assert SecretStore(tmp_path).get(SecretReference(file="pepper")).reveal() == value

    def test_a_file_that_is_mounted_elsewhere_is_named_from_the_root(self, tmp_path: Path) -> None:
        mounted = tmp_path / "pepper"
        mounted.write_bytes(b"x")

        assert SecretStore(Path("gone")).get(SecretReference(file=str(mounted))).reveal() == b"x"

    @pytest.mark.parametrize(
        ("reference", "message"),
        [
            (SecretReference(env="GONE"), 'the secret env GONE is missing: set the .* "GONE"'),
            (SecretReference(env="EMPTY"), "the secret env EMPTY is empty"),
            (SecretReference(file="gone"), "the secret file gone is missing: No such file"),
            (SecretReference(file="."), r"the secret file \. is missing: Is a directory"),
            (SecretReference(file="a\0b"), "is missing: this is no path"),
            (SecretReference(), "is missing"),
        ],
    )
    def test_a_missing_one_is_told_by_its_reference_and_with_the_mend(
        self, tmp_path: Path, reference: SecretReference, message: str
    ) -> None:
        with pytest.raises(SecretMissing, match=message):
            SecretStore(tmp_path, {"EMPTY": "\n"}).get(reference)

    def test_it_never_prints_and_never_crosses_a_process_boundary(self, tmp_path: Path) -> None:
        store = SecretStore(tmp_path, {"PEPPER": "hunter2"})
        secret = store.get(SecretReference(env="PEPPER"))

        assert "hunter2" not in f"{secret} {secret!r} {store} {store!r}"
        with pytest.raises(TypeError, match="does not cross"):
            pickle.dumps(secret)
