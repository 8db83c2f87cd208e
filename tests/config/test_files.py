from __future__ import annotations

from pathlib import Path

import pytest

from mohar.config.files import DeploymentFiles
from mohar.config.load import load_deployment
from mohar.config.mistakes import ConfigMistakes
from mohar.config.secrets import SecretStore
from mohar.domain.errors import ConfigError
from mohar.plugin.tools import Files


@pytest.fixture
def files(tmp_path: Path) -> DeploymentFiles:
    root = tmp_path / "deployment"
    root.mkdir()
    return DeploymentFiles(root, SecretStore(root))


class TestDeploymentFiles:
    def test_it_is_what_plugins_are_promised(self, files: DeploymentFiles) -> None:
        promised: Files = files

        assert promised.root.name == "deployment"

    def test_a_path_may_leave_the_folder_since_the_deployment_names_it(
        self, files: DeploymentFiles
    ) -> None:
        (files.root.parent / "shared.txt").write_text("shared")

        assert files.read("../shared.txt") == b"shared"

    @pytest.mark.parametrize("path", ["/etc/passwd", "", "a\0b"])
    def test_an_absolute_path_is_refused(self, files: DeploymentFiles, path: str) -> None:
        with pytest.raises(ConfigError, match="is no path relative to the folder"):
            files.path(path)

    @pytest.mark.parametrize("path", ["gone.txt", "."])
    def test_a_file_that_cannot_be_read_is_named(self, files: DeploymentFiles, path: str) -> None:
        with pytest.raises(ConfigError, match=rf'^"{path}" cannot be read: '):
            files.read(path)

    def test_everybody_gets_the_bytes_that_were_read_first(self, files: DeploymentFiles) -> None:
        file = files.root / "a.txt"
        file.write_text("first")
        first = files.read("a.txt")

        file.write_text("second")

        assert files.read("./a.txt") == first == b"first"

    def test_a_file_that_deployment_yaml_names_is_told_with_its_line(
        self, tmp_path: Path, whole: str
    ) -> None:
        (tmp_path / "deployment.yaml").write_text(whole, encoding="utf-8")
        loaded = load_deployment(tmp_path)

        with pytest.raises(ConfigMistakes) as caught:
            loaded.files.read("type.yaml")

        assert str(caught.value).startswith(
            'deployment.yaml:14:47: credentials "seed".schema.settings.type: '
            '"type.yaml" cannot be read: No such file'
        )

    def test_a_yaml_file_is_loaded_into_a_shape_or_told_by_its_own_name(
        self, files: DeploymentFiles
    ) -> None:
        (files.root / "labels.yaml").write_text("hello: [नमस्ते]\n", encoding="utf-8")

        assert files.load("labels.yaml", dict[str, list[str]]) == {"hello": ["नमस्ते"]}
        with pytest.raises(ConfigMistakes, match=r"^labels.yaml:1:8: hello: expected text"):
            files.load("labels.yaml", dict[str, str])
