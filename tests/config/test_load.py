from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from mohar.config.load import load_deployment, load_yaml
from mohar.config.mistakes import ConfigMistakes, Mistake, Mistakes
from mohar.domain.errors import ConfigError
from mohar.plugin.tools import SecretReference

GOLDEN = Path(__file__).parent / "golden"
Folder = Callable[[str], Path]


class KeySettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    key: SecretReference
    key_id: str = "k"


def mistakes_of(folder: Path) -> tuple[Mistake, ...]:
    with pytest.raises(ConfigMistakes) as caught:
        load_deployment(folder)
    return caught.value.mistakes


class TestADeployment:
    def test_the_minimal_one_loads_and_is_twenty_lines(self, minimal: Path) -> None:
        loaded = load_deployment(minimal)

        assert loaded.deployment.name == "minimal"
        assert len((minimal / "deployment.yaml").read_text().splitlines()) == 20

    def test_norway_is_a_country(self, folder: Folder, whole: str) -> None:
        assert load_deployment(folder(whole)).deployment.country == "NO"

    @pytest.mark.parametrize("name", ["six-mistakes", "names-that-do-not-meet"])
    def test_six_mistakes_are_told_at_once_with_place_excerpt_and_mend(
        self, folder: Folder, name: str
    ) -> None:
        text = (GOLDEN / f"{name}.yaml").read_text(encoding="utf-8")
        golden = (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")

        with pytest.raises(ConfigMistakes) as caught:
            load_deployment(folder(text))

        assert str(caught.value) == golden.rstrip("\n")
        assert len(caught.value.mistakes) == 6

    def test_mistakes_of_the_yaml_and_of_the_shape_are_told_together(
        self, folder: Folder, whole: str
    ) -> None:
        text = whole.replace("country: NO", "country: NOR\ncountry: SE")

        found = mistakes_of(folder(text))

        assert [(each.line, each.column) for each in found] == [(3, 10), (4, 1)]

    @pytest.mark.parametrize(
        ("kept", "message"),
        [
            ("{}", "one of the two"),
            ("{env: A, file: b}", "one of the two"),
            ("{env: ''}", "one of the two"),
            ("~", "never the secret itself"),
        ],
    )
    def test_a_secret_is_kept_in_one_place(
        self, folder: Folder, whole: str, kept: str, message: str
    ) -> None:
        found = mistakes_of(folder(whole.replace("{env: KEY}", kept)))

        assert [message in each.message for each in found] == [True]

    @pytest.mark.parametrize("zone", ["Asia", "../etc/passwd", "", "/etc/localtime", "IST"])
    def test_a_time_zone_is_one_that_everybody_knows(
        self, folder: Folder, whole: str, zone: str
    ) -> None:
        text = whole.replace("Europe/Oslo", f'"{zone}"')

        (mistake,) = mistakes_of(folder(text))

        assert mistake.path == "time_zone"

    def test_a_misspelt_required_field_is_one_mistake_not_two(
        self, folder: Folder, whole: str
    ) -> None:
        (mistake,) = mistakes_of(folder(whole.replace("    group:", "    groop:")))

        assert mistake.hint == 'did you mean "group"?'

    def test_a_body_is_not_named_as_the_format_of_another(self, folder: Folder, whole: str) -> None:
        """Whoever chooses what is issued names bodies and formats in one list."""
        body = "- {name: full, format: ld, signer: issuer-2026}"
        more = [
            "- {name: ld, format: hcert, signer: issuer-2026}",
            "- {name: shc, format: {uses: shc}, signer: issuer-2026}",
        ]
        text = whole.replace(body, "\n      ".join([body, *more]))

        (mistake,) = mistakes_of(folder(text))

        assert (mistake.line, mistake.column) == (19, 16)
        assert "also the format of another body" in str(mistake)

    @pytest.mark.parametrize("what", ["record_days", "request_days"])
    @pytest.mark.parametrize("days", ["0", "-1", "36501", "1.5", '"30"'])
    def test_a_retention_is_some_days(
        self, folder: Folder, whole: str, what: str, days: str
    ) -> None:
        text = whole.replace(
            "    group: grower\n", f"    group: grower\n    retention: {{{what}: {days}}}\n"
        )

        (mistake,) = mistakes_of(folder(text))

        assert mistake.line == 17

    def test_a_folder_without_its_file_is_told_by_name(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match=r'cannot read "deployment.yaml" at .*No such file'):
            load_deployment(tmp_path)

    def test_an_empty_file_is_a_mistake(self, folder: Folder) -> None:
        (mistake,) = mistakes_of(folder(""))

        assert mistake.message == "expected a mapping, got nothing"

    def test_any_file_of_a_deployment_is_read_the_same_way(self, tmp_path: Path) -> None:
        file = tmp_path / "settings.yaml"
        file.write_text("key: {env: K}\nkey_ids: 1\n")

        with pytest.raises(ConfigMistakes, match=r'^mine:2:1: unknown field "key_ids"'):
            load_yaml(file, KeySettings, name="mine")


class TestWhatOthersAskALoadedDeployment:
    def test_settings_are_converted_with_the_places_of_the_file(
        self, folder: Folder, whole: str
    ) -> None:
        loaded = load_deployment(folder(whole.replace("{file: issuer.pem}", "hunter2, keyid: x")))
        raw = loaded.deployment.signers[0].settings

        with pytest.raises(ConfigMistakes) as caught:
            loaded.convert(("signers", 0, "settings"), raw, KeySettings)

        assert [(each.line, each.column) for each in caught.value.mistakes] == [(10, 53), (10, 62)]
        assert caught.value.mistakes[1].path == 'signers "issuer-2026".settings'
        assert "hunter2" not in str(caught.value)

    def test_settings_that_fit_are_returned_as_their_shape(
        self, folder: Folder, whole: str
    ) -> None:
        loaded = load_deployment(folder(whole))
        raw = loaded.deployment.signers[0].settings

        settings = loaded.convert(("signers", 0, "settings"), raw, KeySettings)

        assert settings == KeySettings(key=SecretReference(file="issuer.pem"))

    def test_settings_that_the_file_leaves_out_are_told_where_they_would_stand(
        self, folder: Folder, whole: str
    ) -> None:
        loaded = load_deployment(folder(whole))
        path = ("credentials", 0, "bodies", 0, "format", "settings")

        with pytest.raises(ConfigMistakes) as caught:
            loaded.convert(path, {}, KeySettings)

        (mistake,) = caught.value.mistakes
        assert (mistake.line, mistake.column) == (18, 30)
        assert mistake.path == 'credentials "seed".bodies "full".format.settings'

    def test_mistakes_of_several_parts_are_collected_and_raised_together(
        self, folder: Folder, whole: str
    ) -> None:
        loaded = load_deployment(folder(whole))
        mistakes = Mistakes()
        mistakes.raise_if_any()

        mistakes.add(loaded.mistake(("signers", 0, "uses"), "no such offer"))
        with mistakes.collected():
            loaded.convert(("credentials", 0, "schema", "settings"), {}, KeySettings)
        with mistakes.collected():
            raise ConfigError("a plain one")

        assert len(mistakes) == 4
        with pytest.raises(ConfigMistakes, match="a plain one"):
            mistakes.raise_if_any()

    def test_mistakes_cross_a_process_boundary(self) -> None:
        error = ConfigMistakes([Mistake(file="f", line=1, column=2, message="m")])

        copied = pickle.loads(pickle.dumps(error))  # noqa: S301 -- our own bytes

        assert copied.mistakes == error.mistakes
        assert str(copied) == "f:1:2: m"

    def test_it_prints_without_what_is_in_it(self, folder: Folder, whole: str) -> None:
        loaded = load_deployment(folder(whole.replace("sqlite:///x.db", "pg://u:hunter2@h/x")))

        assert "hunter2" not in f"{loaded!r} {loaded} {loaded.files!r} {loaded.secrets!r}"


class TestTheDigest:
    def test_it_is_the_same_for_the_same_files(self, minimal: Path) -> None:
        assert load_deployment(minimal).digest == load_deployment(minimal).digest

    def test_it_covers_every_file_that_was_read_in_any_order(
        self, folder: Folder, whole: str
    ) -> None:
        root = folder(whole)
        (root / "a.txt").write_text("a")
        (root / "b.txt").write_text("b")
        one, other = load_deployment(root), load_deployment(root)
        before = one.digest

        for name in ("a.txt", "b.txt", "a.txt"):
            one.files.read(name)
        for name in ("./b.txt", "a.txt"):
            other.files.read(name)

        assert one.digest == other.digest != before

    def test_a_secret_is_not_in_it(self, folder: Folder, whole: str) -> None:
        root = folder(whole)
        (root / "pepper").write_text("hunter2")
        loaded = load_deployment(root)
        before = loaded.digest

        loaded.files.secret(SecretReference(file="pepper"))

        assert loaded.digest == before
