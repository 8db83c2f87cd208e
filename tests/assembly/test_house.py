from collections.abc import Callable
from pathlib import Path

import pytest

from mohar.assembly.blueprint import Blueprint
from mohar.assembly.house import build_house
from mohar.assembly.keys import generate_missing
from mohar.assembly.opening import made_store
from mohar.assembly.verifier import open_verifier
from mohar.codec.keymaking import generate
from mohar.config.load import load_deployment
from mohar.domain.access import Actor
from mohar.domain.errors import ConfigError, NotFound, NotPermitted
from mohar.domain.record import Message
from mohar.testing.deployments import copy_deployment

ROOT = Path(__file__).parents[2]


class TestDigest:
    def test_it_is_kept_with_each_credential(
        self, folder: Path, messages: list[Message], operator: Actor
    ) -> None:
        """
        So that one can tell by which rules a credential was issued.
        """
        with build_house(folder) as house:
            receipt = house.submit(operator, "vaccination", messages[:1])
            (outcome,) = house.issue_now(operator, receipt).outcomes
            number = str(outcome.credential_id)
            with house.store.read() as work:
                stored = work.credentials.find([number])[number]
            setting = house.issuer._setting

        assert stored.config_digest == setting.config_digest
        assert len(setting.config_digest) == 64

    @pytest.mark.parametrize(
        "name",
        [
            "config/india/deployment.yaml",
            "config/india/templates/domestic.html",
            "config/india/templates/parts.html",
            "config/india/templates/certificate.css",
            "config/india/labels/hi.yaml",
            "schemas/vaccination/core-1/type.yaml",
            "schemas/vaccination/value-sets/vaccines.yaml",
        ],
    )
    def test_it_covers_whatever_changes_what_is_issued_or_printed(
        self, tmp_path: Path, digest_of: Callable[[Path], str], name: str
    ) -> None:
        folder = copy_deployment(ROOT, "india", tmp_path)
        before = digest_of(folder)
        with (tmp_path / name).open("a", encoding="utf-8") as file:
            file.write("\n")

        assert digest_of(folder) != before

    def test_no_secret_is_in_it(self, tmp_path: Path, digest_of: Callable[[Path], str]) -> None:
        """
        The digest is public; a key may be replaced without the rules becoming others.
        """
        folder = copy_deployment(ROOT, "india", tmp_path)
        before = digest_of(folder)
        (folder / "keys" / "issuer-2026.pem").write_bytes(generate("EdDSA", "other")[0])

        assert digest_of(folder) == before

    @pytest.fixture
    def digest_of(self) -> Callable[[Path], str]:
        def digest(folder: Path) -> str:
            generate_missing(folder)
            blueprint = Blueprint(folder)
            blueprint.resolve()
            return blueprint.loaded.digest

        return digest


class TestStore:
    def test_a_new_sqlite_file_is_made_and_used_from_then_on(self, folder: Path) -> None:
        with build_house(folder) as house:
            house.must_fit_its_store()

        with build_house(folder) as again:
            again.must_fit_its_store()

        assert (folder / "data" / "india.sqlite").exists()

    def test_two_starts_at_once_make_it_once(self, folder: Path) -> None:
        loaded = load_deployment(folder)
        stores = [made_store(loaded) for _ in range(2)]

        for store in stores:
            store.check()
            store.dispose()

    def test_a_place_where_none_can_be_made_is_told(self, folder: Path) -> None:
        (folder / "data").write_text("a file stands where the folder should be")

        with pytest.raises(ConfigError, match="the store cannot be made: "), build_house(folder):
            pass


class TestSubmit:
    def test_a_kind_that_is_not_there_is_not_found(
        self, folder: Path, messages: list[Message], operator: Actor
    ) -> None:
        with build_house(folder) as house, pytest.raises(NotFound):
            house.submit(operator, "driving-licence", messages)

    def test_an_actor_without_the_scope_may_not(
        self, folder: Path, messages: list[Message]
    ) -> None:
        reader = Actor(actor_id="r", name="r", scopes=frozenset({"read", "issue:other"}))

        with build_house(folder) as house, pytest.raises(NotPermitted, match="issue:vaccination"):
            house.submit(reader, "vaccination", messages)


class TestDescribing:
    def test_each_body_has_a_json_schema(self, folder: Path) -> None:
        with build_house(folder) as house:
            schemas = house.json_schemas("vaccination")
            with pytest.raises(NotFound):
                house.json_schemas("no-such-kind")

        assert list(schemas) == ["domestic", "international", "eu", "ddcc", "ddcc-care", "shc"]

    def test_the_kind_that_a_plugin_feeds_is_known(self, folder: Path) -> None:
        with build_house(folder) as house:
            fed = [house.kind_fed_by(name) for name in ("source-cowin", "sink-jsonl")]

        assert fed == ["vaccination", None]

    def test_all_contexts_of_all_types_are_served(self, folder: Path) -> None:
        with build_house(folder) as house:
            urls = sorted(house.documents)

        assert any("core-1" in url for url in urls)
        assert "https://cowin.gov.in/credentials/vaccination/v1" in urls


class TestVerifier:
    def test_a_deployment_that_only_verifies_needs_no_key_and_no_store(self) -> None:
        with open_verifier(ROOT / "config" / "verifier") as verifier:
            assert list(verifier.verify([])) == []
