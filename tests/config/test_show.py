from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from mohar.config.json_schema import deployment_schema
from mohar.config.load import load_deployment
from mohar.config.masking import masked
from mohar.config.show import show
from mohar.config.tree import plain
from mohar.config.yaml import read_document

Folder = Callable[[str], Path]


class TestShow:
    def test_what_is_shown_reads_back_as_the_same_deployment(
        self, folder: Folder, whole: str
    ) -> None:
        loaded = load_deployment(folder(whole))

        again = load_deployment(folder(show(loaded)))

        assert again.deployment == loaded.deployment

    def test_defaults_are_written_out_and_secrets_are_references(
        self, minimal: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("MOHAR_PEPPER", "hunter2")

        shown = show(load_deployment(minimal))

        assert "    secret:\n      env: MOHAR_PEPPER\n" in shown
        assert "web:\n  host: 127.0.0.1\n  port: 8000\n" in shown
        assert "hunter2" not in shown

    @pytest.mark.parametrize(
        "url",
        [
            "postgresql://seeds:hunter2@db.example/seeds",
            "postgresql+psycopg://seeds:hunt@er2@db.example/seeds",
            "redis://:hunter2@cache",
            "postgresql://db.example/seeds?user=seeds&password=hunter2&sslmode=require",
        ],
    )
    def test_a_password_in_an_address_is_masked(self, folder: Folder, whole: str, url: str) -> None:
        shown = show(load_deployment(folder(whole.replace("sqlite:///x.db", url))))

        assert "hunter2" not in shown
        assert "er2" not in shown
        assert "•••" in shown

    @pytest.mark.parametrize(
        "text",
        ["https://a.example:8080/b", "did:web:a.example#k", "mail@a.example", "sqlite:///a.db"],
    )
    def test_an_address_without_a_password_stays_whole(self, text: str) -> None:
        assert masked(text) == text


class TestTheJsonSchema:
    def test_it_is_a_schema_that_the_deployments_fit(
        self, minimal: Path, folder: Folder, whole: str
    ) -> None:
        schema = deployment_schema()
        jsonschema.Draft202012Validator.check_schema(schema)

        for root in (minimal, folder(whole)):
            document = read_document((root / "deployment.yaml").read_bytes(), "deployment.yaml")
            jsonschema.validate(plain(document.root), schema)

    def test_it_knows_that_a_secret_is_kept_in_one_place(self) -> None:
        schema = deployment_schema()
        reference = {"$defs": schema["$defs"], "$ref": "#/$defs/SecretReference"}

        jsonschema.validate({"env": "A"}, reference)
        for wrong in ({}, {"env": "A", "file": "b"}, {"value": "hunter2"}):
            with pytest.raises(jsonschema.ValidationError):
                jsonschema.validate(wrong, reference)

    def test_parts_are_described_by_what_their_structs_say(self) -> None:
        kind = deployment_schema()["$defs"]["Kind"]

        assert kind["description"].startswith("One sort of credential")
        assert kind["additionalProperties"] is False
