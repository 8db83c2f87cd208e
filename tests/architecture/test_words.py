"""The core knows no country, no disease and no credential type: ground rule 1."""

import re
from pathlib import Path

COUNTRY = re.compile(
    r"india|co-?win|divoc|digilocker|aadhaar|umang|vaccin|(?<![a-z])doses?(?![a-z])", re.IGNORECASE
)


class TestWords:
    def test_the_core_holds_no_word_of_a_country(self, root: Path) -> None:
        found = [
            f"{path.relative_to(root)}:{number}: {line.strip()}"
            for path in sorted((root / "platform/src").rglob("*"))
            if path.is_file() and path.suffix != ".pyc" and "_migrations" not in path.parts
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
            if COUNTRY.search(line)
        ]

        assert found == []

    def test_a_deployment_holds_no_python(self, root: Path) -> None:
        """What is particular as behaviour is a plugin; config and schemas hold data."""
        folders = (root / "config", root / "schemas")

        assert [path for folder in folders for path in folder.rglob("*.py")] == []
